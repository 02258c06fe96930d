package chat

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"moniker/fsm"
	"moniker/fsm/history"
	"moniker/fsm/id"
)

func texts(list []history.Message) string {
	var out []string
	for _, m := range list {
		out = append(out, m.Text)
	}
	return strings.Join(out, " ")
}

// What a room's reader missed is what was said there and to her alone, in order;
// nobody reads what others say in private.
func TestHistoryIsWhatItsReaderHasSeen(t *testing.T) {
	w := newTown(t, 1)
	for _, name := range []string{"alice", "bob", "carol"} {
		w.comes(name, 1)
	}
	w.joins("bob", "#ops")
	w.says("bob", "#lobby", "1")
	w.writes("bob", "alice", "2")
	w.says("bob", "#ops", "3")
	w.writes("carol", "bob", "4")
	w.says("carol", "#lobby", "5")
	w.writes("alice", "bob", "6")
	ops := fsm.Position{Session: w.people["bob"].session.Number, Place: "#ops", At: id.Event{Index: w.index, Sub: 1}}
	w.apply(0, fsm.Renew{Incarnation: w.incs[0], Counter: 1, Reads: []fsm.Position{ops}})
	if got := w.st.Rooms().Reads(key("bob")); !slices.Contains(got, "#ops") {
		t.Fatalf("%q", got)
	}
	for who, want := range map[string]string{"alice": "1 2 5 6", "bob": "1 2 4 5 6", "carol": "1 4 5"} {
		if got := strings.Join(saidIn(w.runs(who, "/history")), " "); got != want {
			t.Errorf("%s: %q, want %q", who, got, want)
		}
	}
	if got := strings.Join(saidIn(w.runs("alice", "/history 2")), " "); got != "5 6" {
		t.Errorf("%q", got)
	}
}

func TestHistoryOfManyConversationsIsTheLast(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	var want []string
	for n := range 40 {
		name := fmt.Sprint("p", n)
		w.comes(name, 1)
		w.writes(name, "alice", name)
		if n >= 37 {
			want = append(want, name)
		}
	}
	if got := strings.Join(saidIn(w.runs("alice", "/history 3")), " "); got != strings.Join(want, " ") {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestNamesAreBounded(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	for n := range namesMost + 1203 {
		w.comes(fmt.Sprint("p", n), 1)
	}
	c := w.as("alice")
	c.Width = 0
	got := Run("/names", c).Answer
	if !strings.HasPrefix(got, "#lobby, 1,404: alice, p0, p1, p10") || !strings.HasSuffix(got, " and 1,204 more") || strings.Count(got, ", ") != namesMost {
		t.Errorf("%q", got)
	}
}
