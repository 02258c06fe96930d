package fsm

import (
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/member"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
)

func TestRegisterIsCompareAndSwap(t *testing.T) {
	const inc1, inc2 = id.Incarnation(71), id.Incarnation(72)
	st := newStory(t)
	reg := func(inc, replaces id.Incarnation) Command {
		return Register{Node: nodeA, Incarnation: inc, Replaces: replaces, Peer: "p", SSH: "s", Version: 1}
	}
	st.attach(sess(incA, 1), alice, nick("alice"))
	st.refused(0, reg(inc1, 0), Superseded)
	st.refused(0, reg(inc1, incB), Superseded)
	st.refused(0, reg(0, incA), BadName)
	st.refused(0, reg(incB, incA), Exists) // another node's
	st.refused(0, Register{Node: "SHA256:stranger", Incarnation: inc1}, Denied)
	a := st.ok(0, reg(inc1, incA))
	st.told(turn.NodeDown, turn.NodeUp)
	if e := st.last.Events[1]; e.ID != a.Event || e.Session.Incarnation != inc1 {
		t.Fatalf("it is told as %+v", e)
	}
	st.is("alice", lease.Grace, alice)
	if st.s.Lease().Live(incA) || !st.s.Lease().Live(inc1) {
		t.Fatal("the wrong one lives")
	}
	if m, _ := st.s.Members().Member(nodeA); m.Incarnation != inc1 || m.Peer != "p" || m.SSH != "s" {
		t.Fatalf("the member is %+v", m)
	}
	before := st.deadline(inc1)
	st.pass(id.Second)
	st.ok(0, reg(inc1, incA)) // a copy
	st.told()
	if got := st.deadline(inc1); got != before {
		t.Fatalf("a copy renewed: %d, was %d", got, before)
	}
	st.refused(0, reg(incA, 0), Superseded) // the first one's, late
	st.ok(0, reg(inc2, inc1))
	st.refused(0, reg(inc1, incA), Superseded)
	// The stream of each begins at 1.
	if last, ok := st.s.Streams().Last(inc2); !ok || last != 0 {
		t.Fatalf("the stream stands at %d, %v", last, ok)
	}
	st.attach(sess(inc2, 1), alice, nick("alice"))
}

func TestRemoveMember(t *testing.T) {
	st := newStory(t)
	s := sess(incA, 1)
	st.attach(s, alice, nick("alice"))
	st.refused(incB, RemoveMember{"SHA256:nobody"}, NoSuchNode)
	a := st.ok(incA, RemoveMember{nodeA}) // by its own hand: answered, then over
	st.told(turn.NodeDown, turn.MemberRemoved)
	if a.Event != st.last.Events[1].ID {
		t.Fatalf("it is told as %+v", a)
	}
	st.is("alice", lease.Grace, alice)
	st.refused(incA, Detach{Session: s}, Stale)
	st.refused(0, Register{Node: nodeA, Incarnation: 9, Replaces: incA}, Denied)
	st.refused(incB, RemoveMember{nodeA}, NoSuchNode)
	st.refused(incB, SetRole{nodeA, member.Voter}, NoSuchNode)
	st.ok(incB, MakeToken{ID: "again", Role: member.Voter, TTL: id.Hour})
	st.refused(incB, AddMember{"again", nodeA, "n1", "a", "b"}, Denied)
	st.refused(incB, RemoveMember{nodeB}, LastVoter)
	st.refused(incB, SetRole{nodeB, member.NonVoter}, LastVoter)
	st.refused(incB, SetRole{nodeB, member.Removed}, BadName)
	st.refused(incB, SetRole{nodeB, 0}, BadName)
	st.ok(incB, AddMember{"again", "SHA256:nodeC", "n1", "a", "b"}) // the name is free again
	st.ok(incB, SetRole{nodeB, member.NonVoter})
	st.ok(incB, RemoveMember{nodeB})
}

func TestJoinTokens(t *testing.T) {
	st := newStory(t)
	const c, d = id.Node("SHA256:nodeC"), id.Node("SHA256:nodeD")
	add := func(token string, n id.Node, name string) Command { return AddMember{token, n, name, "x:1", ""} }
	for _, bad := range []MakeToken{
		{ID: "", Role: 1, TTL: 1}, {ID: "k", Role: 3, TTL: 1}, {ID: "k", Role: 0, TTL: 1}, {ID: "k", Role: 1},
		{ID: "k", Role: 1, TTL: -1}, {ID: "k", Role: 1, TTL: 30*id.Day + 1},
	} {
		st.refused(incA, bad, BadName)
	}
	st.ok(incA, MakeToken{ID: "k", Role: member.NonVoter, TTL: 30 * id.Second})
	st.refused(incA, MakeToken{ID: "k", Role: member.Voter, TTL: id.Hour}, Exists)
	st.refused(incA, add("nope", c, "n3"), NoSuchToken)
	st.refused(incA, add("k", c, "n2"), Exists)
	st.refused(incA, add("k", "", "n3"), BadName)
	st.ok(incA, add("k", c, "n3"))
	st.told(turn.TokenSpent, turn.MemberAdded)
	if m, _ := st.s.Members().Member(c); m.Role != member.NonVoter {
		t.Fatalf("it is %+v", m)
	}
	st.refused(incA, add("k", d, "n4"), NoSuchToken) // one time
	st.ok(incA, add("k", c, "n3"))                   // the same node may
	st.told()
	st.ok(incA, MakeToken{ID: "l", Role: member.NonVoter, TTL: 30 * id.Second})
	st.pass(30 * id.Second)
	st.refused(incA, add("l", d, "n4"), NoSuchToken) // over
	st.ok(incA, MakeToken{ID: "m", Role: member.NonVoter, TTL: id.Hour})
	st.ok(incA, RevokeToken{"m"})
	st.refused(incA, RevokeToken{"m"}, NotThere)
	st.refused(incA, add("m", d, "n4"), NoSuchToken)
}

func TestFoundOnce(t *testing.T) {
	st := newStory(t)
	st.ok(0, Found{"c1", nodeA, "n1", "a:1", "a:2"})
	st.told()
	st.refused(0, Found{"c2", nodeA, "n1", "a:1", "a:2"}, Exists)
	fresh := &story{t: t, s: New(), term: 1}
	fresh.refused(0, Found{"", nodeA, "n1", "", ""}, BadName)
	fresh.refused(0, Register{Node: nodeA, Incarnation: incA}, Denied)
}

func TestSettingsAreCheckedAgainstEachOther(t *testing.T) {
	st := newStory(t)
	bad := func(n setting.Name, v int64) {
		t.Helper()
		if a := st.refused(incA, SetSetting{n, v, alice}, BadValue); a.Refusal == nil || a.Refusal.Why == "" {
			t.Fatalf("%s = %d is refused without a word", n, v)
		}
	}
	bad("no.such", 1)
	bad(setting.LeaseTTL, int64(3*id.Second)-1)
	bad(setting.LeaseTTL, int64(9*id.Second)-1) // 3 x 3 s is longer
	bad(setting.KeepaliveMisses, 4)
	bad(setting.KeepaliveInterval, int64(4*id.Second))
	st.set(setting.LeaseTTL, int64(9*id.Second))
	st.set(setting.KeepaliveMisses, 1)
	st.set(setting.LeaseTTL, int64(3*id.Second))
	bad(setting.KeepaliveMisses, 2)
	for _, d := range setting.Definitions() {
		if d.Min > 0 {
			bad(d.Name, d.Min-1)
		}
		bad(d.Name, d.Max+1)
	}
	st.reload()
	if got := st.s.Settings().Span(setting.LeaseTTL); got != 3*id.Second {
		t.Fatalf("lease.ttl is %d", got)
	}
}

func TestReadPositions(t *testing.T) {
	st := newStory(t)
	a, b := sess(incA, 1), sess(incB, 1)
	ta := st.attach(a, alice, nick("alice")).Token
	st.attach(b, bob, nick("bob"))
	st.ok(incA, join(a, ta, "#r"))
	said := st.ok(incA, Post{Session: a, Token: ta, Room: "#lobby", Text: "1"}).Event
	later := st.ok(incA, Post{Session: a, Token: ta, To: "bob", Text: "2"}).Event
	dm := st.last.Events[0].Place
	place := func(who id.Identity, p string) id.Event { return st.s.Rooms().ReadAt(roomSeat(p, who)) }
	renew := func(inc id.Incarnation, ps ...Position) {
		st.counts[inc]++
		st.ok(0, Renew{Incarnation: inc, Counter: st.counts[inc], Reads: ps})
	}
	renew(incB, Position{1, "#lobby", later}, Position{1, "#r", later}, Position{1, dm, later}, Position{1, "#nope", later},
		Position{7, "#lobby", later}, Position{1, "@SHA256:alice|SHA256:eve", later}, Position{1, "@SHA256:bob|SHA256:eve", later})
	if got := st.s.Rooms().Reads(bob); len(got) != 2 || place(bob, "#lobby") != later || place(bob, dm) != later {
		t.Fatalf("bob has read %v", got)
	}
	renew(incB, Position{1, "#lobby", said}) // never back
	if got := place(bob, "#lobby"); got != later {
		t.Fatalf("it went back to %v", got)
	}
	for _, ahead := range []id.Event{{Index: st.index + 1, Sub: 1 << 31}, {Index: st.index + 5}, {Index: 1 << 60, Sub: 1}} {
		renew(incB, Position{1, "#lobby", ahead}) // beyond what has happened
		if got := place(bob, "#lobby"); got != later {
			t.Fatalf("it went ahead to %v", got)
		}
	}
	st.ok(0, Renew{Incarnation: incB, Counter: 1, Reads: []Position{{1, "#lobby", id.Event{Index: st.index}}}}) // a late copy
	if got := place(bob, "#lobby"); got != later {
		t.Fatalf("a late copy moved it to %v", got)
	}
	end := id.Event{Index: st.index, Sub: 1}
	st.ok(incB, Detach{Session: b, Reads: []Position{{1, "#lobby", end}}})
	if got := place(bob, "#lobby"); got != end {
		t.Fatalf("after Detach it is %v, want %v", got, end)
	}
	st.ok(incA, Release{Session: a, Reads: []Position{{1, "#r", end}}})
	if got := place(alice, "#r"); got != end {
		t.Fatalf("after Release it is %v, want %v", got, end)
	}
	st.reload()
	c := sess(incB, 2)
	tb := st.attach(c, bob, nick("bob")).Token
	st.ok(incB, Part{c, tb, "#lobby"})
	if got := place(bob, "#lobby"); got != (id.Event{}) {
		t.Fatalf("out of the room his place is %v", got)
	}
}
