package stream

import (
	"bytes"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

const inc = id.Incarnation(0xA1)

func answer(n uint64) Answer {
	return Answer{Code: uint16(n % 7), Event: id.Event{Index: id.Index(n), Sub: 1}, Token: id.Token(n)}
}

func TestTheEdgesOfTheWindow(t *testing.T) {
	tab := New()
	var tn turn.Turn
	if v, _ := tab.Judge(inc, 1); v != Ended {
		t.Fatalf("before it is open: %d", v)
	}
	tab.Open(&tn, inc)
	for n := uint64(1); n <= 3*Window; n++ {
		if v, a := tab.Judge(inc, n); v != Next || a != (Answer{}) {
			t.Fatalf("%d in turn: %d", n, v)
		}
		if v, _ := tab.Judge(inc, n+1); v != Gap {
			t.Fatalf("%d after %d: %d", n+1, n-1, v)
		}
		tab.Note(&tn, inc, answer(n))
		first := n - min(n, Window) + 1
		for _, at := range []uint64{first, (first + n) / 2, n} {
			if v, a := tab.Judge(inc, at); v != Repeat || a != answer(at) {
				t.Fatalf("%d after %d: %d %+v", at, n, v, a)
			}
			if a, ok := tab.Answer(inc, at); !ok || a != answer(at) {
				t.Fatalf("the answer of %d after %d: %+v, %v", at, n, a, ok)
			}
		}
		if v, a := tab.Judge(inc, first-1); first > 1 && (v != Repeat || a != (Answer{})) {
			t.Fatalf("%d is out of the window: %d %+v", first-1, v, a)
		}
		for _, out := range []uint64{first - 1, n + 1, 0, ^uint64(0)} {
			if _, ok := tab.Answer(inc, out); ok {
				t.Fatalf("after %d there is an answer of %d", n, out)
			}
		}
		if err := tab.Check(func(id.Incarnation) bool { return true }); err != nil {
			t.Fatal(err)
		}
	}
	tab.Close(&tn, inc)
	if v, _ := tab.Judge(inc, 1); v != Ended {
		t.Fatalf("after it was closed: %d", v)
	}
	if _, open := tab.Last(inc); open {
		t.Fatal("it is open")
	}
}

// A clone shares the rings; what is noted later must not show in it.
func TestRingsAreOnlyAppendedTo(t *testing.T) {
	tab := New()
	var tn turn.Turn
	tab.Open(&tn, inc)
	for n := uint64(1); n < 4*Window; n++ {
		tab.Note(&tn, inc, answer(n))
		if n%97 != 0 {
			continue
		}
		clone := tab.Clone()
		var before, after wire.Encoder
		clone.Encode(&before)
		for m := n + 1; m < n+Window; m += 100 {
			tab.Note(&tn, inc, answer(m))
		}
		clone.Encode(&after)
		if !bytes.Equal(before.Bytes(), after.Bytes()) {
			t.Fatalf("after %d the clone changed", n)
		}
		back := New()
		if d := wire.NewDecoder(before.Bytes()); true {
			if back.Decode(d); d.Done() != nil {
				t.Fatal(d.Err())
			}
		}
		tab = back // go on from what was restored
		if last, _ := tab.Last(inc); last < n {
			t.Fatalf("restored at %d", last)
		}
		n, _ = tab.Last(inc)
	}
}

func TestStreamsOfTheEndedAreFound(t *testing.T) {
	tab := New()
	tab.Open(&turn.Turn{}, inc)
	if tab.Check(func(id.Incarnation) bool { return false }) == nil {
		t.Fatal("a stream outlived its incarnation")
	}
}
