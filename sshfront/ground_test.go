package sshfront

import (
	"strings"
	"testing"

	"moniker/sshfront/line"
)

// TestTheTerminalsGroundIsAskedForOnceAndBelieved: the colours of a dark ground are
// used once the terminal has told, and what it told is not typed.
func TestTheTerminalsGroundIsAskedForOnceAndBelieved(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	bob := h.arrive("bob")
	p := h.session(h.dial("alice", "alice"))
	h.must(p.session.RequestPty("xterm-256color", 24, 80, nil))
	h.must(p.session.Shell())
	p.sees(line.AskBackground)
	if n := strings.Count(bob.out.String(), line.AskBackground); n != 0 {
		t.Errorf("somebody without colours was asked %d times", n)
	}
	p.types("he\x1b]11;rgb:1e1e/1e1e")
	p.types("/2e2e\x1b\\llo\r")
	p.sees("hello")
	if out := p.out.String(); strings.Contains(out, "rgb") || strings.Count(out, line.AskBackground) != 1 {
		t.Errorf("%q", out)
	}
}
