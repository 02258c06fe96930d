package sshfront

import (
	"io"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"moniker/fsm/id"
)

// What a line costs one session it costs a thousand: no memory is asked for anew.
func TestHandingALineOverAllocatesNothing(t *testing.T) {
	if raceDetector {
		t.Skip("pools forget at random under the race detector")
	}
	srv := newHouse(t, newWorld(t).n1, nil).srv
	o := newOutbox(srv, io.Discard, io.Discard, func() {}, func() {})
	var b batch
	var marks []mark
	n := id.Index(0)
	line := func() {
		n++
		marks = mark{"#lobby", id.Event{Index: n}}.into(marks)
		o.put(append(srv.buffer(), "10:33      bob  hello\r\n"...), nil, marks)
		marks = marks[:0]
		for o.take(&b) {
			o.write(o.out, b.bufs[0])
			srv.release(b.bufs[0])
		}
	}
	for range 10 {
		line()
	}
	if got := testing.AllocsPerRun(1000, line); got > 0.1 { // a collection empties the pools
		t.Errorf("%v allocations", got)
	}
	if got, want := o.takeWritten(), []mark{{"#lobby", id.Event{Index: n}}}; !slices.Equal(got, want) {
		t.Errorf("written up to %v, want %v", got, want)
	}
}

// A person who is said to have read something has been sent it.
func TestMarksAreWrittenBehindWhatTheyCameWith(t *testing.T) {
	srv := newHouse(t, newWorld(t).n1, nil).srv
	o := newOutbox(srv, io.Discard, io.Discard, func() {}, func() {})
	first, second := mark{"#a", id.Event{Index: 1}}, mark{"#a", id.Event{Index: 2}}
	var b batch
	o.put([]byte("one"), nil, []mark{first})
	o.take(&b)
	o.put([]byte("two"), nil, []mark{second}) // while the first is being written
	if got := o.takeWritten(); len(got) != 0 {
		t.Errorf("%v is written while it is being", got)
	}
	if !o.take(&b) || string(b.bufs[0]) != "two" {
		t.Errorf("%q is what comes next", b.bufs[0])
	}
	if got := o.takeWritten(); !slices.Equal(got, []mark{first}) {
		t.Errorf("%v is written, and only the first is", got)
	}
	if o.take(&b) {
		t.Error("there is more")
	}
	if got := o.takeWritten(); !slices.Equal(got, []mark{second}) {
		t.Errorf("%v is written, and both are", got)
	}
}

// However many writes there were before, and however long it is since, one that is stuck
// is given up when its own time is over, and none before.
func TestAWriteHasItsWholeTimeAndNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 30 * time.Second
		began := time.Now()
		var evicted atomic.Int64
		var s stall
		s.init(limit, func() { evicted.Store(int64(time.Since(began))) })
		write := func(takes time.Duration) {
			s.begin()
			time.Sleep(takes)
			s.end()
		}
		for range 10 {
			write(limit - time.Second)
			write(0)
			time.Sleep(7 * time.Second)
		}
		time.Sleep(time.Hour)
		if got := time.Duration(evicted.Load()); got != 0 {
			t.Fatalf("given up after %v, and nothing was stuck", got)
		}
		write(0)
		time.Sleep(limit / 2)
		want := time.Since(began) + limit
		write(2 * limit)
		if got := time.Duration(evicted.Load()); got != want {
			t.Errorf("given up after %v, want %v", got, want)
		}
		s.timer.Stop()
	})
}
