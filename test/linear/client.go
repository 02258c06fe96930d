package linear

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/id"
)

const room = "#lobby"

// client is somebody who comes, talks, changes names and goes, through any node.
type client struct {
	w    *world
	lane int
	who  id.Identity
	rand *rand.Rand
	said int
}

// run goes on until the world stops.
func (c *client) run() {
	for c.w.goesOn() {
		c.nap(20, 300)
		at, ok := c.w.pick(c.rand)
		if !ok {
			continue
		}
		s := c.w.open(c.lane, c.who, at)
		if s.take(c.name(), c.patience()) {
			c.read()
			c.sit(s)
		}
		c.rise(s)
	}
}

// sit does what people do until it gets up, or its session or node is no more.
func (c *client) sit(s *sitter) {
	for c.w.goesOn() && c.rand.IntN(9) > 0 {
		c.nap(20, 260)
		select {
		case <-s.at.ended:
			return
		default:
		}
		s.mu.Lock()
		dead := s.dead
		s.mu.Unlock()
		if dead {
			return
		}
		switch n := c.rand.IntN(100); {
		case n < 10:
			had := s.seat.Holds()
			if s.take(c.name(), c.patience()) {
				if now := s.seat.Holds(); had.Attached && now.Session == had.Session && now.Token != had.Token {
					c.stale(s.at, had)
				}
				c.read()
			}
		case n < 25:
			c.read()
		default:
			c.talk(s)
		}
	}
}

// rise leaves the seat, and then tries to speak from it.
func (c *client) rise(s *sitter) {
	had, over := s.leave(c.rand.IntN(3) > 0, c.patience())
	if !over {
		return
	}
	c.read()
	if at, ok := c.w.pick(c.rand); ok && had.Attached && c.rand.IntN(2) == 0 {
		c.stale(at, had)
	}
}

// talk posts one line or a few at once, and waits for a while.
func (c *client) talk(s *sitter) {
	var last chan struct{}
	for range 1 + c.rand.IntN(3) {
		last, _ = s.post(c.line())
	}
	limit := time.NewTimer(c.patience())
	defer limit.Stop()
	select {
	case <-last:
	case <-limit.C:
	case <-s.at.ended:
	}
}

// stale says something that must be refused: with a session that has ended, or with
// the token of a name that the session has left.
func (c *client) stale(at place, had cluster.Holding) {
	op := c.w.rec.begin(&Op{
		Kind: Stale, Lane: c.lane, Who: c.who, Node: at.name, Process: at.process,
		Text: c.line(), Session: had.Session, Token: had.Token, Name: had.Nick.Key,
	})
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	a, err := at.node.Propose(ctx, fsm.Post{Session: had.Session, Token: had.Token, Room: room, Text: op.Text})
	cancel()
	c.w.rec.end(op, func(op *Op) { judge(op, a, err) })
}

// read reads everything through some node.
func (c *client) read() {
	if at, ok := c.w.pick(c.rand); ok {
		c.w.read(c.lane, at, c.w.linearizable)
	}
}

func (c *client) line() string {
	c.said++
	return fmt.Sprintf("%d/%d", c.lane, c.said)
}

func (c *client) name() string { return c.w.names[c.rand.IntN(len(c.w.names))] }

func (c *client) patience() time.Duration {
	return []time.Duration{300 * time.Millisecond, 2 * time.Second, 8 * time.Second}[c.rand.IntN(3)]
}

func (c *client) nap(from, to int) {
	pause(time.Duration(from+c.rand.IntN(to-from)) * time.Millisecond)
}

// reader does nothing but read.
func (c *client) reader() {
	for c.w.goesOn() {
		c.nap(20, 200)
		c.read()
	}
}

// believer reads without asking whether what it is shown is current: a saboteur.
func (c *client) believer() {
	for c.w.goesOn() {
		c.nap(10, 120)
		if at, ok := c.w.pick(c.rand); ok {
			c.w.read(c.lane, at, func(place) error { return nil })
		}
	}
}

// linearizable makes what the process shows as new as it was when this was called.
func (w *world) linearizable(at place) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return at.node.Read(ctx)
}

// read notes what a process shows after prepare.
func (w *world) read(lane int, at place, prepare func(place) error) {
	op := w.rec.begin(&Op{Kind: Read, Lane: lane, Node: at.name, Process: at.process})
	err := prepare(at)
	var seen []Seen
	var last Line
	var said int
	var clock id.Time
	at.node.View(func(st *fsm.State) {
		clock = st.Time()
		for _, name := range w.names {
			seen = append(seen, shown(name, st.Lease().Name(name), true))
		}
		lines := st.History().Last(room, 1<<30)
		if said = len(lines); said > 0 {
			last = lineOf(lines[said-1])
		}
	})
	w.rec.end(op, func(op *Op) {
		if err != nil {
			op.Outcome, op.Err = Unsent, err.Error()
			return
		}
		op.Outcome, op.Seen, op.Said, op.Last, op.Clock = OK, seen, said, last, clock
	})
}
