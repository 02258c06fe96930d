package chat

import (
	"strings"
	"testing"

	"moniker/fsm"
)

func TestAReactionFindsItsMessageAndIsTakenBack(t *testing.T) {
	w := newTown(t, 1)
	for _, name := range []string{"alice", "bob", "carol"} {
		w.comes(name, 1)
	}
	w.says("bob", "#lobby", "one")
	w.says("carol", "#lobby", "two")
	w.says("alice", "#lobby", "mine")
	reads := func(line, want string) {
		t.Helper()
		if out, a := w.does("alice", line); out.Refused || a.Code != fsm.OK {
			t.Errorf("%s: %+v, %d", line, out, a.Code)
		}
		var all []string
		for _, m := range w.st.History().Last("#lobby", 9) {
			for _, r := range m.Reactions {
				all = append(all, m.Text+" "+r.Text)
			}
		}
		if got := strings.Join(all, ", "); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	reads("/react +1", "two +1")
	reads("/react 2 :tada:", "one 🎉, two +1")
	reads("/react bob 🎉", "two +1")
	reads("/react @alice yes!", "two +1, mine yes!")
	reads("/react +1", "mine yes!")
	for line, want := range map[string]string{
		"/react 3 ok":      "Only 2 messages of others in #lobby can be found.",
		"/react dave ok":   "Nobody has the name dave.",
		"/react **":        "That is an emoji, a short code such as :tada:, or one word of up to 32 letters and digits.",
		"/react :no-such:": "That is an emoji, a short code such as :tada:, or one word of up to 32 letters and digits.",
	} {
		if got := w.runs("alice", line); !got.Refused || got.Answer != want {
			t.Errorf("%s: %+v", line, got)
		}
	}
}
