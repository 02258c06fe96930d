package chat

import (
	"testing"

	"moniker/fsm"
)

func TestMsgToSomebodyAwaySaysSo(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.comes("bob", 1)
	out, a := w.does("alice", "/msg bob hello")
	if a.Code != fsm.OK || out.Done() != "" {
		t.Errorf("%+v, %q", a, out.Done())
	}
	w.goes("bob")
	out, a = w.does("alice", "/msg BOB hello")
	if got := out.Done(); a.Code != fsm.OK || got != "bob is not here; its owner finds this on coming back." {
		t.Errorf("%+v, %q", a, got)
	}
	w.comes("bob", 1) // between the asking and the answer
	if got := out.Done(); got != "" {
		t.Errorf("%q", got)
	}
}

func TestMsgGoesToNobodyByMistake(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.comes("bob", 1)
	for line, want := range map[string]string{
		"/msg alice hello": "alice is you. /msg NAME TEXT writes to somebody else.",
		"/msg zed hello":   "Nobody has the name zed. /names shows who is here.",
		"/msg B0B hello":   "Nobody has the name B0B; bob looks like it. To write there: /msg bob TEXT",
	} {
		if got := w.runs("alice", line); got.Propose != nil || got.Answer != want {
			t.Errorf("%s: %+v", line, got)
		}
	}
}

func TestMeIsAnEmote(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	if got := w.proposed("alice", "/me  pours\n coffee "); got.Room != "#lobby" || !got.Emote || got.Text != "pours\n coffee" {
		t.Errorf("%+v", got)
	}
}

func TestSaysIsWhatOthersRead(t *testing.T) {
	for line, want := range map[string]bool{
		"hello": true, "//me": true, "/me": false, "/me ": false, "/ME x": true, "/msg bob x": true, "/reply x": true,
		"/names": false, "/nick x": false, "/frobnicate x": false, "/": false,
	} {
		if got := Says(line); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}
