package linear

import (
	"testing"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
)

// story is a history told by hand: operations that do not overlap, but for those that
// are never answered.
type story struct {
	h     History
	order int64
}

func newStory() *story { return &story{h: History{TTL: ttl, Grace: grace, Whole: true}} }

// tell adds an operation on ann that lasts no time, and returns it for changes.
func (s *story) tell(at time.Duration, op Op) *Op {
	op.ID, op.At, op.Done = len(s.h.Ops), at, at
	op.Call, op.Return = s.order+1, s.order+2
	s.order += 2
	if op.Name == "" && op.Kind != Read {
		op.Name = "ann"
	}
	if op.Process = 1; op.Outcome == Unknown {
		op.Return, op.Done, op.GaveUp = never, never, op.Call+1
	}
	if op.Kind == Leave {
		op.From = []string{"ann"}
	}
	s.h.Ops = append(s.h.Ops, op)
	s.h.Settled, s.h.Quiet = s.order+1, at
	return &s.h.Ops[len(s.h.Ops)-1]
}

// took is a claim through a node whose incarnation has that number.
func took(who id.Identity, seat int, inc id.Incarnation, token id.Token) Op {
	return Op{Kind: Take, Outcome: OK, Who: who, Seat: seat, Node: nodeOf(inc), Inc: inc, Token: token, Session: id.Session{Incarnation: inc, Number: uint64(seat)}}
}

func nodeOf(inc id.Incarnation) string { return "n" + string(rune('0'+inc)) }

func wanted(who id.Identity, seat int, inc id.Incarnation) Op {
	return Op{Kind: Take, Outcome: Unknown, Who: who, Seat: seat, Node: nodeOf(inc)}
}

func spoke(who id.Identity, seat int, inc id.Incarnation, token id.Token) Op {
	op := took(who, seat, inc, token)
	op.Kind = Post
	return op
}

func left(who id.Identity, seat int, inc id.Incarnation, quit bool) Op {
	op := took(who, seat, inc, 0)
	op.Kind, op.Quit = Leave, quit
	return op
}

func shows(state lease.State, who id.Identity, token id.Token, live int) Op {
	return Op{Kind: Read, Outcome: OK, Node: "n3", Seen: []Seen{{Name: "ann", State: state, Owner: who, Token: token, Live: make([]id.Session, live), Whole: true}}}
}

func refused(who id.Identity, seat int, inc id.Incarnation) Op {
	op := took(who, seat, inc, 0)
	op.Outcome, op.Code = Refused, fsm.Taken
	return op
}

// TestModelOfOwnership tells short stories and says of each whether a correct cluster
// could have it. They come in pairs: what may be, and the same with the law broken.
func TestModelOfOwnership(t *testing.T) {
	const amy, ben, cat = id.Identity("amy"), id.Identity("ben"), id.Identity("cat")
	sec := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	over := (ttl + grace).Seconds()
	for _, c := range []struct {
		name  string
		sound bool
		tell  func(s *story)
	}{
		{"ben has it once amy's node was silent for ttl and grace", true, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 1))
			s.tell(sec(10), spoke(amy, 1, 1, 1))
			s.tell(sec(10+over), took(ben, 2, 2, 2))
		}},
		{"ben has it a moment before", false, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 1))
			s.tell(sec(10), spoke(amy, 1, 1, 1))
			s.tell(sec(10+over-0.01), took(ben, 2, 2, 2))
		}},
		{"another seat's post through amy's node is a sign of its life", false, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 1))
			s.tell(sec(9), Op{Kind: Post, Name: "bob", Outcome: OK, Who: cat, Seat: 9, Node: "n1", Inc: 1})
			s.tell(sec(9+over-0.01), took(ben, 2, 2, 2))
		}},
		{"it is in grace once amy's node was silent for ttl", true, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 1))
			s.tell(ttl, shows(lease.Grace, amy, 1, 0))
		}},
		{"it is in grace before", false, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 1))
			s.tell(ttl-1, shows(lease.Grace, amy, 1, 0))
		}},
		{"what ben asked for and was never told of takes effect after the lease", true, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 1))
			s.tell(sec(1), wanted(ben, 2, 2))
			s.tell(sec(over), shows(lease.Held, ben, 2, 1))
		}},
		{"what ben was never told of licenses no early end, for ben", false, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 1))
			s.tell(sec(1), wanted(ben, 2, 2))
			s.tell(sec(2), shows(lease.Held, ben, 2, 1))
		}},
		{"nor for cat", false, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 1))
			s.tell(sec(1), wanted(ben, 2, 2))
			s.tell(sec(2), wanted(amy, 3, 2))
			s.tell(sec(3), took(cat, 4, 3, 2))
		}},
		{"nor the end of what ben was never told of", false, func(s *story) {
			s.tell(sec(0), wanted(ben, 2, 2))
			s.tell(sec(1), shows(lease.Held, ben, 1, 1))
			s.tell(sec(2), took(cat, 4, 3, 2))
		}},
		{"amy comes back in grace, under her token", true, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 7))
			s.tell(sec(1), left(amy, 1, 1, false))
			s.tell(sec(2), took(amy, 2, 2, 7))
		}},
		{"under another one", false, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 7))
			s.tell(sec(1), left(amy, 1, 1, false))
			s.tell(sec(2), took(amy, 2, 2, 8))
		}},
		{"she is told that it is taken", false, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 7))
			s.tell(sec(1), left(amy, 1, 1, false))
			s.tell(sec(2), refused(amy, 2, 2))
		}},
		{"she quits, and ben has it at once", true, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 7))
			s.tell(sec(1), left(amy, 1, 1, true))
			s.tell(sec(1), took(ben, 2, 2, 8))
		}},
		{"under a token of the past", false, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 7))
			s.tell(sec(1), left(amy, 1, 1, true))
			s.tell(sec(1), took(ben, 2, 2, 7))
		}},
		{"she quits in one terminal of two, and it is hers", true, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 7))
			s.tell(sec(0), took(amy, 2, 2, 7))
			s.tell(sec(1), left(amy, 1, 1, true))
			s.tell(sec(1), refused(ben, 3, 3))
			s.tell(sec(1), spoke(amy, 2, 2, 7))
		}},
		{"and ben has it", false, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 7))
			s.tell(sec(0), took(amy, 2, 2, 7))
			s.tell(sec(1), left(amy, 1, 1, true))
			s.tell(sec(1), took(ben, 3, 3, 8))
		}},
		{"she speaks from a seat she has left", false, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 7))
			s.tell(sec(0), took(amy, 2, 2, 7))
			s.tell(sec(1), left(amy, 1, 1, false))
			s.tell(sec(1), spoke(amy, 1, 1, 7))
		}},
		{"she speaks after her name has moved on", false, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 7))
			s.tell(sec(over), took(ben, 2, 2, 8))
			s.tell(sec(over), spoke(amy, 1, 1, 7))
		}},
		{"her node starts again, and it is in grace at once", true, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 7))
			s.h.Endings = []Ending{{Node: "n1", Process: 1, At: sec(1)}}
			s.tell(sec(1), shows(lease.Grace, amy, 7, 0))
			s.tell(sec(1)+grace, took(ben, 2, 2, 8))
		}},
		{"her node starts again, and ben does not wait for grace", false, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 7))
			s.h.Endings = []Ending{{Node: "n1", Process: 1, At: sec(1)}}
			s.tell(sec(1)+grace-1, took(ben, 2, 2, 8))
		}},
		{"a ghost: somebody is on it whom nobody put there", false, func(s *story) {
			s.tell(sec(0), took(amy, 1, 1, 7))
			s.tell(sec(1), shows(lease.Held, amy, 7, 2))
		}},
		{"ben is refused what is free", false, func(s *story) {
			s.tell(sec(0), refused(ben, 1, 1))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStory()
			c.tell(s)
			if found := checkNames(&s.h, checkTime); (len(found) == 0) != c.sound {
				t.Errorf("found %v, want it sound: %v\n%s", found, c.sound, s.h.Text())
			}
		})
	}
}
