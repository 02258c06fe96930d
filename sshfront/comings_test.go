package sshfront

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"moniker/fsm/id"
)

func TestJoinsAndLeavesInWords(t *testing.T) {
	for moves, want := range map[string]string{
		"+carol":                      "carol joined",
		"-carol +mallory -mallory":    "carol left, mallory joined and left",
		"-carol +carol":               "carol left and came back",
		"+a -b +c -d +e":              "a, c and e joined, b and d left",
		"+a -a +a -b +b -b":           "a joined, b left",
		"+a +b +c +d +e +f +g +h":     "a, b, c, d, e, f, g and h joined",
		"+a +b +c +d +e +f +g +h +i":  "a, b, c, d, e, f, g and 2 more joined",
		"-a -b -c -d -e -f -g -h -i ": "a, b, c, d, e, f, g and 2 more left",
	} {
		var c comings
		for word := range strings.FieldsSeq(moves) {
			m := cameIn
			if word[0] == '-' {
				m = wentOut
			}
			c.add(id.Identity(word[1:]), word[1:], m)
		}
		if got := c.words(); got != want {
			t.Errorf("%s: %q, want %q", moves, got, want)
		}
	}
}

func TestALineOfJoinsIsBounded(t *testing.T) {
	var c comings
	for i := range mostComings {
		if !c.add(id.Identity(fmt.Sprint(i)), "x", cameIn) {
			t.Fatalf("no room for number %d", i)
		}
	}
	if c.add("one more", "x", cameIn) || !c.add("0", "x", wentOut) {
		t.Error("there is room for more, or none for one who is in the line")
	}
}

func TestScreenOfJoinsAndLeavesThatShareALine(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice := h.inLobby("alice")
	head := `
Welcome, alice. The name is yours while you are here and for 10 min after; it
belongs to your key SHA256:WeXpogac. Times are UTC (/set tz). /help for more.
#lobby on n1. Here: alice.
`
	alice.types("hm")
	bob := h.inLobby("bob")
	carol := h.inLobby("carol")
	alice.shows(head + `10:30       --  bob and carol joined
#lobby alice> hm`)
	bob.types("/quit\r")
	bob.ends()
	alice.shows(head + `10:30       --  bob joined and left, carol joined
#lobby alice> hm`)
	carol.types("only us\r")
	alice.shows(head + `10:30       --  bob joined and left, carol joined
10:30    carol  only us
#lobby alice> hm`)
	w.pass(id.Minute)
	carol.types("\x04")
	carol.ends() // and may be back at once: that is no leave
	h.inLobby("dave")
	alice.shows(head + `10:30       --  bob joined and left, carol joined
10:30    carol  only us
10:31       --  dave joined
#lobby alice> hm`)
	w.pass(11 * id.Minute)
	alice.shows(head + `10:30       --  bob joined and left, carol joined
10:30    carol  only us
10:31       --  dave joined, carol left
#lobby alice> hm`)
}

func TestALineOfJoinsEndsWithItsMinute(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, func(c *Config) { c.Limits.Gather = time.Millisecond })
	alice := h.inLobby("alice")
	h.inLobby("bob")
	until(t, "told of bob", func() bool { return strings.Contains(alice.out.String(), "bob joined\r\n") })
	h.inLobby("carol")
	alice.shows(`
Welcome, alice. The name is yours while you are here and for 10 min after; it
belongs to your key SHA256:WeXpogac. Times are UTC (/set tz). /help for more.
#lobby on n1. Here: alice.
10:30       --  bob joined
10:30       --  carol joined
#lobby alice>`)
}

func TestAProgramIsToldOfEachWhoComes(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	pipe := h.come("pipe", "pipe", false)
	pipe.sees("Here: pipe.\n")
	bob := h.arrive("bob")
	pipe.sees("10:30       --  bob joined\n")
	bob.types("/quit\r")
	pipe.sees("10:30       --  bob left\n")
}

func TestScreenOfANewDay(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice := h.inLobby("alice")
	bob := h.arrive("bob")
	alice.sees("bob joined")
	bob.types("good night\r")
	alice.sees("good night")
	w.pass(14 * id.Hour)
	bob.types("good morning\r")
	alice.shows(`
Welcome, alice. The name is yours while you are here and for 10 min after; it
belongs to your key SHA256:WeXpogac. Times are UTC (/set tz). /help for more.
#lobby on n1. Here: alice.
10:30       --  bob joined
10:30      bob  good night
-- Wed 7 Jan -------------------------------------------------------------------
00:30      bob  good morning
#lobby alice>`)
	carol := h.arrive("carol")
	carol.shows(`
Welcome, carol. The name is yours while you are here and for 10 min after; it
belongs to your key SHA256:fw8YS1jL. Times are UTC (/set tz). /help for more.
#lobby on n1. Here: alice, bob, carol.
-- Tue 6 Jan -------------------------------------------------------------------
10:30      bob  good night
-- Wed 7 Jan -------------------------------------------------------------------
00:30      bob  good morning
#lobby carol>`)
	carol.types("/history 2\r")
	carol.shows(`
Welcome, carol. The name is yours while you are here and for 10 min after; it
belongs to your key SHA256:fw8YS1jL. Times are UTC (/set tz). /help for more.
#lobby on n1. Here: alice, bob, carol.
-- Tue 6 Jan -------------------------------------------------------------------
10:30      bob  good night
-- Wed 7 Jan -------------------------------------------------------------------
00:30      bob  good morning
#lobby carol> /history 2
-- Tue 6 Jan -------------------------------------------------------------------
10:30      bob  good night
-- Wed 7 Jan -------------------------------------------------------------------
00:30      bob  good morning
#lobby carol>`)
}
