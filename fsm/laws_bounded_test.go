package fsm

import (
	"fmt"
	"strings"
	"testing"

	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/member"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
)

// limited is refused as too many, and told the limit.
func (st *story) limited(from id.Incarnation, c Command, limit int64) {
	st.t.Helper()
	if a := st.refused(from, c, TooMany); a.Refusal == nil || a.Refusal.Limit != limit {
		st.t.Fatalf("%T: the refusal is %+v, want limit %d", c, a.Refusal, limit)
	}
}

func TestBoundedNamesOfAnIdentity(t *testing.T) {
	st := newStory(t)
	st.set(setting.LimitNames, 2)
	st.attach(sess(incA, 1), alice, nick("a1"))
	st.attach(sess(incA, 2), alice, nick("a2"))
	st.ok(incA, Detach{Session: sess(incA, 2)}) // in grace counts
	st.limited(incA, Attach{Session: sess(incA, 3), Identity: alice, Nick: nick("a3")}, 2)
	st.attach(sess(incA, 3), alice, nick("a2")) // one she has
	st.ok(incA, Claim{sess(incA, 3), nick("a3")})
	st.is("a2", lease.Free, "")
	st.attach(sess(incB, 1), alice, nick("a3"))
	st.limited(incA, Claim{sess(incA, 3), nick("a4")}, 2) // a3 would stay
	st.ok(incA, Claim{sess(incA, 3), nick("a1")})
	st.attach(sess(incB, 2), bob, nick("b"))
}

func TestBoundedSessionsTheWeakestGivesWay(t *testing.T) {
	st := newStory(t)
	st.set(setting.LimitSessions, 3)
	token := st.attach(sess(incA, 1), alice, nick("alice")).Token
	st.attach(sess(incA, 2), alice, nick("alice"))
	st.attach(sess(incB, 9), alice, nick("alice"))
	give := func(want, next id.Session) {
		t.Helper()
		st.attach(next, alice, nick("alice"))
		if e := st.last.Events[0]; e.Kind != turn.Detached || e.Why != turn.GaveWay || e.Session != want {
			t.Fatalf("%+v gave way, want %v", e, want)
		}
		st.is("alice", lease.Held, alice)
	}
	st.pass(id.Second)
	st.ok(incA, Post{Session: sess(incA, 1), Token: token, Room: "#lobby", Text: "x"})
	give(sess(incB, 9), sess(incA, 3)) // its node was heard from longest ago
	st.pass(id.Second)
	give(sess(incA, 2), sess(incA, 4)) // of one node: the one that said nothing for longest
	st.pass(id.Second)
	st.ok(incA, Post{Session: sess(incA, 1), Token: token, Room: "#lobby", Text: "x"})
	give(sess(incA, 3), sess(incA, 5))
	st.set(setting.LimitSessions, 1) // lowered: all but one give way when the next comes
	st.attach(sess(incA, 6), alice, nick("alice"))
	if got := st.s.Lease().Of(alice); len(got) != 1 || got[0] != sess(incA, 6) {
		t.Fatalf("left are %v", got)
	}
	if got := st.is("alice", lease.Held, alice).Token; got != token {
		t.Fatalf("she gave way to herself and has token %d, had %d", got, token)
	}
}

func TestBoundedAllNamesAndSessions(t *testing.T) {
	st := newStory(t)
	st.set(setting.LimitAllNames, 10)
	st.set(setting.LimitAllSessions, 12)
	for i := range 10 {
		st.attach(sess(incA, uint64(i+1)), id.Identity(fmt.Sprint("SHA256:", i)), nick(fmt.Sprint("n", i)))
	}
	st.limited(incB, Attach{Session: sess(incB, 1), Identity: bob, Nick: nick("bob")}, 10)
	st.ok(incA, Claim{sess(incA, 1), nick("bob")}) // out of one and into another: no more than before
	st.ok(incA, Claim{sess(incA, 1), nick("n0")})
	st.attach(sess(incB, 1), "SHA256:1", nick("n1"))
	st.limited(incB, Claim{sess(incB, 1), nick("bob")}, 10) // n1 would stay
	st.attach(sess(incB, 2), "SHA256:2", nick("n2"))
	st.limited(incB, Attach{Session: sess(incB, 3), Identity: "SHA256:3", Nick: nick("n3")}, 12)
	st.ok(incB, Detach{Session: sess(incB, 2)})
	st.attach(sess(incB, 3), "SHA256:3", nick("n3"))
}

func TestBoundedPeople(t *testing.T) {
	st := newStory(t)
	st.set(setting.LimitPeople, 10)
	who := func(i int) id.Identity { return id.Identity(fmt.Sprintf("SHA256:%02d", i)) }
	for i := range 10 {
		st.pass(id.Second)
		st.renew(incA, incB)
		st.attach(sess(incA, uint64(i+1)), who(i), nick(fmt.Sprint("n", i)))
	}
	st.limited(incB, Attach{Session: sess(incB, 1), Identity: bob, Nick: nick("bob")}, 10) // all are here
	// 3 leaves before 1; both have a room and something read.
	for _, i := range []int{3, 1} {
		s := sess(incA, uint64(i+1))
		st.pass(id.Second)
		tok := st.s.Lease().Name(fmt.Sprint("n", i)).Token
		st.ok(incA, join(s, tok, fmt.Sprint("#r", i)))
		st.ok(incA, Post{Session: s, Token: tok, Room: fmt.Sprint("#r", i), Text: "x"})
		st.ok(incA, Release{Session: s, Reads: []Position{{s.Number, fmt.Sprint("#r", i), id.Event{Index: st.index}}}})
	}
	st.attach(sess(incB, 1), bob, nick("bob"))
	if _, ok := st.s.People().Get(who(3)); ok {
		t.Fatal("the one gone longest is remembered")
	}
	if _, ok := st.s.People().Get(who(1)); !ok {
		t.Fatal("one gone for less is forgotten")
	}
	if got := st.s.Rooms().Of(who(3)); len(got) > 0 {
		t.Fatalf("forgotten, and still in %v", got)
	}
	if got := st.s.Rooms().Reads(who(3)); len(got) > 0 {
		t.Fatalf("forgotten, and has read %v", got)
	}
	if _, ok := st.s.Rooms().Room("#r3"); ok || len(st.s.History().Last("#r3", 1)) > 0 {
		t.Fatal("the room with nobody in it is there")
	}
	if st.s.People().Len() != 10 {
		t.Fatalf("%d are remembered", st.s.People().Len())
	}
}

func TestBoundedRooms(t *testing.T) {
	st := newStory(t)
	st.set(setting.LimitRooms, 3)
	st.set(setting.LimitAllRooms, 4)
	a, b := sess(incA, 1), sess(incB, 1)
	ta := st.attach(a, alice, nick("alice")).Token
	tb := st.attach(b, bob, nick("bob")).Token
	st.ok(incA, join(a, ta, "#r1"))
	st.ok(incA, join(a, ta, "#r2"))
	st.limited(incA, join(a, ta, "#r3"), 3)
	st.ok(incA, join(a, ta, "#r2")) // she is in it
	st.ok(incB, join(b, tb, "#r3"))
	st.ok(incB, Part{b, tb, "#lobby"})
	st.limited(incB, join(b, tb, "#r4"), 4)
	st.ok(incB, join(b, tb, "#r1"))
	for _, bad := range []string{"", "#", "r1", "#UP", "#a b", "#a\x00", "@x|y", "#a!", "##a"} {
		st.refused(incB, join(b, tb, bad), BadName)
	}
	st.refused(incB, Part{b, tb, "#r9"}, NotInRoom)
	st.refused(incB, Post{Session: b, Token: tb, Room: "#lobby", Text: "x"}, NotInRoom)
	st.refused(incB, Post{Session: b, Token: tb, Room: "#r9", Text: "x"}, NotInRoom)
}

func TestBoundedText(t *testing.T) {
	st := newStory(t)
	st.set(setting.LimitText, 100)
	s := sess(incA, 1)
	tok := st.attach(s, alice, nick("alice")).Token
	if a := st.refused(incA, Post{Session: s, Token: tok, Room: "#lobby", Text: strings.Repeat("x", 101)}, TooLong); a.Refusal.Limit != 100 {
		t.Fatalf("the refusal is %+v", a.Refusal)
	}
	st.refused(incA, Post{Session: s, Token: tok, Room: "#lobby"}, BadName)
	st.refused(incA, Post{Session: s, Token: tok, Text: "x"}, BadName)
	st.refused(incA, Post{Session: s, Token: tok, Text: "x", Room: "#lobby", To: "alice"}, BadName)
	st.ok(incA, Post{Session: s, Token: tok, Room: "#lobby", Text: strings.Repeat("界", 100)}) // characters, not bytes
}

func TestBoundedHistory(t *testing.T) {
	st := newStory(t)
	st.set(setting.LimitRoomMessages, 30)
	st.set(setting.LimitRoomBytes, 4<<10)
	st.set(setting.LimitAllMessages, 100)
	s, b := sess(incA, 1), sess(incB, 1)
	tok := st.attach(s, alice, nick("alice")).Token
	st.attach(b, bob, nick("bob"))
	place := ""
	for i := range 6 { // a conversation, read by both, that the rooms push out
		st.ok(incA, Post{Session: s, Token: tok, To: "bob", Text: fmt.Sprint(i)})
		place = st.last.Events[0].Place
	}
	at := id.Event{Index: st.index, Sub: 1}
	st.entry()
	st.ok(0, Renew{Incarnation: incB, Counter: 1, Reads: []Position{{1, place, at}}})
	if got := st.s.Rooms().Reads(bob); len(got) != 2 {
		t.Fatalf("bob has read %v", got)
	}
	for r := range 4 {
		room := fmt.Sprint("#r", r)
		st.ok(incA, join(s, tok, room))
		for i := range 40 {
			st.ok(incA, Post{Session: s, Token: tok, Room: room, Text: fmt.Sprint(i)})
			if got := len(st.s.History().Last(room, 100)); got != min(30, i+1) {
				t.Fatalf("%s keeps %d after %d", room, got, i+1)
			}
			if got := st.s.History().Len(); got > 100 {
				t.Fatalf("%d are kept in all", got)
			}
		}
	}
	if got := st.s.History().Last(place, 9); len(got) > 0 {
		t.Fatalf("the oldest of all are kept: %+v", got)
	}
	if got := st.s.Rooms().Reads(bob); len(got) != 1 || got[0] != "#lobby" {
		t.Fatalf("nothing is left of %v and bob's place in it is", got)
	}
	for range 40 {
		st.ok(incA, Post{Session: s, Token: tok, Room: "#lobby", Text: strings.Repeat("x", 1000)})
		bytes := 0
		for _, m := range st.s.History().Last("#lobby", 100) {
			bytes += len(m.Text)
		}
		if bytes > 4<<10 {
			t.Fatalf("%d bytes are kept", bytes)
		}
	}
	st.ok(incA, Post{Session: s, Token: tok, Room: "#lobby", Text: strings.Repeat("\U0001F600", history.MaxText/4)})
	if got := st.s.History().Last("#lobby", 100); len(got) != 1 {
		t.Fatalf("of one message over the limit alone, %d are kept", len(got))
	}
}

func TestBoundedMembersTokensOperators(t *testing.T) {
	st := newStory(t)
	st.set(setting.LimitMembers, 3)
	st.set(setting.LimitTokens, 2)
	st.set(setting.LimitOperators, 2)
	token := func(s string) Command { return MakeToken{ID: s, Role: member.NonVoter, TTL: id.Hour} }
	st.ok(incA, token("t1")) // the one that made nodeB a member is used and does not count
	st.ok(incA, token("t2"))
	st.limited(incA, token("t3"), 2)
	st.ok(incA, AddMember{"t1", "n3", "n3", "c:1", ""})
	st.ok(incA, token("t3"))
	st.limited(incA, AddMember{"t2", "n4", "n4", "c:1", ""}, 3)
	st.ok(incA, RemoveMember{"n3"})
	st.limited(incA, AddMember{"t2", "n4", "n4", "c:1", ""}, 3) // removed ones count
	st.limited(incA, token("t4"), 2)
	st.pass(id.Hour) // over is over
	st.ok(incA, token("t4"))
	if got := st.s.Members().Tokens(); len(got) != 1 {
		t.Fatalf("tokens are %+v", got)
	}
	st.ok(incA, AddOperator{alice, "a", ""})
	st.ok(incA, AddOperator{bob, "b", alice})
	st.limited(incA, AddOperator{"SHA256:c", "c", ""}, 2)
	st.ok(incA, AddOperator{bob, "bob", alice}) // a new note is no new operator
	st.ok(incA, RemoveOperator{alice})
	st.refused(incA, RemoveOperator{alice}, NotThere)
	st.ok(incA, AddOperator{"SHA256:c", "c", ""})
	st.refused(incA, AddOperator{"", "c", ""}, BadName)
}

// Whoever is in more rooms than a limit that was lowered since is no breach when they
// come back to a name; and whoever watches counts them while they have none.
func TestALowerLimitIsNoBreachByWhoWasOverIt(t *testing.T) {
	st := openStory(t)
	token := st.attach(sess(incA, 1), alice, nick("alice")).Token
	st.ok(incA, join(sess(incA, 1), token, "#r"))
	st.ok(incA, Release{Session: sess(incA, 1)})
	st.set(setting.LimitRooms, 1)
	st.watched(observe(st.s), st.proposal(incA, Attach{Session: sess(incA, 2), Identity: alice, Nick: nick("alice")}))
	if rooms := st.s.Rooms().Of(alice); len(rooms) != 2 {
		t.Errorf("she is in %v", rooms)
	}
}
