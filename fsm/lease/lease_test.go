package lease

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

func nick(n int) Nick {
	return Nick{Display: fmt.Sprint("N", n), Key: fmt.Sprint("n", n), Skeletons: [2]string{fmt.Sprint("s", n/2), fmt.Sprint("t", n)}}
}

func sess(inc id.Incarnation, n uint64) id.Session { return id.Session{Incarnation: inc, Number: n} }

// copyOf is a table read back from what another would write to a snapshot.
func copyOf(t rapid.TB, from *Table) *Table {
	t.Helper()
	to := New(0)
	for _, part := range []struct {
		write func(*wire.Encoder)
		read  func(*wire.Decoder)
	}{
		{from.EncodeIncarnations, to.DecodeIncarnations}, {from.EncodeSessions, to.DecodeSessions}, {from.EncodeNames, to.DecodeNames},
	} {
		var e wire.Encoder
		part.write(&e)
		d := wire.NewDecoder(e.Bytes())
		part.read(d)
		if err := d.Done(); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// sameIndex holds the index that was kept against one made anew. The heap and the
// queues may have entries that are overtaken, and no others.
func sameIndex(t rapid.TB, kept *Table) {
	t.Helper()
	anew := copyOf(t, kept)
	k, a := kept.ix, anew.ix
	for what, pair := range map[string][2]any{
		"looks": {k.looks, a.looks}, "owned": {k.owned, a.owned}, "at": {k.at, a.at}, "carried": {k.carried, a.carried},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Fatalf("index %s is %v, should be %v", what, pair[0], pair[1])
		}
	}
	if len(k.ended) != len(a.ended) {
		t.Fatalf("ended are %v, should be %v", k.ended, a.ended)
	}
	for i, e := range k.ended {
		e.queue = slices.DeleteFunc(slices.Clone(e.queue), func(n uint64) bool { return !kept.sessions.Has(sess(e.inc, n)) })
		if e.inc != a.ended[i].inc || e.at != a.ended[i].at || !slices.Equal(e.queue, a.ended[i].queue) {
			t.Fatalf("ended %d is %v, should be %v", i, e, a.ended[i])
		}
	}
	if len(k.graces) > 2*kept.names.Len()+64 {
		t.Fatalf("%d graces are kept for %d names", len(k.graces), kept.names.Len())
	}
	if len(k.graces) > 0 && !kept.current(k.graces[0]) {
		t.Fatalf("the first grace, %v, is overtaken", k.graces[0])
	}
	for _, g := range a.graces {
		if !slices.Contains(k.graces, g) {
			t.Fatalf("grace %v is not among %v", g, k.graces)
		}
	}
}

// Two tables live through the same; one is read back from a snapshot now and
// then. Budgets are small, so that sweeps end anywhere.
func TestARestoredTableGoesOnTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		kept, other := New(0), New(0)
		var now id.Time
		next := id.Incarnation(1)
		number := uint64(1)
		for step := range 60 {
			pick := func(n int, what string) int { return rapid.IntRange(0, n-1).Draw(rt, what) }
			now += id.Time(pick(4, "passes"))
			op, a, b := pick(9, "op"), pick(6, "a"), pick(8, "b")
			var told [2]string
			for i, tab := range []*Table{kept, other} {
				tn := &turn.Turn{}
				tn.Begin(id.Index(step+1), now, 0)
				play(tab, tn, op, a, b, next, number)
				told[i] = fmt.Sprint(tn.Events, tn.Journal.Bytes())
			}
			next, number = next+1, number+1
			if told[0] != told[1] {
				rt.Fatalf("step %d (%d %d %d): one tells\n%s\nthe other\n%s", step, op, a, b, told[0], told[1])
			}
			if err := kept.Check(); err != nil {
				rt.Fatal(err)
			}
			sameIndex(rt, kept)
			due1, ok1 := kept.Due()
			if due2, ok2 := other.Due(); due1 != due2 || ok1 != ok2 {
				rt.Fatalf("step %d: due %d %v, %d %v", step, due1, ok1, due2, ok2)
			}
			if pick(3, "restore") == 0 {
				other = copyOf(rt, other)
			}
		}
	})
}

// play does one thing that is sound in the table as it stands, if there is one.
func play(t *Table, tn *turn.Turn, op, a, b int, next id.Incarnation, number uint64) {
	var live []id.Incarnation
	for _, i := range t.Incarnations() {
		if !i.Ended {
			live = append(live, i.ID)
		}
	}
	sessions := t.Sessions()
	switch {
	case len(live) == 0 || op == 0 && len(live) < 4:
		t.Begin(tn, next, id.Node(fmt.Sprint("node", next)), id.Duration(3+a))
	case op <= 2 || len(sessions) == 0:
		who := id.Identity(fmt.Sprint("p", a%3))
		if _, taken := t.Rival(nick(b), who); !taken {
			t.Attach(tn, Seat{Session: sess(live[a%len(live)], number), Identity: who, Nick: nick(b)})
		}
	case op == 3:
		s := sessions[a%len(sessions)]
		if _, taken := t.Rival(nick(b), s.Identity); !taken {
			t.Move(tn, s, nick(b), Keep{Reserved: id.Duration(b)})
		}
	case op == 4:
		t.Release(tn, sessions[a%len(sessions)], Keep{Reserved: id.Duration(b)}, turn.Quit)
	case op == 5:
		t.Detach(tn, sessions[a%len(sessions)], Keep{Grace: id.Duration(b)}, turn.LinkEnded)
	case op == 7:
		key := nick(b).Key
		switch n := t.Name(key); {
		case n.State != Free:
			t.Register(tn, key, a%3 > 0, "")
		case a%2 == 0:
			if _, taken := t.Rival(nick(b), "p0"); !taken {
				t.Reserve(tn, nick(b), "p0", Keep{Reserved: id.Duration(b)}, "op")
			}
		default:
			t.Expel(tn, nick(b+1).Key, turn.ByOperator, "op")
		}
	case op == 6:
		t.End(tn, live[a%len(live)], id.Duration(b), turn.NodeExited)
	default:
		t.Tick(tn, Keep{id.Duration(b), id.Duration(2 * b)}, a%4)
	}
}

func TestEntriesOfTheHeapAreBounded(t *testing.T) {
	tab := New(0)
	tn := &turn.Turn{}
	tn.Begin(1, 0, 0)
	tab.Begin(tn, 1, "node", 10)
	for i := range 5000 { // somebody comes and goes, and no Tick comes
		if i%2 == 0 {
			tn.Begin(id.Index(i+2), id.Time(i), 0)
		}
		tab.Attach(tn, Seat{Session: sess(1, 1), Identity: "p", Nick: nick(1)})
		s, _ := tab.Session(sess(1, 1))
		tab.Detach(tn, s, Keep{Grace: id.Day}, turn.LinkEnded)
		if got := len(tab.ix.graces); got > 2*1+64 {
			t.Fatalf("%d entries for one name", got)
		}
	}
	if due, ok := tab.Due(); !ok || due != 10 {
		t.Fatalf("due %d, %v", due, ok)
	}
}

// Readers may ask at the same time, under a read lock: asking must not write.
func TestDueOnlyReads(t *testing.T) {
	tab := New(0)
	tn := &turn.Turn{}
	tn.Begin(1, 0, 0)
	tab.Begin(tn, 1, "node", 10)
	for n := range uint64(20) {
		tab.Attach(tn, Seat{Session: sess(1, n), Identity: "p", Nick: nick(int(n))})
		s, _ := tab.Session(sess(1, n))
		tab.Detach(tn, s, Keep{Grace: id.Duration(n)}, turn.LinkEnded)
		tab.Attach(tn, Seat{Session: sess(1, n), Identity: "p", Nick: nick(int(n))})
	}
	done := make(chan id.Time)
	for range 4 {
		go func() { due, _ := tab.Due(); done <- due }()
	}
	for range 4 {
		if due := <-done; due != 10 {
			t.Fatalf("due %d", due)
		}
	}
}

func TestListsAreNeverWrittenInto(t *testing.T) {
	list := []int{1, 3, 5}
	room := append(make([]int, 0, 10), list...)
	if got := insert(room, 4, func(a, b int) int { return a - b }); !slices.Equal(got, []int{1, 3, 4, 5}) || !slices.Equal(room, list) {
		t.Fatalf("%v, and the list is %v", got, room)
	}
	if got := remove(room, 3, func(a, b int) int { return a - b }); !slices.Equal(got, []int{1, 5}) || !slices.Equal(room, list) {
		t.Fatalf("%v, and the list is %v", got, room)
	}
}

func TestHeldIsWhatNameSays(t *testing.T) {
	tab := New(0)
	tn := &turn.Turn{}
	for step := range 2000 {
		tn.Begin(id.Index(step+1), id.Time(step), 0)
		play(tab, tn, (step*7)%9, (step*5)%6, (step*11)%8, id.Incarnation(step+1), uint64(step+1))
		for i := range 9 {
			n := tab.Name(nick(i).Key)
			if display, held := tab.Held(nick(i).Key); held != (n.State == Held) || held && display != n.Display {
				t.Fatalf("step %d: %q, %v of %+v", step, display, held, n)
			}
		}
	}
}
