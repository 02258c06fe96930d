package sim

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"

	"moniker/cluster"
	"moniker/fsm"
)

// forge makes a node's disk hold other bytes than it was given: entries in which one
// text stands are written with another, of the same length, and sealed again. What
// raft applies there is then not what the others apply, and nothing else can tell.
func forge(t *testing.T, n *Node, text, other string) {
	n.disk.hang(func(l *raft.Log) bool {
		if l.Type != raft.LogCommand || !bytes.Contains(l.Data, []byte(text)) {
			return false
		}
		e, err := fsm.DecodeEntry(l.Data)
		if err != nil {
			t.Error(err)
			return false
		}
		var body []byte
		for _, p := range e.Proposals {
			if c, ok := p.Command.(fsm.Post); ok && c.Text == text {
				c.Text = other
				p.Command = c
			}
			body = p.Encode(body)
		}
		l.Data = fsm.EncodeEntry(nil, e.Stamp, len(e.Proposals), body)
		return false // and it does not hang
	})
}

// A replica made to differ on purpose stops by itself as soon as the leader speaks of
// what it did otherwise, says so, and does not come back as if nothing had happened.
func TestReplicaThatDivergesStopsAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &logbook{}
		c := NewLogged(t, 3, nil, book.of)
		defer c.Close()
		leader := c.Leader()
		bad, good := c.Others(leader)[0], c.Others(leader)[1]
		seat, _ := must(t, leader, alice, "alice")
		said(t, seat, "before")
		forge(t, bad, "the truth", "a big lie")
		said(t, seat, "the truth")
		since := time.Now()
		c.Await("the replica that differs stops", func() bool { return !bad.Running() })
		if took := time.Since(since); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
		var diverged fsm.Diverged
		if !errors.As(bad.Err, &diverged) || diverged.Have == diverged.Wants {
			t.Errorf("it stopped because: %v", bad.Err)
		}
		book.has(c, bad, `diverged`)
		for i := range 3 { // nobody else minds
			said(t, seat, fmt.Sprint("after ", i))
		}
		for _, n := range []*Node{leader, good} {
			c.Await(n.Name+" has all", func() bool { return len(n.lobby()) == 5 })
			if got := n.lobby()[1]; got != "the truth" {
				t.Errorf("%s has %q", n.Name, got)
			}
			if h := n.Health().Standing; h != cluster.Serving {
				t.Errorf("%s stands as %d", n.Name, h)
			}
		}
		bad.Start() // on the same disk: it has the lie in its log
		c.Await("it stops again", func() bool { return !bad.Running() })
		if !errors.As(bad.Err, &diverged) {
			t.Errorf("started again it stopped because: %v", bad.Err)
		}
		said(t, seat, "still here")
		sameState(t, &Cluster{T: t, Net: c.Net, Nodes: []*Node{leader, good}})
	})
}
