package fsm

import (
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/turn"
)

func TestAKickLeavesTheNameToItsOwner(t *testing.T) {
	st := newStory(t)
	a, b := sess(incA, 1), sess(incB, 1)
	tok := st.attach(a, alice, nick("alice")).Token
	st.attach(b, alice, nick("alice"))
	st.ok(incB, Kick{a, bob}) // through whichever node
	st.told(turn.Detached)
	if e := st.last.Events[0]; e.Why != turn.ByOperator || e.Session != a {
		t.Fatalf("told %+v", e)
	}
	st.is("alice", lease.Held, alice)
	st.refused(incA, Post{Session: a, Token: tok, Room: "#lobby", Text: "x"}, NoSession)
	st.ok(incA, Kick{b, ""})
	st.told(turn.Detached, turn.Graced)
	st.is("alice", lease.Grace, alice)
	st.refused(incA, Attach{Session: sess(incA, 2), Identity: bob, Nick: nick("alice")}, Taken)
	if got := st.attach(sess(incA, 3), alice, nick("alice")).Token; got != tok {
		t.Fatalf("she came back under token %s, had %s", got, tok)
	}
	st.refused(incA, Kick{b, ""}, NotThere)
	st.refused(incA, Kick{id.Session{Incarnation: 9, Number: 9}, ""}, NotThere)
}

// A session under an incarnation that has ended is nobody's any more.
func TestAKickPassesOverTheDead(t *testing.T) {
	st := newStory(t)
	st.attach(sess(incA, 1), alice, nick("alice"))
	st.ok(0, Exit{incA})
	st.refused(incB, Kick{sess(incA, 1), ""}, NotThere)
	st.tick()
	st.is("alice", lease.Grace, alice)
}
