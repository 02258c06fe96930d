package setting

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

func TestDefinitions(t *testing.T) {
	all := Definitions()
	if !slices.IsSortedFunc(all, func(a, b Definition) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	}) {
		t.Error("they are not in the order of names, or one is there twice")
	}
	tab := New()
	for _, d := range all {
		if d.Default < d.Min || d.Default > d.Max || d.Min < 0 || d.Help == "" || d.Unit != Count && d.Unit != Span {
			t.Errorf("%+v", d)
		}
		if got, ok := Define(d.Name); !ok || got != d {
			t.Errorf("Define(%s) is %+v", d.Name, got)
		}
		if tab.Get(d.Name) != d.Default || tab.Try(d.Name, d.Default) != "" {
			t.Errorf("%s: the default is not in force", d.Name)
		}
	}
	for name, want := range map[Name]int64{
		LeaseTTL: int64(10 * id.Second), LeaseGrace: int64(10 * id.Minute), KeepaliveInterval: int64(3 * id.Second), KeepaliveMisses: 3,
		IdleAway: int64(5 * id.Minute),
	} {
		if tab.Get(name) != want {
			t.Errorf("%s is %d by default, want %d", name, tab.Get(name), want)
		}
	}
}

func TestAValueIsReadAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom(Definitions()).Draw(t, "setting")
		v := rapid.Int64Range(d.Min, d.Max).Draw(t, "value")
		text := Format(d.Unit, v)
		if got, err := Parse(d.Unit, text); err != nil || got != v {
			t.Fatalf("%d is written %q and read %d: %v", v, text, got, err)
		}
	})
}

func TestParse(t *testing.T) {
	for text, want := range map[string]int64{
		"10s": 10_000_000, "1h30m": 5_400_000_000, "7d": int64(7 * id.Day), "500ms": 500_000, "1us": 1, "0s": 0, "365d": int64(365 * id.Day), "36500d": int64(century),
	} {
		if got, err := Parse(Span, text); err != nil || got != want {
			t.Errorf("%q is %d: %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "10", "s", "10x", "-5s", "1.5s", " 10s", "10 s", "10s5"} {
		if got, err := Parse(Span, bad); err == nil {
			t.Errorf("%q is %d", bad, got)
		}
	}
	for _, long := range []string{"36501d", "99999999999999999999s", "9223372036854775807us", "36500d1us", strings.Repeat("36500d", 4000)} {
		if got, err := Parse(Span, long); err != error(LongError(long)) {
			t.Errorf("%.20q is %d: %v", long, got, err)
		}
	}
	for _, bad := range []string{"", "10s", "1e3", "0x10", "1.0", "9223372036854775808"} {
		if got, err := Parse(Count, bad); err == nil {
			t.Errorf("%q is %d", bad, got)
		}
	}
}

// Whatever is tried in whatever order, what stands is allowed and keeps to itself.
func TestWhatStandsIsAllowed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tab := New()
		for range 30 {
			d := rapid.SampledFrom(Definitions()).Draw(rt, "setting")
			v := rapid.OneOf(rapid.Int64Range(d.Min, d.Max), rapid.SampledFrom([]int64{d.Min - 1, d.Max + 1, d.Min, d.Max, math.MaxInt64, math.MinInt64})).Draw(rt, "value")
			if tab.Try(d.Name, v) == "" {
				tab.Set(&turn.Turn{}, Row{Name: d.Name, Value: v, By: "SHA256:a", Wall: 5})
			} else if v >= d.Min && v <= d.Max && d.Name != LeaseTTL && d.Name != KeepaliveInterval && d.Name != KeepaliveMisses {
				rt.Fatalf("%s cannot be %d", d.Name, v)
			}
			if err := tab.Check(); err != nil {
				rt.Fatal(err)
			}
			if tab.Span(KeepaliveInterval)*id.Duration(tab.Get(KeepaliveMisses)) > tab.Span(LeaseTTL) {
				rt.Fatal("a session can outlive its node's lease unheard")
			}
		}
		var e wire.Encoder
		tab.Clone().Encode(&e)
		back := New()
		d := wire.NewDecoder(e.Bytes())
		if back.Decode(d); d.Done() != nil {
			rt.Fatal(d.Err())
		}
		for _, def := range Definitions() {
			if back.Get(def.Name) != tab.Get(def.Name) {
				rt.Fatalf("%s came back as %d from %d", def.Name, back.Get(def.Name), tab.Get(def.Name))
			}
		}
		if !slices.Equal(back.Rows(), tab.Rows()) {
			rt.Fatalf("%v came back from %v", back.Rows(), tab.Rows())
		}
	})
}

func TestASettingOfANewerVersionIsNotTaken(t *testing.T) {
	var e wire.Encoder
	e.Uint(1)
	Row{Name: "no.such"}.Encode(&e)
	d := wire.NewDecoder(e.Bytes())
	New().Decode(d)
	if d.Done() == nil {
		t.Fatal("it is taken")
	}
}
