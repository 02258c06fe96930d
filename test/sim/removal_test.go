package sim

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/member"
	"moniker/transport"
)

// goes checks that a node that was removed has done what it must: its people are let
// go, its names can be had, it stops in the end and says why, and nobody lets it in.
func goes(t *testing.T, c *Cluster, gone *Node, since time.Time) {
	t.Helper()
	c.Await(gone.Name+" lets its people go", func() bool {
		return !gone.Running() || gone.Health().Standing == cluster.Lost
	})
	if took := time.Since(since); took > 2*time.Second {
		t.Errorf("%s let its people go after %v", gone.Name, took)
	}
	c.Await(gone.Name+" has stopped", func() bool { return !gone.Running() })
	if gone.Err == nil || !strings.Contains(gone.Err.Error(), "removed") {
		t.Errorf("%s stopped with: %v", gone.Name, gone.Err)
	}
	if took := time.Since(since); took > 15*time.Second {
		t.Errorf("%s stopped %v after its removal", gone.Name, took)
	}
	shutOut(t, c, gone)
}

// shutOut checks that no node that runs lets another in, whatever it wants.
func shutOut(t *testing.T, c *Cluster, gone *Node) {
	t.Helper()
	cert, err := c.authority.Sign(gone.key.Public(), gone.Name)
	c.must(err)
	port, err := transport.NewPort(transport.Config{
		Network: c.Net.Host(gone.Name), Addr: gone.Name + ":9999",
		Credentials: transport.Credentials{Key: gone.key, Cert: cert, CA: c.authority.Cert(), ClusterID: "sim"},
	})
	c.must(err)
	defer port.Close()
	for _, n := range c.Others(gone) {
		if !n.Running() {
			continue
		}
		for _, proto := range []string{"moniker-raft/1", "moniker-node/1"} {
			c.Await(fmt.Sprintf("%s shuts %s out of %s", n.Name, gone.Name, proto), func() bool {
				conn, err := port.Dial(t.Context(), proto, n.addr(), string(n.ID))
				if err == nil {
					conn.Close()
				}
				return errors.Is(err, transport.ErrRemoved)
			})
		}
	}
}

// keepServing checks that nodes take posts and reads, with so many voters in all.
func keepServing(t *testing.T, nodes []*Node, voters int) {
	t.Helper()
	for _, n := range nodes {
		n.c.Await(n.Name+" serves", n.Serves)
		seat, _ := must(t, n, id.Identity("SHA256:"+n.Name), n.Name)
		at := time.Now()
		said(t, seat, "through "+n.Name)
		if gap := time.Since(at); gap > time.Second {
			t.Errorf("a line through %s took %v", n.Name, gap)
		}
		if err := read(n, 5*time.Second); err != nil {
			t.Errorf("reading through %s: %v", n.Name, err)
		}
		count := 0
		for _, ns := range n.Status(context.Background()).Nodes {
			if ns.Voter {
				count++
			}
		}
		if count != voters {
			t.Errorf("%s knows of %d voters, want %d", n.Name, count, voters)
		}
	}
}

func TestTwoVotersRemoveOneAndTheOtherGoesOn(t *testing.T) {
	for _, which := range []string{"leader", "follower"} {
		for _, through := range []string{"itself", "the other"} {
			t.Run(which+" through "+through, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := New(t, 2)
					defer c.Close()
					gone := c.Leader()
					if which == "follower" {
						gone = c.Others(gone)[0]
					}
					rest := c.Others(gone)
					must(t, gone, alice, "alice")
					on := rest[0]
					if through == "itself" {
						on = gone
					}
					at := time.Now()
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					_, _ = on.Propose(ctx, fsm.RemoveMember{Node: gone.ID}) // itself, it may not live to see the answer
					cancel()
					c.Await("it is out", func() bool { return !isMember(rest[0], gone) })
					if _, a := take(t, rest[0], mallory, "alice"); a.Code != fsm.Taken {
						t.Errorf("mallory wanted alice in grace and got %d", a.Code)
					}
					must(t, rest[0], alice, "alice")
					if took := time.Since(at); took > 2*time.Second {
						t.Errorf("alice was back after %v", took)
					}
					goes(t, c, gone, at)
					keepServing(t, rest, 1)
				})
			})
		}
	}
}

// isMember reports whether a node is a member, as another has applied it.
func isMember(on, of *Node) (is bool) {
	on.View(func(s *fsm.State) {
		m, ok := s.Members().Member(of.ID)
		is = ok && m.Role != member.Removed
	})
	return is
}

// The two that would be left could decide nothing, one of them being dead. So raft
// keeps the removed one, which serves nobody, until the dead one is back or removed.
func TestRemovedVoterIsKeptWhileTheRestCouldNotDecide(t *testing.T) {
	for _, which := range []string{"leader", "follower"} {
		for _, then := range []string{"comes back", "is removed"} {
			t.Run(which+", the dead one "+then, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					book := &logbook{}
					c := NewLogged(t, 3, nil, book.of)
					defer c.Close()
					leader := c.Leader()
					gone, stays, dead := leader, c.Others(leader)[0], c.Others(leader)[1]
					if which == "follower" {
						gone, stays = stays, gone
					}
					dead.Crash()
					c.Await("it serves", stays.Serves)
					at := time.Now()
					c.must(stays.Do(fsm.RemoveMember{Node: gone.ID}))
					c.Await("it lets its people go", func() bool { return gone.Health().Standing == cluster.Lost })
					if took := time.Since(at); took > time.Second {
						t.Errorf("it let its people go after %v", took)
					}
					if !gone.Health().Removed || stays.Health().Removed {
						t.Error("who was removed does not know, or another believes it was")
					}
					for range 3 {
						time.Sleep(10 * time.Second)
						if !gone.Running() {
							t.Fatalf("it has stopped, and the other cannot decide alone: %v", gone.Err)
						}
						keepServing(t, []*Node{stays}, 2) // itself and the dead one, as people see it
					}
					if c.Leader() != stays {
						t.Error("the removed one leads")
					}
					ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
					if _, err := gone.Open(mallory, "", func() {}).Take(ctx, Name("mallory")); err == nil {
						t.Error("the removed one serves")
					}
					cancel()
					back := time.Now()
					rest := []*Node{stays}
					if then == "comes back" {
						dead.Start()
						rest = append(rest, dead)
					} else {
						c.must(stays.Do(fsm.RemoveMember{Node: dead.ID}))
					}
					c.Await("it has stopped", func() bool { return !gone.Running() })
					if lines := matching(book.get(gone.Name), "lost:"); len(lines) > 0 {
						t.Errorf("its people can take their names elsewhere, and it says %q", lines)
					}
					if took := time.Since(back); took > 15*time.Second {
						t.Errorf("it stopped %v after the others could do without", took)
					}
					shutOut(t, c, gone)
					keepServing(t, rest, len(rest))
				})
			})
		}
	}
}

// Leaders change while a node is being removed: whoever leads in the end has it out.
func TestNodeIsRemovedDuringAnElection(t *testing.T) {
	for i := range 8 {
		for _, voters := range []int{2, 3} {
			t.Run(fmt.Sprintf("%d voters, try %d", voters, i), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := New(t, voters)
					defer c.Close()
					leader := c.Leader()
					gone, on := leader, c.Others(leader)[0]
					if i%2 == 1 {
						gone, on = on, gone
					}
					removal := make(chan error, 1)
					c.Isolate(leader)
					time.Sleep(time.Duration(150+30*i) * time.Millisecond)
					go func() { removal <- on.Do(fsm.RemoveMember{Node: gone.ID}) }()
					time.Sleep(time.Duration(20*i) * time.Millisecond)
					c.Net.HealAll()
					if err := <-removal; err != nil {
						t.Fatal(err)
					}
					at := time.Now()
					for j := range 3 { // and again, as it is being carried out
						time.Sleep(time.Duration(i*j) * time.Millisecond)
						c.Isolate(on)
						time.Sleep(400 * time.Millisecond)
						c.Net.HealAll()
					}
					goes(t, c, gone, at.Add(1200*time.Millisecond))
					keepServing(t, c.Others(gone), voters-1)
				})
			})
		}
	}
}

// The leader dies between the state's removal and raft's: the others finish it, with
// the vote of the one that is to go.
func TestRemovalIsFinishedByTheNextLeader(t *testing.T) {
	for i := range 6 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := New(t, 2)
				defer c.Close()
				leader := c.Leader()
				gone := c.Others(leader)[0]
				must(t, gone, alice, "alice")
				for _, n := range c.Nodes {
					for _, o := range c.Nodes {
						c.Net.SetLatency(n.Name, o.Name, 2*time.Millisecond)
					}
				}
				release := leader.disk.hang(func(l *raft.Log) bool { return i == 5 && l.Type == raft.LogConfiguration })
				go func() { _ = leader.Do(fsm.RemoveMember{Node: gone.ID}) }()
				time.Sleep(time.Duration(2+i) * time.Millisecond)
				if i == 5 { // the state has it, on both, and raft does not
					c.Await("it knows", func() bool { return !isMember(gone, gone) })
				}
				time.AfterFunc(time.Millisecond, release)
				leader.Crash()
				time.Sleep(5 * time.Second)
				if !gone.Running() {
					t.Fatalf("it has stopped, and the other cannot lead alone: %v", gone.Err)
				}
				leader.Start()
				c.Await("it serves", leader.Serves)
				if isMember(leader, gone) {
					c.must(leader.Do(fsm.RemoveMember{Node: gone.ID}))
				}
				at := time.Now()
				goes(t, c, gone, at)
				keepServing(t, []*Node{leader}, 1)
				if leader.Of("alice").State == lease.Held {
					t.Error("alice is held by nobody")
				}
			})
		})
	}
}
