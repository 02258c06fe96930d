package line

import (
	"strings"
	"testing"
)

// dumbDesk is a dumb editor before an emulator that may be sent no escape sequence.
func dumbDesk(t *testing.T, w int) *desk {
	d := newDesk(t, w, 10, "")
	d.e = NewDumb()
	d.e.Resize(w, 10)
	d.e.SetPrompt("\x1b[1m> \x1b[0m")
	d.redraw("")
	return d
}

func (d *desk) plainly(s, above string) {
	d.t.Helper()
	d.e.Feed([]byte(s), func(a Action) { d.acts = append(d.acts, a) })
	out := d.e.AppendRedraw(nil, []byte(above))
	if strings.ContainsRune(string(out), esc) {
		d.t.Errorf("sent %q to a dumb terminal", out)
	}
	d.write(out)
}

func TestADumbTerminalShowsWhatIsTyped(t *testing.T) {
	d := dumbDesk(t, 30)
	defer d.close()
	d.plainly("hello 世x", "")
	d.shows(0, 11, "> hello 世x")
	d.plainly("\x7f\x7f", "")
	d.shows(0, 8, "> hello")
	d.plainly("there you\x17", "")
	d.shows(0, 14, "> hello there")
	d.plainly("\x15", "")
	d.shows(0, 2, ">")
	d.plainly("e\u0301\x7f", "")
	d.shows(0, 2, ">")
	d.plainly("one\r", "")
	d.shows(1, 2, "> one", ">")
	d.plainly("\x1b[Dtwo\x03", "")
	d.shows(2, 2, "> one", "> two^C", ">")
	d.plainly("\x04", "")
	d.write(d.e.AppendClear(nil))
	d.shows(2, 0, "> one", "> two^C")
	if got := len(d.acts); got != 3 || d.acts[0].Text != "one" || d.acts[1] != (Action{Kind: Interrupt, Text: "two"}) || d.acts[2].Kind != EOF {
		t.Errorf("actions %v", d.acts)
	}
}

func TestADumbTerminalShowsTheDraftAgainBelowAMessage(t *testing.T) {
	d := dumbDesk(t, 30)
	defer d.close()
	d.plainly("", "first\r\n")
	d.shows(1, 2, "first", ">")
	d.plainly("half a", "")
	d.plainly("", "second\r\nthird\r\n")
	d.shows(4, 8, "first", "> half a", "second", "third", "> half a")
	d.plainly(" line\r", "fourth\r\n")
	d.shows(6, 2, "first", "> half a", "second", "third", "> half a line", "fourth", ">")
}

func TestADumbTerminalWhereALineIsTooLongToErase(t *testing.T) {
	d := dumbDesk(t, 10)
	defer d.close()
	d.plainly("0123456789", "")
	d.shows(1, 2, "> 01234567", "89")
	d.plainly("\x7f", "")
	d.shows(1, 1, "> 01234567", "8")
	d.plainly("\x15abc", "")
	d.shows(2, 5, "> 01234567", "8", "> abc")
	d.e.SetDraft("abd")
	d.plainly("", "")
	d.shows(2, 5, "> 01234567", "8", "> abd")
	d.e.SetPrompt("#ops> ")
	d.plainly("", "")
	d.shows(3, 9, "> 01234567", "8", "> abd", "#ops> abd")
}

func TestADumbTerminalCompletesAndRecalls(t *testing.T) {
	e := NewDumb()
	e.SetPrompt("> ")
	var got []Action
	emit := func(a Action) {
		got = append(got, a)
		switch a.Kind {
		case Complete:
			e.SetCompletions([]string{"alice"}, ": ")
		case Recall:
			e.SetDraft("back")
		}
	}
	e.SetStatus(" #ops 3")
	e.SetPending([]string{"unsent"})
	e.Feed([]byte("al\thi\n\x1b[A"), emit)
	if out := string(e.AppendRedraw(nil, nil)); out != "> alice: hi\r\n> back" {
		t.Errorf("sent %q", out)
	}
	if len(got) != 3 || got[1] != (Action{Kind: Enter, Text: "alice: hi"}) {
		t.Errorf("%v", got)
	}
}
