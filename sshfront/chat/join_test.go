package chat

import (
	"testing"

	"moniker/fsm"
	"moniker/fsm/room"
)

func TestARoomIsNotMadeBesideOneThatItLooksLike(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.joins("alice", "#ops")
	w.comes("bob", 1)
	for line, other := range map[string]string{
		"/join #l0bby":   "#lobby",
		"/join 0ps":      "#ops",
		"/join ор\u0455": "#ops", // Cyrillic
	} {
		if _, a := w.does("bob", line); a.Code != fsm.Alike || a.Refusal.Room != other {
			t.Errorf("%s: %+v", line, a)
		}
	}
	for _, line := range []string{"/join #OPS", "/join lobby2", "/join dev"} {
		if got, a := w.does("bob", line); got.Refused || a.Code != fsm.OK {
			t.Errorf("%s: %+v, %d", line, got, a.Code)
		}
	}
}

// The lobby is there before anybody could say what it looks like.
func TestTheLobbyLooksLikeItself(t *testing.T) {
	n, err := typedRoom(room.Lobby)
	if r, _ := fsm.New().Rooms().Room(room.Lobby); err != nil || r.Skeletons != n.Skeletons {
		t.Errorf("%q and %q, %v", r.Skeletons, n.Skeletons, err)
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
