package cluster

import (
	"context"
	"testing"
	"testing/synctest"

	"moniker/fsm/id"
	"moniker/fsm/turn"
)

func events(from, n int) []turn.Event {
	es := make([]turn.Event, n)
	for i := range es {
		es[i].ID = id.Event{Index: id.Index(from + i)}
	}
	return es
}

func TestCursorSeesEveryEventOnce(t *testing.T) {
	f := newFeed()
	at, want := f.Head(), 1
	for i := 1; i < 3*feedSize; {
		n := min(1+i%700, 3*feedSize-i)
		f.publish(events(i, n))
		i += n
		for {
			es, next, skipped := f.Next(at, 100)
			if skipped != 0 {
				t.Fatalf("%d skipped", skipped)
			}
			for _, e := range es {
				if int(e.ID.Index) != want {
					t.Fatalf("event %d, want %d", e.ID.Index, want)
				}
				want++
			}
			if at = next; len(es) == 0 {
				break
			}
		}
	}
	if want != 3*feedSize {
		t.Errorf("saw up to %d", want-1)
	}
}

func TestReaderThatFallsOffTheRingIsToldHowMuch(t *testing.T) {
	f := newFeed()
	at := f.Head()
	f.publish(events(1, feedSize+312))
	es, next, skipped := f.Next(at, 1)
	if skipped != 312 || len(es) != 1 || es[0].ID.Index != 313 || next != 313 {
		t.Errorf("skipped %d, got %v, next %d", skipped, es, next)
	}
	if es, _, _ := f.Next(f.Head(), 10); len(es) != 0 {
		t.Errorf("at the head there is %v", es)
	}
	if es, next, skipped := f.Next(f.Head()+5, 10); len(es) != 0 || skipped != 0 || next != f.Head()+5 {
		t.Errorf("beyond the head: %v, %d, %d", es, next, skipped)
	}
}

func TestSnapshotMakesEveryCursorSkip(t *testing.T) {
	for _, before := range []int{0, 1, 100, feedSize, feedSize + 1} {
		f := newFeed()
		old := f.Head()
		f.publish(events(1, before))
		read := f.Head()
		f.skip()
		for _, at := range []uint64{old, read} {
			es, next, skipped := f.Next(at, 10)
			if skipped == 0 || len(es) != 0 || next != f.Head() {
				t.Errorf("after %d events a reader at %d skips %d and gets %v", before, at, skipped, es)
			}
		}
		at := f.Head()
		f.publish(events(1000, 3))
		if es, _, skipped := f.Next(at, 10); skipped != 0 || len(es) != 3 || es[0].ID.Index != 1000 {
			t.Errorf("after the snapshot: %v, %d skipped", es, skipped)
		}
	}
}

func TestWatchersAreWokenUntilTheyStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f := newFeed()
		go f.run(ctx)
		woken := make([]chan struct{}, 9)
		var stops []func()
		for i := range woken {
			woken[i] = make(chan struct{}, 1)
			stops = append(stops, f.Watch(func() { poke(woken[i]) }))
		}
		f.publish(events(1, 1))
		f.poke()
		synctest.Wait()
		for i, w := range woken {
			if len(w) != 1 {
				t.Errorf("watcher %d was not woken", i)
			}
		}
		stops[0]()
		<-woken[0]
		f.poke()
		synctest.Wait()
		if len(woken[0]) != 0 {
			t.Error("woken after it had stopped")
		}
	})
}

// Nobody runs the shards: whoever applies goes on all the same.
func TestPublishingWaitsForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		f.Watch(func() { select {} })
		for i := range 1000 {
			f.publish(events(i, 100))
			f.poke()
		}
	})
}
