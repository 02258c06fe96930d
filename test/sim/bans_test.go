package sim

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"moniker/fsm"
	"moniker/fsm/ban"
)

// A ban ends sessions at whatever node they are, and holds at all of them, through
// crashes and snapshots.
func TestWhoIsBannedIsOutOnEveryNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewTuned(t, 3, often)
		defer c.Close()
		leader := c.Leader()
		other, away := c.Others(leader)[0], c.Others(leader)[1]
		seat, _ := must(t, other, mallory, "mallory")
		talker, _ := must(t, leader, alice, "alice")
		c.Isolate(away)
		c.must(leader.Do(fsm.Ban{What: ban.Out, Subject: string(mallory), Reason: "spam"}))
		c.must(leader.Do(fsm.Ban{What: ban.Out, Subject: "192.0.2.0/24"}))
		c.Await("her seat is told", func() bool { return !seat.Holds().Attached })
		if o := <-say(seat, "still here"); o.err == nil {
			t.Errorf("she says something: %v", o.a.Code)
		}
		for range 60 { // so that who was away is sent a snapshot
			said(t, talker, "a line")
			time.Sleep(20 * time.Millisecond)
		}
		c.Net.HealAll()
		c.Await("the node is with the others again", away.Serves)
		for _, n := range c.Nodes {
			n.Crash()
		}
		for _, n := range c.Nodes {
			n.Start()
		}
		for _, n := range c.Nodes {
			c.Await(n.Name+" serves", n.Serves)
			if _, a := take(t, n, mallory, "mallory"); a.Code != fsm.Barred || a.Refusal.Ban.Reason != "spam" {
				t.Errorf("through %s she got %v", n.Name, a.Code)
			}
			n.View(func(s *fsm.State) {
				if list := s.Bans().Networks().List; !slices.Equal(list, []string{"192.0.2.0/24"}) {
					t.Errorf("%s keeps out %v", n.Name, list)
				}
			})
		}
		c.must(c.Nodes[0].Do(fsm.Unban{What: ban.Out, Subject: string(mallory)}))
		must(t, c.Nodes[0], mallory, "mallory")
		sameState(t, c)
	})
}
