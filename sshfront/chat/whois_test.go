package chat

import (
	"strings"
	"testing"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/setting"
)

func TestWhoisFindsWhateverLooksLikeTheName(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.comes("bob", 1)
	for _, typed := range []string{"alice", "ALICE", "@alice", "a1ice", "аlice"} { // the last has a Cyrillic а
		if got := w.runs("bob", "/whois "+typed); !strings.HasPrefix(got.Answer, "alice   held, token 1; ") {
			t.Errorf("%s: %q", typed, got.Answer)
		}
	}
	if got := w.runs("bob", "/whois"); !strings.HasPrefix(got.Answer, "bob   held, token 2; ") {
		t.Errorf("%q", got.Answer)
	}
	for typed, want := range map[string]string{
		"zed": "Nobody has the name zed.", "root": "Nobody has the name root.",
		":": `":" cannot be in a name: 1 to 24 letters or digits, with - _ . inside it.`,
	} {
		if got := w.runs("bob", "/whois "+typed); got.Answer != want || !got.Refused {
			t.Errorf("%s: %+v", typed, got)
		}
	}
}

// A renewal is due every third of the ttl: only what is well over that is told.
func TestWhoisTellsOfSilenceOnlyWhenARenewalIsOverdue(t *testing.T) {
	w := newTown(t, 1)
	w.set(setting.LeaseTTL, int64(9*id.Second))
	w.comes("alice", 1)
	w.now = w.now.Add(3500 * id.Millisecond)
	w.try(0, fsm.Renew{})
	if got := w.runs("alice", "/whois").Answer; strings.Contains(got, "last heard") {
		t.Errorf("%q", got)
	}
	w.now = w.now.Add(id.Millisecond)
	w.try(0, fsm.Renew{})
	if got := w.runs("alice", "/whois").Answer; !strings.Contains(got, "here    n1 since 10:30 (3 s), last heard 3 s ago") {
		t.Errorf("%q", got)
	}
}

func TestWhoisCountsDownAndThenSaysWhatComes(t *testing.T) {
	w := newTown(t, 2)
	w.comes("alice", 1)
	w.comes("bob", 2)
	w.set(setting.LeaseGrace, 0)
	if got := w.runs("bob", "/whois alice").Answer; !strings.HasPrefix(got, "alice   held, token 1; 10.0 s left, renewed 0.0 s ago; then free\n") {
		t.Errorf("%q", got)
	}
	w.set(setting.LeaseGrace, int64(90*id.Second))
	w.goes("alice")
	w.at("10:31:20")
	if got := w.runs("bob", "/whois alice").Answer; !strings.HasPrefix(got, "alice   grace, token 1; free in 10.0 s at the earliest") {
		t.Errorf("%q", got)
	}
	w.at("10:40:00") // and nobody has cleaned up yet
	if got := w.runs("bob", "/whois alice").Answer; !strings.HasPrefix(got, "alice   grace, token 1; free in 0.0 s at the earliest") {
		t.Errorf("%q", got)
	}
}

func TestWhoisReadsClocksAsItsReaderDoes(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	c := w.as("alice")
	c.Clock = func(id.Wall) string { return "Tue 12:30" }
	if got := Run("/whois", c).Answer; !strings.Contains(got, "n1 since Tue 12:30 (0 s)") {
		t.Errorf("%q", got)
	}
}

func TestWhoisNamesTheNewestTerminals(t *testing.T) {
	w := newTown(t, 1)
	w.set(setting.LimitSessions, 60)
	for n := range 60 {
		w.comes("alice", 1)
		w.now = w.now.Add(id.Second / 100)
		if n == 4 {
			if got := w.runs("alice", "/whois").Answer; strings.Count(got, "n1 since") != 5 || strings.Contains(got, "more") {
				t.Errorf("of 5: %q", got)
			}
		}
	}
	w.now = w.now.Add(id.Second)
	w.try(0, fsm.Renew{})
	got := w.runs("alice", "/whois").Answer
	if strings.Count(got, "n1 since 10:30 (1 s)") != 5 || !strings.Contains(got, "; and 55 more\n") {
		t.Errorf("%q", got)
	}
}
