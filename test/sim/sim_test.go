package sim

import (
	"testing"
	"testing/synctest"
	"time"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
)

// Elect, claim, isolate the leader, expire, heal: the spine's own walk.
func TestNameMovesOnWhenItsNodeIsCutOffAndNotBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		leader := c.Leader()
		seat, a := take(t, leader, alice, "alice")
		if a.Code != fsm.OK {
			t.Fatalf("alice got %d", a.Code)
		}
		renewed := time.Now()
		c.Isolate(leader)
		var other *Node
		for _, n := range c.Nodes {
			if n != leader {
				other = n
			}
		}
		c.Await("the others see her in grace", func() bool { return other.Of("alice").State == lease.Grace })
		if gone := time.Since(renewed); gone < 10*time.Second || gone > 21*time.Second {
			t.Errorf("alice left held after %v, want 10 s to 21 s", gone)
		}
		if h := leader.Health().Standing; h < cluster.ReadOnly {
			t.Errorf("the node that was cut off still believes it stands as %d", h)
		}
		if _, a := take(t, other, mallory, "alice"); a.Code != fsm.Taken {
			t.Errorf("mallory in grace got %d", a.Code)
		}
		if _, back := take(t, other, alice, "alice"); back.Code != fsm.OK || back.Token != a.Token {
			t.Errorf("alice came back with %+v, had token %d", back, a.Token)
		}
		c.Net.HealAll()
		c.Await("the node is with the others again", leader.Serves)
		c.Await("her old seat is attached again", func() bool { return seat.Holds().Attached })
		sameState(t, c)
	})
}

func TestKilledLeaderCostsNothingThatWasAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		leader := c.Leader()
		var other *Node
		for _, n := range c.Nodes {
			if n != leader {
				other = n
			}
		}
		seat, _ := take(t, other, alice, "alice")
		said := func(text string) fsm.Answer {
			done := make(chan fsm.Answer, 1)
			seat.Do(func(s id.Session, tok id.Token) fsm.Command {
				return fsm.Post{Session: s, Token: tok, Room: "#lobby", Text: text}
			}, func(a fsm.Answer, err error) {
				if err != nil {
					t.Errorf("%q: %v", text, err)
				}
				done <- a
			})
			return <-done
		}
		if a := said("before"); a.Code != fsm.OK {
			t.Fatalf("before: %d", a.Code)
		}
		leader.Crash()
		at := time.Now()
		if a := said("after"); a.Code != fsm.OK {
			t.Fatalf("after: %d", a.Code)
		}
		if gap := time.Since(at); gap > 2*time.Second {
			t.Errorf("the next post was accepted after %v", gap)
		}
		leader.Start()
		c.Await("the node is back", leader.Serves)
		for _, n := range c.Nodes {
			c.Await(n.Name+" has both", func() bool {
				var got int
				n.View(func(s *fsm.State) { got = len(s.History().Last("#lobby", 10)) })
				return got == 2
			})
		}
		sameState(t, c)
	})
}

func TestWholeClusterComesBackFromDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		_, a := take(t, c.Nodes[1], alice, "alice")
		for _, n := range c.Nodes {
			n.Crash()
		}
		time.Sleep(time.Hour) // virtual: while nobody leads, cluster time stands still
		for _, n := range c.Nodes {
			n.Start()
		}
		c.Leader()
		for _, n := range c.Nodes {
			c.Await(n.Name+" serves", n.Serves)
		}
		if st := c.Nodes[0].Of("alice"); st.State == lease.Free || st.Token != a.Token {
			t.Errorf("alice is %+v", st)
		}
		if _, b := take(t, c.Nodes[2], mallory, "alice"); b.Code != fsm.Taken {
			t.Errorf("mallory got %d", b.Code)
		}
		sameState(t, c)
	})
}
