package chat

import (
	"fmt"
	"strings"
	"testing"

	"moniker/fsm/member"
)

func TestClusterCountsPeopleNotTerminals(t *testing.T) {
	w := newTown(t, 2)
	for range 3 {
		w.comes("alice", 1)
	}
	w.comes("bob", 1)
	w.comes("bob", 2)
	w.call = Call{Self: "n1", Leader: "n1"}
	want := "n1  leader, you are here, 2 people      n2  up, 1 person\n2 of 2 voters up, 2 needed"
	if got := w.runs("alice", "/cluster").Answer; got != want {
		t.Errorf("%q", got)
	}
}

func TestClusterOfManySessionsSaysAtMost(t *testing.T) {
	w := newTown(t, 1)
	w.call = Call{Self: "n1", Leader: "n1"}
	w.comes("alice", 1)
	for n := range countedMax {
		w.comes(fmt.Sprint("p", n), 1)
	}
	want := "n1  leader, you are here, at most 2,001 people\n1 of 1 voters up, 1 needed"
	c := w.as("alice")
	c.Width = 0
	if got := Run("/cluster", c).Answer; got != want {
		t.Errorf("%q", got)
	}
}

func TestNonVotersDoNotCountForTheMajority(t *testing.T) {
	w := newTown(t, 1)
	w.node(member.NonVoter)
	w.comes("alice", 1)
	w.call = Call{Self: "n1", Leader: "n1"}
	got := w.runs("alice", "/cluster").Answer
	if !strings.Contains(got, "n2  up, non-voter, 0 people") || !strings.Contains(got, "1 of 1 voters up, 1 needed") {
		t.Errorf("%q", got)
	}
}

// The node that answers is up, however late its renewals come through.
func TestNodeThatAnswersIsUp(t *testing.T) {
	w := newTown(t, 2)
	w.comes("alice", 1)
	w.at("10:30:05")
	w.call = Call{Self: "n1", Leader: "n2"}
	got := w.runs("alice", "/cluster").Answer
	if !strings.HasPrefix(got, "n1  up, you are here, 1 person          n2  leader, last heard 5 s ago\n") {
		t.Errorf("%q", got)
	}
}

func TestTwoColumnsOnlyWhereTheyFit(t *testing.T) {
	cells := []string{"one", "two", "three"}
	wide := strings.Repeat("x", 60)
	for _, c := range []struct {
		width int
		cells []string
		want  string
	}{
		{80, cells, "one                                     two\nthree"},
		{79, cells, "one\ntwo\nthree"},
		{0, cells, "one\ntwo\nthree"},
		{80, []string{wide, "two"}, wide + "  two"},
		{80, []string{"one", wide}, "one\n" + wide},
		{80, []string{"one"}, "one"},
	} {
		if got := grid(c.width, c.cells); got != c.want {
			t.Errorf("%d cells: %q", c.width, got)
		}
	}
}
