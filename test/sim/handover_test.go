package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/member"
)

// lead has a node lead, asked on another, and returns how long it took.
func lead(on, target *Node) (time.Duration, error) {
	at := time.Now()
	err := on.Lead(context.Background(), target.ID)
	return time.Since(at), err
}

// Leadership goes round under load: whoever posts notices nothing but a short wait.
func TestLeadershipGoesRoundAndNoLineIsLost(t *testing.T) {
	const rounds = 20
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		for _, a := range c.Nodes {
			for _, b := range c.Nodes {
				c.Net.SetLatency(a.Name, b.Name, time.Millisecond)
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		talks := make(chan talk)
		for i, n := range c.Nodes {
			for j := range 2 {
				who := fmt.Sprintf("p%d%d", i, j)
				seat, _ := must(t, n, id.Identity("SHA256:"+who), who)
				go func() { talks <- chatter(ctx, seat, who) }()
			}
		}
		var took []time.Duration
		for i := range rounds {
			leader := c.Leader()
			target := c.Others(leader)[i%2]
			on := c.Nodes[(i+i/3)%3]
			d, err := lead(on, target)
			if err != nil {
				t.Fatalf("round %d: %s was to have %s lead: %v", i, on.Name, target.Name, err)
			}
			if got := c.Leader(); got != target {
				t.Fatalf("round %d: %s leads, want %s", i, got.Name, target.Name)
			}
			took = append(took, d)
			time.Sleep(100 * time.Millisecond)
		}
		cancel()
		var all []string
		var longest time.Duration
		order := map[string][]string{}
		for range 2 * len(c.Nodes) {
			talk := <-talks
			if talk.lost > 0 {
				t.Errorf("%d lines of %s were lost", talk.lost, talk.who)
			}
			all = append(all, talk.said...)
			order[talk.who] = talk.said
			longest = max(longest, talk.longest)
		}
		oneOrder(t, c, all)
		lines := c.Nodes[0].lobby()
		if len(all) < rounds*20 {
			t.Errorf("%d lines in all: this run proves nothing", len(all))
		}
		for who, said := range order {
			at := -1
			for _, text := range said {
				next := slices.Index(lines, text)
				if next <= at {
					t.Errorf("%s: %q is out of order", who, text)
				}
				at = next
			}
		}
		slices.Sort(took)
		t.Logf("%d lines; Lead took %v at most, %v in the middle; the longest wait for a line was %v", len(all), took[rounds-1], took[rounds/2], longest)
		if took[rounds-1] > 500*time.Millisecond || longest > 500*time.Millisecond {
			t.Errorf("a handover took %v, and a line waited %v", took[rounds-1], longest)
		}
	})
}

// talk is what came of one person's talking.
type talk struct {
	who     string
	said    []string
	lost    int
	longest time.Duration // that a line took
}

// chatter posts a line every 20 ms, four at a time, until ctx ends.
func chatter(ctx context.Context, seat *cluster.Seat, who string) talk {
	out := talk{who: who}
	type line struct {
		text string
		at   time.Time
		done <-chan outcome
	}
	var flying []line
	take := func() {
		l := flying[0]
		flying = flying[1:]
		if o := <-l.done; o.err == nil && o.a.Code == fsm.OK {
			out.said = append(out.said, l.text)
		} else {
			out.lost++
		}
		out.longest = max(out.longest, time.Since(l.at))
	}
	for i := 0; ctx.Err() == nil; i++ {
		text := fmt.Sprintf("%s says %d", who, i)
		flying = append(flying, line{text, time.Now(), say(seat, text)})
		if len(flying) == 4 {
			take()
		}
		time.Sleep(20 * time.Millisecond)
	}
	for len(flying) > 0 {
		take()
	}
	return out
}

func TestLeadSaysWhyNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		listener := c.Join(member.NonVoter)
		leader := c.Leader()
		others := c.Others(leader, listener)
		for _, on := range c.Nodes {
			if d, err := lead(on, leader); err != nil || d > time.Second {
				t.Errorf("on %s, whom it is already: %v after %v", on.Name, err, d)
			}
			if _, err := lead(on, listener); !errors.Is(err, cluster.ErrNotVoter) {
				t.Errorf("on %s, one that does not count: %v", on.Name, err)
			}
			if err := on.Lead(t.Context(), "nobody"); !errors.Is(err, cluster.ErrNotVoter) {
				t.Errorf("on %s, one that is not there: %v", on.Name, err)
			}
		}
		seat, _ := must(t, others[1], alice, "alice")
		others[0].Crash()
		for _, on := range []*Node{leader, others[1], listener} {
			d, err := lead(on, others[0])
			if !errors.Is(err, cluster.ErrNotTaken) || d > 6*time.Second {
				t.Errorf("on %s, one that is down: %v after %v", on.Name, err, d)
			}
		}
		if c.Leader() != leader {
			t.Error("somebody else leads now")
		}
		said(t, seat, "it goes on")
		leader.Crash()
		time.Sleep(2 * time.Second)
		for _, on := range []*Node{others[1], listener} {
			if d, err := lead(on, others[1]); !errors.Is(err, cluster.ErrNoLeader) || d > 6*time.Second {
				t.Errorf("on %s, with nobody to hand over: %v after %v", on.Name, err, d)
			}
		}
	})
}

// The heir goes silent in the moment it is to take over. What is posted waits for no
// longer than that takes to be noticed, and nothing is wedged: it is tried again and
// again, raft going through term after term.
func TestHeirThatGoesSilentWedgesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		for i := range 12 {
			leader := c.Leader()
			heir, third := c.Others(leader)[i%2], c.Others(leader)[1-i%2]
			seat, _ := must(t, third, id.Identity(fmt.Sprint("SHA256:", i)), fmt.Sprint("p", i))
			done := make(chan error, 1)
			go func() {
				_, err := lead(leader, heir)
				done <- err
			}()
			time.Sleep(time.Duration(i) * time.Millisecond)
			c.Isolate(heir)
			at := time.Now()
			said(t, seat, fmt.Sprint("line ", i))
			if gap := time.Since(at); gap > 4*time.Second {
				t.Errorf("round %d: the next line took %v", i, gap)
			}
			if err := <-done; err != nil && !errors.Is(err, cluster.ErrNotTaken) && !errors.Is(err, cluster.ErrNoLeader) {
				t.Errorf("round %d: %v", i, err)
			}
			c.Net.HealAll()
			c.Await("all serve", func() bool { return c.Nodes[0].Serves() && c.Nodes[1].Serves() && c.Nodes[2].Serves() })
			time.Sleep(time.Duration(i%3) * 10 * time.Second)
		}
		for _, n := range c.Nodes {
			if !n.Running() {
				t.Errorf("%s has stopped: %v", n.Name, n.Err)
			}
			said(t, seatOf(t, n), "still here, on "+n.Name)
		}
		sameState(t, c)
	})
}

// What wedges raft (hashicorp/raft#696): handovers to a node that lacks something and
// is silent, one after the other, and a leader that steps down during one of them. Its
// goroutines would outlive the bubble, and it would refuse everything as the next leader.
func TestHandoversToASilentHeirOneAfterTheOther(t *testing.T) {
	for i := range 6 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := New(t, 3)
				defer c.Close()
				leader := c.Leader()
				heir, third := c.Others(leader)[0], c.Others(leader)[1]
				seat, _ := must(t, third, alice, "alice")
				c.Isolate(heir)
				for j := range 10 {
					said(t, seat, fmt.Sprint("line ", j))
				}
				tries := make(chan error, 4)
				for range 2 + i%3 {
					go func() { _, err := lead(leader, heir); tries <- err }()
					time.Sleep(400 * time.Millisecond)
				}
				c.Isolate(leader)
				time.Sleep(time.Duration(i) * 300 * time.Millisecond)
				c.Net.HealAll()
				for range 2 + i%3 {
					<-tries
				}
				c.Await("it leads again", func() bool { _, err := lead(third, leader); return err == nil })
				said(t, seat, "all is well")
				for _, n := range c.Nodes {
					if !n.Running() {
						t.Fatalf("%s stopped: %v", n.Name, n.Err)
					}
				}
				sameState(t, c)
			})
		})
	}
}
