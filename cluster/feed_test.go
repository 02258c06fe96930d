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

// Readers are given the ring's own memory: it must be as it was when they get to it.
func TestWhatAReaderHasIsNeverWrittenAgain(t *testing.T) {
	f := newFeed()
	f.publish(events(1, pageSize-3))
	near, _, _ := f.Next(uint64(pageSize-10), 100)     // ends where the page is not full yet
	f.publish(events(pageSize-2, 2*pageSize))          // fills it
	whole, _, _ := f.Next(0, pageSize)                 // one page
	over, _, _ := f.Next(uint64(pageSize-5), 10)       // parts of two
	all, _, _ := f.Next(0, feedSize)                   // of all
	f.publish(events(3*pageSize-2, feedSize+pageSize)) // each place in the ring has others now
	for what, got := range map[string][]turn.Event{"a part": near, "a page": whole, "two pages": over, "all": all} {
		for i, e := range got {
			if e.ID.Index != got[0].ID.Index+id.Index(i) {
				t.Fatalf("%s: event %d behind %d", what, e.ID.Index, got[0].ID.Index)
			}
		}
		if cap(got) > len(got) {
			t.Errorf("%s: whoever appends to it writes into the ring", what)
		}
	}
	if len(near) != 7 || len(whole) != pageSize || len(over) != 10 || len(all) != 3*pageSize-3 {
		t.Errorf("got %d, %d, %d, %d", len(near), len(whole), len(over), len(all))
	}
}

// A person's line is read by a thousand sessions: what each allocates, all do.
func TestReadingAllocatesNothing(t *testing.T) {
	f := newFeed()
	f.publish(events(1, pageSize))
	if n := testing.AllocsPerRun(100, func() { f.Next(pageSize-10, 256) }); n > 0 {
		t.Errorf("%v allocations", n)
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
