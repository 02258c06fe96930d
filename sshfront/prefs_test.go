package sshfront

import (
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // what is installed here is not what is tested

	"moniker/fsm"
	"moniker/fsm/profile"
)

// knows waits until a terminal has shown all that has happened: it says something
// there, which comes back.
func (p *person) knows(what string) string {
	p.t.Helper()
	p.types(what + "\r")
	return p.sees("  " + what + "\r\n")
}

func TestWhatIsSetAtOneTerminalHoldsAtTheOtherOnAnotherNode(t *testing.T) {
	w := newWorld(t)
	one, two := newHouse(t, w.n1, nil), newHouse(t, w.n2, nil)
	here := one.arrive("alice")
	here.sees("Times are UTC (/set tz). /help for more.")
	there := two.arrive("alice")
	there.sees("Your other terminal (n1, since 10:30)")
	bob := one.inLobby("bob")
	there.sees("--  bob joined")
	here.types("/set tz berlin\r")
	here.sees("zone      Europe/Berlin  it is 11:30 there\r\n")
	bob.types("a\r")
	here.sees("11:30      bob  a\r\n")
	there.sees("11:30      bob  a\r\n")
	there.types("/set clock seconds\r")
	there.sees("clock     seconds    the time")
	bob.types("b\r")
	here.sees("11:30:00      bob  b\r\n")
	there.sees("11:30:00      bob  b\r\n")
	here.types("/set clock off\r")
	here.sees("clock     off")
	bob.types("c\r")
	here.sees("\x1b[J      bob  c\r\n")
	there.sees("      bob  c\r\n")
	bob.sees("10:30      bob  c\r\n") // his are as they were
	there.types("/set joins off\r")
	there.sees("joins     off")
	two.inLobby("carol")
	bob.sees("--  carol joined")
	for _, p := range []*person{here, there} {
		if s := p.knows("over " + fmt.Sprint(p == here)); strings.Contains(s, "carol joined") {
			t.Errorf("told of carol in\n%s", s)
		}
	}
	there.types("\x04")
	there.ends()
	again := two.arrive("alice")
	again.sees("Welcome back, alice.")
	bob.types("d\r")
	again.sees("      bob  d\r\n")
	again.types("/whois\r")
	again.sees("n2 since 11:30 (0 s)")
}

func TestTheBellRingsForWhatIsWanted(t *testing.T) {
	for bell, want := range map[string][2]bool{profile.On: {true, true}, profile.Mentions: {false, true}, profile.Off: {false, false}} {
		for i, mine := range []bool{false, true} {
			p := prefs{bell: bell}
			if got := p.rings(mine, time.Second); got != want[i] {
				t.Errorf("%s: a line that is mine, %v: %v", bell, mine, got)
			}
			if p.rings(mine, time.Second-1) {
				t.Errorf("%s: twice within a second", bell)
			}
		}
	}
}

func TestTheBellIsSetAtTheTerminal(t *testing.T) {
	for bell, want := range map[string]int{"on": 1, "mentions": 0, "off": 0} {
		t.Run(bell, func(t *testing.T) {
			h := newHouse(t, newWorld(t).n1, nil)
			alice, bob := h.arrive("alice"), h.arrive("bob")
			alice.sees("#lobby alice> ")
			bob.sees("#lobby bob> ")
			alice.types("/set bell " + bell + "\r")
			alice.sees("bell      " + bell)
			alice.knows("mine") // which never rings
			bob.types("anybody there\r")
			alice.sees("anybody there\r\n")
			if got := strings.Count(alice.knows("over"), "\a"); got != want {
				t.Errorf("it rang %d times, want %d", got, want)
			}
		})
	}
}

func TestNoColourWhereTheTerminalHasNone(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	bob := h.arrive("bob") // with NO_COLOR
	bob.sees("#lobby bob> ")
	for i, c := range []struct {
		term, set string
		colour    bool
	}{{"xterm-256color", "on", true}, {"xterm-256color", "off", false}, {"dumb", "on", false}, {"", "on", false}} {
		bob.types("/set colour " + c.set + "\r")
		bob.knows(fmt.Sprint("set ", i)) // and so it is set
		p := h.session(h.dial("bob", "bob"))
		h.must(p.session.RequestPty(c.term, 24, 80, nil))
		h.must(p.session.Shell())
		p.sees("bob> ")
		p.knows("over")
		if got := strings.Contains(p.out.String(), "\x1b[1m"); got != c.colour {
			t.Errorf("%q, set %s: colour %v in %q", c.term, c.set, got, p.out.String())
		}
		p.client.Close()
	}
}

// A zone that one of the nodes does not know, or a theme of a later version, does no harm.
func TestValuesThatAreNotKnownHereDoNoHarm(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice := h.inLobby("alice")
	var s fsm.SetOwn
	w.n1.View(func(st *fsm.State) {
		s.Session = st.Lease().Of(idOf("alice"))[0]
		s.Token = st.Lease().Name("alice").Token
	})
	s.Name, s.Value = profile.Zone, "Mars/Olympus"
	w.ok(w.n1.inc, s)
	s.Name, s.Value = profile.Theme, "sepia"
	w.ok(w.n1.inc, s)
	alice.knows("still here")
	alice.sees("10:30    alice  still here")
	alice.types("/set\r")
	alice.sees("zone      Mars/Olympus  it is a time that is not known here there")
}

func TestZonesAreReadOnceAndBounded(t *testing.T) {
	var z zones
	berlin, ok := z.named("Europe/Berlin")
	again, _ := z.named("Europe/Berlin")
	if !ok || berlin != again || berlin.String() != "Europe/Berlin" {
		t.Fatalf("%v, %v, %v", berlin, again, ok)
	}
	for _, none := range []string{"", "Local", ":Europe/Berlin", "Atlantis", "../etc/passwd", "/etc/localtime"} {
		if got, ok := z.named(none); ok || got != time.UTC {
			t.Errorf("%q is %v", none, got)
		}
	}
	if len(z.all) != 1 {
		t.Errorf("%d are kept", len(z.all))
	}
}
