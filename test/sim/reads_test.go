package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/member"
)

func read(n *Node, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return n.Read(ctx)
}

func TestReadShowsWhatWasAcknowledgedElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		for _, a := range c.Nodes {
			for _, b := range c.Nodes {
				c.Net.SetLatency(a.Name, b.Name, 3*time.Millisecond)
			}
		}
		seats := make([]*cluster.Seat, 3)
		for i, n := range c.Nodes {
			seats[i], _ = must(t, n, alice, "alice")
		}
		for i := range 60 {
			text := fmt.Sprint("line ", i)
			said(t, seats[i%3], text)
			if i%20 == 10 { // a new leader
				leader := c.Leader()
				c.Isolate(leader)
				time.Sleep(800 * time.Millisecond)
				c.Net.HealAll()
			}
			n := c.Nodes[(i+1+i/3%2)%3]
			if err := read(n, 5*time.Second); err != nil {
				t.Fatalf("reading through %s: %v", n.Name, err)
			}
			if !slices.Contains(n.lobby(), text) {
				t.Fatalf("%q was acknowledged by %s and %s does not show it", text, c.Nodes[i%3].Name, n.Name)
			}
		}
	})
}

func TestIsolatedLeaderReadsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		leader := c.Leader()
		c.Isolate(leader)
		if err := read(leader, 100*time.Millisecond); !errors.Is(err, cluster.ErrNoLeader) {
			t.Errorf("while it believes it leads: %v", err)
		}
		time.Sleep(2 * time.Second)
		other := c.Others(leader)[0]
		seat, _ := must(t, other, alice, "alice")
		said(t, seat, "meanwhile")
		if err := read(leader, 5*time.Second); !errors.Is(err, cluster.ErrNoLeader) {
			t.Errorf("after others led: %v", err)
		}
		c.Net.HealAll()
		if err := read(leader, 5*time.Second); err != nil {
			t.Errorf("after the heal: %v", err)
		}
		if !slices.Contains(leader.lobby(), "meanwhile") {
			t.Error("it reads an old state")
		}
	})
}

// The leader's disk hangs on an entry of raft's own, so it does not notice that
// nobody answers. When it goes on, answers to heartbeats of the past have just come in;
// meanwhile others have elected somebody else.
func TestAnswersOfThePastDoNotConfirmALeader(t *testing.T) {
	for i := range 12 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := New(t, 3)
				defer c.Close()
				old := c.Leader()
				others := c.Others(old)
				seat, _ := must(t, others[0], alice, "alice")
				token, cmd, err := cluster.NewToken(member.NonVoter, time.Hour, "")
				c.must(err)
				c.must(old.Do(cmd))
				release := old.disk.hang(func(l *raft.Log) bool { return l.Type == raft.LogConfiguration })
				c.must(old.Do(fsm.AddMember{Token: token.ID, Node: "nobody", Name: "nobody", Peer: "nobody:1"}))
				synctest.Wait()
				for _, o := range others {
					c.Net.Cut(o.Name, old.Name) // answers stall
				}
				time.Sleep(100 * time.Millisecond)
				for _, o := range others {
					c.Net.Cut(old.Name, o.Name)
				}
				said(t, seat, "meanwhile")
				got := make(chan error, 1)
				go func() { got <- read(old, time.Second) }()
				synctest.Wait()
				for _, o := range others {
					c.Net.Heal(o.Name, old.Name)
				}
				release()
				if err := <-got; err == nil && !slices.Contains(old.lobby(), "meanwhile") {
					t.Error("it read a state that others had left behind")
				}
				c.Net.HealAll()
			})
		})
	}
}

// Whoever reads without a limit of their own is let go when the node stops.
func TestReaderIsLetGoByANodeThatStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		away := c.Others(c.Leader())[0]
		for _, o := range c.Others(away) {
			c.Net.Cut(o.Name, away.Name)
		}
		got := make(chan error, 1)
		go func() { got <- away.Read(context.Background()) }()
		time.Sleep(time.Second)
		away.Crash()
		if err := <-got; !errors.Is(err, cluster.ErrNoLeader) {
			t.Error(err)
		}
	})
}
