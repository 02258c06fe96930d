package sim

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/setting"
)

// watched is what one seat has seen of its node's health, waking up.
type watched struct {
	mu    sync.Mutex
	seen  []cluster.Standing
	since []time.Time
}

func (w *watched) look(n *cluster.Node) {
	s := n.Health().Standing
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.seen) == 0 || w.seen[len(w.seen)-1] != s {
		w.seen, w.since = append(w.seen, s), append(w.since, time.Now())
	}
}

func (w *watched) standings() []cluster.Standing {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.seen)
}

func setTime(t *testing.T, n *Node, name setting.Name, d time.Duration) {
	t.Helper()
	if err := n.Do(fsm.SetSetting{Name: name, Value: int64(d / time.Microsecond)}); err != nil {
		t.Fatal(err)
	}
}

// Every seat is woken at every step, whoever else asks how the node is meanwhile.
func TestSeatsAreWokenWhenTheStandingChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		away := c.Others(c.Leader())[0]
		setTime(t, away, setting.LeaseGrace, time.Minute)
		seats := make([]*watched, 20)
		for i := range seats {
			w := &watched{}
			seats[i] = w
			w.look(away.Node)
			wake := make(chan struct{}, 1)
			seat := away.Open(id.Identity("SHA256:"+string(rune('a'+i))), "", func() { poke(wake) })
			if i%2 == 0 { // the others are on no name yet
				if a, err := seat.Take(t.Context(), Name("name"+string(rune('a'+i)))); err != nil || a.Code != fsm.OK {
					t.Fatal(a, err)
				}
			}
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() {
				defer close(done)
				for {
					select {
					case <-wake:
						w.look(away.Node)
					case <-ctx.Done():
						return
					}
				}
			}()
			defer func() { cancel(); <-done }()
		}
		c.Isolate(away)
		cut := time.Now()
		for time.Since(cut) < 90*time.Second {
			away.Health() // somebody who asks and has no seat
			time.Sleep(37 * time.Millisecond)
		}
		c.Net.HealAll()
		c.Await("it serves", away.Serves)
		time.Sleep(time.Second)
		for i, w := range seats {
			got := w.standings()
			// On the way back it may be seen registering anew.
			want := []cluster.Standing{cluster.Serving, cluster.Waiting, cluster.ReadOnly, cluster.Lost}
			if len(got) < 5 || !slices.Equal(got[:4], want) || got[len(got)-1] != cluster.Serving {
				t.Fatalf("seat %d was woken to see %v, want %v and in the end %d", i, got, want, cluster.Serving)
			}
			if wait := w.since[1].Sub(cut); wait > 3*time.Second {
				t.Errorf("seat %d: waiting %v after the cut", i, wait)
			}
			if over := w.since[2].Sub(cut); over > ttl {
				t.Errorf("seat %d: read-only %v after the cut, when its lease was over", i, over)
			}
			if lost := w.since[3].Sub(cut); lost > ttl+time.Minute {
				t.Errorf("seat %d: lost %v after the cut, when grace was over", i, lost)
			}
		}
		if n := away.Counts(); n.TimesReadOnly < 1 || n.TimesWaiting < 1 || n.IncarnationsLost != 1 {
			t.Errorf("%+v", n)
		}
	})
}

func poke(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// Whom nobody can reach is as old as its last renewal, not as the last time somebody asked.
func TestUnreachableSinceItWasLastHeardFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(t, 3)
		defer c.Close()
		watch := c.Leader()
		dead := c.Others(watch)[0]
		must(t, dead, alice, "alice") // so that its row stays
		time.Sleep(2 * time.Minute)   // nobody asks
		dead.Crash()
		died := time.Now()
		time.Sleep(3 * time.Second)
		for _, on := range []*Node{watch, c.Others(dead, watch)[0]} {
			at := time.Now()
			st, _ := server(on, dead)
			if took := time.Since(at); took > time.Second {
				t.Errorf("%s took %v to say how things are", on.Name, took)
			}
			if ago, gone := st.Unheard, time.Since(died); st.Reachable || ago < gone-2*time.Second || ago > gone+5*time.Second {
				t.Errorf("%s has not heard from it for %v; it died %v ago", on.Name, ago, gone)
			}
		}
		// Without a leader cluster time stands still, and silence grows all the same.
		other := c.Others(dead, watch)[0]
		for _, n := range c.Others(watch) {
			if n.Running() {
				n.Crash()
			}
		}
		const alone = 4 * time.Minute
		time.Sleep(alone)
		if st, _ := server(watch, other); st.Unheard < alone || st.Unheard > alone+10*time.Second {
			t.Errorf("alone for %v, it has heard from another %v ago", alone, st.Unheard)
		}
	})
}

// An incarnation without people leaves no row behind. What nodes say of a node is
// right all the same, and the same on each, whoever asked it something long ago.
func TestUnreachableSinceItsEndThoughNothingIsLeftOfIt(t *testing.T) {
	for _, how := range []string{"killed", "stopped"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := New(t, 3)
				defer c.Close()
				watch := c.Leader()
				gone, other := c.Others(watch)[0], c.Others(watch)[1]
				time.Sleep(3 * time.Minute) // since somebody last asked it
				if how == "killed" {
					gone.Crash()
				} else {
					gone.Stop()
				}
				end := time.Now()
				check := func(nodes ...*Node) {
					t.Helper()
					for _, on := range nodes {
						st, _ := server(on, gone)
						if ago, want := st.Unheard, time.Since(end); st.Reachable || ago < want-time.Second || ago > want+4*time.Second {
							t.Errorf("%s has not heard from it for %v; it was %s %v ago", on.Name, ago, how, want)
						}
					}
				}
				for range 8 {
					time.Sleep(4 * time.Second)
					check(watch, other)
				}
				other.Crash() // and what it learns, it learns from the log
				other.Start()
				c.Await("it serves", other.Serves)
				check(watch, other)
			})
		})
	}
}

// Away goes on through every standing, and the log says how long it was in the end.
func TestAwaySinceItLastServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &logbook{}
		c := NewLogged(t, 3, nil, book.of)
		defer c.Close()
		away := c.Others(c.Leader())[0]
		setTime(t, away, setting.LeaseGrace, 10*time.Second)
		if h := away.Health(); h.Away != 0 {
			t.Errorf("it serves, and has been away for %v", h.Away)
		}
		before := len(book.get(away.Name))
		c.Isolate(away)
		cut := time.Now()
		seen := map[cluster.Standing]bool{}
		last := cut // when it was last seen serving
		for time.Since(cut) < 33*time.Second || !away.Serves() {
			if time.Since(cut) > 33*time.Second {
				c.Net.HealAll()
			}
			h := away.Health()
			if seen[h.Standing] = true; h.Standing == cluster.Serving {
				last = time.Now()
			} else if d := h.Away - time.Since(last); d < -150*time.Millisecond || d > 150*time.Millisecond || h.For > h.Away {
				t.Errorf("%v: away %v, for %v; it last served %v ago", h.Standing, h.Away, h.For, time.Since(last))
			}
			time.Sleep(50 * time.Millisecond)
		}
		if !seen[cluster.Waiting] || !seen[cluster.ReadOnly] || !seen[cluster.Lost] {
			t.Errorf("it went through %v only", seen)
		}
		book.has(c, away, `with the others again: after=3[2-4]`)
		if lines := matching(book.get(away.Name)[before:], "no answer|read-only|lost:|with the others again"); len(lines) != 4 {
			t.Errorf("it tells of that in %d lines: %q", len(lines), lines)
		}
	})
}
