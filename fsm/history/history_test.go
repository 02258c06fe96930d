package history

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

func message(n int, text string) Message {
	return Message{ID: id.Event{Index: id.Index(n/3 + 1), Sub: uint32(n%3 + 1)}, From: "SHA256:a", Nick: "a", Text: text}
}

// Against lists that are cut by hand, through restores, with clones kept.
func TestTheOldestGoFirst(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tab := New()
		lim := Limits{PlaceMessages: 5, PlaceBytes: 1200, AllMessages: 12}
		want := map[string][]Message{}
		type kept struct {
			clone *Table
			bytes []byte
		}
		var clones []kept
		for n := range 80 {
			place := fmt.Sprint("#", rapid.IntRange(0, 4).Draw(rt, "place"))
			switch rapid.IntRange(0, 15).Draw(rt, "op") {
			case 0:
				tab.Drop(&turn.Turn{}, place)
				delete(want, place)
			case 1:
				var e wire.Encoder
				c := tab.Clone()
				c.Encode(&e)
				clones = append(clones, kept{c, e.Bytes()})
				back := New()
				d := wire.NewDecoder(e.Bytes())
				if back.Decode(d); d.Done() != nil {
					rt.Fatal(d.Err())
				}
				if rapid.Bool().Draw(rt, "go on restored") {
					tab = back
				}
			default:
				m := message(n, strings.Repeat("x", rapid.IntRange(1, 400).Draw(rt, "bytes")))
				emptied := append([]string(nil), tab.Append(&turn.Turn{}, place, m, lim)...)
				if gone := add(want, place, m, lim); fmt.Sprint(gone) != fmt.Sprint(emptied) {
					rt.Fatalf("emptied %v, want %v", emptied, gone)
				}
			}
			total := 0
			for p, list := range want {
				total += len(list)
				if got := tab.Last(p, 100); fmt.Sprint(got) != fmt.Sprint(list) {
					rt.Fatalf("%s has %v, want %v", p, got, list)
				}
			}
			if tab.Len() != total {
				rt.Fatalf("Len is %d, want %d", tab.Len(), total)
			}
			if err := tab.Check(1000); err != nil {
				rt.Fatal(err)
			}
		}
		for i, c := range clones {
			var e wire.Encoder
			if c.clone.Encode(&e); !bytes.Equal(e.Bytes(), c.bytes) {
				rt.Fatalf("clone %d has changed", i)
			}
		}
	})
}

// add is Append as anybody would write it.
func add(all map[string][]Message, place string, m Message, lim Limits) (gone []string) {
	list := append(append([]Message(nil), all[place]...), m)
	size := func() (n int) {
		for _, m := range list {
			n += m.Cost()
		}
		return n
	}
	for len(list) > lim.PlaceMessages || len(list) > 1 && size() > lim.PlaceBytes {
		list = list[1:]
	}
	all[place] = list
	for {
		total, oldest := 0, ""
		for p, l := range all {
			total += len(l)
			if oldest == "" || all[oldest][0].ID.After(l[0].ID) {
				oldest = p
			}
		}
		if total <= lim.AllMessages {
			return gone
		}
		if all[oldest] = all[oldest][1:]; len(all[oldest]) == 0 {
			delete(all, oldest)
			gone = append(gone, oldest)
		}
	}
}

func TestAfterAndLast(t *testing.T) {
	tab := New()
	lim := Limits{PlaceMessages: 100, PlaceBytes: 1 << 20, AllMessages: 1000}
	for n := range 10 {
		tab.Append(&turn.Turn{}, "#r", message(2*n, fmt.Sprint(n)), lim)
	}
	for n := range 22 { // there are messages at the even ones
		at := message(n, "").ID
		got := tab.After("#r", at)
		if want := max(0, 10-n/2-1); len(got) != want {
			t.Fatalf("after %v come %d, want %d", at, len(got), want)
		}
		if last := tab.Last("#r", len(got)); len(got) > 0 && got[0].ID != last[0].ID {
			t.Fatalf("after %v comes %v, want %v", at, got[0].ID, last[0].ID)
		}
	}
	if got := tab.After("#r", id.Event{}); len(got) != 10 {
		t.Fatalf("in all %d", len(got))
	}
	if len(tab.After("#none", id.Event{})) != 0 || len(tab.Last("#none", 3)) != 0 || len(tab.Last("#r", 0)) != 0 {
		t.Fatal("there is something where nothing is")
	}
}

// A slice that a reader was given stays what it was while more is said.
func TestWhatReadersWereGivenStays(t *testing.T) {
	tab := New()
	lim := Limits{PlaceMessages: 10, PlaceBytes: 1 << 20, AllMessages: 1000}
	var given [][]Message
	var was []string
	for n := range 200 {
		tab.Append(&turn.Turn{}, "#r", message(n, fmt.Sprint(n)), lim)
		g := tab.Last("#r", 10)
		given, was = append(given, g), append(was, fmt.Sprint(g))
	}
	for i, g := range given {
		if fmt.Sprint(g) != was[i] {
			t.Fatalf("what was given at %d is %v, was %s", i, g, was[i])
		}
	}
}
