package fsm

import (
	"fmt"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
)

const kept = 90 * id.Day

// A registered name goes held -> grace -> reserved, is its owner's all the while,
// under a new token when she comes back to a reservation, and free when it has not
// been used for registration.ttl.
func TestARegisteredNameIsReservedForItsOwner(t *testing.T) {
	st := newStory(t)
	s := sess(incA, 1)
	token := st.attach(s, alice, nick("alice")).Token
	st.ok(incA, KeepName{s, token, true})
	st.told(turn.Registered)
	st.ok(incA, KeepName{s, token, true})
	st.told()
	st.ok(incA, Detach{Session: s})
	st.is("alice", lease.Grace, alice)
	st.pass(grace)
	st.renew(incA, incB)
	st.tick()
	st.told(turn.Reserved)
	if e := st.last.Events[0]; e.Why != turn.GraceOver {
		t.Fatalf("told %+v", e)
	}
	st.is("alice", lease.Reserved, alice)
	st.refused(incB, Attach{Session: sess(incB, 1), Identity: bob, Nick: nick("alice")}, Taken)
	st.refused(incB, Attach{Session: sess(incB, 1), Identity: bob, Nick: like("a1ice", "alice")}, Taken)
	st.reload()
	back := st.attach(sess(incB, 2), alice, nick("alice")).Token
	st.told(turn.Granted)
	if e := st.last.Events[0]; back <= token || e.Why != turn.WasReserved {
		t.Fatalf("she is back under %s after %s: %+v", back, token, e)
	}
	st.ok(incB, Release{Session: sess(incB, 2)}) // /quit: no grace, reserved at once
	st.told(turn.Detached, turn.Reserved)
	if until := st.is("alice", lease.Reserved, alice).Until; until != st.now.Add(kept) {
		t.Fatalf("reserved until %d, want %d", until, st.now.Add(kept))
	}
	st.pass(kept - 1)
	st.renew(incA, incB)
	st.tick()
	st.is("alice", lease.Reserved, alice)
	st.pass(1)
	st.renew(incA, incB)
	st.tick()
	if e := st.last.Events[len(st.last.Events)-1]; e.Kind != turn.Freed || e.Why != turn.Unused {
		t.Fatalf("told %+v", e)
	}
	st.is("alice", lease.Free, "")
	st.attach(sess(incB, 3), bob, nick("alice"))
}

// A reservation that stands keeps the ttl it was made with.
func TestRegistrationTTLIsNotRetroactive(t *testing.T) {
	st := newStory(t)
	st.set(setting.RegistrationTTL, int64(2*id.Hour))
	s := sess(incA, 1)
	st.ok(incA, KeepName{s, st.attach(s, alice, nick("alice")).Token, true})
	st.ok(incA, Release{Session: s})
	st.set(setting.RegistrationTTL, int64(id.Hour))
	if until := st.is("alice", lease.Reserved, alice).Until; until != st.now.Add(2*id.Hour) {
		t.Fatalf("until %d", until)
	}
}

func TestRegistrationEndsByItsOwnersWish(t *testing.T) {
	st := newStory(t)
	s := sess(incA, 1)
	token := st.attach(s, alice, nick("alice")).Token
	st.ok(incA, KeepName{s, token, true})
	st.refused(incA, KeepName{s, token + 1, false}, Fenced)
	st.refused(incB, KeepName{s, token, false}, NoSession)
	st.ok(incA, KeepName{s, token, false})
	st.told(turn.NotRegistered)
	st.ok(incA, Release{Session: s})
	st.is("alice", lease.Free, "")
}

func TestNickLeavesARegisteredNameReserved(t *testing.T) {
	st := newStory(t)
	s := sess(incA, 1)
	st.ok(incA, KeepName{s, st.attach(s, alice, nick("alice")).Token, true})
	st.ok(incA, Claim{s, nick("al")})
	st.is("alice", lease.Reserved, alice)
	st.ok(incA, Claim{s, nick("alice")})
	st.is("alice", lease.Held, alice)
	st.is("al", lease.Free, "")
}

// A registered name is its owner's still when she has left it for another: /register
// and /nick in turn would otherwise make her as many names as she likes.
func TestBoundedNamesOfWhoLeavesRegisteredOnes(t *testing.T) {
	st := newStory(t)
	st.set(setting.LimitNames, 2)
	s := sess(incA, 1)
	st.ok(incA, KeepName{s, st.attach(s, alice, nick("a1")).Token, true})
	st.ok(incA, KeepName{s, st.ok(incA, Claim{s, nick("a2")}).Token, true})
	st.limited(incA, Claim{s, nick("a3")}, 2)
	st.ok(incA, Claim{s, nick("a1")}) // one she has
	st.set(setting.LimitAllNames, 10)
	for i := range 8 {
		st.attach(sess(incB, uint64(i+1)), id.Identity(fmt.Sprint("SHA256:", i)), nick(fmt.Sprint("n", i)))
	}
	st.set(setting.LimitNames, 5)
	st.limited(incA, Claim{s, nick("a3")}, 10)
}

func TestGiveUpFreesWhatNobodyIsOn(t *testing.T) {
	st := newStory(t)
	s, other := sess(incA, 1), sess(incB, 1)
	st.ok(incA, KeepName{s, st.attach(s, alice, nick("alice")).Token, true})
	token := st.ok(incA, Claim{s, nick("al")}).Token
	st.attach(other, alice, nick("work"))
	bobs := st.attach(sess(incB, 2), bob, nick("bob")).Token
	st.refused(incA, GiveUp{s, token, "al"}, InUse)
	st.refused(incA, GiveUp{s, token, "work"}, InUse)
	st.refused(incA, GiveUp{s, token, "bob"}, NoSuchName)
	st.refused(incA, GiveUp{s, token, "nobody"}, NoSuchName)
	st.refused(incA, GiveUp{s, token + 9, "alice"}, Fenced)
	st.refused(incB, GiveUp{sess(incB, 2), bobs, "alice"}, NoSuchName)
	st.ok(incA, GiveUp{s, token, "alice"}) // reserved
	st.told(turn.Freed)
	st.is("alice", lease.Free, "")
	st.ok(incB, Detach{Session: other})
	st.ok(incA, GiveUp{s, token, "work"}) // in grace
	st.is("work", lease.Free, "")
}

func TestAnOperatorReservesAName(t *testing.T) {
	st := newStory(t)
	const carol = id.Identity("SHA256:carol")
	st.ok(incA, ReserveName{nick("carol"), carol, alice}) // who has never been here
	if e := st.last.Events[0]; e.Kind != turn.Reserved || e.By != alice || e.Identity != carol {
		t.Fatalf("told %+v", e)
	}
	st.is("carol", lease.Reserved, carol)
	st.refused(incA, Attach{Session: sess(incA, 1), Identity: bob, Nick: nick("carol")}, Taken)
	st.refused(incA, ReserveName{nick("carol"), bob, alice}, Taken)
	st.attach(sess(incA, 2), carol, nick("carol"))
	st.ok(incA, SetKept{"carol", false, alice})
	st.told(turn.NotRegistered)
	st.ok(incA, ReserveName{nick("carol"), carol, alice}) // hers already: registered
	st.told(turn.Registered)
	st.ok(incA, Release{Session: sess(incA, 2)})
	st.ok(incA, SetKept{"carol", false, alice})
	st.told(turn.Freed)
	st.refused(incA, SetKept{"carol", true, alice}, NoSuchName)
	st.refused(incA, ReserveName{nick("x"), "", alice}, BadName)
	st.set(setting.LimitNames, 1)
	st.ok(incA, ReserveName{nick("x"), carol, alice})
	st.refused(incA, ReserveName{nick("y"), carol, alice}, TooMany)
}
