package profile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

func TestWhatAValueMayBe(t *testing.T) {
	for name, c := range map[Name]struct{ yes, no []string }{
		Bell:     {[]string{"on", "off", "mentions"}, []string{"ON", "loud", "on "}},
		Joins:    {[]string{"on", "off"}, []string{"mentions"}},
		Clock:    {[]string{"on", "seconds", "off"}, []string{"minutes"}},
		Colour:   {[]string{"on", "off"}, []string{"red"}},
		Emoji:    {[]string{"on", "off"}, []string{":tada:"}},
		Markdown: {[]string{"on", "off"}, []string{"1"}},
		Zone:     {[]string{"UTC", "Europe/Berlin", "Etc/GMT+3", strings.Repeat("x", 64)}, []string{"../etc", "a b", "a\n", "é", strings.Repeat("x", 65)}},
		Theme:    {[]string{"auto", "dark", strings.Repeat("x", 16)}, []string{"a b", "\x1b", strings.Repeat("x", 17)}},
		Pronouns: {[]string{"they/them", strings.Repeat("界", 30)}, []string{strings.Repeat("界", 31)}},
		Bio:      {[]string{"keeps the disks", strings.Repeat("界", 200)}, []string{strings.Repeat("x", 201)}},
	} {
		d, ok := Define(name)
		if !ok {
			t.Fatalf("%s is no value", name)
		}
		for _, v := range append(c.yes, "") {
			if !d.Allows(v) {
				t.Errorf("%s may not be %q", name, v)
			}
		}
		for _, v := range c.no {
			if d.Allows(v) {
				t.Errorf("%s may be %q", name, v)
			}
		}
		if !d.Allows(d.Default) {
			t.Errorf("%s is usually %q, which it may not be", name, d.Default)
		}
		if d.Most*4 > MaxValue {
			t.Errorf("%d characters of %s do not fit into %d bytes", d.Most, name, MaxValue)
		}
	}
	if _, ok := Define("volume"); ok {
		t.Error("there is a volume")
	}
}

// The table is what a map would be, whatever is done to it in whatever order; a clone
// and a copy read from the snapshot are as it was.
func TestProfilesAreAMapOfMaps(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tab, tn := New(), &turn.Turn{}
		values, ignores := map[string]string{}, map[string]bool{}
		who := rapid.SampledFrom([]id.Identity{"a", "b", "c"})
		for range 40 {
			p := who.Draw(rt, "who")
			switch rapid.IntRange(0, 5).Draw(rt, "op") {
			case 0:
				tab.Forget(tn, p)
				for _, d := range Definitions() {
					delete(values, fmt.Sprint(p, d.Name))
				}
				for _, o := range []id.Identity{"a", "b", "c"} {
					delete(ignores, fmt.Sprint(p, o))
				}
			case 1, 2:
				o, on := who.Draw(rt, "other"), rapid.Bool().Draw(rt, "on")
				if o == p {
					continue
				}
				if key := fmt.Sprint(p, o); tab.Ignore(tn, p, o, on) == (ignores[key] == on) {
					rt.Fatalf("%s ignores %s, %v: it is news, or it is not", p, o, on)
				}
				ignores[fmt.Sprint(p, o)] = on
			default:
				name := rapid.SampledFrom([]Name{Bell, Joins, Clock}).Draw(rt, "name")
				v := Value{name, rapid.SampledFrom([]string{"", "on", "off"}).Draw(rt, "value")}
				if key := fmt.Sprint(p, name); tab.Set(tn, p, v) == (values[key] == v.Text) {
					rt.Fatalf("%s sets %v: it is news, or it is not", p, v)
				}
				values[fmt.Sprint(p, name)] = v.Text
			}
			if err := tab.Check(); err != nil {
				rt.Fatal(err)
			}
		}
		back := New()
		var e, again wire.Encoder
		tab.Clone().Encode(&e)
		d := wire.NewDecoder(e.Bytes())
		if back.Decode(d); d.Done() != nil {
			rt.Fatal(d.Err())
		}
		if back.Encode(&again); !slices.Equal(e.Bytes(), again.Bytes()) {
			rt.Fatal("it is read as another")
		}
		for _, p := range []id.Identity{"a", "b", "c"} {
			r := back.Of(p)
			for _, name := range []Name{Bell, Joins, Clock} {
				def, _ := Define(name)
				want := values[fmt.Sprint(p, name)]
				if got, set := r.Own(name); got != want || set != (want != "") {
					rt.Fatalf("%s of %s is %q, %v; want %q", name, p, got, set, want)
				}
				if want == "" {
					want = def.Default
				}
				if got := r.Get(name); got != want {
					rt.Fatalf("%s of %s is %q, want %q", name, p, got, want)
				}
			}
			for _, o := range []id.Identity{"a", "b", "c"} {
				if got, want := r.Ignoring(o), ignores[fmt.Sprint(p, o)]; got != want {
					rt.Fatalf("%s ignores %s: %v", p, o, got)
				}
			}
		}
	})
}

// What a reader was given does not change under it, and neither does a clone.
func TestRowsAreReplacedNotWrittenInto(t *testing.T) {
	tab, tn := New(), &turn.Turn{}
	for i := range 3 {
		tab.Ignore(tn, "a", id.Identity(fmt.Sprint("x", i)), true)
	}
	tab.Set(tn, "a", Value{Bell, Off})
	row, clone := tab.Of("a"), tab.Clone()
	before := fmt.Sprint(row, clone.Of("a"))
	tab.Ignore(tn, "a", "x1", false)
	tab.Ignore(tn, "a", "x0", true)
	tab.Ignore(tn, "a", "b", true)
	tab.Set(tn, "a", Value{Bell, On})
	tab.Set(tn, "a", Value{Bell, ""})
	tab.Set(tn, "a", Value{Clock, Off})
	if after := fmt.Sprint(row, clone.Of("a")); after != before {
		t.Fatalf("%s has become %s", before, after)
	}
}
