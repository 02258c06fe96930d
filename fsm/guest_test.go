package fsm

import (
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/keyring"
	"moniker/fsm/lease"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
)

const (
	carol = id.Identity("guest:carol")
	dave  = id.Identity("guest:dave")
)

// visited is carol, a guest on n1, in a room of hers and in talk with alice on n2, who
// ignores her by now.
func visited(t *testing.T) (st *story, its id.Session, token id.Token) {
	st = openStory(t)
	its = sess(incA, 1)
	token = st.attach(its, carol, nick("carol")).Token
	hers := st.attach(sess(incB, 1), alice, nick("alice")).Token
	st.ok(incA, join(its, token, "#visit"))
	st.ok(incA, Post{Session: its, Token: token, Room: "#lobby", Text: "hello", Line: "l"})
	st.ok(incA, Post{Session: its, Token: token, To: "alice", Text: "psst"})
	st.ok(incB, Post{Session: sess(incB, 1), Token: hers, To: "carol", Text: "go"})
	st.ok(incA, SetOwn{its, token, "bio", "on a visit"})
	st.ok(incA, SetAway{its, token, true, "lunch"})
	st.ok(incB, SetIgnored{sess(incB, 1), hers, carol, true})
	return st, its, token
}

// wasNeverHere is that nothing is left of carol but what she said in the lobby.
func (st *story) wasNeverHere() {
	st.t.Helper()
	st.is("carol", lease.Free, "")
	if _, known := st.s.People().Get(carol); known {
		st.t.Error("she is remembered")
	}
	if rooms, reads := st.s.Rooms().Of(carol), st.s.Rooms().Reads(carol); len(rooms)+len(reads) > 0 {
		st.t.Errorf("she is in %v and has read %v", rooms, reads)
	}
	if _, there := st.s.Rooms().Room("#visit"); there {
		st.t.Error("her room is there")
	}
	talk := room.Conversation(carol, alice)
	if said := st.s.History().Last(talk, 9); len(said) > 0 || st.s.Rooms().ReadAt(room.Seat{Place: talk, Who: alice}) != (id.Event{}) {
		st.t.Errorf("what was said in private is there: %v", said)
	}
	if rows := st.s.Profiles().Rows(); len(rows) > 0 {
		st.t.Errorf("set is %+v", rows)
	}
	if _, away := st.s.Presence().Mark(carol); away {
		st.t.Error("she is away")
	}
	if said := st.s.History().Last("#lobby", 9); len(said) != 1 {
		st.t.Errorf("said in the lobby was %v", said)
	}
}

// Whatever ends a guest's only session, the name is free in the same entry, and
// nothing is known of the guest any more.
func TestAGuestKeepsNothing(t *testing.T) {
	for how, end := range map[string]func(*story, id.Session){
		"/quit":              func(st *story, s id.Session) { st.ok(incA, Release{Session: s}) },
		"the connection":     func(st *story, s id.Session) { st.ok(incA, Detach{Session: s}) },
		"an operator, kicks": func(st *story, s id.Session) { st.ok(incB, Kick{s, alice}) },
		"an operator, frees": func(st *story, s id.Session) { st.ok(incB, FreeName{"carol", alice}) },
		"the node stops":     func(st *story, s id.Session) { st.ok(0, Exit{incA}) },
		"the node begins anew": func(st *story, s id.Session) {
			st.ok(0, Register{Node: nodeA, Incarnation: 7, Replaces: incA, Version: Version})
		},
		"the node expires": func(st *story, s id.Session) {
			st.pass(ttl / 2)
			st.renew(incB)
			st.pass(ttl / 2)
			st.ok(0, Tick{})
		},
	} {
		t.Run(how, func(t *testing.T) {
			st, its, _ := visited(t)
			end(st, its)
			st.wasNeverHere()
			var told []turn.Kind
			for _, e := range st.last.Events {
				if e.Identity == carol && (e.Kind == turn.Freed || e.Kind == turn.RoomParted) {
					told = append(told, e.Kind)
					if e.Nick != "carol" {
						t.Errorf("%d is told of %q", e.Kind, e.Nick)
					}
				}
			}
			if len(told) != 3 {
				t.Errorf("told is %v", told)
			}
			st.attach(sess(incB, 2), bob, nick("carol")) // at once
			st.reload()
		})
	}
}

func TestAGuestComesBackWhileTheNameIsFree(t *testing.T) {
	st, _, _ := visited(t)
	st.ok(0, Register{Node: nodeA, Incarnation: 7, Replaces: incA, Version: Version})
	again := st.ok(7, Attach{Session: sess(7, 1), Identity: carol, Nick: nick("carol")})
	if got := st.is("carol", lease.Held, carol); got.Token != again.Token {
		t.Errorf("carol is %+v", got)
	}
	st.ok(0, Register{Node: nodeA, Incarnation: 8, Replaces: 7, Version: Version})
	st.attach(sess(incB, 2), bob, nick("carol"))
	st.refused(8, Attach{Session: sess(8, 1), Identity: carol, Nick: nick("carol")}, Taken)
	st.wasForgotten(carol)
}

func (st *story) wasForgotten(who id.Identity) {
	st.t.Helper()
	if _, known := st.s.People().Get(who); known {
		st.t.Errorf("%s is remembered", who)
	}
}

func TestAGuestGoesOnUnderAnotherName(t *testing.T) {
	st, its, _ := visited(t)
	st.ok(incA, Claim{its, nick("cara")})
	st.is("carol", lease.Free, "")
	st.is("cara", lease.Held, carol)
	if rooms := st.s.Rooms().Of(carol); len(rooms) != 2 {
		t.Errorf("she is in %v", rooms)
	}
}

func TestGuestsComeWhereTheyMayAndSoMany(t *testing.T) {
	st := newStory(t)
	st.refused(incA, Attach{Session: sess(incA, 1), Identity: carol, Nick: nick("carol")}, NoGuests)
	st.set(setting.Guests, 1)
	st.set(setting.LimitGuests, 1)
	st.attach(sess(incA, 1), carol, nick("carol"))
	st.limited(incA, Attach{Session: sess(incA, 2), Identity: dave, Nick: nick("dave")}, 1)
	st.set(setting.LimitGuests, 2)
	st.refused(incA, Attach{Session: sess(incA, 2), Identity: dave, Nick: nick("carol")}, Taken)
	st.refused(incA, Attach{Session: sess(incA, 2), Identity: alice, By: carol.First(), Nick: nick("alice")}, NotByKey)
	st.refused(incA, Attach{Session: sess(incA, 2), Identity: carol, By: alice.First(), Nick: nick("carol")}, NotByKey)
	st.set(setting.Guests, 0) // who is here stays
	st.is("carol", lease.Held, carol)
	st.ok(incA, Detach{Session: sess(incA, 1)})
	st.refused(incA, Attach{Session: sess(incA, 2), Identity: dave, Nick: nick("dave")}, NoGuests)
}

// What takes a key is not for those who have none.
func TestAGuestHasWhatTakesNoKey(t *testing.T) {
	st, its, token := visited(t)
	st.refused(incA, KeepName{its, token, true}, NoKey)
	st.refused(incA, OpenCode{its, token, keyring.Proof{1}}, NoKey)
	st.refused(incA, AddOperator{carol, "", ""}, NoKey)
	st.refused(incA, SetKept{"carol", true, alice}, NoKey)
	st.refused(incA, ReserveName{nick("cara"), carol, alice}, NoKey)
	hers := st.s.Lease().Name("alice").Token
	st.ok(incB, OpenCode{sess(incB, 1), hers, keyring.Proof{1}})
	st.refused(incA, AddKey{carol.First(), keyring.Proof{1}}, NoKey)
	st.refused(incB, SetIgnored{sess(incB, 1), hers, dave, true}, NoSuchName)
}

// A guest is one session. If there are two all the same and the limit is one, the first
// makes room for the second, and its name is free in between: nothing is kept for a guest.
func TestAGuestsNameIsFreeBetweenItsSessions(t *testing.T) {
	st := openStory(t)
	st.set(setting.LimitSessions, 1)
	eye := observe(st.s)
	for n := range 2 {
		out := st.watched(eye, st.proposal(incA, Attach{Session: sess(incA, uint64(n+1)), Identity: carol, Nick: nick("carol")}))
		if a := out.Answers[0]; a.Code != OK || a.Token != st.s.Lease().Last() {
			t.Fatalf("session %d is answered %+v", n+1, a)
		}
	}
	st.told(turn.Detached, turn.Freed, turn.Granted)
}
