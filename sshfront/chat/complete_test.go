package chat

import (
	"fmt"
	"strings"
	"testing"

	"moniker/fsm/setting"
)

// tab completes a line whose cursor stands at its end, as the editor splits it.
func (w *town) tab(name, line string) string {
	at := strings.LastIndexAny(line, " \n") + 1
	var out []string
	for _, c := range Complete(line[:at], line[at:], w.as(name)) {
		out = append(out, c.Text+c.After)
	}
	return strings.Join(out, "|")
}

func TestTab(t *testing.T) {
	w := newTown(t, 1)
	for _, name := range []string{"me", "alice", "Alan", "albert", "bob", "carol", "away"} {
		w.comes(name, 1)
	}
	w.joins("carol", "#ops")
	w.joins("me", "#ops")
	w.joins("bob", "#open")
	w.goes("away")
	w.says("alice", "#lobby", "hi")
	w.says("albert", "#lobby", "hi")
	for line, want := range map[string]string{
		"/wh": "/who |/whois ", "/NA": "/names ", "/n": "/names |/nick ", "/": all("/", " "), "/x": "", "//wh": "",
		"/whois ca": "carol ", "/whois carol b": "", "/msg al": "albert |alice |Alan ", "/msg @al": "@albert |@alice |@Alan ",
		"/msg bob al": "albert |alice |Alan ", "/msg bob ": "", "/me al": "albert |alice |Alan ", "/reply #op": "#ops |#open ",
		"/join o": "#ops |#open ", "/join #OP": "#ops |#open ", "/part o": "#ops ", "/names #": "#lobby |#ops ", "/part ops o": "",
		"/help wh": "who |whois ", "/help /wh": "/who |/whois ", "/help nick wh": "", "/nick al": "", "/frob al": "", "/quit al": "",
		"al": "albert: |alice: |Alan: ", "AL": "albert: |alice: |Alan: ", "@al": "@albert |@alice |@Alan ", "so al": "albert |alice |Alan ",
		"so\nal": "albert |alice |Alan ", "#o": "#ops |#open ", "in #lo": "#lobby ", "": "", "so ": "", "m": "", "zz": "",
		":tad": ":tada: ", "so :tad": ":tada: ", ":": "", "so :xyz_": "", "aw": "away: ", "a": "albert: |alice: |Alan: |away: ", "//x al": "albert |alice |Alan ",
	} {
		if got := w.tab("me", line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

func all(before, after string) string {
	var out []string
	for _, c := range Commands() {
		out = append(out, before+c.Name+after)
	}
	return strings.Join(out, "|")
}

// Those who are elsewhere come after those who are here, however much they say.
func TestTabLooksInOtherRoomsLast(t *testing.T) {
	w := newTown(t, 1)
	for _, name := range []string{"me", "ann", "anton", "anna", "antje"} {
		w.comes(name, 1)
	}
	for _, name := range []string{"me", "anton"} {
		w.joins(name, "#ops")
	}
	w.people["me"].place = "#ops"
	w.says("anna", "#lobby", "hi")
	if got := w.tab("me", "an"); got != "anton: |ann: |anna: |antje: " {
		t.Errorf("%q", got)
	}
	w.joins("antje", "#ops")
	w.says("antje", "#ops", "bye")
	w.does("antje", "/part #ops") // she has spoken here and is here no more
	if got := w.tab("me", "an"); got != "anton: |ann: |anna: |antje: " {
		t.Errorf("%q", got)
	}
	w.does("me", "/part #lobby")
	if got := w.tab("me", "an"); got != "anton: " { // no room is shared with the others
		t.Errorf("%q", got)
	}
	w.writes("antje", "me", "hello")
	if got := w.tab("me", "/msg an"); got != "anton |antje " {
		t.Errorf("%q", got)
	}
}

func TestTabIsBounded(t *testing.T) {
	w := newTown(t, 1)
	w.set(setting.LimitRooms, 1000)
	w.comes("me", 1)
	for n := range 250 {
		name := fmt.Sprint("p", n)
		w.comes(name, 1)
		w.says(name, "#lobby", "hi")
		w.joins("me", "#"+name)
	}
	for _, line := range []string{"p", "@p", "/msg p", "#p", "/join p", "/part p"} {
		if got := strings.Count(w.tab("me", line), "|") + 1; got != candidatesMost {
			t.Errorf("%q: %d candidates", line, got)
		}
	}
	if got := w.tab("me", "p"); !strings.HasPrefix(got, "p249: |p248: ") {
		t.Errorf("%q", got)
	}
}
