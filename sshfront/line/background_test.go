package line

import (
	"slices"
	"testing"
)

func TestTheBackgroundIsNeverTyped(t *testing.T) {
	told := []Action{{Kind: Background, Text: "rgb:1e1e/1e1e/2e2e"}}
	for _, c := range []struct {
		what, in string
		want     []Action
	}{
		{"ended by ST", "ab\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\cd", told},
		{"ended by BEL", "ab\x1b]11;rgb:1e1e/1e1e/2e2e\x07cd", told},
		{"in a paste", "ab\x1b[200~\x1b]11;rgb:1e1e/1e1e/2e2e\x07\x1b[201~cd", nil},
		{"another answer", "ab\x1b]10;rgb:1e1e/1e1e/2e2e\x07cd", nil},
		{"no OSC", "ab\x1bP11;rgb:1e1e/1e1e/2e2e\x1b\\cd", nil},
		{"too long", "ab\x1b]11;rgb:1e1e1e1e1e1e/1e1e1e1e1e/2e2e\x07cd", nil},
	} {
		for split := 0; split <= len(c.in); split++ {
			e := New(40, 5)
			var acts []Action
			for _, part := range []string{c.in[:split], c.in[split:]} {
				e.Feed([]byte(part), func(a Action) { acts = append(acts, a) })
			}
			if e.Draft() != "abcd" || !slices.Equal(acts, c.want) {
				t.Errorf("%s, split at %d: draft %q, actions %v", c.what, split, e.Draft(), acts)
			}
		}
	}
}

func TestTheQuestionShowsNothing(t *testing.T) {
	d := newDesk(t, 40, 5, "> ")
	defer d.close()
	d.redraw("hello\r\n" + AskBackground)
	d.shows(1, 2, "hello", ">")
}
