package chat

import (
	"strings"
	"testing"

	"moniker/fsm"
	"moniker/fsm/id"
)

func TestAwayIsToldOnceInAnAbsence(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.comes("carol", 1)
	w.does("carol", "/away  lunch\n with bob ")
	w.now = w.now.Add(9*id.Minute + id.Second)
	w.renews(1)
	told := func(line, want string) {
		t.Helper()
		out, a := w.does("alice", line)
		if a.Code != fsm.OK || out.Done() != want {
			t.Errorf("%s: answered %d, told %q, want %q", line, a.Code, out.Done(), want)
		}
	}
	told("/msg carol hello", "carol is away 9 min: lunch with bob")
	told("/msg carol hello?", "")
	w.does("carol", "/back")
	told("/msg carol there you are", "")
	w.does("carol", "/away")
	told("/msg carol one thing more", "carol is away")
}

func TestAwayIsBounded(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	if got := w.runs("alice", "/away "+long(121)); got.Answer != "121 characters; /away holds 120." || !got.Refused {
		t.Errorf("%+v", got)
	}
	if _, a := w.does("alice", "/away "+long(120)); a.Code != fsm.OK {
		t.Errorf("answered %d", a.Code)
	}
	if got := w.runs("alice", "/away "+long(120)).Answer; !strings.HasPrefix(got, "You are away: 界") {
		t.Errorf("%q", got)
	}
}

func TestWhoisTellsWhatThePersonTells(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.comes("bob", 1)
	for _, line := range []string{"/set pronouns they/them", "/set bio " + long(150), "/set zone berlin", "/away"} {
		w.does("alice", line)
	}
	for _, width := range []int{80, 60, 40} {
		c := w.as("bob")
		c.Width = width
		got := Run("/whois alice", c).Answer
		for _, want := range []string{"\n  is      away, since 10:30\n", "\n  called  they/them\n", "\n  bio     界", "local time 11:30"} {
			if !strings.Contains(got, want) {
				t.Errorf("at %d no %q in\n%s", width, want, got)
			}
		}
	}
}
