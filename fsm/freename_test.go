package fsm

import (
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/turn"
)

func TestAnOperatorFreesAName(t *testing.T) {
	st := newStory(t)
	a, b := sess(incA, 1), sess(incB, 1)
	tok := st.attach(a, alice, nick("alice")).Token
	st.attach(b, alice, nick("alice"))
	st.ok(incB, FreeName{"alice", bob})
	st.told(turn.Detached, turn.Detached, turn.Freed)
	for _, e := range st.last.Events {
		if e.Why != turn.ByOperator || e.Token != tok || e.Identity != alice {
			t.Fatalf("told %+v", e)
		}
	}
	st.is("alice", lease.Free, "")
	st.refused(incA, Post{Session: a, Token: tok, Room: "#lobby", Text: "x"}, NoSession)
	if got := st.attach(sess(incA, 2), bob, nick("alice")).Token; got <= tok {
		t.Fatalf("the grant after it has token %s, the one before %s", got, tok)
	}
	st.refused(incA, FreeName{"nobody", ""}, NoSuchName)
}

// In grace, or held by none but sessions that are waiting to be swept, it is free
// at once all the same, and what is swept later changes nothing.
func TestAnOperatorFreesANameOfTheDead(t *testing.T) {
	for _, swept := range []bool{false, true} {
		st := newStory(t)
		st.attach(sess(incA, 1), alice, nick("alice"))
		st.ok(0, Exit{incA})
		if swept {
			st.tick()
		}
		st.ok(incB, FreeName{"alice", ""})
		st.is("alice", lease.Free, "")
		st.attach(sess(incB, 1), bob, nick("alice"))
		st.pass(id.Hour)
		st.tick()
		if got := st.s.Lease().Name("alice"); got.Owner != bob {
			t.Fatalf("swept %v: %+v", swept, got)
		}
	}
}
