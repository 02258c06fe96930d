package linear

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/test/sim"
)

// A leader's disk hangs with an entry that nobody else has, until the watchdog ends the
// process; the entry reaches the disk after all. The disk of the next leader hangs as
// it begins its term: it tries to reach the old one, less and less often, with a log
// that ends before that term. When all is well again, the first thing it tells the old
// one is what is committed by now, without the entries that are: and what the old one
// has at those places is something else. Found by seed 2004.
func TestRestartedLeaderAppliesOnlyWhatWasCommitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := sim.New(t, 3)
		defer c.Close()
		old := c.Leader()
		others := c.Others(old)
		seat := old.Open("SHA256:alice", "", func() {})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if a, err := seat.Take(ctx, sim.Name("alice")); err != nil || a.Code != fsm.OK {
			t.Fatal(a, err)
		}
		pause(2 * time.Second)
		written := old.HangDisk()
		seat.Do(func(s id.Session, token id.Token) fsm.Command {
			return fsm.Post{Session: s, Token: token, Room: room, Text: "never committed"}
		}, func(fsm.Answer, error) {})
		pause(4 * time.Second)
		var well []func()
		for _, o := range others {
			well = append(well, o.HangDisk())
		}
		pause(4500 * time.Millisecond) // the watchdog has ended the old leader, and somebody else is elected
		written()
		c.Await("the old leader has ended", func() bool { return !old.Running() })
		old.Crash() // nothing is left of the process
		old.Start()
		for _, w := range well {
			w()
		}
		applied := false
		for range 500 {
			pause(10 * time.Millisecond)
			applied = applied || has(old, "never committed")
		}
		for _, o := range others {
			if has(o, "never committed") {
				t.Fatalf("%s has it: it was committed after all, and this proves nothing", o.Name)
			}
		}
		if applied {
			t.Error("the old leader applied what was never committed")
		}
		if !old.Running() {
			t.Fatalf("the old leader has stopped: %v", old.Err)
		}
		if h := old.Health(); h.Standing != cluster.Serving {
			t.Errorf("it stands as %+v", h)
		}
	})
}

// has reports whether a node has applied a line of the room.
func has(n *sim.Node, text string) (has bool) {
	n.View(func(s *fsm.State) {
		for _, m := range s.History().Last(room, 10) {
			has = has || m.Text == text
		}
	})
	return has
}
