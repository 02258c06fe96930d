package room

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

func TestNamesOfRooms(t *testing.T) {
	for name, want := range map[string]bool{
		"#lobby": true, "#a-b_c.9": true, "#é": true, "#": false, "": false, "lobby": false, "##a": false, "#A": false,
		"#a b": false, "#a\n": false, "#a|b": false, "@a|b": false,
		"#" + strings.Repeat("a", MaxName-1): true, "#" + strings.Repeat("a", MaxName): false,
	} {
		if got := Valid(name); got != want {
			t.Errorf("Valid(%q) is %v", name, got)
		}
	}
}

func TestAConversationIsOneWhoeverSpeaks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		who := rapid.StringMatching(`[A-Za-z0-9+/:]{1,20}`)
		a, b := id.Identity(who.Draw(t, "a")), id.Identity(who.Draw(t, "b"))
		place := Conversation(a, b)
		if place != Conversation(b, a) || Valid(place) || !Sound(a) {
			t.Fatalf("%q", place)
		}
		if x, y, ok := Partners(place); !ok || x != min(a, b) || y != max(a, b) {
			t.Fatalf("%q is of %q and %q", place, x, y)
		}
	})
	if _, _, ok := Partners(Lobby); ok {
		t.Fatal("the lobby is private")
	}
	if Sound("a|b") || Sound("") {
		t.Fatal("an identity that cannot be told from two")
	}
}

func looks(name string) [2]string { return [2]string{name, name} }

func reloaded(t rapid.TB, tab *Table) *Table {
	c, back := tab.Clone(), New()
	for _, part := range []struct {
		write func(*wire.Encoder)
		read  func(*wire.Decoder)
	}{{c.EncodeRooms, back.DecodeRooms}, {c.EncodeMembers, back.DecodeMembers}, {c.EncodeReads, back.DecodeReads}, {c.EncodeInvitations, back.DecodeInvitations}} {
		var e wire.Encoder
		part.write(&e)
		d := wire.NewDecoder(e.Bytes())
		if part.read(d); d.Done() != nil {
			t.Fatal(d.Err())
		}
	}
	return back
}

// Who is where, against a set, through restores.
func TestWhoIsInWhichRoom(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tab := New()
		want := map[Seat]id.Event{}
		for n := range 60 {
			tn := &turn.Turn{Index: id.Index(n + 1)}
			s := Seat{fmt.Sprint("#", rapid.IntRange(0, 3).Draw(rt, "room")), id.Identity(fmt.Sprint("p", rapid.IntRange(0, 3).Draw(rt, "who")))}
			if s.Place == "#0" {
				s.Place = Lobby
			}
			_, in := want[s]
			switch op := rapid.IntRange(0, 5).Draw(rt, "op"); {
			case op == 0:
				tab = reloaded(rt, tab)
			case !in && op < 4:
				tab.Join(tn, Member{Seat: s}, looks(s.Place), "x")
				want[s] = id.Event{}
			case in && op == 4:
				_, gone := tab.Part(tn, Departure{Seat: s, Nick: "x"})
				delete(want, s)
				if empty := len(tab.Members(s.Place)) == 0; gone != (empty && s.Place != Lobby) {
					rt.Fatalf("%s is gone: %v", s.Place, gone)
				}
			case in:
				at := id.Event{Index: id.Index(rapid.IntRange(1, n+1).Draw(rt, "at"))}
				tab.ReadTo(&turn.Turn{}, Read{s, at})
				if at.After(want[s]) {
					want[s] = at
				}
			}
			if err := tab.Check(); err != nil {
				rt.Fatal(err)
			}
			for _, who := range []id.Identity{"p0", "p1", "p2", "p3"} {
				var rooms, reads []string
				for _, s := range slices.SortedFunc(maps.Keys(want), Seat.Compare) {
					if s.Who != who {
						continue
					}
					rooms = append(rooms, s.Place)
					if want[s] != (id.Event{}) {
						reads = append(reads, s.Place)
					}
					if !tab.In(s.Place, who) || !slices.Contains(tab.Members(s.Place), who) || tab.ReadAt(s) != want[s] {
						rt.Fatalf("%v: read to %v, want %v", s, tab.ReadAt(s), want[s])
					}
				}
				if !slices.Equal(tab.Of(who), rooms) || !slices.Equal(tab.Reads(who), reads) {
					rt.Fatalf("%s is in %v and reads %v, want %v and %v", who, tab.Of(who), tab.Reads(who), rooms, reads)
				}
			}
		}
	})
}

func TestRowsThatBelongNowhereAreFound(t *testing.T) {
	for name, spoil := range map[string]func(*Table){
		"in a room that is not": func(t *Table) { t.members.Put(Member{Seat: Seat{"#x", "p"}}) },
		"a room of nobody":      func(t *Table) { t.addRoom(Room{Name: "#x", Skeletons: looks("#x")}) },
		"no lobby":              func(t *Table) { t.rooms.Delete(Lobby) },
		"nobody runs it": func(t *Table) {
			t.Join(&turn.Turn{}, Member{Seat: Seat{"#x", "p"}}, looks("#x"), "p")
			t.runs["#x"] = nil
		},
		"two that look alike": func(t *Table) {
			t.Join(&turn.Turn{}, Member{Seat: Seat{"#x", "p"}}, looks("#x"), "p")
			t.Join(&turn.Turn{}, Member{Seat: Seat{"#y", "p"}}, looks("#x"), "p")
		},
		"looks like nothing":     func(t *Table) { t.Join(&turn.Turn{}, Member{Seat: Seat{"#x", "p"}}, [2]string{}, "p") },
		"a private lobby":        func(t *Table) { t.rooms.Put(Room{Name: Lobby, Private: true, Skeletons: looks(lobbySkeleton)}) },
		"invited to no room":     func(t *Table) { t.invited.Put(Invitation{Seat: Seat{"#x", "p"}}) },
		"read and not in":        func(t *Table) { t.reads.Put(Read{Seat{Lobby, "p"}, id.Event{Index: 1}}) },
		"read what is of others": func(t *Table) { t.reads.Put(Read{Seat{"@a|b", "p"}, id.Event{Index: 1}}) },
	} {
		tab := New()
		spoil(tab)
		if tab.Check() == nil {
			t.Errorf("%s: all is well", name)
		}
	}
}

func TestWhichAreThoseForWhomItHolds(t *testing.T) {
	tab, tn := New(), &turn.Turn{}
	for _, who := range []id.Identity{"d", "a", "c", "b"} {
		tab.Join(tn, Member{Seat: Seat{"#ops", who}}, looks("#ops"), string(who))
	}
	if got := tab.Which("#ops", func(who id.Identity) bool { return who != "c" }); !slices.Equal(got, []id.Identity{"a", "b", "d"}) {
		t.Errorf("%v", got)
	}
	if got := tab.Which("#none", func(id.Identity) bool { return true }); len(got) > 0 {
		t.Errorf("%v", got)
	}
	if tab.Size("#ops") != 4 || tab.Size("#none") != 0 {
		t.Errorf("%d, %d", tab.Size("#ops"), tab.Size("#none"))
	}
}
