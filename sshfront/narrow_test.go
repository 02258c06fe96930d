package sshfront

import (
	"strings"
	"testing"
)

// What people ask for most, on a terminal of half the width: nothing runs over the edge,
// and no table is broken.
func TestScreensOfNarrowTerminals(t *testing.T) {
	for width, want := range map[int]string{60: `
Welcome, alice. The name is yours while you are here and for
10 min after; it belongs to your key SHA256:WeXpogac. Times
are UTC (/set tz). /help for more.
#lobby on n1. Here: alice, bob.
#lobby alice> /whois bob
bob   held, token 1; 10.0 s left, renewed 0.0 s ago;
          then 10 min of grace
  key     SHA256:pOFYONeRL07H3T9tf0FhwK1slkJs5kvkcnOnf+vGgXA
  here    n2 since 10:30 (0 s)
  rooms   #lobby
#lobby alice> /who
NAME   HERE FOR  THROUGH  AWAY
alice       0 s  n1
bob         0 s  n2
#lobby alice> /cluster
n1  up, you are here, 1 person
n2  up, 1 person
no leader; 2 of 2 voters up, 2 needed
#lobby alice> /set theme
theme     auto       colours that can be read on your
                     terminal's ground, as far as it tells`, 40: `
Welcome, alice. The name is yours while
you are here and for 10 min after; it
belongs to your key SHA256:WeXpogac.
Times are UTC (/set tz). /help for more.
#lobby on n1. Here: alice, bob.
#lobby alice> /whois bob
bob   held, token 1; 10.0 s left,
          renewed 0.0 s ago;
          then 10 min of grace
  key     SHA256:pOFYONeRL07H3T9tf0FhwK1
          slkJs5kvkcnOnf+vGgXA
  here    n2 since 10:30 (0 s)
  rooms   #lobby
#lobby alice> /who
NAME   HERE FOR  THROUGH  AWAY
alice       0 s  n1
bob         0 s  n2
#lobby alice> /cluster
n1  up, you are here, 1 person
n2  up, 1 person
no leader; 2 of 2 voters up, 2 needed
#lobby alice> /set theme
theme     auto
  colours that can be read on your
  terminal's ground, as far as it tells`} {
		w := newWorld(t)
		h := newHouse(t, w.n1, nil)
		newHouse(t, w.n2, nil).arrive("bob").sees("#lobby bob> ")
		alice := h.open(h.dial("alice", "alice"), true, width, tall)
		alice.types("/whois bob\r/who\r/cluster\r/set theme\r/help\r/help who\r/set\r/rooms\r/names\r/key\r/history\r/quit\r")
		alice.sees("Bye.")
		alice.ends()
		got := alice.screenOf(width, tall)
		if !strings.HasPrefix(got, strings.TrimPrefix(want, "\n")+"\n") {
			t.Errorf("at %d:\n%s", width, got)
		}
		if wide := alice.screenOf(2*width, tall); wide != got {
			t.Errorf("at %d it runs over the edge:\n%s\non a wider one it is\n%s", width, got, wide)
		}
	}
}

const tall = 200 // rows, so that nothing is out of sight
