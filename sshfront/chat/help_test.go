package chat

import (
	"slices"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"

	"moniker/fsm/id"
	"moniker/fsm/setting"
)

func TestHelpFitsTheScreen(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	c := w.as("alice")
	for _, c.Width = range []int{30, 40, 59, 60, 80, 120} {
		for _, line := range append([]string{"/help"}, helpOfAll()...) {
			text := Run(line, c).Answer
			for _, row := range strings.Split(text, "\n") {
				if displaywidth.String(row) > c.Width {
					t.Errorf("%s at %d: %q", line, c.Width, row)
				}
			}
			if strings.ContainsAny(text, "{}!") || strings.HasSuffix(text, ".") {
				t.Errorf("%s: %q", line, text)
			}
		}
	}
}

func helpOfAll() []string {
	var all []string
	for _, cmd := range Commands() {
		all = append(all, "/help "+cmd.Name)
	}
	return all
}

func TestHelpTellsTheLimitsInForce(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.set(setting.LimitRooms, 7)
	w.set(setting.LeaseGrace, int64(72*id.Minute))
	for line, want := range map[string]string{"/help join": "7 rooms at most", "/help quit": "at least 1 h 12 min", "/help nick x": "/nick NAME   take"} {
		if got := w.runs("alice", line).Answer; !strings.Contains(got, want) {
			t.Errorf("%s: %q", line, got)
		}
	}
	for _, cmd := range Commands() {
		for rest := cmd.Help; strings.Contains(rest, "{"); {
			_, after, _ := strings.Cut(rest, "{")
			name, tail, _ := strings.Cut(after, "}")
			if _, ok := setting.Define(setting.Name(name)); !ok {
				t.Errorf("/%s: there is no setting %q", cmd.Name, name)
			}
			rest = tail
		}
	}
}

func TestHelpIsNarrowWhereTheScreenIs(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	c := w.as("alice")
	c.Width = 40
	if got := Run("/help me", c).Answer; got != "/me TEXT\n  say what you do: /me pours coffee.\n  4,000 characters at most" {
		t.Errorf("%q", got)
	}
}

// TestEveryCommandHasItsTopic: one that has none is in no list.
func TestEveryCommandHasItsTopic(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	list := strings.Fields(w.runs("alice", "/help").Answer)
	for _, cmd := range Commands() {
		if !slices.Contains(topics(), cmd.Topic) || !slices.Contains(list, "/"+cmd.Name) {
			t.Errorf("/%s is about %q", cmd.Name, cmd.Topic)
		}
	}
}
