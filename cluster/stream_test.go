package cluster

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/stream"
	"moniker/fsm/wire"
)

const inc = id.Incarnation(7)

// told collects how often and how each command was completed.
type told map[int][]error

func (d told) done(i int) func(fsm.Answer, error) {
	return func(_ fsm.Answer, err error) { d[i] = append(d[i], err) }
}

// opened returns an outbox with n commands proposed, numbered from 1.
func opened(t *testing.T, n int) (*outbox, *handClock, told) {
	t.Helper()
	clock := newHandClock()
	o, d := newOutbox(clock), told{}
	o.open(inc)
	for i := 1; i <= n; i++ {
		o.propose(inc, fsm.Detach{}, false, d.done(i))
	}
	return o, clock, d
}

// numbers takes everything that is to be sent now.
func numbers(t *testing.T, o *outbox) (ns []uint64) {
	t.Helper()
	for bundle := o.take(); len(bundle) > 0; bundle = o.take() {
		size := 0
		for _, b := range bundle {
			d := wire.NewDecoder(b)
			p := fsm.DecodeProposal(d)
			if d.Err() != nil {
				t.Fatal(d.Err())
			}
			ns = append(ns, p.Number)
			size += len(b)
		}
		if size > bundleBytes && len(bundle) > 1 {
			t.Errorf("a bundle of %d bytes", size)
		}
	}
	return ns
}

func span2(ns []uint64) string {
	if len(ns) == 0 {
		return "none"
	}
	return fmt.Sprintf("%d-%d (%d)", ns[0], ns[len(ns)-1], len(ns))
}

func next(n uint64) fsm.Answer {
	return fsm.Answer{From: inc, Number: n, Verdict: stream.Next, Code: fsm.OK}
}

func TestStreamHasAtMostAWindowUnapplied(t *testing.T) {
	o, _, d := opened(t, 3000)
	if got := span2(numbers(t, o)); got != "1-1024 (1024)" {
		t.Errorf("sent first: %s", got)
	}
	o.applied(next(1))
	o.applied(next(2))
	if got := span2(numbers(t, o)); got != "1025-1026 (2)" {
		t.Errorf("sent after two were applied: %s", got)
	}
	if len(d) != 2 || len(d[1]) != 1 || d[1][0] != nil {
		t.Errorf("completed: %v", d)
	}
}

func TestStreamIsSentAgainFromItsFirstUnapplied(t *testing.T) {
	o, clock, _ := opened(t, 20)
	numbers(t, o)
	o.applied(next(1))
	want := "2-20 (19)"
	o.rewind() // a leader, or a connection, is new
	if got := span2(numbers(t, o)); got != want {
		t.Errorf("after a rewind: %s", got)
	}
	o.applied(fsm.Answer{From: inc, Number: 5, Verdict: stream.Gap})
	if got := span2(numbers(t, o)); got != want {
		t.Errorf("after a gap: %s", got)
	}
	clock.advance(progressTime)
	o.rewindIfStuck()
	if got := span2(numbers(t, o)); got != "none" {
		t.Errorf("before a second was over: %s", got)
	}
	clock.advance(time.Millisecond)
	o.rewindIfStuck()
	if got := span2(numbers(t, o)); got != want {
		t.Errorf("after a second without progress: %s", got)
	}
	clock.advance(progressTime)
	o.applied(next(2))
	clock.advance(time.Millisecond)
	o.rewindIfStuck()
	if got := span2(numbers(t, o)); got != "none" {
		t.Errorf("just after progress: %s", got)
	}
}

func TestManyGapsOfOneLossAreOneRewind(t *testing.T) {
	o, clock, _ := opened(t, 1000)
	numbers(t, o)
	again := 0
	for n := uint64(101); n <= 1000; n++ {
		o.applied(fsm.Answer{From: inc, Number: n, Verdict: stream.Gap})
		again += len(numbers(t, o))
	}
	if again != 1000 {
		t.Errorf("%d commands were sent again for one loss", again)
	}
	o.applied(next(1))
	o.applied(fsm.Answer{From: inc, Number: 3, Verdict: stream.Gap})
	if got := span2(numbers(t, o)); got != "2-1000 (999)" {
		t.Errorf("after another loss: %s", got)
	}
	clock.advance(progressTime + time.Millisecond)
	o.rewindIfStuck()
	if got := span2(numbers(t, o)); got != "2-1000 (999)" {
		t.Errorf("after a second without progress: %s", got)
	}
}

func TestOnlyExecutionCompletes(t *testing.T) {
	o, _, d := opened(t, 3)
	numbers(t, o)
	for _, a := range []fsm.Answer{
		{From: inc, Number: 1, Verdict: stream.Repeat, Code: fsm.OK},
		{From: inc, Number: 2, Verdict: stream.Gap},
		{From: inc, Number: 1, Verdict: stream.Ended, Code: fsm.Stale},
		{From: inc, Number: 2, Verdict: stream.Next, Code: fsm.OK},     // not the first
		{From: inc + 1, Number: 1, Verdict: stream.Next, Code: fsm.OK}, // not ours
	} {
		if _, ok := o.applied(a); ok || len(d) != 0 {
			t.Errorf("%+v completed %v", a, d)
		}
	}
	o.applied(next(1))
	o.applied(next(1))
	if len(d) != 1 || len(d[1]) != 1 {
		t.Errorf("completed: %v", d)
	}
}

func TestAppliedTellsWhenItWasFirstSent(t *testing.T) {
	o, clock, _ := opened(t, 1)
	if _, ok := o.oldest(); ok {
		t.Error("something is outstanding and was never sent")
	}
	sent := clock.read()
	numbers(t, o)
	clock.advance(3 * time.Second)
	o.rewind()
	numbers(t, o)
	if at, ok := o.oldest(); !ok || at != sent {
		t.Errorf("oldest: %v, %v, want the first sending %v", at, ok, sent)
	}
	if first, ok := o.applied(next(1)); !ok || first != sent {
		t.Errorf("first sent: %v, %v, want %v", first, ok, sent)
	}
}

func TestJumpCompletesFromTheRing(t *testing.T) {
	o, _, d := opened(t, 5)
	numbers(t, o)
	o.jumped(3, func(n uint64) (stream.Answer, bool) {
		return stream.Answer{Code: uint16(fsm.OK)}, n != 2
	})
	if len(d) != 3 || d[1][0] != nil || !errors.Is(d[2][0], ErrUnknown) || d[3][0] != nil {
		t.Errorf("completed: %v", d)
	}
	o.rewind()
	if got := span2(numbers(t, o)); got != "4-5 (2)" {
		t.Errorf("sent after: %s", got)
	}
}

func TestEndOfAStreamSaysWhatBecameOfItsCommands(t *testing.T) {
	for _, sent := range []error{ErrUnsent, ErrUnknown} {
		o, _, d := opened(t, 1100)
		numbers(t, o)
		o.close(inc+1, sent)
		if len(d) != 0 {
			t.Fatal("the end of another incarnation completed something")
		}
		o.close(inc, sent)
		if len(d) != 1100 || len(d[1]) != 1 || d[1][0] != sent || d[1024][0] != sent {
			t.Errorf("of %d completed, the first with %v", len(d), d[1])
		}
		if !errors.Is(d[1025][0], ErrUnsent) {
			t.Errorf("what was never sent: %v", d[1025])
		}
		o.propose(inc, fsm.Detach{}, true, d.done(2000))
		if !errors.Is(d[2000][0], ErrUnsent) {
			t.Errorf("after the end: %v", d[2000])
		}
		o.open(inc + 2)
		if got := span2(numbers(t, o)); got != "none" {
			t.Errorf("the next stream begins with %s", got)
		}
	}
}

func TestFullStreamRefusesAllButWhatMust(t *testing.T) {
	o, _, d := opened(t, maxQueued)
	o.propose(inc, fsm.Detach{}, false, d.done(-1))
	o.propose(inc, fsm.Detach{}, true, d.done(-2))
	if len(d[-1]) != 1 || !errors.Is(d[-1][0], ErrBusy) || len(d[-2]) != 0 {
		t.Errorf("one more: %v, one that must: %v", d[-1], d[-2])
	}
}
