package sim

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/turn"
)

const (
	alice   = id.Identity("SHA256:alice")
	mallory = id.Identity("SHA256:mallory")
)

func take(t *testing.T, n *Node, who id.Identity, name string) (*cluster.Seat, fsm.Answer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	seat := n.Open(who, "", func() {})
	a, err := seat.Take(ctx, Name(name))
	if err != nil {
		t.Fatalf("%s wanted %s through %s: %v", who, name, n.Name, err)
	}
	return seat, a
}

// must is take that has to succeed.
func must(t *testing.T, n *Node, who id.Identity, name string) (*cluster.Seat, fsm.Answer) {
	t.Helper()
	seat, a := take(t, n, who, name)
	if a.Code != fsm.OK {
		t.Fatalf("%s wanted %s through %s and got code %d", who, name, n.Name, a.Code)
	}
	return seat, a
}

type outcome struct {
	a   fsm.Answer
	err error
}

// say posts a line and returns where its outcome will come.
func say(seat *cluster.Seat, text string) <-chan outcome {
	done := make(chan outcome, 2) // two, so that a second completion does not hide
	seat.Do(func(s id.Session, tok id.Token) fsm.Command {
		return fsm.Post{Session: s, Token: tok, Room: "#lobby", Text: text}
	}, func(a fsm.Answer, err error) { done <- outcome{a, err} })
	return done
}

// said posts a line and waits until it is accepted.
func said(t *testing.T, seat *cluster.Seat, text string) {
	t.Helper()
	if o := <-say(seat, text); o.err != nil || o.a.Code != fsm.OK {
		t.Fatalf("%q: code %d, %v", text, o.a.Code, o.err)
	}
}

// lobby returns what was said in #lobby, oldest first, as the node has it.
func (n *Node) lobby() []string {
	var texts []string
	n.View(func(s *fsm.State) {
		for _, m := range s.History().Last("#lobby", 100000) {
			texts = append(texts, m.Text)
		}
	})
	return texts
}

// held reports whether a name is held, as the node has it.
func (n *Node) held(name string) func() bool {
	return func() bool { return n.Of(name).State == lease.Held }
}

// count returns how many events of a kind the node has applied since a cursor.
func (n *Node) count(since uint64, kind turn.Kind) (count int) {
	events, _, skipped := n.Feed().Next(since, 1<<20)
	if skipped > 0 {
		n.c.T.Fatalf("%d events were skipped", skipped)
	}
	for _, e := range events {
		if e.Kind == kind {
			count++
		}
	}
	return count
}

// sameState waits until all nodes have applied the same entries and compares digests.
func sameState(t *testing.T, c *Cluster) {
	t.Helper()
	c.Await("all have applied the same", func() bool {
		at, want := c.Nodes[0].Digest()
		for _, n := range c.Nodes[1:] {
			if i, d := n.Digest(); i != at || d != want {
				return false
			}
		}
		return true
	})
}

// TestWhatNoReplicaCouldReadStopsNone: it is refused before it comes into the log.
func TestWhatNoReplicaCouldReadStopsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		for _, n := range c.Nodes {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			a, err := n.Propose(ctx, fsm.AddOperator{Identity: alice, Note: strings.Repeat("x", fsm.MaxNote+1)})
			cancel()
			if err != nil || a.Code != fsm.BadName {
				t.Errorf("through %s: %v, %v", n.Name, a.Code, err)
			}
			must(t, n, alice, "alice")
		}
		sameState(t, c)
	})
}
