package chat

import (
	"strings"
	"testing"

	"moniker/fsm"
)

// proposedPost is what somebody's words become.
func (w *town) proposedPost(name, text string) fsm.Post {
	w.t.Helper()
	p := w.people[name]
	out := Say(w.as(name), text, false)
	if out.Propose == nil {
		w.t.Fatalf("%q is not said: %s", text, out.Answer)
	}
	return out.Propose(p.session, p.token).(fsm.Post)
}

func TestAQueryIsEnteredAndLeft(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.comes("bob", 1)
	w.joins("alice", "#ops")
	w.people["alice"].place, w.people["alice"].room = "#ops", "#ops"
	conversation := "@" + string(key("alice")) + "|" + string(key("bob"))
	for _, line := range []string{"/query BOB", "/query @bob", "/join @bob", "/msg bob"} {
		if out := w.runs("alice", line); out.Go != conversation || out.With != "bob" || out.Propose != nil || Says(line) {
			t.Errorf("%s: %+v", line, out)
		}
	}
	w.does("alice", "/query bob")
	if p := w.proposedPost("alice", "hello"); p.Room != "" || p.To != "bob" || p.Owner != key("bob") || p.Text != "hello" {
		t.Errorf("%+v", p)
	}
	if p := w.proposed("alice", "/me waves"); p.To != "bob" || !p.Emote {
		t.Errorf("%+v", p)
	}
	if got := w.runs("alice", "/query bob"); got.Answer != "You are alone with bob already. /query goes back to #ops." {
		t.Errorf("%+v", got)
	}
	for _, line := range []string{"/query", "/part"} {
		if out := w.runs("alice", line); out.Go != "#ops" || out.With != "" || out.Propose != nil {
			t.Errorf("%s: %+v", line, out)
		}
	}
	if out := w.runs("alice", "/join lobby"); out.Go != "#lobby" || out.Propose == nil {
		t.Errorf("%+v", out)
	}
	p := w.people["alice"]
	w.apply(p.session.Incarnation, fsm.Part{Session: p.session, Token: p.token, Room: "#ops"})
	if out := w.runs("alice", "/query"); out.Go != "#lobby" || out.Propose != nil {
		t.Errorf("the room behind is gone: %+v", out)
	}
	w.apply(p.session.Incarnation, fsm.Part{Session: p.session, Token: p.token, Room: "#lobby"})
	if out, a := w.does("alice", "/query"); out.Go != "#lobby" || a.Code != fsm.OK || !w.st.Rooms().In("#lobby", p.who) {
		t.Errorf("in no room at all: %+v, %d", out, a.Code)
	}
}

func TestAQueryFollowsThePerson(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.comes("bob", 1)
	w.does("alice", "/query bob")
	n, _ := Name("robert")
	b := w.people["bob"]
	w.apply(b.session.Incarnation, fsm.Claim{Session: b.session, Nick: n})
	w.comes("mallory", 1)
	taken, _ := Name("bob")
	m := w.people["mallory"]
	w.apply(m.session.Incarnation, fsm.Claim{Session: m.session, Nick: taken})
	if p := w.proposedPost("alice", "for him"); p.To != "robert" || p.Owner != key("bob") {
		t.Errorf("%+v", p)
	}
	if out := Say(w.as("alice"), "x", false); out.With != "robert" {
		t.Errorf("%+v", out)
	}
	late := w.proposedPost("alice", "for him") // and he quits before it is applied
	w.quits("bob")
	if a := w.try(w.people["alice"].session.Incarnation, late); a.Code != fsm.NoSuchName {
		t.Errorf("answered %d", a.Code)
	}
	if out := Say(w.as("alice"), "x", false); !out.Refused || out.Answer != "bob has no name any more and cannot be written to." {
		t.Errorf("%+v", out)
	}
}

func TestAQueryGoesToNobodyByMistake(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.comes("bob", 1)
	for line, want := range map[string]string{
		"/query alice": "alice is you. /query NAME talks to somebody else.",
		"/query zed":   "Nobody has the name zed. /names shows who is here.",
		"/query B0B":   "Nobody has the name B0B; bob looks like it. To write there: /query bob",
		"/query #ops":  "A room is no person. /join #ops goes there.",
	} {
		if got := w.runs("alice", line); got.Go != "" || !got.Refused || got.Answer != want {
			t.Errorf("%s: %+v", line, got)
		}
	}
	if got := w.runs("alice", "/query"); !got.Refused || !strings.HasPrefix(got.Answer, "/query [NAME]") {
		t.Errorf("%+v", got)
	}
}

func TestHistoryOfAQueryIsThatConversation(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.comes("bob", 1)
	w.comes("carol", 1)
	w.does("alice", "/query bob")
	if got := w.runs("alice", "/history").Answer; got != "Nothing has been said in @bob yet." {
		t.Errorf("%q", got)
	}
	w.says("carol", "#lobby", "in the room")
	w.writes("carol", "alice", "of another")
	w.writes("bob", "alice", "one")
	w.writes("alice", "bob", "two")
	if got := strings.Join(saidIn(w.runs("alice", "/history")), " "); got != "one two" {
		t.Errorf("%q", got)
	}
	if got := w.runs("alice", "/names").Answer; got != "Alone with bob, who is connected." {
		t.Errorf("%q", got)
	}
	w.goes("bob")
	if got := w.runs("alice", "/names").Answer; got != "Alone with bob, who is not here and finds it on coming back." {
		t.Errorf("%q", got)
	}
}

// A conversation's name in the state is for machines: no command shows it.
func TestNoCommandShowsAConversationsKey(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.comes("bob", 1)
	w.does("alice", "/query bob")
	for _, cmd := range Commands() {
		for _, args := range []string{"", " x", " #x", " 1"} {
			if got := w.runs("alice", "/"+cmd.Name+args).Answer; strings.Contains(got, "|SHA256") || strings.Contains(got, "@SHA256") {
				t.Errorf("/%s%s: %s", cmd.Name, args, got)
			}
		}
	}
}

func TestFocusIsOnAPlaceOfOnesOwn(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.comes("bob", 1)
	w.joins("alice", "#ops")
	is := func(line string, focus Focus, place, answer string) {
		t.Helper()
		got, _ := w.does("alice", line)
		if got.Focus != focus || w.people["alice"].place != place || got.Answer != answer {
			t.Errorf("%s: in %s, %+v", line, w.people["alice"].place, got)
		}
	}
	shown := func(place string) string {
		return "Only " + place + " is shown now; what is said elsewhere counts above the prompt. /focus off shows it again."
	}
	bob := "@" + string(key("alice")) + "|" + string(key("bob"))
	is("/focus off", 0, "#lobby", "Nothing is hidden from you. /focus shows #lobby alone.")
	is("/focus", FocusOn, "#lobby", shown("#lobby"))
	is("/focus off", FocusOff, "#lobby", "What is said elsewhere is shown again.")
	is("/focus ops", FocusOn, "#ops", shown("#ops"))
	is("/focus #dev", 0, "#ops", "You are not in #dev. /join #dev")
	is("/focus @bob", FocusOn, bob, shown("@bob"))
	is("/focus @bob", FocusOn, bob, shown("@bob"))
	is("/focus @zed", 0, bob, "Nobody has the name zed. /names shows who is here.")
	if !w.people["alice"].focus {
		t.Error("a refusal ended the focus")
	}
	if w.does("alice", "/query"); w.people["alice"].focus || w.people["alice"].place != "#ops" {
		t.Errorf("%+v", w.people["alice"])
	}
}
