package fsm

import (
	"fmt"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/member"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
)

// story drives one replica as a leader would: a stamp and commands an entry, and
// every promise checked after each.
type story struct {
	t      testing.TB
	s      *State
	index  id.Index
	term   uint64
	now    id.Time
	next   map[id.Incarnation]uint64
	counts map[id.Incarnation]uint64 // of renewals
	last   Outcome
}

const (
	nodeA, nodeB = id.Node("SHA256:nodeA"), id.Node("SHA256:nodeB")
	incA, incB   = id.Incarnation(0xA100000000000001), id.Incarnation(0xB200000000000002)
	alice, bob   = id.Identity("SHA256:alice"), id.Identity("SHA256:bob")

	ttl   = 10 * id.Second
	grace = 10 * id.Minute
)

// newStory is a cluster of two nodes, each with an incarnation that is live.
func newStory(t testing.TB) *story {
	st := &story{t: t, s: New(), term: 1, next: map[id.Incarnation]uint64{}, counts: map[id.Incarnation]uint64{}}
	st.ok(0, Found{"c1", nodeA, "n1", "a:1", "a:2"})
	st.ok(0, Register{Node: nodeA, Incarnation: incA, Version: Version})
	st.ok(incA, MakeToken{ID: "t", Role: member.Voter, TTL: id.Hour})
	st.ok(incA, AddMember{"t", nodeB, "n2", "b:1", "b:2"})
	st.ok(0, Register{Node: nodeB, Incarnation: incB, Version: Version})
	return st
}

// openStory is a newStory in which guests may come.
func openStory(t testing.TB) *story {
	st := newStory(t)
	st.set(setting.Guests, 1)
	return st
}

func nick(s string) lease.Nick { return lease.Nick{Display: s, Key: s, Skeletons: [2]string{s, s}} }

// join is the coming into a room that looks like nothing but itself.
func join(s id.Session, tok id.Token, place string) Join {
	return Join{s, tok, place, [2]string{place, place}}
}

// like is a name with its own key that looks like another in the given way.
func like(key string, skeletons ...string) lease.Nick {
	return lease.Nick{Display: key, Key: key, Skeletons: [2]string{skeletons[0], skeletons[len(skeletons)-1]}}
}

func sess(inc id.Incarnation, n uint64) id.Session { return id.Session{Incarnation: inc, Number: n} }

func (st *story) entry(ps ...Proposal) Outcome {
	st.t.Helper()
	return st.stamped(Stamp{Term: st.term, Now: st.now, Wall: id.Wall(st.now) + 1}, st.term, ps...)
}

// watched applies an entry under the eyes of an observer, who must find nothing against it.
func (st *story) watched(eye *observer, ps ...Proposal) Outcome {
	st.t.Helper()
	out := st.entry(ps...)
	e := Entry{Stamp: Stamp{Term: st.term, Now: st.now}, Proposals: ps}
	if b := eye.entry(st.index, st.term, e, out, st.s); b != nil {
		st.t.Fatal(b)
	}
	return out
}

// stamped applies an entry of term under a stamp that may not fit it.
func (st *story) stamped(stamp Stamp, term uint64, ps ...Proposal) Outcome {
	st.t.Helper()
	st.index++
	var body []byte
	for _, p := range ps {
		body = p.Encode(body)
	}
	stamp.Check = st.s.Check()
	out, err := st.s.Apply(st.index, term, EncodeEntry(nil, stamp, len(ps), body))
	if err != nil {
		st.t.Fatalf("entry %d: %v", st.index, err)
	}
	if err := st.s.Invariants(); err != nil {
		st.t.Fatal(err)
	}
	st.last = out
	return out
}

// proposal puts c in the stream of from, or outside of streams if it stands there.
func (st *story) proposal(from id.Incarnation, c Command) Proposal {
	p := Proposal{From: from, Command: c}
	if !c.Kind().outside() {
		st.next[from]++
		p.Number = st.next[from]
	}
	return p
}

// do proposes c alone in an entry.
func (st *story) do(from id.Incarnation, c Command) Answer {
	st.t.Helper()
	return st.entry(st.proposal(from, c)).Answers[0]
}

func (st *story) ok(from id.Incarnation, c Command) Answer {
	st.t.Helper()
	a := st.do(from, c)
	if a.Code != OK {
		st.t.Fatalf("%T was refused with %d", c, a.Code)
	}
	return a
}

// refused proposes c, which must be refused with code and change nothing but the
// stream it came in.
func (st *story) refused(from id.Incarnation, c Command, code Code) Answer {
	st.t.Helper()
	before := fingerprint(st.s)
	a := st.do(from, c)
	if a.Code != code {
		st.t.Fatalf("%T was answered %d, want %d", c, a.Code, code)
	}
	if len(st.last.Events) > 0 {
		st.t.Fatalf("%T was refused and caused %+v", c, st.last.Events)
	}
	if after := fingerprint(st.s); after != before {
		st.t.Fatalf("%T was refused and changed\n%s\nto\n%s", c, before, after)
	}
	return a
}

// fingerprint is all that people could notice.
func fingerprint(s *State) string {
	out := ""
	for _, n := range s.Lease().Names() {
		out += fmt.Sprintln(n.Key, n.Owner, n.Token, n.State, n.Sessions, n.GraceUntil, n.Registered, n.ReservedUntil)
	}
	out += fmt.Sprintln(s.Lease().Sessions(), s.Lease().Last(), s.Rooms().Rooms(), s.History().Len(), s.People().Len())
	out += fmt.Sprintln(s.Members().Members(), s.Members().Tokens(), s.Members().Operators(), s.Settings().Rows())
	out += fmt.Sprintln(s.Profiles().Rows(), s.Presence().Marks(), s.Presence().Idles())
	for _, r := range s.Rooms().Rooms() {
		out += fmt.Sprintln(r, s.Rooms().Members(r.Name))
	}
	return out
}

func (st *story) attach(s id.Session, who id.Identity, n lease.Nick) Answer {
	st.t.Helper()
	return st.ok(s.Incarnation, Attach{Session: s, Identity: who, Nick: n})
}

func (st *story) pass(d id.Duration) { st.now = st.now.Add(d) }

func (st *story) renew(incs ...id.Incarnation) {
	st.t.Helper()
	for _, inc := range incs {
		st.counts[inc]++
		st.ok(0, Renew{Incarnation: inc, Counter: st.counts[inc]})
	}
}

func (st *story) tick() {
	st.t.Helper()
	st.ok(0, Tick{})
}

// lead makes another leader: a term of its own, and its first word.
func (st *story) lead() {
	st.t.Helper()
	st.term++
	st.ok(0, LeaderStart{nodeA})
}

func (st *story) set(n setting.Name, v int64) {
	st.t.Helper()
	for _, inc := range []id.Incarnation{incA, incB} {
		if st.s.Lease().Live(inc) {
			st.ok(inc, SetSetting{n, v, alice})
			return
		}
	}
	st.t.Fatal("nobody is there to set", n)
}

// is checks what a name is and whose.
func (st *story) is(key string, state lease.State, owner id.Identity) lease.Status {
	st.t.Helper()
	got := st.s.Lease().Name(key)
	if got.State != state || got.Owner != owner {
		st.t.Fatalf("%s is %d of %q (%+v), want %d of %q", key, got.State, got.Owner, got, state, owner)
	}
	return got
}

func (st *story) deadline(inc id.Incarnation) id.Time {
	st.t.Helper()
	i, ok := st.s.Lease().Incarnation(inc)
	if !ok || i.Ended {
		st.t.Fatalf("incarnation %x is not live", inc)
	}
	return i.Deadline
}

// told checks which kinds of event the last entry caused, in order.
func (st *story) told(want ...turn.Kind) {
	st.t.Helper()
	var got []turn.Kind
	for _, e := range st.last.Events {
		got = append(got, e.Kind)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		st.t.Fatalf("events are %v, want %v: %+v", got, want, st.last.Events)
	}
}

// reload goes on with a replica restored from a snapshot.
func (st *story) reload() {
	st.t.Helper()
	back, err := Restore(st.s.Image().Encode())
	if err != nil {
		st.t.Fatal(err)
	}
	if got, want := back.Digest(), st.s.Digest(); got != want {
		st.t.Fatalf("restored to %x from %x", got, want)
	}
	st.s = back
}

func roomSeat(place string, who id.Identity) room.Seat { return room.Seat{Place: place, Who: who} }
