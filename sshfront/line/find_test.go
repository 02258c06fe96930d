package line

import (
	"slices"
	"strings"
	"testing"
)

// finderOf shows prompt and draft as they stand: what is looked for, and what was found.
func finderOf(e *Editor) string { return string(e.scr.prompt) + e.Draft() }

func TestCtrlRNarrowsWithWhatIsTyped(t *testing.T) {
	e := New(80, 24)
	e.SetPrompt("> ")
	e.SetHistory([]string{"the disk on n3", "lunch", "a disk", "the disk on n1", "bye"})
	for _, step := range [][2]string{
		{"\x12", "search []: "}, {"d", "search [d]: the disk on n1"}, {"isk", "search [disk]: the disk on n1"},
		{"\x12", "search [disk]: a disk"}, {" on", "search [disk on]: the disk on n3"}, {"\x12", "search [disk on]: the disk on n3"},
		{"\x13", "search [disk on]: the disk on n1"}, {"\x13", "search [disk on]: the disk on n1"}, {"世", "not found [disk on世]: "},
		{"\x12", "not found [disk on世]: "}, {"\x7f\x7f\x7f\x7f", "search [disk]: the disk on n1"},
		{"\x07", "> "}, {"\x12", "search []: "}, {"\x12", "search []: bye"}, {"\x1b[5~", "search []: the disk on n1"}, {"\x7f", "> "},
		{"\x12lun\x03", "> "}, {"\x12lun\x04", "> "}, {"\x12lun\x1b[27u", "> "}, {"\x12lun\x1b[C!", "> lunch!"}, {"\x07", "> "},
		{"\x12lun\x1b[A", "> the disk on n3"}, {"\x1b[B\x1b[B", "> a disk"}, {"\x07", "> "},
		{"\x12no such\r", "> "}, {"\x12lun\n", "> lunch⏎"}, {"\x03", "> "}, {"\x12lun\x1b[200~ch\x1b[201~", "search [lunch]: lunch"}, {"\x05", "> lunch"},
	} {
		var acts []Action
		e.Feed([]byte(step[0]), func(a Action) { acts = append(acts, a) })
		if got := strings.ReplaceAll(finderOf(e), "\n", newlineSign); got != step[1] {
			t.Fatalf("after %q: %q, want %q", step[0], got, step[1])
		}
		if len(acts) > 0 && step[0] != "\x03" {
			t.Errorf("%q asks for %v", step[0], acts)
		}
	}
}

func TestCtrlRBeginsWithWhatIsTyped(t *testing.T) {
	e := New(80, 24)
	e.SetPrompt("> ")
	e.SetHistory([]string{"the disk on n3", "disk", "lunch", "the disk on n1", "bye"})
	for _, step := range [][2]string{
		{"disk\x12", "search [disk]: the disk on n1"}, {"\x12", "search [disk]: disk"}, {"\x12", "search [disk]: the disk on n3"},
		{"\x07", "> disk"}, {"\x12\x1b[27u", "> disk"}, {"\x12 on n3", "search [disk on n3]: the disk on n3"}, {"\x07", "> disk"},
		{"\x12世", "not found [disk世]: "}, {"\r", "> disk"}, {"\x12世\x1b[D", "> disk"}, {"\x12世\x03", "> disk"}, {"\x12世\x1b[A", "> bye"},
		{"\x1b[B", "> disk"}, {"\x12\x1b[B", "> bye"}, {"\x1b[B", "> disk"}, {"\x12\x1b[D", "> the disk on n1"},
		{"\x05\x15a\nb\x12", "search []: "}, {"\x07", "> a⏎b"}, // what does not fit into a prompt is not looked for
	} {
		var acts []Action
		e.Feed([]byte(step[0]), func(a Action) { acts = append(acts, a) })
		if got := strings.ReplaceAll(finderOf(e), "\n", newlineSign); got != step[1] {
			t.Fatalf("after %q: %q, want %q", step[0], got, step[1])
		}
		if len(acts) > 0 {
			t.Errorf("%q asks for %v", step[0], acts)
		}
	}
}

// A search behind a draft that is longer than what can be looked for begins with nothing.
func TestCtrlRBehindALongDraftFindsWhatIsTypedThen(t *testing.T) {
	long := strings.Repeat("a word ", 60)
	e := New(80, 24)
	e.SetPrompt("> ")
	e.SetHistory([]string{"the disk on n3", "lunch"})
	for _, step := range [][2]string{
		{long + "\x12", "search []: "}, {"lun", "search [lun]: lunch"}, {"\x07", "> " + long},
		{"\x12disk", "search [disk]: the disk on n3"}, {"\x7f\x7f\x7f\x7f", "search []: "}, {"\x7f", "> " + long},
		{"\x12\x1b[D", "> " + long}, {"\x12disk\x05!", "> the disk on n3!"},
	} {
		e.Feed([]byte(step[0]), func(Action) {})
		if got := finderOf(e); got != step[1] {
			t.Fatalf("after %.20q: %q, want %q", step[0], got, step[1])
		}
	}
}

// Nothing that is pasted is lost to a search, and what was typed before it is the draft.
func TestWhatIsPastedIntoASearchIsNotLost(t *testing.T) {
	long := strings.Repeat("a word ", 60)
	for _, c := range [][2]string{
		{"dra\x12\x1b[200~line a\nline b\x1b[201~", "draline a\nline b"},
		{"\x12\x1b[200~lunch\nand more\x1b[201~", "lunch\nand more"},
		{"dra\x12\x1b[200~" + long + "\x1b[201~", "dra" + long},
		{"lu\x12", "lu"},
		{"lu\x12x", "lu"},
		{"\x12lu", "lunch"},
	} {
		e := New(80, 24)
		e.SetPrompt("> ")
		e.SetHistory([]string{"lunch"})
		e.Feed([]byte(c[0]), func(Action) {})
		if got := e.Typed(); got != c[1] {
			t.Errorf("%.30q: %q, want %q", c[0], got, c[1])
		}
	}
}

func TestEnterSendsWhatASearchHasFound(t *testing.T) {
	d := newDesk(t, 40, 6, "> ")
	defer d.close()
	d.e.SetHistory([]string{"the disk on n3", "bye"})
	d.press("\x12sk")
	d.shows(0, 27, "search [sk]: the disk on n3")
	d.e.SetPrompt("#ops> ")
	d.redraw("")
	d.shows(0, 27, "search [sk]: the disk on n3")
	d.press("\r")
	d.shows(0, 6, "#ops>")
	if want := []Action{{Kind: Enter, Text: "the disk on n3"}}; !slices.Equal(d.acts, want) {
		t.Errorf("actions %v, want %v", d.acts, want)
	}
}

func TestALoneEscEndsASearchAndWhatIsSetByOthersToo(t *testing.T) {
	e := New(80, 24)
	e.SetPrompt("> ")
	e.SetHistory([]string{"lunch"})
	feed := func(keys string) { e.Feed([]byte(keys), func(Action) {}) }
	feed("\x12lun\x1b")
	e.FlushEsc()
	if got := finderOf(e); got != "> " {
		t.Errorf("%q", got)
	}
	feed("\x12x")
	e.SetDraft("not sent")
	if got := finderOf(e); got != "> not sent" {
		t.Errorf("%q", got)
	}
	feed("\x15\x12lun\t")
	if got := finderOf(e); got != "> lunch" {
		t.Errorf("%q", got)
	}
	feed("\x03\x12" + strings.Repeat("x", 2*maxWord))
	if n := len(e.find.sought); n != maxWord {
		t.Errorf("%d bytes are looked for", n)
	}
}
