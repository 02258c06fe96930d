package fsm

import (
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/member"
)

// story drives one replica as a leader would: a stamp and commands an entry.
type story struct {
	t     *testing.T
	s     *State
	index id.Index
	term  uint64
	now   id.Time
	next  map[id.Incarnation]uint64
}

const (
	nodeA, nodeB = id.Node("SHA256:nodeA"), id.Node("SHA256:nodeB")
	incA, incB   = id.Incarnation(0xA100000000000001), id.Incarnation(0xB200000000000002)
	alice, bob   = id.Identity("SHA256:alice"), id.Identity("SHA256:bob")
)

func newStory(t *testing.T) *story {
	st := &story{t: t, s: New(), term: 1, next: map[id.Incarnation]uint64{}}
	st.ok(0, Found{"c1", nodeA, "n1", "a:1", "a:2"})
	st.ok(0, Register{Node: nodeA, Incarnation: incA, Version: Version})
	st.ok(incA, MakeToken{ID: "t", Role: member.Voter, TTL: id.Hour})
	st.ok(incA, AddMember{"t", nodeB, "n2", "b:1", "b:2"})
	st.ok(0, Register{Node: nodeB, Incarnation: incB, Version: Version})
	return st
}

func nick(s string) lease.Nick { return lease.Nick{Display: s, Key: s, Skeletons: [2]string{s, s}} }

func sess(inc id.Incarnation, n uint64) id.Session { return id.Session{Incarnation: inc, Number: n} }

func (st *story) entry(ps ...Proposal) Outcome {
	st.t.Helper()
	st.index++
	var body []byte
	for _, p := range ps {
		body = p.Encode(body)
	}
	stamp := Stamp{Term: st.term, Now: st.now, Wall: 1, Check: st.s.Check()}
	out, err := st.s.Apply(st.index, st.term, EncodeEntry(nil, stamp, len(ps), body))
	if err != nil {
		st.t.Fatalf("entry %d: %v", st.index, err)
	}
	if err := st.s.Invariants(); err != nil {
		st.t.Fatal(err)
	}
	return out
}

// do proposes c in the stream of from, or outside of streams if c stands there.
func (st *story) do(from id.Incarnation, c Command) Answer {
	st.t.Helper()
	p := Proposal{From: from, Command: c}
	if !c.Kind().outside() {
		st.next[from]++
		p.Number = st.next[from]
	}
	return st.entry(p).Answers[0]
}

func (st *story) ok(from id.Incarnation, c Command) Answer {
	st.t.Helper()
	a := st.do(from, c)
	if a.Code != OK {
		st.t.Fatalf("%T was refused with %d", c, a.Code)
	}
	return a
}

func TestOneClaimFromEndToEnd(t *testing.T) {
	st := newStory(t)
	a := st.ok(incA, Attach{sess(incA, 1), alice, nick("alice")})
	if got := st.s.Lease().Name("alice"); got.State != lease.Held || got.Owner != alice || got.Token != a.Token {
		t.Fatalf("alice is %+v", got)
	}
	if b := st.do(incB, Attach{sess(incB, 1), bob, nick("alice")}); b.Code != Taken || b.Refusal.Rival.Owner != alice {
		t.Fatalf("bob got %+v", b)
	}
	st.ok(incA, Detach{Session: sess(incA, 1)})
	if got := st.s.Lease().Name("alice"); got.State != lease.Grace {
		t.Fatalf("alice is %+v", got)
	}
	if back := st.ok(incB, Attach{sess(incB, 2), alice, nick("alice")}); back.Token != a.Token {
		t.Fatalf("alice came back under token %d, had %d", back.Token, a.Token)
	}
	p := st.ok(incB, Post{Session: sess(incB, 2), Token: a.Token, Room: "#lobby", Text: "hi"})
	if h := st.s.History().Last("#lobby", 5); len(h) != 1 || h[0].ID != p.Event {
		t.Fatalf("history is %+v", h)
	}
}

func TestDeadNodesNamesGoToGraceThenFree(t *testing.T) {
	st := newStory(t)
	st.ok(incA, Attach{sess(incA, 1), alice, nick("alice")})
	st.now += id.Time(10*id.Second) - 1
	st.ok(0, Renew{Incarnation: incB, Counter: 1})
	st.ok(0, Tick{})
	if got := st.s.Lease().Name("alice").State; got != lease.Held {
		t.Fatalf("state %d a microsecond before the deadline", got)
	}
	st.now++
	st.ok(0, Tick{})
	if got := st.s.Lease().Name("alice").State; got != lease.Grace {
		t.Fatalf("state %d at the deadline", got)
	}
	if a := st.do(incA, Post{Session: sess(incA, 1), Token: 1, Room: "#lobby", Text: "ghost"}); a.Code != Stale {
		t.Fatalf("a dead incarnation's post got %d", a.Code)
	}
	st.now += id.Time(10 * id.Minute)
	st.ok(0, Renew{Incarnation: incB, Counter: 2})
	st.ok(0, Tick{})
	if got := st.s.Lease().Name("alice").State; got != lease.Free {
		t.Fatalf("state %d after grace", got)
	}
}

func TestSnapshotIsTheSameState(t *testing.T) {
	st := newStory(t)
	st.ok(incA, Attach{sess(incA, 1), alice, nick("alice")})
	a := st.ok(incB, Attach{sess(incB, 1), bob, nick("bob")})
	st.ok(incB, Post{Session: sess(incB, 1), Token: a.Token, To: "alice", Text: "psst", Line: "1"})
	im := st.s.Image()
	want := st.s.Digest()
	st.ok(incB, Post{Session: sess(incB, 1), Token: a.Token, Room: "#lobby", Text: "later", Line: "2"})
	back, err := Restore(im.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if back.Digest() != want {
		t.Fatal("the restored state has another digest")
	}
}
