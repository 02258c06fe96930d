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
	"moniker/fsm/id"
)

// oneOrder checks that every node has the same lines in the same order, that every
// line that was acknowledged is among them, and none twice.
func oneOrder(t *testing.T, c *Cluster, acknowledged []string) {
	t.Helper()
	sameState(t, c)
	want := c.Nodes[0].lobby()
	for _, n := range c.Nodes[1:] {
		if got := n.lobby(); !slices.Equal(got, want) {
			t.Fatalf("%s has another order than %s", n.Name, c.Nodes[0].Name)
		}
	}
	times := map[string]int{}
	for _, text := range want {
		if times[text]++; times[text] > 1 {
			t.Errorf("%q was said %d times", text, times[text])
		}
	}
	for _, text := range acknowledged {
		if times[text] == 0 {
			t.Errorf("%q was acknowledged and is gone", text)
		}
	}
}

// flood has each seat post lines, all in flight at once, and returns those that
// were acknowledged and how many were not.
func flood(t *testing.T, seats []*cluster.Seat, lines int, meanwhile func()) (acknowledged []string, lost int) {
	t.Helper()
	type line struct {
		text string
		done <-chan outcome
	}
	var flying []line
	for i := range lines {
		for s, seat := range seats {
			text := fmt.Sprintf("line %d of seat %d", i, s)
			flying = append(flying, line{text, say(seat, text)})
		}
	}
	meanwhile()
	limit := time.After(time.Minute)
	for _, l := range flying {
		select {
		case o := <-l.done:
			if o.err == nil && o.a.Code == fsm.OK {
				acknowledged = append(acknowledged, l.text)
				continue
			}
			lost++
		case <-limit:
			t.Fatalf("%q never completed", l.text)
		}
	}
	synctest.Wait()
	for _, l := range flying {
		select {
		case o := <-l.done:
			t.Fatalf("%q completed twice: %+v", l.text, o)
		default:
		}
	}
	return acknowledged, lost
}

func TestPostsInFlightSurviveTheLeaderExactlyOnce(t *testing.T) {
	for _, delay := range []time.Duration{0, time.Millisecond, 4 * time.Millisecond, 12 * time.Millisecond} {
		t.Run(delay.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := New(t, 3)
				defer c.Close()
				leader := c.Leader()
				for _, a := range c.Nodes { // so that something is in flight when it dies
					for _, b := range c.Nodes {
						c.Net.SetLatency(a.Name, b.Name, 2*time.Millisecond)
					}
				}
				var seats []*cluster.Seat
				for i, n := range c.Others(leader) {
					for j := range 2 {
						who := fmt.Sprintf("p%d%d", i, j)
						s, _ := must(t, n, id.Identity("SHA256:"+who), who)
						seats = append(seats, s)
					}
				}
				acknowledged, lost := flood(t, seats, 100, func() {
					time.Sleep(delay)
					leader.Crash()
				})
				if lost > 0 {
					t.Errorf("%d posts through nodes that live were lost", lost)
				}
				leader.Start()
				c.Await("it is back", leader.Serves)
				oneOrder(t, c, acknowledged)
			})
		})
	}
}

// The posts of the leader's own people: what it has told them is kept; of the rest
// each is there once or not at all, and none is called unsent that was said.
func TestPostsOfTheDeadLeadersPeople(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		leader := c.Leader()
		seat, _ := must(t, leader, alice, "alice")
		var results []<-chan outcome
		for i := range 300 {
			results = append(results, say(seat, fmt.Sprint("line ", i)))
		}
		leader.Crash()
		leader.Start()
		c.Await("it is back", leader.Serves)
		sameState(t, c)
		kept := map[string]bool{}
		for _, text := range leader.lobby() {
			kept[text] = true
		}
		for i, ch := range results {
			o := <-ch
			text := fmt.Sprint("line ", i)
			switch {
			case o.err == nil && o.a.Code == fsm.OK && !kept[text]:
				t.Errorf("%q was acknowledged and is gone", text)
			case errors.Is(o.err, cluster.ErrUnsent) && kept[text]:
				t.Errorf("%q was said and its author was told it was not", text)
			}
		}
		oneOrder(t, c, nil)
	})
}

// A node that stops while its posts are with a leader cannot know what becomes of them.
func TestStoppedNodeDoesNotCallUnsentWhatMayBeSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		away := c.Others(c.Leader())[0]
		seat, _ := must(t, away, alice, "alice")
		for _, o := range c.Others(away) { // it is heard and hears nothing
			c.Net.Cut(o.Name, away.Name)
		}
		result := say(seat, "into the void")
		other := c.Others(away)[0]
		c.Await("it is said", func() bool { return slices.Contains(other.lobby(), "into the void") })
		away.Crash()
		if o := <-result; !errors.Is(o.err, cluster.ErrUnknown) {
			t.Errorf("its author was told %+v, %v", o.a, o.err)
		}
	})
}

// often makes snapshots and cuts the log short behind them, so that a follower that
// was away cannot catch up by the log.
func often(c *raft.Config) {
	c.SnapshotThreshold, c.TrailingLogs, c.SnapshotInterval = 20, 10, 100*time.Millisecond
}

func TestSnapshotThatJumpsOverAnswersCompletesTheirCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewTuned(t, 3, often)
		defer c.Close()
		away := c.Others(c.Leader())[0]
		seat, _ := must(t, away, alice, "alice")
		talker, _ := must(t, c.Leader(), mallory, "mallory")
		for _, o := range c.Others(away) { // it is heard and hears nothing
			c.Net.Cut(o.Name, away.Name)
		}
		time.Sleep(50 * time.Millisecond) // what is under way to it now will arrive after all
		var results []<-chan outcome
		for i := range 5 {
			results = append(results, say(seat, fmt.Sprint("blind ", i)))
		}
		time.Sleep(300 * time.Millisecond) // its leader has them
		c.Isolate(away)
		for i := range 100 {
			said(t, talker, fmt.Sprint("line ", i))
			time.Sleep(20 * time.Millisecond) // time for a snapshot, and less than its lease
		}
		since := away.Feed().Head()
		c.Net.HealAll()
		for i, ch := range results {
			if o := <-ch; o.err != nil || o.a.Code != fsm.OK {
				t.Errorf("blind %d: code %d, %v", i, o.a.Code, o.err)
			}
		}
		said(t, seat, "again")
		if got := len(away.lobby()); got != 106 {
			t.Errorf("%d lines, want 106", got)
		}
		sameState(t, c)
		if _, _, skipped := away.Feed().Next(since, 1); skipped == 0 {
			t.Error("it caught up by the log: this run proves nothing")
		}
	})
}

// Its incarnation ended in what the snapshot jumped over, and the answers with it.
func TestSnapshotThatForgotTheAnswersSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewTuned(t, 3, often)
		defer c.Close()
		away := c.Others(c.Leader())[0]
		seat, a := must(t, away, alice, "alice")
		talker, _ := must(t, c.Leader(), mallory, "mallory")
		for _, o := range c.Others(away) {
			c.Net.Cut(o.Name, away.Name)
		}
		time.Sleep(50 * time.Millisecond) // what is under way to it now will arrive after all
		result := say(seat, "blind")
		other := c.Others(away)[0]
		c.Await("it is said", func() bool { return slices.Contains(other.lobby(), "blind") })
		c.Isolate(away)
		c.Await("its lease is over", func() bool { return !other.held("alice")() })
		for i := range 60 {
			said(t, talker, fmt.Sprint("line ", i))
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(6 * time.Second) // an older snapshot, on its way when the link heals, would do
		since := away.Feed().Head()
		c.Net.HealAll()
		if o := <-result; !errors.Is(o.err, cluster.ErrUnknown) {
			t.Errorf("what was said and forgotten: code %d, %v", o.a.Code, o.err)
		}
		if _, _, skipped := away.Feed().Next(since, 1); skipped == 0 {
			t.Error("it caught up by the log: this run proves nothing")
		}
		c.Await("alice is back", func() bool { h := seat.Holds(); return h.Attached && h.Token == a.Token })
		sameState(t, c)
	})
}

// What ended a session may be in what a snapshot jumped over: its person must learn of it.
func TestSnapshotThatJumpsOverTheEndOfASessionTellsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewTuned(t, 3, often)
		defer c.Close()
		away := c.Others(c.Leader())[0]
		leader := c.Leader()
		woken := make(chan struct{}, 100)
		seat := away.Open(alice, "", func() { woken <- struct{}{} })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if a, err := seat.Take(ctx, Name("alice")); err != nil || a.Code != fsm.OK {
			t.Fatalf("%+v, %v", a, err)
		}
		talker, _ := must(t, leader, mallory, "mallory")
		c.Isolate(away)
		for range 20 { // hers give way to newer ones of hers, the one heard from longest ago first
			_, _ = take(t, leader, alice, "alice")
		}
		for i := range 60 {
			said(t, talker, fmt.Sprint("line ", i))
			time.Sleep(20 * time.Millisecond)
		}
		var there bool
		leader.View(func(s *fsm.State) { _, there = s.Lease().Session(seat.Holds().Session) })
		if there {
			t.Fatal("her session did not give way, though she has come twenty times since")
		}
		c.Net.HealAll()
		c.Await("she is told", func() bool { h := seat.Holds(); return !h.Attached && h.Refused != nil })
		if len(woken) == 0 {
			t.Error("nobody woke her session")
		}
	})
}
