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
	w.joins("alice", "#ix")
	w.comes("bob", 1)
	p := w.people["bob"]
	for typed, other := range map[string]string{
		"#l0bby":    "#lobby",
		"#0ps":      "#ops",
		"#ор\u0455": "#ops", // Cyrillic
		"#i\u0307x": "#ix",  // whose dots coincide
	} {
		w.answers("bob", "/join "+typed, LooksLike(typed, other))
		if a := w.try(p.session.Incarnation, join(p.session, p.token, typed)); a.Code != fsm.Alike || a.Refusal.Room != other {
			t.Errorf("%s: %+v", typed, a)
		}
	}
	for _, line := range []string{"/join #OPS", "/join lobby2", "/join dev"} {
		if got, a := w.does("bob", line); got.Refused || a.Code != fsm.OK {
			t.Errorf("%s: %+v, %d", line, got, a.Code)
		}
	}
}

// Two names that look the same cannot be told apart by reading them.
func TestWhatLooksTheSameIsToldApart(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.comes("b\u043eb", 1)
	w.comes("carol", 1)
	w.joins("alice", "#s\u0435cret")
	for line, want := range map[string]string{
		"/join secret":       "That looks like #s\u0435cret (its \u0435 is U+0435), which is there. /join #s\u0435cret",
		"/join l\u043ebby":   "That looks like #lobby (your \u043e is U+043E), which is there. /join #lobby",
		"/join l0bby":        "That looks like #lobby, which is there. /join #lobby",
		"/msg car\u043el hi": "Nobody has the name car\u043el; carol (your \u043e is U+043E) looks like it. To write there: /msg carol TEXT",
		"/ignore car\u043el": "Nobody has the name car\u043el; carol (your \u043e is U+043E) looks like it. /ignore carol",
		"/msg bob hi":        "Nobody has the name bob; b\u043eb (its \u043e is U+043E) looks like it. To write there: /msg b\u043eb TEXT",
	} {
		w.answers("alice", line, want)
	}
	w.does("alice", "/join ops")
	w.answers("alice", "/kick bob", "Nobody has the name bob; b\u043eb (its \u043e is U+043E) looks like it.")
	for _, c := range []struct{ typed, other, want string }{
		{"", "#s\u0435cret", ""}, {"e\u0301a", "ea", " (your mark is U+0301)"}, {"a1ice", "alice", ""},
	} {
		if got := Unlike(c.typed, c.other); got != c.want {
			t.Errorf("%q and %q: %q", c.typed, c.other, got)
		}
	}
}

// What is pasted may hold a second command.
func TestALineBreakIsCalledOne(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	for line, want := range map[string]string{
		"/nick x\n/quit":  "A line break cannot be in a name: 1 to 24 letters or digits, with - _ . inside it.",
		"/join #x\n/quit": "A line break cannot be in a name: 1 to 24 letters or digits, with - _ . inside it.",
		"/whois x\n/quit": "A line break cannot be in a name: 1 to 24 letters or digits, with - _ . inside it.",
		"/join #x\x01\ny": "U+0001 cannot be in a name: 1 to 24 letters or digits, with - _ . inside it.",
	} {
		w.answers("alice", line, want)
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
