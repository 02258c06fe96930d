package chat

import (
	"strings"
	"testing"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
)

const alice, bob = id.Identity("SHA256:alice"), id.Identity("SHA256:bob")

// lobby is a state with alice and bob in the lobby, and alice in #ops.
type lobby struct {
	t     *testing.T
	st    *fsm.State
	index id.Index
	next  uint64
}

const inc = id.Incarnation(0xa100000000000001)

func newLobby(t *testing.T) *lobby {
	l := &lobby{t: t, st: fsm.New()}
	l.apply(0, fsm.Found{Cluster: "c", Node: "n", Name: "n1", Peer: "a:1", SSH: "a:2"})
	l.apply(0, fsm.Register{Node: "n", Incarnation: inc, Version: fsm.Version})
	for i, who := range []id.Identity{alice, bob} {
		n, err := Name(strings.TrimPrefix(string(who), "SHA256:"))
		if err != nil {
			t.Fatal(err)
		}
		a := l.apply(inc, fsm.Attach{Session: session(uint64(i + 1)), Identity: who, Nick: n})
		if who == alice {
			l.apply(inc, join(session(1), a.Token, "#ops"))
			l.apply(inc, fsm.Post{Session: session(1), Token: a.Token, Room: "#ops", Text: "first"})
			l.apply(inc, fsm.Post{Session: session(1), Token: a.Token, Room: "#ops", Text: "second"})
		}
	}
	return l
}

func session(n uint64) id.Session { return id.Session{Incarnation: inc, Number: n} }

func (l *lobby) apply(from id.Incarnation, c fsm.Command) fsm.Answer {
	l.t.Helper()
	l.index++
	p := fsm.Proposal{From: from, Command: c}
	if from != 0 {
		l.next++
		p.Number = l.next
	}
	out, err := l.st.Apply(l.index, 1, fsm.EncodeEntry(nil, fsm.Stamp{Term: 1}, 1, p.Encode(nil)))
	if err != nil || out.Answers[0].Code != fsm.OK {
		l.t.Fatalf("%T: %v, %v", c, out.Answers, err)
	}
	return out.Answers[0]
}

func (l *lobby) runs(line, place string) Outcome {
	return Run(line, Call{Who: alice, Place: place, View: func(f func(*fsm.State)) { f(l.st) }})
}

func TestSlashesAreCommandsAndTwoAreSaid(t *testing.T) {
	for line, want := range map[string]struct {
		text    string
		command bool
	}{"hello": {"hello", false}, "/nick x": {"/nick x", true}, "//nick x": {"/nick x", false}, "/": {"/", true}, " /nick": {" /nick", false}} {
		if text, command := Split(line); text != want.text || command != want.command {
			t.Errorf("%q: %q %v", line, text, command)
		}
	}
}

func TestUnknownCommandNamesTheNearest(t *testing.T) {
	l := newLobby(t)
	for line, want := range map[string]string{
		"/nmaes":      "/nmaes is no command; /names is. To say it, start with two: //nmaes",
		"/hlep nick":  "/hlep is no command; /help is. To say it, start with two: //hlep nick",
		"/hist":       "/hist is no command; /history is. To say it, start with two: //hist",
		"/frobnicate": "/frobnicate is no command; /help lists them. To say it, start with two: //frobnicate",
		"/":           "/ is no command; /help lists them. To say it, start with two: //",
	} {
		if got := l.runs(line, "#lobby"); got.Answer != want || !got.Refused {
			t.Errorf("%q: %q", line, got.Answer)
		}
	}
}

func TestEveryCommandHasItsHelp(t *testing.T) {
	l := newLobby(t)
	list := l.runs("/help", "#lobby").Answer
	for _, c := range Commands() {
		got := l.runs("/help /"+c.Name, "#lobby")
		if c.Help == "" || c.Run == nil || !strings.HasPrefix(got.Answer, "/"+c.Name) || got.Refused || !strings.Contains(list, "/"+c.Name) {
			t.Errorf("%s: %+v", c.Name, got)
		}
	}
}

func TestNickAsksForTheName(t *testing.T) {
	l := newLobby(t)
	if got := l.runs("/nick Carla", "#lobby"); got.Take == nil || got.Take.Display != "Carla" || got.Take.Key != "carla" {
		t.Errorf("%+v", got)
	}
	for _, line := range []string{"/nick", "/nick a b", "/nick root", "/nick " + strings.Repeat("x", 25)} {
		if got := l.runs(line, "#lobby"); got.Take != nil || !got.Refused || got.Answer == "" {
			t.Errorf("%q: %+v", line, got)
		}
	}
}

func TestNamesAreOfRoomsOneIsIn(t *testing.T) {
	l := newLobby(t)
	for line, want := range map[string]string{
		"/names": "#lobby, 2: alice, bob", "/names ops": "#ops, 1: alice", "/names #nowhere": "You are not in #nowhere. /join #nowhere",
	} {
		if got := l.runs(line, "#lobby"); got.Answer != want {
			t.Errorf("%q: %q", line, got.Answer)
		}
	}
}

func TestMsgGoesToOnePerson(t *testing.T) {
	l := newLobby(t)
	got := l.runs("/msg @Bob  hello  there", "#lobby")
	if got.Propose == nil {
		t.Fatalf("%+v", got)
	}
	want := fsm.Post{Session: session(1), Token: 7, To: "bob", Owner: bob, Text: "hello  there"}
	if c := got.Propose(session(1), 7); c != want {
		t.Errorf("%+v", c)
	}
	for _, line := range []string{"/msg", "/msg : hi"} {
		if got := l.runs(line, "#lobby"); got.Propose != nil || !got.Refused {
			t.Errorf("%q: %+v", line, got)
		}
	}
}

func TestJoinAndPartSayWhereOneIsThen(t *testing.T) {
	l := newLobby(t)
	got := l.runs("/join DEV", "#lobby")
	if got.Go != "#dev" || got.Propose(session(1), 7) != (fsm.Join{Session: session(1), Token: 7, Room: "#dev", Skeletons: [2]string{"dev", "dev"}}) {
		t.Errorf("%+v", got)
	}
	if got = l.runs("/part", "#ops"); got.Go != "#lobby" || got.Propose(session(1), 7) != (fsm.Part{Session: session(1), Token: 7, Room: "#ops"}) {
		t.Errorf("%+v", got)
	}
	if got = l.runs("/part ops", "#lobby"); got.Go != "" || got.Propose == nil {
		t.Errorf("%+v", got)
	}
	for _, line := range []string{"/join", "/join #lobby", "/join a b", "/part #nowhere"} {
		if got := l.runs(line, "#lobby"); got.Propose != nil || !got.Refused {
			t.Errorf("%q: %+v", line, got)
		}
	}
}

func TestHistoryIsTheLastOfTheRoom(t *testing.T) {
	l := newLobby(t)
	if got := l.runs("/history 1", "#ops"); len(got.Shown) != 1 || got.Shown[0].Text != "second" {
		t.Errorf("%+v", got)
	}
	if got := l.runs("/history", "#ops"); len(got.Shown) != 2 {
		t.Errorf("%+v", got)
	}
	if got := l.runs("/history x", "#ops"); !got.Refused {
		t.Errorf("%+v", got)
	}
	if got := l.runs("/history", "#lobby"); got.Answer != "Nothing has been said in #lobby yet." {
		t.Errorf("%+v", got)
	}
}

func TestQuitGivesTheNameUp(t *testing.T) {
	if got := newLobby(t).runs("/QUIT", "#lobby"); !got.Quit {
		t.Errorf("%+v", got)
	}
}

func TestNamesThatAreTooLongForTheStateAreRefusedHere(t *testing.T) {
	n, err := Name(strings.Repeat("e\u0301\u0316\u0317", 24))
	for _, s := range [...]string{n.Display, n.Key, n.Skeletons[0], n.Skeletons[1]} {
		if err == nil && len(s) > lease.MaxNick {
			t.Errorf("%d bytes of %q", len(s), s)
		}
	}
}
