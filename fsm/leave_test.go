package fsm

import (
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/turn"
)

func TestQuitFreesTheNameWithTheLastSession(t *testing.T) {
	st := newStory(t)
	a, b := sess(incA, 1), sess(incB, 1)
	st.attach(a, alice, nick("alice"))
	st.attach(b, alice, nick("alice"))
	st.ok(incA, Release{Session: a})
	st.told(turn.Detached)
	if got := st.is("alice", lease.Held, alice); len(got.Live) != 1 || got.Live[0] != b {
		t.Fatalf("left are %v", got.Live)
	}
	st.ok(incB, Release{Session: b})
	st.told(turn.Detached, turn.Freed)
	st.is("alice", lease.Free, "")
	st.attach(sess(incA, 2), bob, nick("alice"))
}

func TestQuitNamesTheSessionWhateverItIsOn(t *testing.T) {
	st := newStory(t)
	s := sess(incA, 1)
	st.attach(s, alice, nick("alice"))
	st.ok(incA, Claim{s, nick("al")})
	st.ok(incA, Release{Session: s}) // proposed when she was believed to be on another
	st.is("al", lease.Free, "")
	st.is("alice", lease.Free, "")
	st.refused(incA, Release{Session: s}, NoSession)
	st.attach(sess(incA, 2), alice, nick("alice"))
	st.refused(incB, Release{Session: sess(incA, 2)}, NoSession) // not its to speak for
	st.refused(incB, Detach{Session: sess(incA, 2)}, NoSession)
}

// Sessions under an incarnation that has ended hold nothing, swept or not.
func TestQuitCountsTheLiveOnly(t *testing.T) {
	for _, swept := range []bool{false, true} {
		st := newStory(t)
		st.attach(sess(incA, 1), alice, nick("alice"))
		st.attach(sess(incB, 1), alice, nick("alice"))
		st.ok(0, Exit{incA})
		if swept {
			st.tick()
		}
		st.ok(incB, Release{Session: sess(incB, 1)})
		st.is("alice", lease.Free, "")
		st.tick()
		st.told()
		if _, n := st.s.Lease().Counts(); n > 0 {
			t.Fatalf("swept %v: %d sessions are left", swept, n)
		}
	}
}

func TestDetachIsIntoGrace(t *testing.T) {
	for _, swept := range []bool{false, true} {
		st := newStory(t)
		st.attach(sess(incA, 1), alice, nick("alice"))
		st.attach(sess(incB, 1), alice, nick("alice"))
		st.attach(sess(incB, 2), alice, nick("alice"))
		st.ok(incB, Detach{Session: sess(incB, 2)})
		st.told(turn.Detached)
		st.ok(0, Exit{incA})
		if swept {
			st.tick()
			st.told(turn.Detached)
		}
		st.pass(id.Second)
		st.ok(incB, Detach{Session: sess(incB, 1)})
		if swept {
			st.told(turn.Detached, turn.Graced)
		} else {
			st.told(turn.Detached, turn.Detached, turn.Graced)
		}
		if got := st.is("alice", lease.Grace, alice); got.Until != st.now.Add(grace) {
			t.Fatalf("swept %v: grace lasts until %d at %d", swept, got.Until, st.now)
		}
		st.tick()
		st.told()
	}
}

func TestDetachOfASessionThatNeverCameToBe(t *testing.T) {
	st := newStory(t)
	st.attach(sess(incA, 1), alice, nick("alice"))
	st.refused(incB, Attach{Session: sess(incB, 1), Identity: bob, Nick: nick("alice")}, Taken)
	st.refused(incB, Detach{Session: sess(incB, 1)}, NoSession)
	st.refused(incB, Detach{Session: sess(incB, 77)}, NoSession)
}

// The connection ends while its Attach or Claim is in flight: the Detach that
// follows in the stream leaves no ghost, whatever came of the first.
func TestAttachInFlightThenDetach(t *testing.T) {
	st := newStory(t)
	s := sess(incA, 1)
	attach := st.proposal(incA, Attach{Session: s, Identity: alice, Nick: nick("alice")})
	claim := st.proposal(incA, Claim{s, nick("al")})
	detach := st.proposal(incA, Detach{Session: s})
	st.entry(detach) // overtook: a gap
	if st.last.Answers[0].Code != 0 {
		t.Fatalf("answered %+v", st.last.Answers[0])
	}
	st.entry(attach, claim, detach)
	st.is("alice", lease.Free, "")
	st.is("al", lease.Grace, alice)
	st.entry(attach, claim, detach) // sent again to a new leader
	st.told()
	if _, ok := st.s.Lease().Session(s); ok {
		t.Fatal("a ghost")
	}
}
