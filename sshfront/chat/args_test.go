package chat

import (
	"strings"
	"testing"
)

func TestACommandThatTakesNothingIsNotRunWithSomething(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.does("alice", "/join ops") // which she runs
	for _, cmd := range Commands() {
		if cmd.Usage != "" {
			continue
		}
		for _, args := range []string{" now", "\nnow", "  a b"} {
			got := w.runs("alice", "/"+cmd.Name+args)
			if !got.Refused || got.Quit || got.Propose != nil || !strings.HasPrefix(got.Answer, "/"+cmd.Name+" takes nothing behind it.\n/"+cmd.Name+"   ") {
				t.Errorf("/%s%s: %+v", cmd.Name, args, got)
			}
		}
		if got := w.runs("alice", "/"+cmd.Name+"  "); got.Refused {
			t.Errorf("/%s with blanks: %+v", cmd.Name, got)
		}
	}
}

func TestWhatACutOffNodeSaysIsMarkedAsOldAlike(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.call = Call{Self: "n1", Trouble: "n1 has no majority for 7 s."}
	for _, line := range []string{"/whois", "/cluster", "/names", "/rooms"} {
		if got := w.runs("alice", line).Answer; !strings.HasPrefix(got, "n1 has no majority for 7 s. What n1 knew before:\n") {
			t.Errorf("%s: %q", line, got)
		}
	}
	w.goes("alice")
	if got := w.runs("alice", "/names").Answer; got != "n1 has no majority for 7 s. What n1 knew before:\n#lobby, 0: nobody is connected." {
		t.Errorf("%q", got)
	}
}
