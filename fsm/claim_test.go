package fsm

import (
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/turn"
)

func TestClaimIsBothOrNeither(t *testing.T) {
	st := newStory(t)
	s := sess(incA, 1)
	old := st.attach(s, alice, nick("alice")).Token
	st.attach(sess(incB, 1), bob, nick("bob"))
	st.refused(incA, Claim{s, nick("bob")}, Taken)
	st.refused(incA, Claim{s, lease.Nick{Display: "x", Key: "x"}}, BadName)
	st.refused(incB, Claim{s, nick("x")}, NoSession)
	st.is("alice", lease.Held, alice)
	a := st.ok(incA, Claim{s, nick("al")})
	st.told(turn.Detached, turn.Freed, turn.Granted, turn.Renamed)
	if e := st.last.Events[3]; e.ID != a.Event || e.Old != "alice" || e.Nick != "al" || e.Token != a.Token || e.Session != s {
		t.Fatalf("it is told as %+v", e)
	}
	if a.Token <= old {
		t.Fatalf("granted under %d, after %d", a.Token, old)
	}
	st.is("alice", lease.Free, "")
	if row, _ := st.s.Lease().Session(s); row.Nick != "al" || row.Since != st.now || row.Identity != alice {
		t.Fatalf("the session is %+v", row)
	}
	if p, _ := st.s.People().Get(alice); p.Nick != "al" {
		t.Fatalf("she is remembered as %q", p.Nick)
	}
}

func TestClaimMovesThisSessionOnly(t *testing.T) {
	st := newStory(t)
	a, b := sess(incA, 1), sess(incB, 1)
	tok := st.attach(a, alice, nick("alice")).Token
	st.attach(b, alice, nick("alice"))
	moved := st.ok(incA, Claim{a, nick("al")}).Token
	st.told(turn.Detached, turn.Granted, turn.Renamed)
	st.is("alice", lease.Held, alice)
	st.is("al", lease.Held, alice)
	st.ok(incB, Post{Session: b, Token: tok, Room: "#lobby", Text: "x"})
	st.ok(incA, Post{Session: a, Token: moved, Room: "#lobby", Text: "x"})
	// Back onto a name of hers: its token, and the new one is free.
	if got := st.ok(incA, Claim{a, nick("alice")}).Token; got != tok {
		t.Fatalf("back under %d, want %d", got, tok)
	}
	st.told(turn.Detached, turn.Freed, turn.Attached, turn.Renamed)
	if got := st.ok(incA, Claim{a, nick("alice")}); got.Token != tok || len(st.last.Events) > 0 {
		t.Fatalf("onto the name she is on: %+v", got)
	}
}

func TestClaimOntoOnesOwnNameInGraceAndLookAlike(t *testing.T) {
	st := newStory(t)
	s := sess(incA, 1)
	away := st.attach(sess(incA, 2), alice, like("away", "s")).Token
	st.ok(incA, Detach{Session: sess(incA, 2)})
	st.attach(s, alice, nick("alice"))
	if got := st.ok(incA, Claim{s, like("away", "s")}).Token; got != away {
		t.Fatalf("under %d, want %d", got, away)
	}
	if got := st.ok(incA, Claim{s, like("аway", "s")}).Token; got <= away {
		t.Fatalf("a look-alike is a name of its own: under %d, after %d", got, away)
	}
	st.is("away", lease.Free, "")
	st.pass(grace)
	st.renew(incA)
	st.tick() // the grace that was entered once is long over: the name was held since
	st.is("аway", lease.Held, alice)
}

func TestGraceIsNotOverForThoseWhoCameBack(t *testing.T) {
	st := newStory(t)
	st.attach(sess(incA, 1), alice, nick("alice"))
	st.ok(incA, Detach{Session: sess(incA, 1)})
	st.pass(grace - id.Second)
	st.renew(incA, incB)
	st.attach(sess(incA, 2), alice, nick("alice"))
	st.ok(incA, Detach{Session: sess(incA, 2)})
	st.pass(id.Second)
	st.reload()
	st.tick()
	if got := st.is("alice", lease.Grace, alice); got.Until != st.now.Add(grace-id.Second) {
		t.Fatalf("grace lasts until %d at %d", got.Until, st.now)
	}
}

func TestClaimOfTheNameSheIsOnWritesItAnew(t *testing.T) {
	st := newStory(t)
	a := st.ok(incA, Attach{Session: sess(incA, 1), Identity: alice, Nick: nick("alice")})
	anew := lease.Nick{Display: "Alice", Key: "alice", Skeletons: [2]string{"a1ice", "alice"}}
	if c := st.ok(incA, Claim{sess(incA, 1), anew}); c.Token != a.Token {
		t.Fatalf("written anew under token %d, had %d", c.Token, a.Token)
	}
	if got := st.s.Lease().Name("alice"); got.Display != "Alice" || len(got.Live) != 1 {
		t.Fatalf("she is %+v", got)
	}
	if b := st.do(incB, Attach{Session: sess(incB, 1), Identity: bob, Nick: nick("a1ice")}); b.Code != Taken {
		t.Fatalf("what her name looks like now was given to bob: %d", b.Code)
	}
}
