package chat

import (
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // what is installed here is not what is tested

	"github.com/clipperhouse/displaywidth"

	"moniker/fsm"
	"moniker/fsm/profile"
	"moniker/sshfront/render"
)

func TestEveryZoneThatIsOfferedIsOne(t *testing.T) {
	all := zones()
	if len(all) < 400 || !slices.Contains(all, "America/Argentina/Buenos_Aires") || !slices.IsSorted(all[:len(all)-1]) {
		t.Fatalf("%d zones", len(all))
	}
	d, _ := profile.Define(profile.Zone)
	for _, z := range all {
		if _, err := time.LoadLocation(z); err != nil || !d.Allows(z) {
			t.Errorf("%s: %v", z, err)
		}
	}
}

func TestZonesAreFoundHoweverTheyAreTyped(t *testing.T) {
	for typed, want := range map[string]string{
		"Europe/Berlin": "Europe/Berlin", "europe/berlin": "Europe/Berlin", "berlin": "Europe/Berlin", "New York": "America/New_York",
		"utc": "UTC", "Etc/GMT+3": "Etc/GMT+3", "buenos aires": "America/Argentina/Buenos_Aires",
		"Atlantis": "", "": "", "Local": "", "../../etc/passwd": "", "/etc/localtime": "", "UTC\x00": "",
	} {
		if got, ok := Zone(typed); ok != (want != "") || ok && got != want {
			t.Errorf("%q is %q, %v; want %q", typed, got, ok, want)
		}
	}
}

func TestWhatIsSetIsProposed(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	for line, want := range map[string]profile.Value{
		"/set bell off":                    {Name: profile.Bell, Text: "off"},
		"/set BELL Mentions":               {Name: profile.Bell, Text: "mentions"},
		"/set tz berlin":                   {Name: profile.Zone, Text: "Europe/Berlin"},
		"/set color off":                   {Name: profile.Colour, Text: "off"},
		"/set theme Mono":                  {Name: profile.Theme, Text: "mono"},
		"/set timestamps seconds":          {Name: profile.Clock, Text: "seconds"},
		"/set pronouns they/them":          {Name: profile.Pronouns, Text: "they/them"},
		"/set bio one\n  two\t three":      {Name: profile.Bio, Text: "one two three"},
		"/set bio " + long(200):            {Name: profile.Bio, Text: long(200)},
		"/set bio -":                       {Name: profile.Bio},
		"/set emoji off":                   {Name: profile.Emoji, Text: "off"},
		"/set markdown on":                 {Name: profile.Markdown, Text: "on"},
		"/set joins off":                   {Name: profile.Joins, Text: "off"},
		"/set zone America/Indiana/Knox  ": {Name: profile.Zone, Text: "America/Indiana/Knox"},
	} {
		out, a := w.does("alice", line)
		if a.Code != fsm.OK {
			t.Errorf("%s: answered %d, %+v", line, a.Code, out)
			continue
		}
		got := w.st.Profiles().Of(key("alice"))
		if text, _ := got.Own(want.Name); text != want.Text {
			t.Errorf("%s: it is %q, want %q", line, text, want.Text)
		}
		if said := out.Done(); !strings.HasPrefix(said, string(want.Name)+" ") || strings.Contains(said, "\n") && want.Name != profile.Bio {
			t.Errorf("%s: told %q", line, said)
		}
	}
}

func long(n int) string { return strings.Repeat("界", n) }

func TestWhatCannotBeSetIsToldExactly(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	for line, want := range map[string]string{
		"/set bell loud":                "bell is on, mentions or off, not loud.",
		"/set theme pink":               "theme is auto, light, dark or mono, not pink.",
		"/set zone Atlantis":            "Atlantis is no time zone that is known here. They are named like Europe/Berlin; Tab completes them.",
		"/set bio " + long(201):         "201 characters; bio holds 200.",
		"/set pronouns " + long(31):     "31 characters; pronouns holds 30.",
		"/set volume 11":                "/set knows no volume, but bell, joins, clock, zone, colour, theme, markdown, emoji, pronouns and bio.",
		"/set zone ../../../etc/passwd": "../../../etc/passwd is no time zone that is known here. They are named like Europe/Berlin; Tab completes them.",
	} {
		if out := w.runs("alice", line); !out.Refused || out.Answer != want || out.Propose != nil {
			t.Errorf("%s: %+v", line, out)
		}
	}
}

// The front end knows the themes and clock styles; the state machine the clock styles.
func TestTheRendererAndTheProfileMeanTheSame(t *testing.T) {
	clock, _ := profile.Define(profile.Clock)
	if !slices.Equal(clock.Words, render.ClockStyles()) {
		t.Errorf("clock is %v here and %v there", clock.Words, render.ClockStyles())
	}
	theme, _ := profile.Define(profile.Theme)
	for _, name := range render.Themes() {
		if !theme.Allows(name) {
			t.Errorf("%s may not be set", name)
		}
	}
	if theme.Default != render.Auto.String() {
		t.Errorf("usually it is %s", theme.Default)
	}
}

func TestEachValueSaysWhatItMeans(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	seen := map[string]bool{}
	for _, d := range profile.Definitions() {
		for _, v := range words(d) {
			text := means(w.as("alice"), d, v)
			if text == "" || seen[text] || strings.HasPrefix(text, "/whois") {
				t.Errorf("%s %s: %q", d.Name, v, text)
			}
			seen[text] = true
		}
	}
}

func TestSetFitsTheTerminal(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.does("alice", "/set bio "+long(200))
	w.does("alice", "/set zone America/Argentina/Buenos_Aires")
	for _, width := range []int{80, 60, 59, 40} {
		c := w.as("alice")
		c.Width = width
		for _, line := range []string{"/set", "/set bell", "/set zone", "/set bio"} {
			for row := range strings.Lines(Run(line, c).Answer) {
				if n := displaywidth.String(strings.TrimSuffix(row, "\n")); n > width && !strings.Contains(row, "界") {
					t.Errorf("%s at %d: %d cells: %q", line, width, n, row)
				}
			}
		}
	}
}

func TestATableHasOneLayout(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	c := w.as("alice")
	c.Width = 40
	want := "bell      mentions\n  your name rings, and what is said to\n  you alone\n" +
		"          on\n  every line of others rings, once a\n  second at most\n          off\n  nothing rings"
	if got := Run("/set bell", c).Answer; got != want {
		t.Errorf("\n%s", got)
	}
}

func TestTabKnowsWhatCanBeSet(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	for _, c := range []struct{ before, word, want string }{
		{"/set ", "", "bell joins clock zone colour theme markdown emoji pronouns bio"},
		{"/set ", "C", "clock colour"},
		{"/set bell ", "", "on mentions off"},
		{"/set theme ", "d", "dark"},
		{"/set zone ", "europe/ber", "Europe/Berlin"},
		{"/set tz ", "berl", "Europe/Berlin"},
		{"/set tz ", "utc", "UTC"},
		{"/set bio ", "x", ""},
		{"/set bell off ", "", ""},
		{"/set volume ", "", ""},
	} {
		var got []string
		for _, cand := range Complete(c.before, c.word, w.as("alice")) {
			got = append(got, cand.Text)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s%s: %q, want %q", c.before, c.word, got, c.want)
		}
	}
}
