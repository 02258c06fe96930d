package chat

import (
	"testing"

	"moniker/fsm"
)

func TestARoomIsNotMadeBesideOneThatItLooksLike(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.joins("alice", "#ops")
	w.comes("bob", 1)
	for line, want := range map[string]string{
		"/join #l0bby":   "#l0bby looks like #lobby, which is there. /join #lobby",
		"/join 0ps":      "#0ps looks like #ops, which is there. /join #ops",
		"/join ор\u0455": "#ор\u0455 looks like #ops, which is there. /join #ops", // Cyrillic
	} {
		if got := w.runs("bob", line); got.Answer != want || !got.Refused || got.Propose != nil {
			t.Errorf("%s: %+v", line, got)
		}
	}
	for _, line := range []string{"/join #OPS", "/join lobby2", "/join dev"} {
		if got, a := w.does("bob", line); got.Refused || a.Code != fsm.OK {
			t.Errorf("%s: %+v, %d", line, got, a.Code)
		}
	}
	w.joins("alice", "#l0bby") // made at the same moment elsewhere: both are there
	if got := w.runs("bob", "/join l0bby"); got.Go != "#l0bby" {
		t.Errorf("%+v", got)
	}
}

// A room that is shown may be one that its reader was taken out of.
func TestWhoIsShownARoomTheyAreNotInIsNotStuck(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	p := w.people["alice"]
	p.place = "#ops"
	if got, a := w.does("alice", "/join #ops"); got.Refused || a.Code != fsm.OK || p.place != "#ops" || !w.st.Rooms().In("#ops", p.who) {
		t.Errorf("%+v, %d, in %s", got, a.Code, p.place)
	}
	if got := w.runs("alice", "/join #ops"); got.Answer != "You are in #ops. /part leaves it." {
		t.Errorf("%+v", got)
	}
	p.place = "#dev"
	if got, a := w.does("alice", "/part"); got.Refused || a.Code != fsm.OK || p.place != "#lobby" || got.Done() != "You were not in #dev any more." {
		t.Errorf("%+v, %d, in %s", got, a.Code, p.place)
	}
	w.apply(p.session.Incarnation, fsm.Part{Session: p.session, Token: p.token, Room: "#lobby"})
	p.place = "#dev"
	if got, a := w.does("alice", "/part #dev"); a.Code != fsm.OK || p.place != "#ops" {
		t.Errorf("%+v, %d, in %s", got, a.Code, p.place)
	}
	w.apply(p.session.Incarnation, fsm.Part{Session: p.session, Token: p.token, Room: "#ops"})
	if got := w.runs("alice", "/part #dev"); got.Answer != "You are not in #dev, nor in any other room. /join #ROOM" {
		t.Errorf("%+v", got)
	}
	if got, a := w.does("alice", "/part"); a.Code != fsm.OK || !w.st.Rooms().In("#lobby", p.who) {
		t.Errorf("%+v, %d, in %s", got, a.Code, p.place)
	}
}
