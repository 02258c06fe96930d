package fsm

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
)

// talk is a story in which alice, on n1, and bob, on n2, are in the lobby.
type talk struct {
	*story
	a, b       id.Session
	tokA, tokB id.Token
}

func newTalk(t *testing.T) *talk {
	st := &talk{story: newStory(t), a: sess(incA, 1), b: sess(incB, 1)}
	st.tokA = st.attach(st.a, alice, nick("alice")).Token
	st.tokB = st.attach(st.b, bob, nick("bob")).Token
	return st
}

func (st *talk) alice(text string) id.Event {
	return st.ok(incA, Post{Session: st.a, Token: st.tokA, Room: "#lobby", Text: text}).Event
}

func (st *talk) bob(text string) id.Event {
	return st.ok(incB, Post{Session: st.b, Token: st.tokB, Room: "#lobby", Text: text}).Event
}

func (st *talk) byAlice(of id.Event, text string) Amend {
	return Amend{st.a, st.tokA, "#lobby", of, text}
}

func (st *talk) byBob(of id.Event, text string) Amend {
	return Amend{st.b, st.tokB, "#lobby", of, text}
}

func (st *talk) reads(place string) string {
	var all []string
	for _, m := range st.s.History().Last(place, 1000) {
		text := m.Text
		if m.Edited {
			text += "*"
		}
		for _, r := range m.Reactions {
			text += fmt.Sprintf(" [%s %d]", r.Text, len(r.Who))
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

func (st *talk) is(place, want string) {
	st.t.Helper()
	if got := st.reads(place); got != want {
		st.t.Fatalf("%s reads %q, want %q", place, got, want)
	}
}

// What is amended is nowhere as it was: not in the state, nor in any later snapshot.
func TestAmendedTextIsGone(t *testing.T) {
	st := newTalk(t)
	first := st.alice("the password is swordfish")
	second := st.bob("oh")
	st.ok(incA, st.byAlice(first, "the password is secret"))
	st.told(turn.Amended)
	st.is("#lobby", "the password is secret*, oh")
	before := st.s.Image()
	st.ok(incA, st.byAlice(first, ""))
	st.told(turn.Amended)
	st.is("#lobby", "*, oh")
	if image := st.s.Image().Encode(); bytes.Contains(image, []byte("swordfish")) || bytes.Contains(image, []byte("secret")) {
		t.Fatal("what was deleted is in the snapshot")
	}
	if !bytes.Contains(before.Encode(), []byte("is secret")) {
		t.Fatal("a snapshot that was taken before has changed")
	}
	st.reload()
	st.refused(incA, st.byAlice(first, "back again"), NotThere)
	st.refused(incB, st.byBob(id.Event{Index: 999, Sub: 1}, "x"), NotThere)
	st.ok(incB, st.byBob(second, "oh no"))
	st.is("#lobby", "*, oh no*")
}

func TestWordsAreTheirAuthors(t *testing.T) {
	st := newTalk(t)
	said := st.alice("mine")
	st.refused(incB, st.byBob(said, "his"), NotAuthor)
	st.refused(incB, st.byBob(said, ""), NotAuthor)
	st.ok(incA, AddOperator{bob, "", ""})
	st.refused(incB, st.byBob(said, "his"), NotAuthor) // nobody puts words into her mouth
	st.ok(incB, st.byBob(said, ""))                    // but an operator takes them out
	if e := st.last.Events[0]; e.Identity != alice || e.By != bob || e.Old != "bob" || e.Of != said {
		t.Fatalf("%+v", e)
	}
	alone := st.ok(incA, Post{Session: st.a, Token: st.tokA, To: "bob", Text: "alone"}).Event
	place := room.Conversation(alice, bob)
	st.refused(incB, Amend{st.b, st.tokB, place, alone, ""}, NotAuthor)
	st.ok(incA, Amend{st.a, st.tokA, place, alone, "just us"})
	c := sess(incB, 9)
	tok := st.attach(c, "SHA256:carol", nick("carol")).Token
	st.refused(incB, Amend{c, tok, place, alone, ""}, NotInRoom)
	st.refused(incB, React{c, tok, place, alone, "+1", true}, NotInRoom)
}

func TestAmendIsFenced(t *testing.T) {
	st := newTalk(t)
	said := st.alice("mine")
	late := st.byAlice(said, "late")
	late.Token--
	st.refused(incA, late, Fenced)
	st.refused(incA, React{st.a, st.tokA - 1, "#lobby", said, "+1", true}, Fenced)
	st.refused(incB, st.byAlice(said, "through another node"), NoSession)
	st.ok(incA, Part{st.a, st.tokA, "#lobby"})
	st.refused(incA, st.byAlice(said, "from outside"), NotInRoom)
	st.is("#lobby", "mine")
}

func TestBoundedAmend(t *testing.T) {
	st := newTalk(t)
	first := st.alice("first")
	for range AmendOwn - 1 {
		st.bob("between")
		st.alice("more")
	}
	st.ok(incA, st.byAlice(first, "still"))
	st.alice("one more")
	if a := st.refused(incA, st.byAlice(first, "too late"), TooOld); a.Refusal.Limit != AmendOwn {
		t.Fatalf("%+v", a.Refusal)
	}
	st.set(setting.LimitText, 100)
	last := st.alice("last")
	if a := st.refused(incA, st.byAlice(last, strings.Repeat("é", 101)), TooLong); a.Refusal.Limit != 100 {
		t.Fatalf("%+v", a.Refusal)
	}
	st.set(setting.LimitRoomMessages, AmendBack+10)
	st.ok(incA, AddOperator{alice, "", ""})
	old := st.bob("old")
	for range AmendBack {
		st.alice("x")
	}
	st.refused(incA, React{st.a, st.tokA, "#lobby", old, "+1", true}, TooOld)
	st.refused(incA, st.byAlice(old, ""), TooOld)
}

// A message that grows may push out the oldest, never what bounds the place.
func TestAmendedTextIsCounted(t *testing.T) {
	st := newTalk(t)
	st.set(setting.LimitRoomBytes, 4<<10)
	for i := range 10 {
		st.alice(fmt.Sprint(i))
	}
	last := st.s.History().Last("#lobby", 1)[0].ID
	st.ok(incA, st.byAlice(last, strings.Repeat("y", 3_500)))
	if got := len(st.s.History().Last("#lobby", 99)); got != 6 {
		t.Fatalf("%d are left", got)
	}
	st.reload()
}

func TestReactionsAreKeptAndBounded(t *testing.T) {
	st := newTalk(t)
	said := st.alice("hello")
	react := func(text string, on bool) React { return React{st.b, st.tokB, "#lobby", said, text, on} }
	st.ok(incB, react("+1", true))
	st.told(turn.Reacted)
	st.ok(incB, react("+1", true)) // twice is once
	st.told()
	st.ok(incA, React{st.a, st.tokA, "#lobby", said, "+1", true})
	st.is("#lobby", "hello [+1 2]")
	st.reload()
	st.ok(incB, react("+1", false))
	st.told(turn.Unreacted)
	st.is("#lobby", "hello [+1 1]")
	for i := range history.MaxReactions - 1 {
		st.ok(incB, react(fmt.Sprint(i), true))
	}
	st.limited(incB, react("one more", true), history.MaxReactions)
	st.refused(incB, react("", true), BadName)
	for i := range history.MaxReactors - 1 {
		s := sess(incB, uint64(100+i))
		who := id.Identity(fmt.Sprintf("SHA256:%d", i))
		tok := st.attach(s, who, nick(fmt.Sprint("n", i))).Token
		st.ok(incB, React{s, tok, "#lobby", said, "+1", true})
	}
	st.limited(incB, react("+1", true), history.MaxReactions)
	st.ok(incA, st.byAlice(said, "hello all")) // they stay behind what is edited
	if got := len(st.s.History().Last("#lobby", 1)[0].Reactions); got != history.MaxReactions {
		t.Fatalf("%d kinds", got)
	}
	st.ok(incA, st.byAlice(said, ""))
	st.is("#lobby", "*")
	st.refused(incB, react("+1", true), NotThere)
}
