package id

import (
	"testing"

	"pgregory.net/rapid"
)

func TestOrders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := func(l string) uint64 { return rapid.Uint64Range(0, 3).Draw(t, l) }
		a, b := Event{Index(n("i")), uint32(n("s"))}, Event{Index(n("j")), uint32(n("r"))}
		after := a.Index > b.Index || a.Index == b.Index && a.Sub > b.Sub
		if a.After(b) != after || (a.Compare(b) == 0) != (a == b) || a.Compare(b) != -b.Compare(a) {
			t.Fatalf("%v and %v", a, b)
		}
		s, r := Session{Incarnation(n("k")), n("n")}, Session{Incarnation(n("l")), n("m")}
		if (s.Compare(r) == 0) != (s == r) || s.Compare(r) != -r.Compare(s) || s.Incarnation < r.Incarnation && s.Compare(r) >= 0 {
			t.Fatalf("%v and %v", s, r)
		}
	})
}

func TestAnEpochsTokensAreAboveAllOfTheLast(t *testing.T) {
	for e := range uint16(100) {
		if TokenAt(e+1) <= TokenAt(e)+1<<40 {
			t.Fatalf("epoch %d begins at %d", e+1, TokenAt(e+1))
		}
	}
	if got := (TokenAt(1) + 71).String(); got != "281474976710727" {
		t.Fatal(got)
	}
}

func TestShort(t *testing.T) {
	for s, want := range map[Session]string{
		{0x4f00000000000000, 0x1c}: "4f1c", {0xff, 0}: "000", {^Incarnation(0), 255}: "ffff",
	} {
		if got := s.Short(); got != want {
			t.Errorf("%v is %s, want %s", s, got, want)
		}
	}
}

func TestSpans(t *testing.T) {
	if Day != 86_400_000_000 || Time(5).Add(Second).Sub(5) != Second || (1999*Microsecond).Milliseconds() != 1 {
		t.Fatal("microseconds they are")
	}
}
