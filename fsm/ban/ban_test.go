package ban

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

func reloaded(t *rapid.T, tab *Table) *Table {
	c, back := tab.Clone(), New()
	for _, part := range []struct {
		write func(*wire.Encoder)
		read  func(*wire.Decoder)
	}{{c.Encode, back.Decode}, {c.EncodeAllowed, back.DecodeAllowed}} {
		var e wire.Encoder
		part.write(&e)
		d := wire.NewDecoder(e.Bytes())
		if part.read(d); d.Done() != nil {
			t.Fatal(d.Err())
		}
	}
	return back
}

// Rows come, are replaced, are undone and end in their time, through restores.
func TestWhatStandsIsWhatWasPutAndNotOver(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tab, want, now := New(), map[Key]id.Time{}, id.Time(1)
		for range 60 {
			k := Key{rapid.SampledFrom([]string{"", "#r"}).Draw(rt, "place"), Out, fmt.Sprint("p", rapid.IntRange(0, 3).Draw(rt, "who"))}
			if k.Place == "" && rapid.Bool().Draw(rt, "network") {
				k.Subject = "192.0.2.0/2" + k.Subject[1:]
			}
			tn := &turn.Turn{Now: now}
			switch rapid.IntRange(0, 5).Draw(rt, "op") {
			case 0:
				tab = reloaded(rt, tab)
			case 1:
				if b, ok := tab.Get(k); ok {
					tab.End(tn, b, turn.ByOperator, "", "")
					delete(want, k)
				}
			case 2:
				now = now.Add(id.Duration(rapid.IntRange(0, 10).Draw(rt, "passes")))
				tab.Tick(&turn.Turn{Now: now}, 100)
				for k, until := range want {
					if until > 0 && until <= now {
						delete(want, k)
					}
				}
			default:
				until := id.Time(0)
				if span := rapid.IntRange(0, 10).Draw(rt, "for"); span > 0 {
					until = now.Add(id.Duration(span))
				}
				tab.Put(tn, Ban{ID: k, Until: until})
				want[k] = until
			}
			holds(rt, tab, want)
		}
		tab.Drop(&turn.Turn{}, "#r")
		if tab.Size("#r") > 0 || tab.Check() != nil {
			rt.Fatal("rows are left of a room that is gone")
		}
	})
}

func holds(t *rapid.T, tab *Table, want map[Key]id.Time) {
	if err := tab.Check(); err != nil {
		t.Fatal(err)
	}
	n, networks := 0, []string{}
	for _, place := range tab.Places() {
		all := tab.In(place)
		if n += len(all); !slices.IsSortedFunc(all, func(a, b Ban) int { return a.ID.Compare(b.ID) }) {
			t.Fatalf("%s: %v", place, all)
		}
		for _, b := range all {
			if until, ok := want[b.ID]; !ok || until != b.Until {
				t.Fatalf("%+v stands, want until %d: %v", b, until, ok)
			}
			if Network(b.ID.Subject) {
				networks = append(networks, b.ID.Subject)
			}
		}
	}
	if n != len(want) || !slices.Equal(tab.Networks().List, networks) {
		t.Fatalf("%d rows, want %d; networks %v, want %v", n, len(want), tab.Networks().List, networks)
	}
}

func TestWhatANetworkIs(t *testing.T) {
	for s, want := range map[string]bool{
		"192.0.2.0/24": true, "2001:db8::/32": true, "::ffff:1.2.3.4/128": true, "SHA256:abc/def": false, "192.0.2.0": false,
		"/24": false, "1.2.3.4/": false, "1.2.3.4/1234": false, "1.2.3.4/a": false, "abc/1": false, "": false, "1.2.3.4/2/3": false,
	} {
		if got := Network(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func TestRowsThatAreNoneAreFound(t *testing.T) {
	for name, b := range map[string]Ban{
		"no kind":             {ID: Key{Subject: "p"}},
		"nobody":              {ID: Key{Kind: Out}},
		"a network in a room": {ID: Key{"#r", Out, "1.2.3.4/32"}},
		"a network is muted":  {ID: Key{"", Mute, "1.2.3.4/32"}},
		"over before it was":  {ID: Key{"", Mute, "p"}, Until: -1},
	} {
		tab := New()
		tab.rows.Put(b)
		if tab.Check() == nil {
			t.Errorf("%s: all is well", name)
		}
	}
}
