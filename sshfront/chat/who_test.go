package chat

import (
	"fmt"
	"strings"
	"testing"

	"moniker/fsm"
	"moniker/fsm/setting"
)

// TestWhoNamesEverybodyOnWhicheverNode, and nobody who is not here.
func TestWhoNamesEverybodyOnWhicheverNode(t *testing.T) {
	w := newTown(t, 3)
	w.comes("bob", 2)
	w.at("10:46:00")
	w.renews(1, 2, 3)
	w.comes("alice", 1)
	w.comes("alice", 3)
	w.joins("alice", "#ops")
	w.comes("carol", 1)
	w.goes("carol")
	w.does("bob", "/away lunch")
	w.at("10:49:30")
	want := "NAME   HERE FOR  THROUGH  AWAY\nalice     3 min  n1, n3\nbob      19 min  n2       3 min"
	if got := w.runs("bob", "/who").Answer; got != want {
		t.Errorf("%s", got)
	}
}

// Wert comes behind alice for people, before her in bytes.
func TestListsOfPeopleHaveOneOrder(t *testing.T) {
	w := newTown(t, 1)
	for _, name := range []string{"alice", "Wert", "bob"} {
		w.comes(name, 1)
	}
	if got := w.runs("bob", "/names").Answer; got != "#lobby, 3: alice, bob, Wert" {
		t.Errorf("%s", got)
	}
	if got := Here(w.st, "#lobby"); strings.Join(got, " ") != "alice bob Wert" {
		t.Errorf("%q", got)
	}
	var in []string
	for row := range strings.Lines(w.runs("bob", "/who").Answer) {
		in = append(in, strings.Fields(row)[0])
	}
	if strings.Join(in, " ") != "NAME alice bob Wert" {
		t.Errorf("%q", in)
	}
}

func TestWhoIsBounded(t *testing.T) {
	w := newTown(t, 1)
	w.set(setting.LimitAllSessions, 1000)
	for i := range namesMost + 7 {
		w.comes(fmt.Sprintf("p%d", i), 1)
	}
	got := w.runs("p0", "/who").Answer
	if rows := strings.Split(got, "\n"); len(rows) != namesMost+2 || rows[len(rows)-1] != "and 7 more" {
		t.Errorf("%d rows, the last is %q", len(rows), rows[len(rows)-1])
	}
}

// A room may be large, and whoever applies the log waits for whoever looks at the state.
func TestNamesLooksAtFewPeopleAtATime(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	for n := range 2*namesAtOnce + 1 {
		w.comes(fmt.Sprint("p", n), 1)
	}
	c, looks := w.as("alice"), 0
	view := c.View
	c.View = func(f func(*fsm.State)) { looks++; view(f) }
	if got := Run("/names", c).Answer; !strings.HasPrefix(got, "#lobby, 1,002: alice, p0, p1, p10") || looks != 1+3 {
		t.Errorf("%d looks, %.60s", looks, got)
	}
}
