package saboteur

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/test/sim"
)

const alice = id.Identity("SHA256:alice")

func seated(t *testing.T, n *sim.Node) *cluster.Seat {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	seat := n.Open(alice, "", func() {})
	if a, err := seat.Take(ctx, sim.Name("alice")); err != nil || a.Code != fsm.OK {
		t.Fatalf("%v, %v", a.Code, err)
	}
	return seat
}

// say posts a line and calls done once its outcome is known.
func say(seat *cluster.Seat, text string, done func(ok bool)) {
	seat.Do(func(s id.Session, tok id.Token) fsm.Command {
		return fsm.Post{Session: s, Token: tok, Room: "#lobby", Text: text}
	}, func(a fsm.Answer, err error) { done(err == nil && a.Code == fsm.OK) })
}

// reader is somebody who listens to a node, as a session does: woken, it drains what
// there is and writes it to its connection.
type reader struct {
	node *sim.Node
	at   uint64
	got  atomic.Int64
	dark chan struct{} // its connection takes nothing until this is closed; nil: it takes all
}

func (r *reader) drain() {
	events, next, _ := r.node.Feed().Next(r.at, 1<<20)
	r.at = next
	for _, e := range events {
		if e.Kind != turn.Said { // what happens before is not in the way of those who come to listen
			continue
		}
		if r.dark != nil {
			<-r.dark
		}
		r.got.Add(1)
	}
}

// listen makes r listen in a goroutine of its own, or, if inline, while it is woken:
// the node then writes to whoever listens before it goes on to the next.
func (r *reader) listen(inline bool) (stop func()) {
	if inline {
		return r.node.Feed().Watch(r.drain)
	}
	wake, end := make(chan struct{}, 1), make(chan struct{})
	unwatch := r.node.Feed().Watch(func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	go func() {
		for {
			select {
			case <-wake:
				r.drain()
			case <-end:
				return
			}
		}
	}()
	return func() { unwatch(); close(end) }
}

// keptWaiting counts those who have not got all that was said, while every fifth on
// their node has gone dark.
func keptWaiting(t *testing.T, inline bool) (waiting int) {
	const lines, people, darkOf = 20, 50, 5 // one alone may be the last to be written to
	synctest.Test(t, func(t *testing.T) {
		c := sim.New(t, 3)
		defer c.Close()
		seat := seated(t, c.Leader())
		node := c.Others(c.Leader())[0]
		dark := make(chan struct{})
		var all []*reader
		for i := range people {
			r := &reader{node: node, at: node.Feed().Head()}
			if i%darkOf == 0 {
				r.dark = dark
			}
			all = append(all, r)
			defer r.listen(inline)()
		}
		for i := range lines {
			say(seat, fmt.Sprint(i), func(bool) {})
		}
		time.Sleep(time.Minute) // virtual; a session is given up after 30 s
		for _, r := range all {
			if r.dark == nil && r.got.Load() < lines {
				waiting++
			}
		}
		close(dark)
	})
	return waiting
}

func TestOneWhoIsDarkKeepsNobodyWaiting(t *testing.T) {
	if n := keptWaiting(t, false); n > 0 {
		t.Errorf("%d wait for one who is dark", n)
	}
}

// A node that writes to its people one after the other is caught.
func TestWritingInATurnIsCaught(t *testing.T) {
	n := keptWaiting(t, true)
	if t.Logf("%d wait for one who is dark", n); n == 0 {
		t.Error("nobody waits for one who is dark, though each is written to before the next")
	}
}
