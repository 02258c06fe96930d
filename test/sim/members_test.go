package sim

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/lease"
	"moniker/fsm/member"
)

// server returns what raft has of a node, as another sees it.
func server(on, of *Node) (st cluster.NodeStatus, found bool) {
	for _, ns := range on.Status(context.Background()).Nodes {
		if ns.ID == of.ID {
			return ns, true
		}
	}
	return st, false
}

func TestFourthAndFifthNodeJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		seat, _ := must(t, c.Nodes[2], alice, "alice")
		said(t, seat, "before")
		fourth := c.Join(member.NonVoter)
		fifth := c.Join(member.Voter)
		c.AwaitVoters(4)
		if st, _ := server(c.Nodes[0], fourth); st.Voter {
			t.Error("the non-voter became a voter")
		}
		for _, n := range []*Node{fourth, fifth} {
			must(t, n, mallory, "mallory")
			if err := read(n, 5*time.Second); err != nil || len(n.lobby()) != 1 {
				t.Errorf("%s reads %q, %v", n.Name, n.lobby(), err)
			}
		}
		c.must(fifth.Do(fsm.SetRole{Node: fourth.ID, Role: member.Voter}))
		c.AwaitVoters(5)
		c.must(fourth.Do(fsm.SetRole{Node: fifth.ID, Role: member.NonVoter}))
		c.AwaitVoters(4)
		leader := c.Leader()
		leader.Crash()
		said(t, seatOf(t, c.Others(leader, c.Nodes[2])[0]), "after")
	})
}

func seatOf(t *testing.T, n *Node) *cluster.Seat {
	t.Helper()
	seat, _ := must(t, n, mallory, "mallory")
	return seat
}

func TestRemovedNodeStopsAndItsNamesMoveOn(t *testing.T) {
	for _, which := range []string{"follower", "leader"} {
		t.Run(which, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := New(t, 4)
				defer c.Close()
				gone := c.Leader()
				if which == "follower" {
					gone = c.Others(gone)[0]
				}
				rest := c.Others(gone)
				must(t, gone, alice, "alice")
				c.must(rest[0].Do(fsm.RemoveMember{Node: gone.ID}))
				if st := rest[0].Of("alice"); st.State != lease.Grace {
					t.Errorf("alice is %+v", st)
				}
				c.Await("it has stopped", func() bool { return !gone.Running() })
				if gone.Err == nil || !strings.Contains(gone.Err.Error(), "removed") {
					t.Errorf("it stopped with: %v", gone.Err)
				}
				c.Await("it is out of the cluster", func() bool {
					st := rest[1].Status(context.Background())
					return len(st.Nodes) == 3 && st.Quorum
				})
				must(t, rest[1], alice, "alice")

				// Its folder is of no use: started again it is told so and stops.
				gone.Start()
				c.Await("it has stopped again", func() bool { return !gone.Running() })
				if gone.Err == nil || !strings.Contains(gone.Err.Error(), "removed") {
					t.Errorf("it stopped with: %v", gone.Err)
				}
			})
		})
	}
}

// It was away when it was removed, so the log will never tell it.
func TestNodeRemovedWhileAwayLearnsOfItAtTheDoor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		gone := c.Others(c.Leader())[0]
		rest := c.Others(gone)
		c.Isolate(gone)
		c.must(rest[0].Do(fsm.RemoveMember{Node: gone.ID}))
		time.Sleep(10 * time.Second)
		c.Net.HealAll()
		c.Await("it has stopped", func() bool { return !gone.Running() })
		if gone.Err == nil || !strings.Contains(gone.Err.Error(), "removed") {
			t.Errorf("it stopped with: %v", gone.Err)
		}
	})
}

// A machine whose disk was lost comes back under a new key at its old address.
func TestNewNodeTakesTheAddressOfARemovedOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		lost := c.Others(c.Leader(), c.Nodes[0])[0]
		lost.Crash()
		heir := c.add(lost.Name)
		heir.Label = "heir"
		token, cmd, err := cluster.NewToken(member.Voter, time.Hour, "")
		c.must(err)
		c.must(c.Nodes[0].Do(cmd))
		_, err = cluster.Join(t.Context(), c.Net.Host(heir.Name), c.Nodes[0].addr(), token, heir.key,
			cluster.Applicant{Name: heir.Label, Peer: heir.addr(), SSH: heir.Name + ":22"})
		c.must(err)
		heir.Start()
		time.Sleep(3 * time.Second) // the other still has its address
		c.must(c.Nodes[0].Do(fsm.RemoveMember{Node: lost.ID}))
		c.Await("it serves", heir.Serves)
		c.AwaitVoters(3)
	})
}

func TestNodeWhoseDiskHangsStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		leader := c.Leader()
		other := c.Others(leader)[0]
		seat, _ := must(t, other, alice, "alice")
		release := leader.disk.hang(anything)
		at := time.Now()
		said(t, seat, "who writes this?")
		if gap := time.Since(at); gap > 15*time.Second {
			t.Errorf("the post was accepted after %v", gap)
		}
		c.Await("it has stopped", func() bool { return !leader.Running() })
		if leader.Err == nil || !strings.Contains(leader.Err.Error(), "the disk hangs") {
			t.Errorf("it stopped with: %v", leader.Err)
		}
		release()
		time.Sleep(10 * time.Second) // what hung can end now
	})
}

// However long its disk hangs: whoever leads or follows has ended 5 s after the write
// that did not return, 1 s for the watchdog to look, and 5 s for parts that hang with
// it. Its supervisor can start it anew then, and people are elsewhere long before.
func TestNodeWhoseDiskHangsHasEndedWithin11Seconds(t *testing.T) {
	const notBefore, within = 5 * time.Second, 11*time.Second + 100*time.Millisecond
	for _, who := range []string{"who leads", "who follows"} {
		t.Run(who, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := New(t, 3)
				defer c.Close()
				sick := c.Leader()
				if who == "who follows" {
					sick = c.Others(sick)[0]
				}
				seat, _ := must(t, c.Others(sick)[0], alice, "alice")
				release := sick.disk.hang(anything) // until the end: nothing that hangs ends by itself
				at := time.Now()
				said(t, seat, "who writes this?")
				select {
				case <-sick.done:
				case <-time.After(time.Minute):
					t.Fatal("it has not ended after a minute")
				}
				if took := time.Since(at); took < notBefore || took > within {
					t.Errorf("it ended after %v, and %v to %v are right", took, notBefore, within)
				}
				if sick.Err == nil || !strings.Contains(sick.Err.Error(), "the disk hangs") {
					t.Errorf("it ended with: %v", sick.Err)
				}
				release()
				time.Sleep(10 * time.Second) // what hung can end now
			})
		})
	}
}
