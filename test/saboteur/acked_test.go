package saboteur

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/test/sim"
)

// author remembers which lines were accepted, as people would.
type author struct {
	seat     *cluster.Seat
	eager    bool // told so when the line is sent, not when it is applied
	mu       sync.Mutex
	accepted []string
}

func (a *author) say(text string) {
	accept := func(ok bool) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if ok && !slices.Contains(a.accepted, text) {
			a.accepted = append(a.accepted, text)
		}
	}
	if a.eager {
		accept(true)
	}
	say(a.seat, text, accept)
}

func (a *author) told() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.accepted)
}

// lostLines says lines through a leader that is cut off after some of them and dies,
// and returns those that were accepted and are nowhere.
func lostLines(t *testing.T, eager bool) (lost []string) {
	synctest.Test(t, func(t *testing.T) {
		c := sim.New(t, 3)
		defer c.Close()
		old := c.Leader()
		others := c.Others(old)
		a := &author{seat: seated(t, old), eager: eager}
		for i := range 10 {
			if a.say(fmt.Sprint("line ", i)); i == 4 {
				c.Await("what was said so far is accepted", func() bool { return len(a.told()) == 5 })
				c.Isolate(old)
			}
			time.Sleep(20 * time.Millisecond)
		}
		old.Crash()
		c.Await("others go on", func() bool {
			st := others[0].Status(t.Context())
			return st.Quorum && st.Leader != old.Name && others[0].Serves() && others[1].Serves()
		})
		c.Net.HealAll() // what the old leader still had on the wire is of the past by now
		old.Start()
		c.Await("it is back", old.Serves)
		for _, n := range c.Nodes {
			var has []string
			n.View(func(s *fsm.State) {
				for _, m := range s.History().Last("#lobby", 100) {
					has = append(has, m.Text)
				}
			})
			for _, text := range a.told() {
				if !slices.Contains(has, text) && !slices.Contains(lost, text) {
					lost = append(lost, text)
				}
			}
		}
		if len(a.told()) < 5 {
			t.Fatalf("only %d lines were accepted", len(a.told()))
		}
	})
	return lost
}

func TestAcceptedLinesOutliveTheirLeader(t *testing.T) {
	if lost := lostLines(t, false); len(lost) > 0 {
		t.Errorf("accepted and lost: %q", lost)
	}
}

// A front end that calls a line accepted when it has been sent is caught.
func TestAcknowledgingBeforeCommitIsCaught(t *testing.T) {
	lost := lostLines(t, true)
	if t.Logf("accepted and lost: %q", lost); len(lost) == 0 {
		t.Error("nothing was lost, though all was called accepted before it was")
	}
}
