package chat

import (
	"testing"

	"moniker/fsm"
)

func TestEditAndDeleteFindOnesOwn(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.comes("bob", 1)
	w.says("alice", "#lobby", "one")
	w.says("bob", "#lobby", "his")
	w.says("alice", "#lobby", "two apples")
	reads := func(line, want string) {
		t.Helper()
		if out, a := w.does("alice", line); out.Refused || a.Code != fsm.OK {
			t.Errorf("%s: %+v, %d", line, out, a.Code)
		}
		if got := texts(w.st.History().Last("#lobby", 9)); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	reads("/edit three", "one his three")
	reads("/edit 2 first", "first his three")
	reads("/edit 1 2 pears", "first his 2 pears")
	reads("/edit s/pears/figs/", "first his 2 figs")
	reads("/edit 2 s/fir/wor", "worst his 2 figs")
	reads("/delete", "worst his ")
	reads("/edit +1 to that", "+1 to that his ")
	reads("/edit only", "only his ")
	reads("/delete 1", " his ")
	for line, want := range map[string]string{
		"/edit x":   "Nothing that you said in #lobby is kept.",
		"/delete 3": "Nothing that you said in #lobby is kept.",
	} {
		if got := w.runs("alice", line); !got.Refused || got.Answer != want {
			t.Errorf("%s: %+v", line, got)
		}
	}
	w.says("alice", "#lobby", "last")
	for line, want := range map[string]string{
		"/edit 2 x":      "Only 1 message of yours in #lobby can be found.",
		"/edit s/no/x/":  "Your message does not have that: last",
		"/edit s/last//": "Nothing would be left of it. /delete takes it away.",
	} {
		if got := w.runs("alice", line); !got.Refused || got.Answer != want {
			t.Errorf("%s: %+v", line, got)
		}
	}
}
