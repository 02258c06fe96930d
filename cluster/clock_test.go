package cluster

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"moniker/fsm/id"
)

// handClock is turned by hand.
type handClock struct {
	mu sync.Mutex
	at time.Duration
}

func newHandClock() *handClock { return &handClock{at: time.Hour} }

func (c *handClock) advance(d time.Duration) {
	c.mu.Lock()
	c.at += d
	c.mu.Unlock()
}

func (c *handClock) read() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *handClock) Now() time.Time      { return time.Unix(0, 0).Add(c.read()) }
func (c *handClock) Mono() time.Duration { return c.read() }
func (c *handClock) Boot() time.Duration { return c.read() }

func TestClusterTimeNeverGoesBackAndNeverFasterThanItsClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		anchor := id.Time(rapid.Int64Range(0, 1<<40).Draw(t, "anchor"))
		mono := time.Duration(rapid.Int64Range(0, 1<<40).Draw(t, "mono"))
		c := turner{anchor: anchor, last: mono}
		start, last := mono, anchor
		for range rapid.IntRange(1, 50).Draw(t, "turns") {
			step := time.Duration(rapid.Int64Range(-int64(time.Second), int64(time.Minute)).Draw(t, "step"))
			if rapid.Bool().Draw(t, "small") {
				step %= 10 * time.Millisecond
			}
			stalled := rapid.Bool().Draw(t, "stalled")
			mono += max(step, -time.Millisecond) // a monotonic clock; but were it not
			now := c.turn(mono, stalled)
			added := time.Duration(now.Sub(last)) * time.Microsecond
			switch {
			case added < 0:
				t.Fatalf("time went back by %v", -added)
			case stalled && added > 0:
				t.Fatalf("a stalled turn added %v", added)
			case added > maxTurn+time.Microsecond:
				t.Fatalf("one turn added %v", added)
			}
			last = now
		}
		if step := mono - start; step >= 0 && c.credit > step+50*time.Millisecond {
			t.Fatalf("%v were earned in %v", c.credit, step)
		}
	})
}

func TestTurnsAddUpToRealTime(t *testing.T) {
	c := turner{}
	for i := range 1000 {
		c.turn(time.Duration(i+1)*999*time.Nanosecond, false) // less than the unit of cluster time
	}
	if got, want := c.turn(999*time.Microsecond, false), id.Time(999); got != want {
		t.Errorf("a thousand short turns made %d, want %d", got, want)
	}
}
