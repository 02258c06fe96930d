package cluster

import (
	"io"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"moniker/fsm"
	"moniker/fsm/id"
)

// silent returns for how long a node has given no sign of life, negative if that is not known.
func (s *stand) silent(node id.Node) time.Duration {
	s.peers = newPeers(s.Node)
	if ago, ok := s.unheard()[node]; ok {
		return ago
	}
	return -1
}

// later applies cs after the clock and cluster time went on.
func (s *stand) later(t *testing.T, d time.Duration, from id.Incarnation, cs ...fsm.Command) {
	t.Helper()
	s.clock.advance(d)
	s.now = s.now.Add(id.Duration(d / time.Microsecond))
	s.apply(t, from, cs...)
}

// urged applies a command that a node sent outside of its stream.
func (s *stand) urged(from id.Incarnation, c fsm.Command) {
	body := fsm.Proposal{From: from, Command: c}.Encode(nil)
	s.machine.ApplyBatch([]*raft.Log{s.entryOf(raft.LogCommand, entry(s.now, body, 1))})
}

// The row of an incarnation without sessions goes with it; when its node last spoke stays known.
func TestEndOfAnIncarnationDoesNotHideWhenItsNodeLastSpoke(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(*testing.T, *stand)
		want time.Duration
	}{
		{"killed", func(t *testing.T, n *stand) {
			n.later(t, 6*time.Second, n.keeper.trying, fsm.RevokeToken{ID: "x"})
			n.later(t, 6*time.Second, 0, fsm.Tick{})
		}, 12 * time.Second},
		{"killed after a command", func(t *testing.T, n *stand) {
			n.later(t, time.Second, 8, fsm.RevokeToken{ID: "x"})
			n.later(t, 6*time.Second, n.keeper.trying, fsm.RevokeToken{ID: "x"})
			n.later(t, 6*time.Second, 0, fsm.Tick{})
		}, 12 * time.Second},
		{"stopped", func(t *testing.T, n *stand) {
			n.clock.advance(2 * time.Second)
			n.now = n.now.Add(id.Duration(2 * time.Second / time.Microsecond))
			n.urged(8, fsm.Exit{Incarnation: 8})
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := serving(t)
			n.serveOther(t, n.keeper.trying, "other", 8)
			n.later(t, 2*time.Minute, n.keeper.trying, fsm.RevokeToken{ID: "x"})
			n.urged(8, fsm.Renew{Incarnation: 8, Counter: 1})
			c.end(t, n)
			n.View(func(s *fsm.State) {
				if _, there := s.Lease().Incarnation(8); there {
					t.Fatal("its row is still there")
				}
			})
			for range 2 { // and as time goes on
				if got := n.silent("other"); got != c.want {
					t.Errorf("silent for %v, want %v", got, c.want)
				}
				n.clock.advance(time.Minute)
				c.want += time.Minute
			}
			taken, err := n.machine.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			var s sink
			if err := taken.Persist(&s); err != nil {
				t.Fatal(err)
			}
			if err := n.machine.Restore(io.NopCloser(&s.Buffer)); err != nil {
				t.Fatal(err)
			}
			if got := n.silent("other"); got != c.want {
				t.Errorf("after a snapshot: silent for %v, want %v", got, c.want)
			}
			n.apply(t, n.keeper.trying, fsm.RemoveMember{Node: "other"})
			if got := len(n.machine.alive.last); got != 1 {
				t.Errorf("%d nodes are remembered, and one is a member", got)
			}
		})
	}
}
