package people

import (
	"fmt"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

func at(now id.Time) *turn.Turn {
	tn := &turn.Turn{}
	tn.Begin(1, now, id.Wall(now))
	return tn
}

func TestTheLastLinesAreRemembered(t *testing.T) {
	tab := New()
	line := func(n int) Line { return Line{fmt.Sprint(n), id.Event{Index: id.Index(n + 1)}} }
	for n := range 3 * Lines {
		tab.Say(at(0), "p", line(n))
		for m := range n + 1 {
			got, said := tab.Said("p", fmt.Sprint(m))
			if want := m > n-Lines; said != want || said && got != line(m).At {
				t.Fatalf("after %d, line %d is %v, %v", n, m, got, said)
			}
		}
		if _, said := tab.Said("q", fmt.Sprint(n)); said {
			t.Fatal("another said it")
		}
	}
	if err := tab.Check(); err != nil {
		t.Fatal(err)
	}
}

// A clone has the lines there were, though the live person says more.
func TestLinesAreReplacedNotWrittenInto(t *testing.T) {
	tab := New()
	for n := range 3 * Lines {
		tab.Say(at(0), "p", Line{ID: fmt.Sprint(n)})
		clone := tab.Clone()
		var before, after wire.Encoder
		clone.Encode(&before)
		tab.Say(at(0), "p", Line{ID: "later"})
		clone.Encode(&after)
		if string(before.Bytes()) != string(after.Bytes()) {
			t.Fatalf("after %d the clone changed", n)
		}
	}
}

func TestTheLongestGoneAreForgottenFirst(t *testing.T) {
	tab := New()
	for n, seen := range []id.Time{5, 3, 9, 3, 1} {
		tab.See(at(seen), id.Identity(fmt.Sprint("p", n)), "nick")
	}
	tab.Left(at(20), "p4")
	tab.Left(at(20), "stranger")
	here := func(who id.Identity) bool { return who != "p1" }
	if got := fmt.Sprint(tab.Crowd(3, here)); got != "[p3 p0 p2]" {
		t.Fatalf("gone longest are %s", got)
	}
	if p, _ := tab.Get("p4"); p.Seen != 20 || p.Nick != "nick" || tab.Len() != 5 {
		t.Fatalf("%+v of %d", p, tab.Len())
	}
	tab.Forget(at(0), "p3")
	if _, ok := tab.Get("p3"); ok || tab.Len() != 4 {
		t.Fatal("forgotten and there")
	}
}
