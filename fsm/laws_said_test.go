package fsm

import (
	"fmt"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/people"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/stream"
	"moniker/fsm/turn"
)

func TestSnapshotIsTheSameState(t *testing.T) {
	st := newStory(t)
	st.attach(sess(incA, 1), alice, nick("alice"))
	a := st.attach(sess(incB, 1), bob, nick("bob"))
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

func TestAcknowledgedIsKept(t *testing.T) {
	st := newStory(t)
	st.set(setting.LimitRoomMessages, 20)
	s := sess(incA, 1)
	token := st.attach(s, alice, nick("alice")).Token
	st.attach(sess(incB, 1), bob, nick("bob"))
	var said []id.Event
	for i := range 50 {
		a := st.ok(incA, Post{Session: s, Token: token, Room: "#lobby", Text: fmt.Sprint(i)})
		said = append(said, a.Event)
		if i%7 == 0 {
			st.reload()
		}
		kept := st.s.History().Last("#lobby", 1000)
		if want := min(20, i+1); len(kept) != want {
			t.Fatalf("after %d posts %d are kept, want %d", i+1, len(kept), want)
		}
		for j, m := range kept {
			if k := i + 1 - len(kept) + j; m.ID != said[k] || m.Text != fmt.Sprint(k) || m.From != alice || m.Nick != "alice" {
				t.Fatalf("place %d has %+v, want post %d", j, m, k)
			}
		}
	}
	// Leaving takes nothing back, nor does the end of the node or of the name.
	st.ok(incA, Release{Session: s})
	st.ok(0, Exit{incA})
	st.reload()
	if got := len(st.s.History().Last("#lobby", 100)); got != 20 {
		t.Fatalf("%d are kept after she left", got)
	}
}

func TestAcknowledgedIsKeptForThoseAway(t *testing.T) {
	st := newStory(t)
	st.attach(sess(incA, 1), alice, nick("alice"))
	token := st.attach(sess(incB, 1), bob, nick("bob")).Token
	st.ok(incA, Detach{Session: sess(incA, 1)})
	a := st.ok(incB, Post{Session: sess(incB, 1), Token: token, To: "alice", Text: "psst", Emote: true})
	st.told(turn.Said)
	if e := st.last.Events[0]; e.To != alice || e.ToNick != "alice" || e.Identity != bob || !e.Emote || e.ID != a.Event {
		t.Fatalf("it was told as %+v", e)
	}
	st.reload()
	place := st.last.Events[0].Place
	if got := st.s.History().After(place, id.Event{}); len(got) != 1 || got[0].Text != "psst" || got[0].To != alice {
		t.Fatalf("kept is %+v", got)
	}
	st.refused(incB, Post{Session: sess(incB, 1), Token: token, To: "nobody", Text: "x"}, NoSuchName)
}

func TestExactlyOnceRepeatsAndGaps(t *testing.T) {
	st := newStory(t)
	s := sess(incA, 1)
	first := st.attach(s, alice, nick("alice"))
	n := first.Number
	for range stream.Window - 1 {
		st.ok(incA, Post{Session: s, Token: first.Token, Room: "#lobby", Text: "x"})
	}
	count := st.s.History().Len()
	for _, reloaded := range []bool{false, true} {
		if reloaded {
			st.reload()
		}
		for _, c := range []struct {
			number  uint64
			verdict stream.Verdict
			code    Code
			event   id.Event
			token   id.Token
		}{
			{n, stream.Repeat, OK, first.Event, first.Token}, // the oldest remembered
			{n - 1, stream.Repeat, 0, id.Event{}, 0},         // forgotten, and not run again
			{st.next[incA], stream.Repeat, OK, id.Event{Index: st.s.History().Last("#lobby", 1)[0].ID.Index, Sub: 1}, 0},
			{st.next[incA] + 2, stream.Gap, 0, id.Event{}, 0},
			{^uint64(0), stream.Gap, 0, id.Event{}, 0},
		} {
			out := st.entry(Proposal{From: incA, Number: c.number, Command: Post{Session: s, Token: first.Token, Room: "#lobby", Text: "again"}})
			a := out.Answers[0]
			if a.Verdict != c.verdict || a.Code != c.code || a.Event != c.event || a.Token != c.token {
				t.Fatalf("number %d was answered %+v, want %+v", c.number, a, c)
			}
			if a.From != incA || a.Number != c.number {
				t.Fatalf("the answer is for %x.%d", a.From, a.Number)
			}
			if len(out.Events) > 0 || st.s.History().Len() != count {
				t.Fatalf("number %d was executed", c.number)
			}
		}
	}
	a, ok := st.s.Streams().Answer(incA, n)
	if !ok || a.Code != uint16(OK) || a.Event != first.Event || a.Token != first.Token {
		t.Fatalf("the ring has %+v, %v", a, ok)
	}
	if _, ok := st.s.Streams().Answer(incA, n-1); ok {
		t.Fatal("the ring has more than its window")
	}
}

func TestExactlyOnceARefusalIsRememberedToo(t *testing.T) {
	st := newStory(t)
	st.attach(sess(incA, 1), alice, nick("alice"))
	p := st.proposal(incB, Attach{Session: sess(incB, 1), Identity: bob, Nick: nick("alice")})
	if a := st.entry(p).Answers[0]; a.Code != Taken {
		t.Fatalf("answered %d", a.Code)
	}
	st.ok(incA, Release{Session: sess(incA, 1)})
	if a := st.entry(p).Answers[0]; a.Code != Taken || a.Verdict != stream.Repeat {
		t.Fatalf("the repeat was answered %+v", a)
	}
	st.is("alice", lease.Free, "")
}

func TestExactlyOnceInOneEntry(t *testing.T) {
	st := newStory(t)
	s := sess(incA, 1)
	p := st.proposal(incA, Attach{Session: s, Identity: alice, Nick: nick("alice")})
	q := st.proposal(incA, Detach{Session: s})
	out := st.entry(q, p, p, q, q)
	var got []stream.Verdict
	for _, a := range out.Answers {
		got = append(got, a.Verdict)
	}
	if fmt.Sprint(got) != fmt.Sprint([]stream.Verdict{stream.Gap, stream.Next, stream.Repeat, stream.Next, stream.Repeat}) {
		t.Fatalf("verdicts are %v", got)
	}
	st.told(turn.Granted, turn.RoomJoined, turn.Detached, turn.Graced)
}

func TestExactlyOnceALineAcrossNodes(t *testing.T) {
	st := newStory(t)
	token := st.attach(sess(incA, 1), alice, nick("alice")).Token
	post := func(s id.Session, line string) Answer {
		return st.ok(s.Incarnation, Post{Session: s, Token: token, Room: "#lobby", Text: "x", Line: line})
	}
	said := post(sess(incA, 1), "l0")
	st.ok(0, Exit{incA})
	st.attach(sess(incB, 1), alice, nick("alice"))
	if a := post(sess(incB, 1), "l0"); a.Event != said.Event || len(st.last.Events) > 0 {
		t.Fatalf("said again as %+v", a)
	}
	st.reload()
	for i := 1; i < people.Lines; i++ {
		post(sess(incB, 1), fmt.Sprint("l", i))
	}
	if a := post(sess(incB, 1), "l0"); a.Event != said.Event {
		t.Fatalf("the oldest line remembered was said again as %+v", a)
	}
	post(sess(incB, 1), "one more")
	if a := post(sess(incB, 1), "l0"); a.Event == said.Event {
		t.Fatal("more lines than the bound are remembered")
	}
	// No id is no id, and another's id is another's.
	if a := post(sess(incB, 1), ""); a.Event == post(sess(incB, 1), "").Event {
		t.Fatal("a line without an id was taken for another")
	}
	bobs := st.attach(sess(incB, 2), bob, nick("bob")).Token
	a := st.ok(incB, Post{Session: sess(incB, 2), Token: bobs, Room: "#lobby", Text: "x", Line: "one more"})
	if a.Event.Index != st.index {
		t.Fatal("bob's line was taken for alice's")
	}
}

func TestOneOrder(t *testing.T) {
	st := newStory(t)
	var tokens []id.Token
	incs := []id.Incarnation{incA, incB}
	for i, who := range []id.Identity{alice, bob} {
		tokens = append(tokens, st.attach(sess(incs[i], 1), who, nick(string(who[7:]))).Token)
	}
	var last id.Event
	var said []id.Event
	for i := range 40 {
		var ps []Proposal
		for j := range 1 + i%5 {
			k := (i + j) % 2
			ps = append(ps, st.proposal(incs[k], Post{Session: sess(incs[k], 1), Token: tokens[k], Room: "#lobby", Text: fmt.Sprint(i, j)}))
		}
		out := st.entry(ps...)
		for j, e := range out.Events {
			if !e.ID.After(last) || e.ID.Index != st.index || e.ID.Sub != uint32(j+1) {
				t.Fatalf("event %+v follows %v", e.ID, last)
			}
			if out.Answers[j].Event != e.ID {
				t.Fatalf("the author was told %v, everybody %v", out.Answers[j].Event, e.ID)
			}
			last = e.ID
			said = append(said, e.ID)
		}
	}
	kept := st.s.History().Last("#lobby", 1000)
	if len(kept) != len(said) {
		t.Fatalf("%d kept of %d", len(kept), len(said))
	}
	for i, m := range kept {
		if m.ID != said[i] {
			t.Fatalf("place %d in history is %v, event %v", i, m.ID, said[i])
		}
	}
	for i := range said {
		if got := st.s.History().After("#lobby", said[i]); len(got) != len(said)-i-1 {
			t.Fatalf("after %v come %d, want %d", said[i], len(got), len(said)-i-1)
		}
	}
}

func TestADivergedReplicaStops(t *testing.T) {
	st := newStory(t)
	st.attach(sess(incA, 1), alice, nick("alice"))
	at := st.s.Check()
	for range 30 {
		st.entry()
	}
	digest, applied := st.s.Digest(), st.s.Applied()
	bad := Stamp{Term: 1, Now: 99, Check: Check{Index: at.Index, Hash: at.Hash ^ 1}}
	_, err := st.s.Apply(st.index+1, 1, EncodeEntry(nil, bad, 0, nil))
	if d, ok := err.(Diverged); !ok || d.Index != at.Index || d.Have != at.Hash {
		t.Fatalf("it goes on: %v", err)
	}
	if st.s.Digest() != digest || st.s.Applied() != applied {
		t.Fatal("the entry it stopped at changed it")
	}
	for _, unknown := range []id.Index{0, st.index + 5} { // nothing to compare with
		bad.Check.Index = unknown
		if _, err := st.s.Apply(st.s.Applied()+1, 1, EncodeEntry(nil, bad, 0, nil)); err != nil {
			t.Fatal(err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Fatal("an entry was applied twice")
		}
	}()
	st.s.Apply(st.s.Applied(), 1, EncodeEntry(nil, Stamp{}, 0, nil))
}

func TestFirstPrivateMessageToSomebodyAwayIsUnread(t *testing.T) {
	st := newStory(t)
	st.ok(incA, Attach{Session: sess(incA, 1), Identity: alice, Nick: nick("alice")})
	b := st.ok(incB, Attach{Session: sess(incB, 1), Identity: bob, Nick: nick("bob")})
	st.ok(incA, Detach{Session: sess(incA, 1)})
	p := st.ok(incB, Post{Session: sess(incB, 1), Token: b.Token, To: "alice", Text: "between us"})
	place := room.Conversation(alice, bob)
	if got := st.s.Rooms().Reads(alice); len(got) != 2 || got[1] != place {
		t.Fatalf("alice has read positions in %v", got)
	}
	unread := st.s.History().After(place, st.s.Rooms().ReadAt(room.Seat{Place: place, Who: alice}))
	if len(unread) != 1 || unread[0].ID != p.Event {
		t.Fatalf("unread is %v", unread)
	}
}

// What is said to one person is read by nobody who has her name by then.
func TestPrivateTextDoesNotFollowTheName(t *testing.T) {
	st := newStory(t)
	a, b := sess(incA, 1), sess(incB, 1)
	token := st.attach(a, alice, nick("alice")).Token
	st.attach(b, bob, nick("bob"))
	st.ok(incA, Post{Session: a, Token: token, To: "bob", Owner: bob, Text: "psst"})
	st.ok(incB, Release{Session: b})
	st.attach(sess(incB, 2), "SHA256:carol", nick("bob"))
	st.refused(incA, Post{Session: a, Token: token, To: "bob", Owner: bob, Text: "the key is under the mat"}, NotTheirs)
}
