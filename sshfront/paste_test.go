package sshfront

import (
	"strings"
	"testing"
	"time"
)

func TestAKeyLongAfterThePasteIsNoneOfIt(t *testing.T) {
	var p paste
	at := time.Now()
	for _, c := range []struct {
		after time.Duration
		open  bool
		typed string
		want  bool
	}{
		{0, false, "\x1b[200~", false}, {0, true, "\r", false}, {500 * time.Millisecond, true, "some more of it", false},
		{time.Second, true, "\x03", false}, {1499 * time.Millisecond, true, "\r", false}, {1500 * time.Millisecond, true, "x", false},
		{1500 * time.Millisecond, true, "\n", false}, {1500 * time.Millisecond, true, "\r", true}, {1500 * time.Millisecond, true, "\x1b[1;5D", true},
		{1500 * time.Millisecond, true, "\rso much is pasted", false}, {1500 * time.Millisecond, true, "\x03", false}, {5 * time.Second, true, "\x03", true},
		{6 * time.Second, false, "\x03", false},
	} {
		if got := p.lost(c.open, []byte(c.typed), at.Add(c.after), time.Second); got != c.want {
			t.Errorf("%q after %v: %v", c.typed, c.after, got)
		}
	}
}

func TestAPasteWithoutAnEndLeavesNoKeyDead(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, func(c *Config) { c.Limits.Paste = time.Nanosecond })
	alice := h.inLobby("alice")
	alice.types("\x1b[200~cut off")
	alice.sees("#lobby alice> cut off")
	alice.types("\r")
	alice.sees("alice  cut off")
	alice.types("\x1b[200~again\rand more")
	alice.sees("again⏎and more")
	alice.types("\x03")
	alice.types("after\r")
	if s := alice.sees("alice  after"); strings.Contains(s, "alice  again") {
		t.Errorf("what was dropped is said:\n%s", s)
	}
}
