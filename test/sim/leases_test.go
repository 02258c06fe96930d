package sim

import (
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/turn"
)

const (
	ttl   = 10 * time.Second
	grace = 10 * time.Minute
)

// calm makes raft's heartbeats rare, so that long times pass quickly.
func calm(c *raft.Config) {
	c.HeartbeatTimeout, c.ElectionTimeout, c.LeaderLeaseTimeout = 15*time.Second, 15*time.Second, 15*time.Second
	c.CommitTimeout = time.Second
}

// MONIKER_LONG=1 makes it a day.
func TestRenewalsKeepNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewTuned(t, 3, calm)
		defer c.Close()
		for i, n := range c.Nodes {
			must(t, n, id.Identity("SHA256:"+n.Name), "name"+string(rune('a'+i)))
		}
		idle := 10 * time.Minute
		if os.Getenv("MONIKER_LONG") != "" {
			idle = 24 * time.Hour
		}
		since := c.Nodes[0].Feed().Head()
		from, _ := c.Nodes[0].Digest()
		time.Sleep(idle)
		for _, kind := range []turn.Kind{turn.NodeDown, turn.Detached, turn.Graced, turn.Freed, turn.LeaderStarted} {
			if got := c.Nodes[0].count(since, kind); got != 0 {
				t.Errorf("%d events of kind %d in %v of idling", got, kind, idle)
			}
		}
		to, _ := c.Nodes[0].Digest()
		if rate := float64(to-from) / idle.Seconds(); rate > 1 {
			t.Errorf("an idle cluster commits %.2f entries a second, want at most 1", rate)
		}
		sameState(t, c)
	})
}

func TestFlappingLeadersNeitherKeepDeadNamesNorEndLiveOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		dead, live := c.Nodes[0], c.Nodes[1:]
		must(t, dead, alice, "alice")
		seat, _ := must(t, live[0], mallory, "mallory")
		dead.Crash()
		died := time.Now()
		watch := live[0]
		since := watch.Feed().Head()
		for watch.Of("alice").State == lease.Held {
			if gone := time.Since(died); gone > time.Minute {
				t.Fatalf("alice is still held %v after her node died", gone)
			}
			// Two nodes of three: whoever leads loses the other for a moment.
			c.Net.Cut(live[0].Name, live[1].Name)
			c.Net.Cut(live[1].Name, live[0].Name)
			time.Sleep(700 * time.Millisecond)
			c.Net.HealAll()
			time.Sleep(2500 * time.Millisecond)
		}
		if gone := time.Since(died); gone < ttl {
			t.Errorf("alice left held after %v, before her lease was over", gone)
		}
		if starts := watch.count(since, turn.LeaderStarted); starts < 3 {
			t.Errorf("only %d leaders started: this run proves nothing", starts)
		}
		if !seat.Holds().Attached || !watch.held("mallory")() {
			t.Errorf("mallory, whose node lives, holds %+v", seat.Holds())
		}
		if downs := watch.count(since, turn.NodeDown); downs != 1 {
			t.Errorf("%d nodes went down, want the dead one only", downs)
		}
	})
}

func TestFollowerCutOffForLessThanItsLeaseKeepsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		away := c.Others(c.Leader())[0]
		seat, a := must(t, away, alice, "alice")
		since := away.Feed().Head()
		c.Isolate(away)
		pending := say(seat, "from the dark")
		time.Sleep(6 * time.Second)
		if got := away.Health().Standing; got != cluster.Waiting {
			t.Errorf("cut off for 6 s it stands as %d, want %d", got, cluster.Waiting)
		}
		c.Net.HealAll()
		if o := <-pending; o.err != nil || o.a.Code != fsm.OK {
			t.Errorf("what was typed in the dark: %+v", o)
		}
		c.Await("it serves", away.Serves)
		if h := seat.Holds(); !h.Attached || h.Token != a.Token {
			t.Errorf("alice holds %+v, had token %d", h, a.Token)
		}
		if got := away.count(since, turn.Detached) + away.count(since, turn.NodeDown); got != 0 {
			t.Errorf("%d endings, want none", got)
		}
		said(t, seat, "still here")
		sameState(t, c)
	})
}

func TestWallClocksDoNotMatter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		var began time.Time
		for _, n := range slices.Backward(c.Nodes) {
			began = time.Now()
			must(t, n, id.Identity("SHA256:"+n.Name), n.Name)
		}
		watch := c.Nodes[0] // which has applied something that was stamped after began
		since := watch.Feed().Head()
		var before, after id.Time
		watch.View(func(s *fsm.State) { before = s.Time() })
		at := time.Now()
		for i, skew := range []time.Duration{5 * time.Hour, -9 * time.Hour, 30 * time.Second, -time.Minute, 0} {
			c.Nodes[i%3].Clock.Skew(skew)
			c.Nodes[(i+1)%3].Clock.Skew(-skew)
			time.Sleep(4 * time.Second)
		}
		watch.View(func(s *fsm.State) { after = s.Time() })
		if got := watch.count(since, turn.NodeDown) + watch.count(since, turn.Detached); got != 0 {
			t.Errorf("%d endings under skewed clocks", got)
		}
		grew, least, most := time.Duration(after.Sub(before))*time.Microsecond, time.Since(at)-4*time.Second, time.Since(began)
		if grew > most || grew < least {
			t.Errorf("cluster time grew by %v, want %v to %v", grew, least, most)
		}
		dead := c.Others(c.Leader())[0]
		watch = c.Others(dead)[0]
		dead.Clock.Skew(-3 * time.Hour)
		dead.Crash()
		died := time.Now()
		c.Await("a dead node's name is in grace", func() bool { return watch.Of(dead.Name).State == lease.Grace })
		if gone := time.Since(died); gone < ttl-4*time.Second || gone > ttl+time.Second {
			t.Errorf("it left held after %v", gone)
		}
	})
}

func TestRestartedNodeEndsItsPredecessorAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		again := c.Others(c.Leader())[0]
		other := c.Others(again, c.Leader())[0]
		_, a := must(t, again, alice, "alice")
		again.Crash()
		at := time.Now()
		again.Start()
		c.Await("alice is in grace", func() bool { return other.Of("alice").State == lease.Grace })
		if gone := time.Since(at); gone > 2*time.Second {
			t.Errorf("it took %v, want no waiting for the lease", gone)
		}
		c.Await("it serves", again.Serves)
		if _, back := must(t, again, alice, "alice"); back.Token != a.Token {
			t.Errorf("she came back under token %d, had %d", back.Token, a.Token)
		}
		sameState(t, c)
	})
}

func TestGracefulStopEndsItsLeaseAndHandsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		leader := c.Leader()
		others := c.Others(leader)
		must(t, leader, alice, "alice")
		seat, _ := must(t, others[0], mallory, "mallory")
		at := time.Now()
		stopped := make(chan struct{})
		go func() {
			leader.Stop()
			close(stopped)
		}()
		c.Await("alice is in grace", func() bool { return others[0].Of("alice").State == lease.Grace })
		if gone := time.Since(at); gone > 200*time.Millisecond {
			t.Errorf("alice left held after %v", gone)
		}
		said(t, seat, "next")
		if gap := time.Since(at); gap > 500*time.Millisecond {
			t.Errorf("the next post was accepted %v after the stop", gap)
		}
		<-stopped
		if leader.Err != nil {
			t.Errorf("it stopped with %v", leader.Err)
		}
		if took := time.Since(at); took > 3*time.Second {
			t.Errorf("stopping took %v", took)
		}
	})
}

// A peer that is silent must not hold up a shutdown.
func TestStopDoesNotWaitForTheSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		leader := c.Leader()
		c.Isolate(leader)
		time.Sleep(time.Second)
		at := time.Now()
		leader.Stop()
		if took := time.Since(at); took > 4*time.Second {
			t.Errorf("stopping took %v", took)
		}
		if leader.Err != nil {
			t.Errorf("it stopped with %v", leader.Err)
		}
	})
}

func TestTwoSeatsOfOneIdentityShareAName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		first, a := must(t, c.Nodes[0], alice, "alice")
		second, b := must(t, c.Nodes[1], alice, "alice")
		if a.Token != b.Token {
			t.Errorf("tokens %d and %d", a.Token, b.Token)
		}
		said(t, first, "one")
		said(t, second, "two")
		if a, err := first.Leave(t.Context(), true); err != nil || a.Code != fsm.OK {
			t.Fatalf("leaving: %+v, %v", a, err)
		}
		if st := c.Nodes[0].Of("alice"); st.State != lease.Held || len(st.Live) != 1 {
			t.Errorf("after the first left: %+v", st)
		}
		said(t, second, "still here")
		if a, err := second.Leave(t.Context(), false); err != nil || a.Code != fsm.OK {
			t.Fatalf("leaving: %+v, %v", a, err)
		}
		if st := c.Nodes[1].Of("alice"); st.State != lease.Grace {
			t.Errorf("after the second's line broke: %+v", st)
		}
		third, d := must(t, c.Nodes[2], alice, "alice")
		if d.Token != a.Token {
			t.Errorf("she came back under %d, had %d", d.Token, a.Token)
		}
		_, _ = third.Leave(t.Context(), true)
		if st := c.Nodes[2].Of("alice"); st.State != lease.Free {
			t.Errorf("after quitting: %+v", st)
		}
		sameState(t, c)
	})
}
