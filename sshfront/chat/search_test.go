package chat

import (
	"fmt"
	"strings"
	"testing"

	"moniker/fsm"
	"moniker/fsm/room"
)

// places is a search's messages, with where they were said.
func places(out Outcome) string {
	var all []string
	for _, m := range out.Shown {
		all = append(all, m.Place+" "+m.Text)
	}
	return strings.Join(all, ", ")
}

func TestSearchFindsWhatHasEveryWordWhereItsReaderIs(t *testing.T) {
	w := newTown(t, 1)
	for _, name := range []string{"alice", "bob", "carol"} {
		w.comes(name, 1)
	}
	w.joins("bob", "#ops")
	w.joins("alice", "#ops")
	w.joins("carol", "#dev")
	w.says("bob", "#lobby", "the Backup finished at four")
	w.says("carol", "#lobby", "which backup?")
	w.says("bob", "#ops", "backups are late, at four")
	w.says("carol", "#dev", "a backup at four that alice does not read")
	w.writes("bob", "alice", "our backup is at four")
	w.writes("carol", "bob", "another backup, at four")
	w.says("bob", "#lobby", "ÜBER four backup")
	alone := room.Conversation(key("alice"), key("bob"))
	for line, want := range map[string]string{
		"/search backup FOUR":     "#lobby the Backup finished at four, #lobby ÜBER four backup",
		"/search which":           "#lobby which backup?",
		"/search  über ":          "#lobby ÜBER four backup",
		"/search all four backup": "#lobby the Backup finished at four, #ops backups are late, at four, " + alone + " our backup is at four, #lobby ÜBER four backup",
	} {
		out := w.runs("alice", line)
		if got := places(out); got != want || out.Answer != "" {
			t.Errorf("%s: %q, %q, want %q", line, got, out.Answer, want)
		}
	}
	for line, want := range map[string]string{
		"/search tape":                           "Nothing that is kept in #lobby has that word. /search all WORDS looks in every place that you read.",
		"/search all late two":                   "Nothing that is kept where you read has all those words.",
		"/search all":                            "Nothing that is kept in #lobby has that word. /search all WORDS looks in every place that you read.",
		"/search 1 2 3 4 5 6 7 8 9":              "9 words; /search takes 8.",
		"/search " + strings.Repeat("é", 101):    "101 characters; /search takes 100.",
		"/search all " + strings.Repeat("é", 99): "Nothing that is kept where you read has that word.",
	} {
		if out := w.runs("alice", line); out.Answer != want || out.Refused != strings.Contains(want, "takes") {
			t.Errorf("%s: %+v", line, out)
		}
	}
	w.does("alice", "/query bob")
	if got := places(w.runs("alice", "/search four")); got != alone+" our backup is at four" {
		t.Errorf("alone with bob: %q", got)
	}
}

// What is ignored or deleted is in no history, so it is found by nobody.
func TestSearchFindsNothingThatItsReaderDoesNotHear(t *testing.T) {
	w := newTown(t, 1)
	for _, name := range []string{"alice", "bob", "mallory"} {
		w.comes(name, 1)
	}
	w.says("mallory", "#lobby", "four by mallory")
	w.writes("mallory", "alice", "four in private")
	w.says("bob", "#lobby", "four that goes")
	w.says("bob", "#lobby", "four that stays")
	if _, a := w.does("bob", "/delete 2"); a.Code != fsm.OK {
		t.Fatal(a.Code)
	}
	w.does("alice", "/ignore mallory")
	if got := places(w.runs("alice", "/search all four")); got != "#lobby four that stays" {
		t.Errorf("%q", got)
	}
}

func TestSearchIsBoundedAndSaysSo(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.joins("alice", "#ops")
	for n := range searchMost {
		w.says("alice", "#lobby", fmt.Sprint("four ", n))
	}
	if out := w.runs("alice", "/search four"); len(out.Shown) != searchMost || out.Answer != "" {
		t.Errorf("%d, %q", len(out.Shown), out.Answer)
	}
	w.says("alice", "#ops", "four, the newest")
	out := w.runs("alice", "/search all four")
	if len(out.Shown) != searchMost || out.Shown[0].Text != "four 1" || out.Shown[searchMost-1].Place != "#ops" {
		t.Errorf("%d: %s", len(out.Shown), places(out))
	}
	if out.Answer != "The last 50; there are more. Another word narrows it." {
		t.Errorf("%q", out.Answer)
	}
	for range searchMost / 2 {
		w.says("alice", "#lobby", "long "+strings.Repeat("é", 3900))
		w.says("alice", "#ops", "long "+strings.Repeat("é", 3900))
	}
	bytes := 0
	out = w.runs("alice", "/search all long")
	for _, m := range out.Shown {
		bytes += len(m.Text)
	}
	if len(out.Shown) == 0 || bytes > historyBytes || !strings.HasPrefix(out.Answer, "The last ") {
		t.Errorf("%d messages, %d bytes, %q", len(out.Shown), bytes, out.Answer)
	}
}

func TestTabKnowsWhatASearchTakes(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.comes("alfred", 1)
	for line, want := range map[string]string{"/search al": "all |alfred ", "/search four al": "alfred ", "/sea": "/search "} {
		if got := w.tab("alice", line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
