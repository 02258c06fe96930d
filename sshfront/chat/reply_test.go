package chat

import (
	"testing"

	"moniker/fsm"
	"moniker/fsm/lease"
)

// proposed is the post that a line proposes.
func (w *town) proposed(name, line string) fsm.Post {
	w.t.Helper()
	out, p := w.runs(name, line), w.people[name]
	if out.Propose == nil {
		w.t.Fatalf("%s: %+v", line, out)
	}
	c := out.Propose(p.session, p.token).(fsm.Post)
	if c.Session != p.session || c.Token != p.token {
		w.t.Errorf("%s: %+v", line, c)
	}
	return c
}

func TestReplyGoesToWhoeverWroteLast(t *testing.T) {
	w := newTown(t, 2)
	for _, name := range []string{"alice", "bob", "carol"} {
		w.comes(name, 1)
	}
	w.writes("alice", "bob", "mine does not count")
	if got := w.runs("alice", "/reply x"); !got.Refused || got.Answer != "Nobody has written to you alone yet. To begin: /msg NAME TEXT" {
		t.Errorf("%+v", got)
	}
	w.writes("bob", "alice", "one")
	w.writes("carol", "alice", "two")
	w.writes("alice", "bob", "three")
	if got := w.proposed("alice", "/reply I  know"); got.To != "carol" || got.Text != "I  know" || got.Room != "" {
		t.Errorf("%+v", got)
	}
	w.writes("bob", "alice", "four")
	w.goes("alice")
	w.comes("alice", 2)
	if got := w.proposed("alice", "/reply x"); got.To != "bob" {
		t.Errorf("%+v", got)
	}
}

// Of several names, it goes to the one that the person went by.
func TestReplyGoesToTheNameThatWasSeen(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	for _, name := range []string{"bo", "bob", "boris"} {
		w.comesWith(name, key("bob"), 1)
	}
	w.writes("bob", "alice", "one")
	if got := w.proposed("alice", "/reply x"); got.To != "bob" {
		t.Errorf("%+v", got)
	}
	w.quits("bob")
	w.goes("bo")
	if got := w.proposed("alice", "/reply x"); got.To != "boris" { // who is here
		t.Errorf("%+v", got)
	}
}

// It goes to the person, whatever the name is now, and never to who has it since.
func TestReplyFollowsThePerson(t *testing.T) {
	w := newTown(t, 1)
	for _, name := range []string{"alice", "bob", "carol"} {
		w.comes(name, 1)
	}
	rename := func(name, to string) {
		n, _ := Name(to)
		s := w.people[name].session
		w.people[name].token = w.apply(s.Incarnation, fsm.Claim{Session: s, Nick: n}).Token
	}
	w.writes("bob", "alice", "one")
	rename("bob", "robert")
	rename("carol", "bob")
	if got := w.proposed("alice", "/reply x"); got.To != "robert" {
		t.Errorf("%+v", got)
	}
	w.goes("bob")
	if n := w.st.Lease().Name("robert"); n.State != lease.Grace {
		t.Fatalf("%+v", n)
	}
	if got := w.proposed("alice", "/reply x"); got.To != "robert" {
		t.Errorf("%+v", got)
	}
	w.comes("zoe", 1)
	w.writes("zoe", "alice", "two")
	w.quits("zoe")
	want := "zoe, who wrote to you last, has no name any more and cannot be written to. Others: /msg NAME TEXT"
	if got := w.runs("alice", "/reply x"); !got.Refused || got.Answer != want {
		t.Errorf("%+v", got)
	}
}
