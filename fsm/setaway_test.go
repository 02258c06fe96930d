package fsm

import (
	"strings"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/presence"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
)

// away checks since when somebody is; zero means that they are not.
func (st *story) away(who id.Identity, since id.Time, text string) {
	st.t.Helper()
	a, ok := st.s.Away(who)
	if ok != (since > 0) || a.At != since || a.Text != text {
		st.t.Fatalf("%s is %+v, %v; want away since %d: %q", who, a, ok, since, text)
	}
}

func TestAwayUntilBack(t *testing.T) {
	st := newStory(t)
	a, b := sess(incA, 1), sess(incB, 1)
	tok := st.attach(a, alice, nick("alice")).Token
	st.attach(b, alice, nick("alice"))
	st.pass(id.Second)
	st.ok(incA, SetAway{a, tok, true, "lunch"})
	st.told(turn.PresenceChanged)
	since := st.now
	st.away(alice, since, "lunch")
	st.pass(id.Second)
	st.ok(incB, Post{Session: b, Token: tok, Room: "#lobby", Text: "one thing more"})
	st.told(turn.Said) // it stays: she said so, and it is hers to end
	st.away(alice, since, "lunch")
	st.reload()
	st.ok(incB, SetAway{b, tok, false, ""}) // from another terminal, on another node
	st.told(turn.PresenceChanged)
	st.away(alice, 0, "")
	st.ok(incB, SetAway{b, tok, false, ""})
	st.told()
	if got := st.refused(incB, SetAway{b, tok, true, strings.Repeat("界", presence.MaxText+1)}, TooLong); got.Refusal.Limit != presence.MaxText {
		t.Fatalf("%+v", got.Refusal)
	}
	st.ok(incB, SetAway{b, tok, true, strings.Repeat("界", presence.MaxText)})
}

// A connection that breaks does not end it; leaving for good does.
func TestAwayEndsWithTheLastName(t *testing.T) {
	for what, leave := range map[string]func(st *story, s id.Session){
		"/quit":      func(st *story, s id.Session) { st.ok(incA, Release{Session: s}) },
		"grace over": func(st *story, s id.Session) { st.ok(incA, Detach{Session: s}); st.pass(grace); st.tick() },
		"an operator": func(st *story, s id.Session) {
			st.ok(incB, FreeName{"alice", bob})
		},
		"grace over, and reserved": func(st *story, s id.Session) {
			st.ok(incA, KeepName{s, st.s.Lease().Name("alice").Token, true})
			st.ok(incA, Detach{Session: s})
			st.pass(grace)
			st.tick()
		},
	} {
		t.Run(what, func(t *testing.T) {
			st := newStory(t)
			st.set(setting.LeaseTTL, int64(id.Minute)*10)
			st.renew(incA, incB)
			s := sess(incA, 1)
			tok := st.attach(s, alice, nick("alice")).Token
			st.pass(id.Second)
			st.ok(incA, SetAway{s, tok, true, "lunch"})
			since := st.now
			st.ok(incA, Detach{Session: s})
			st.away(alice, 0, "") // nobody is there to be away
			st.attach(sess(incA, 2), alice, nick("alice"))
			st.away(alice, since, "lunch")
			leave(st, sess(incA, 2))
			if marks, _ := st.s.Presence().Counts(); marks != 0 {
				t.Fatal("she is gone for good, and away")
			}
		})
	}
}

// One of two names given up is no leaving.
func TestAwayStaysWithAnotherName(t *testing.T) {
	st := newStory(t)
	a, b := sess(incA, 1), sess(incA, 2)
	tok := st.attach(a, alice, nick("alice")).Token
	st.attach(b, alice, nick("alicia"))
	st.pass(id.Second)
	st.ok(incA, SetAway{a, tok, true, ""})
	st.ok(incA, Release{Session: b})
	st.ok(incA, Claim{a, nick("al")})
	st.away(alice, st.now, "")
}

func TestAwayWhenNothingIsTypedAnywhere(t *testing.T) {
	st := newStory(t)
	a, b := sess(incA, 1), sess(incB, 1)
	tok := st.attach(a, alice, nick("alice")).Token
	st.attach(b, alice, nick("alice"))
	st.pass(6 * id.Second)
	st.renew(incA, incB)
	st.ok(incA, SetIdle{a, true, 5 * id.Second})
	st.told(turn.PresenceChanged)
	st.away(alice, 0, "") // she types at the other
	st.pass(id.Second)
	st.ok(incB, SetIdle{b, true, 3 * id.Second})
	st.away(alice, st.now.Add(-3*id.Second), "")
	st.ok(incB, SetIdle{b, true, 0}) // it is known
	st.told()
	st.away(alice, st.now.Add(-3*id.Second), "")
	st.reload()
	st.away(alice, st.now.Add(-3*id.Second), "")
	st.ok(incA, Post{Session: a, Token: tok, Room: "#lobby", Text: "x"})
	st.told(turn.Said, turn.PresenceChanged)
	st.away(alice, 0, "")
	st.ok(incA, Post{Session: a, Token: tok, Room: "#lobby", Text: "y"})
	st.told(turn.Said)
	st.ok(incB, SetIdle{b, false, 0})
	st.told(turn.PresenceChanged)
	st.ok(incB, SetIdle{b, false, 0})
	st.told()
}

// What is known of a session ends with it, however it ends.
func TestIdleEndsWithTheSession(t *testing.T) {
	for what, end := range map[string]func(st *story, s id.Session){
		"/quit":      func(st *story, s id.Session) { st.ok(incA, Release{Session: s}) },
		"link ended": func(st *story, s id.Session) { st.ok(incA, Detach{Session: s}) },
		"kicked":     func(st *story, s id.Session) { st.ok(incB, Kick{s, bob}) },
		"node gone":  func(st *story, s id.Session) { st.ok(0, Exit{incA}); st.tick() },
		"freed":      func(st *story, s id.Session) { st.ok(incB, FreeName{"alice", bob}) },
		"gave way": func(st *story, s id.Session) {
			st.set(setting.LimitSessions, 1)
			st.attach(sess(incB, 1), alice, nick("alice"))
		},
		"node gone, she is back": func(st *story, s id.Session) {
			st.ok(0, Exit{incA})
			st.attach(sess(incB, 1), alice, nick("alice"))
		},
	} {
		t.Run(what, func(t *testing.T) {
			st := newStory(t)
			s := sess(incA, 1)
			st.attach(s, alice, nick("alice"))
			st.pass(id.Second)
			st.ok(incA, SetIdle{s, true, id.Second / 2})
			end(st, s)
			if _, idles := st.s.Presence().Counts(); idles != 0 {
				t.Fatal("the session is gone, and idle")
			}
			st.away(alice, 0, "")
		})
	}
}
