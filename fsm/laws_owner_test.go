package fsm

import (
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
)

func TestOneClaimFromEndToEnd(t *testing.T) {
	st := newStory(t)
	a := st.attach(sess(incA, 1), alice, nick("alice"))
	if got := st.is("alice", lease.Held, alice); got.Token != a.Token {
		t.Fatalf("alice is %+v", got)
	}
	if b := st.do(incB, Attach{Session: sess(incB, 1), Identity: bob, Nick: nick("alice")}); b.Code != Taken || b.Refusal.Rival.Owner != alice {
		t.Fatalf("bob got %+v", b)
	}
	st.ok(incA, Detach{Session: sess(incA, 1)})
	st.is("alice", lease.Grace, alice)
	if back := st.attach(sess(incB, 2), alice, nick("alice")); back.Token != a.Token {
		t.Fatalf("alice came back under token %d, had %d", back.Token, a.Token)
	}
	p := st.ok(incB, Post{Session: sess(incB, 2), Token: a.Token, Room: "#lobby", Text: "hi"})
	if h := st.s.History().Last("#lobby", 5); len(h) != 1 || h[0].ID != p.Event {
		t.Fatalf("history is %+v", h)
	}
}

func TestOneOwner(t *testing.T) {
	// Each pair is one name, whichever comes first; the rival is told by name.
	for what, pair := range map[string][2]lease.Nick{
		"same key":                {nick("ann"), nick("ann")},
		"same key, other look":    {like("ann", "x", "y"), like("ann", "v", "w")},
		"both skeletons":          {like("ann", "s", "t"), like("а", "s", "t")},
		"first skeleton":          {like("ann", "s", "t"), like("а", "s", "u")},
		"second skeleton":         {like("ann", "s", "t"), like("а", "u", "t")},
		"first is second":         {like("ann", "s", "t"), like("а", "t", "u")},
		"second is first, one of": {like("ann", "s"), like("а", "u", "s")},
	} {
		for _, order := range [][2]int{{0, 1}, {1, 0}} {
			st := newStory(t)
			first, second := pair[order[0]], pair[order[1]]
			st.attach(sess(incA, 1), alice, first)
			st.attach(sess(incB, 1), bob, nick("bob"))
			a := st.refused(incB, Attach{Session: sess(incB, 2), Identity: bob, Nick: second}, Taken)
			if r := a.Refusal.Rival; r.Owner != alice || r.Nick.Key != first.Key || r.State != lease.Held {
				t.Fatalf("%s: the rival is %+v", what, r)
			}
			st.refused(incB, Claim{sess(incB, 1), second}, Taken)
			st.ok(incA, Detach{Session: sess(incA, 1)})
			if a := st.refused(incB, Claim{sess(incB, 1), second}, Taken); a.Refusal.Rival.Until != st.now.Add(grace) {
				t.Fatalf("%s: in grace, the rival is %+v", what, a.Refusal.Rival)
			}
			st.attach(sess(incA, 3), alice, second) // one's own look-alikes are one's own
			st.reload()
			st.refused(incB, Claim{sess(incB, 1), first}, Taken)
		}
	}
}

func TestFreedNameLeavesNoShadow(t *testing.T) {
	st := newStory(t)
	st.attach(sess(incA, 1), alice, like("ann", "s", "t"))
	st.attach(sess(incA, 2), alice, like("anna", "s", "u"))
	st.ok(incA, Release{Session: sess(incA, 1)})
	st.refused(incB, Attach{Session: sess(incB, 1), Identity: bob, Nick: like("x", "s")}, Taken) // anna has s still
	st.attach(sess(incB, 2), bob, like("y", "t"))
	st.ok(incA, Release{Session: sess(incA, 2)})
	st.attach(sess(incB, 3), bob, like("z", "s", "u"))
}

func TestOfTwoRivalsTheFirstIsTold(t *testing.T) {
	st := newStory(t)
	st.attach(sess(incA, 1), alice, like("b", "s", "t"))
	st.attach(sess(incA, 2), alice, like("a", "u", "v"))
	if a := st.refused(incB, Attach{Session: sess(incB, 1), Identity: bob, Nick: like("c", "s", "v")}, Taken); a.Refusal.Rival.Nick.Key != "a" {
		t.Fatalf("the rival is %+v", a.Refusal.Rival)
	}
}

func TestTheOwnerReturnsAtOnce(t *testing.T) {
	a1, b1, b2 := sess(incA, 1), sess(incB, 1), sess(incB, 2)
	for _, c := range []struct {
		name  string
		setup func(*story)
		stays []id.Session
		told  []turn.Kind
	}{
		{"held", func(*story) {}, []id.Session{a1}, []turn.Kind{turn.Attached}},
		{"held on her node", func(st *story) { st.attach(b1, alice, nick("alice")) }, []id.Session{a1, b1}, []turn.Kind{turn.Attached}},
		{"grace", func(st *story) { st.ok(incA, Detach{Session: a1}) }, nil, []turn.Kind{turn.Attached}},
		{"the last microsecond of grace", func(st *story) {
			st.ok(incA, Detach{Session: a1})
			st.pass(grace - 1)
			st.renew(incA, incB)
			st.tick()
		}, nil, []turn.Kind{turn.Attached}},
		{"grace is over, the Tick is late", func(st *story) {
			st.ok(incA, Detach{Session: a1})
			st.pass(2 * grace)
		}, nil, []turn.Kind{turn.Attached}},
		{"under an incarnation that ended and is not swept", func(st *story) { st.ok(0, Exit{incA}) }, nil,
			[]turn.Kind{turn.Detached, turn.Attached}},
		{"the same, with one that stays", func(st *story) {
			st.attach(b1, alice, nick("alice"))
			st.ok(0, Exit{incA})
		}, []id.Session{b1}, []turn.Kind{turn.Detached, turn.Attached}},
		{"under one that was swept", func(st *story) { st.ok(0, Exit{incA}); st.tick() }, nil, []turn.Kind{turn.Attached}},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := newStory(t)
			token := st.attach(a1, alice, nick("alice")).Token
			c.setup(st)
			if got := st.attach(b2, alice, nick("alice")).Token; got != token {
				t.Fatalf("she came back under token %d, had %d", got, token)
			}
			st.told(c.told...)
			got := st.is("alice", lease.Held, alice)
			if want := append(c.stays, b2); len(got.Live) != len(want) || len(got.Sessions) != len(want) {
				t.Fatalf("sessions are %v, want %v", got.Sessions, want)
			}
			for _, s := range c.stays {
				st.ok(s.Incarnation, Post{Session: s, Token: token, Room: "#lobby", Text: "still here"})
			}
			st.ok(incB, Post{Session: b2, Token: token, Room: "#lobby", Text: "back"})
			st.tick() // the cleaning up takes nothing from her
			st.is("alice", lease.Held, alice)
		})
	}
}

func TestFencedTokensRise(t *testing.T) {
	st := newStory(t)
	var last id.Token
	for i, end := range []func(s id.Session){
		func(s id.Session) { st.ok(s.Incarnation, Release{Session: s}) },
		func(s id.Session) {
			st.ok(s.Incarnation, Detach{Session: s})
			st.pass(grace)
			st.renew(incA, incB)
			st.tick()
		},
		func(s id.Session) { st.reload(); st.ok(s.Incarnation, Release{Session: s}); st.reload() },
		func(s id.Session) { st.ok(s.Incarnation, Claim{s, nick("other")}) },
	} {
		who := []id.Identity{alice, bob}[i%2]
		s := sess(incA, uint64(i+1))
		token := st.attach(s, who, nick("n")).Token
		if token <= last {
			t.Fatalf("grant %d is under %d, the one before under %d", i, token, last)
		}
		last = max(token, st.s.Lease().Last())
		end(s)
		last = max(last, st.s.Lease().Last())
	}
}

func TestFenced(t *testing.T) {
	a1 := sess(incA, 1)
	post := func(s id.Session, tok id.Token) Command {
		return Post{Session: s, Token: tok, Room: "#lobby", Text: "x"}
	}
	enter := func(s id.Session, tok id.Token) Command { return join(s, tok, "#r") }
	part := func(s id.Session, tok id.Token) Command { return Part{s, tok, "#lobby"} }
	for name, speak := range map[string]func(id.Session, id.Token) Command{"post": post, "join": enter, "part": part} {
		t.Run(name, func(t *testing.T) {
			st := newStory(t)
			token := st.attach(a1, alice, nick("alice")).Token
			st.refused(incA, speak(a1, token+1), Fenced)
			st.refused(incA, speak(a1, 0), Fenced)
			st.refused(incB, speak(a1, token), NoSession) // another incarnation's session
			st.refused(incA, speak(sess(incA, 2), token), NoSession)
			moved := st.ok(incA, Claim{a1, nick("al")}).Token
			st.refused(incA, speak(a1, token), Fenced) // the token of the name she had
			st.ok(incA, speak(a1, moved))
			st.ok(incA, Detach{Session: a1})
			st.refused(incA, speak(a1, moved), NoSession)
			// The name moves on and comes back: the old token is dead for ever.
			st.pass(grace)
			st.renew(incA, incB)
			st.tick()
			st.attach(sess(incB, 1), bob, nick("al"))
			st.ok(incB, Release{Session: sess(incB, 1)})
			again := st.attach(sess(incA, 3), alice, nick("al")).Token
			st.refused(incA, speak(sess(incA, 3), moved), Fenced)
			st.ok(incA, speak(sess(incA, 3), again))
		})
	}
}

func TestAnEndedIncarnationDoesNothingMore(t *testing.T) {
	for how, end := range map[string]func(*story){
		"expired":  func(st *story) { st.pass(ttl); st.renew(incB); st.tick() },
		"exited":   func(st *story) { st.ok(0, Exit{incA}) },
		"replaced": func(st *story) { st.ok(0, Register{Node: nodeA, Incarnation: 77, Replaces: incA}) },
		"removed":  func(st *story) { st.ok(incB, RemoveMember{nodeA}) },
	} {
		t.Run(how, func(t *testing.T) {
			st := newStory(t)
			s := sess(incA, 1)
			token := st.attach(s, alice, nick("alice")).Token
			end(st)
			st.is("alice", lease.Grace, alice)
			for _, swept := range []bool{false, true} {
				for _, c := range []Command{
					Attach{Session: sess(incA, 2), Identity: alice, Nick: nick("alice")}, Claim{s, nick("b")}, Release{Session: s}, Detach{Session: s},
					Post{Session: s, Token: token, Room: "#lobby", Text: "ghost"}, join(s, token, "#r"), Part{s, token, "#lobby"},
					SetSetting{setting.LimitNames, 3, alice}, AddOperator{alice, "x", ""}, RemoveOperator{alice},
					MakeToken{ID: "u", Role: 1, TTL: 1}, RevokeToken{"t"}, AddMember{"t", "n", "x", "y", ""},
					SetRole{nodeB, 2}, RemoveMember{nodeB}, Kick{sess(incB, 1), alice}, FreeName{"alice", alice},
					KeepName{s, token, true}, GiveUp{s, token, "alice"}, ReserveName{nick("x"), alice, ""}, SetKept{"alice", true, ""},
					Renew{Incarnation: incA, Counter: 99}, Exit{incA},
				} {
					st.refused(incA, c, Stale)
				}
				if !swept {
					st.tick()
				}
			}
			for _, late := range []Command{
				Register{Node: nodeA, Incarnation: incA}, Register{Node: nodeA, Incarnation: incA, Replaces: incA},
			} {
				if a := st.do(0, late); a.Code == OK || st.s.Lease().Live(incA) {
					t.Fatalf("it lives again: %+v was answered %d", late, a.Code)
				}
			}
		})
	}
}
