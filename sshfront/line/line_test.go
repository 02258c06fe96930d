package line

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestWideCharactersAreDeletedWhole(t *testing.T) {
	d := newDesk(t, 40, 6, "> ")
	defer d.close()
	d.press("你好世界")
	d.shows(0, 10, "> 你好世界")
	d.press("\x7f")
	d.press("\x7f")
	d.shows(0, 6, "> 你好")
	d.press("\x1b[D\x1b[Dx")
	d.shows(0, 3, "> x你好")
}

func TestEmojiClustersAreDeletedWhole(t *testing.T) {
	d := newDesk(t, 40, 6, "> ")
	defer d.close()
	d.press("a🇩🇪👨‍👩‍👧‍👦")
	d.shows(0, 7, "> a🇩🇪👨‍👩‍👧‍👦")
	d.press("\x7f")
	d.shows(0, 5, "> a🇩🇪")
	d.press("\x1b[D")
	d.shows(0, 3, "> a🇩🇪")
	d.press("\x1b[3~")
	d.shows(0, 3, "> a")
}

func TestEnterHandsOverAWideLineAndLeavesNothing(t *testing.T) {
	d := newDesk(t, 40, 6, "> ")
	defer d.close()
	text := strings.Repeat("界", 40)
	d.press(text)
	d.shows(2, 2, "> "+strings.Repeat("界", 19), strings.Repeat("界", 20), "界")
	d.press("\r")
	d.shows(0, 2, ">")
	if want := []Action{{Kind: Enter, Text: text}}; !slices.Equal(d.acts, want) {
		t.Errorf("actions %v, want %v", d.acts, want)
	}
}

func TestIncomingLinesLeaveALongDraftAlone(t *testing.T) {
	d := newDesk(t, 60, 12, "#lobby bob> ")
	defer d.close()
	d.e.SetStatus(" #ops 3")
	draft := strings.Repeat("0123456789", 15)
	d.press(draft)
	var want []string
	for i := range 20 {
		l := fmt.Sprintf("10:%02d    alice  message %d", i, i)
		d.redraw(l + "\r\n")
		want = append(want, l)
	}
	line := "#lobby bob> " + draft
	want = append(want[20-8:], " #ops 3", line[:60], line[60:120], line[120:])
	d.shows(11, 42, want...)
}

func TestTypingAtTheHeadOfAWrappedDraft(t *testing.T) {
	d := newDesk(t, 20, 6, "> ")
	defer d.close()
	d.press(strings.Repeat("a", 30))
	d.press("\x01")
	d.shows(0, 2, "> "+strings.Repeat("a", 18), strings.Repeat("a", 12))
	d.press("xyz")
	d.shows(0, 5, "> xyz"+strings.Repeat("a", 15), strings.Repeat("a", 15))
}

func TestResizeLeavesNothingStale(t *testing.T) {
	d := newDesk(t, 60, 12, "> ")
	defer d.close()
	d.redraw("one\r\ntwo\r\nthree\r\n")
	d.press(strings.Repeat("d", 100))
	line := "> " + strings.Repeat("d", 100)
	d.shows(4, 42, "one", "two", "three", line[:60], line[60:])
	d.resize(40)
	d.shows(5, 22, "one", "two", "three", line[:40], line[40:80], line[80:])
	d.resize(80)
	d.shows(4, 22, "one", "two", "three", line[:80], line[80:])
}

func TestPasteOfSeveralLinesIsOneMessage(t *testing.T) {
	d := newDesk(t, 40, 6, "> ")
	defer d.close()
	d.press("\x1b[200~one\r\ttwo\r\nthree\x1b[31m\x03\x1b[201~")
	d.shows(0, 19, "> one⏎    two⏎three")
	if len(d.acts) > 0 {
		t.Errorf("actions %v inside a paste, want none", d.acts)
	}
	d.press("\r")
	if want := []Action{{Kind: Enter, Text: "one\n    two\nthree"}}; !slices.Equal(d.acts, want) {
		t.Errorf("actions %v, want %v", d.acts, want)
	}
}

func TestKeysOfEveryTerminal(t *testing.T) {
	home := []string{
		"\x1b[H", "\x1b[1~", "\x1b[7~", "\x1bOH", "\x01", "\x1b[1;1H", "\x1b[D\x1b[D\x1bOD",
		"\x1b[1;5H", "\x1b[7^", "\x1b[7$", "\x1b[7@", "\x1b[1;129H", "\x1b[1;1:1H", "\x1b[1;1H\x1b[1;1:3H", "\x1b[97;5u", "\x1b[27;5;97~",
	}
	end := []string{
		"\x1bOw", "\x1b[F", "\x1b[4~", "\x1b[8~", "\x1bOF", "\x05", "\x1b[C\x06\x1bOC", "\x1b[8^", "\x1b[8$", "\x1b[101;5u", "\x1b[27;5;101~", "\x1b[1;2F",
	}
	erase := []string{"\x1b[3~", "\x04", "\x1b[3;2~", "\x1b[3$", "\x1b[100;5u"}
	for _, h := range home {
		for _, en := range end {
			for _, del := range erase {
				e := New(80, 24)
				e.Feed([]byte("abc"+h+"x"+del+en+"y"), func(a Action) { t.Errorf("%v", a) })
				if got := e.Draft(); got != "xbcy" {
					t.Errorf("%q %q %q: %q, want xbcy", h, en, del, got)
				}
			}
		}
	}
}

func TestWordKeys(t *testing.T) {
	for keys, want := range map[string]string{
		"\x1b[1;5D": "one two |три.four",
		"\x1bb":     "one two |три.four", "\x1b[5D": "one two |три.four", "\x1bOd": "one two |три.four",
		"\x1bO5D": "one two |три.four", "\x1b[1;3D": "one two |три.four", "\x1b[1;6D": "one two |три.four", "\x1b[98;3u": "one two |три.four",
		"\x1b[3^": "one two три|", "\x1b[3;5~": "one two три|", "\x1b[127;5u": "one two |.four", "\x1b[27;3;127~": "one two |.four", "\x1b[119;5u": "one two |.four",
		"\x1b[120;3u\x1b[57441;1u\x1b[120;9u\x1b[122:90:122;5;26u": "one two три|.four",
		"\x1b[120u\x1b[120;2u\x1b[19990;1u":                        "one two триxX世|.four",
		"\x1b[13;2u\x1b[9;5u\x1b[27u\x1b[127u\x1b[32;1u":           "one two три |.four",
		"\x1bb\x1b[1;5D":       "one |two три.four",
		"\x01\x1b[1;5C":        "one| two три.four",
		"\x01\x1bf\x1bOc":      "one two| три.four",
		"\x17":                 "one two |.four",
		"\x1b\x7f":             "one two |.four",
		"\x01\x1bd":            "| two три.four",
		"\x17\x19\x19":         "one two тритри|.four",
		"\x01\x0b\x19":         "one two три.four|",
		"\x15":                 "|.four",
		"\x14":                 "one two тр.и|four",
		"\x05\x14":             "one two три.foru|",
		"\x02\x06\x02\x08":     "one two т|и.four",
		"\x01\x02\x08\x14\x15": "|one two три.four",
	} {
		e := New(80, 24)
		e.Feed([]byte("one two три.four\x02\x02\x02\x02\x02"+keys), func(Action) {})
		d, c := e.Draft(), e.Cursor()
		if got := d[:c] + "|" + d[c:]; got != want {
			t.Errorf("%q: %s, want %s", keys, got, want)
		}
	}
}

func TestALoneEscapeEatsNoText(t *testing.T) {
	e := New(80, 24)
	e.Feed([]byte("\x1bhello"), func(Action) {})
	if got := e.Draft(); got != "hello" {
		t.Errorf("Esc, hello in one piece: %q", got)
	}
	for _, text := range []string{"bob", "Oh", "[x]", "d", "]p", "Pf"} {
		e := New(80, 24)
		e.Feed([]byte{esc}, func(Action) {})
		if !e.PendingEsc() {
			t.Fatal("no Esc pending after Esc")
		}
		e.FlushEsc()
		e.Feed([]byte(text), func(Action) {})
		if got := e.Draft(); got != text {
			t.Errorf("Esc, time passes, %s: %q", text, got)
		}
	}
}

func TestUnknownSequencesAreDroppedWhole(t *testing.T) {
	for _, s := range []string{
		"\x1b[?1;2c", "\x1b[24;80R", "\x1b[15~", "\x1b[[A", "\x1bOP", "\x1bOp", "\x1b]10;rgb:0/0/0\x07",
		"\x1b]10;rgb:0/0/0\x1b\\", "\x1bP1+r544e\x1b\\", "\x1b_Gi=1\x1b\\", "\x1b[<0;1;2M", "\x1b[1;2;3;4;5;6;7;8;9;10;11x",
		"\x1b[ q", "\x1b[I", "\x1b[?2027;2$y", "\x1b[57350u", "\x1b[97;5:3u", "\x1b[1;1:3A", "\x1b[27;5;106;1;1;1;1;1;1;1;1;1;1~", "\x1b[2~", "\x1b[11$", "\xff", "\xc0\x80", "\xe4\xbd", "\xed\xa0\x80", "\x80", "\u202e", "\u200b", "\u2066", "\ufeff",
		"\u0085", "\x00", "\x1c", "\u200d", "\ufe0f",
	} {
		e := New(80, 24)
		e.Feed([]byte("a "+s+"b"), func(a Action) { t.Errorf("%q: %v", s, a) })
		if got := e.Draft(); got != "a b" {
			t.Errorf("%q: draft %q, want %q", s, got, "a b")
		}
	}
}

func TestEnterAndControlCBreakOutOfASequence(t *testing.T) {
	for _, open := range []string{"\x1b", "\x1b[", "\x1b[1;", "\x1bO", "\x1b]0;title", "\x1bP", "\xe4\xbd", "\x1b[["} {
		e := New(80, 24)
		var acts []Action
		e.Feed([]byte("hi"+open+"\rx"+open+"\x03"), func(a Action) { acts = append(acts, a) })
		if want := []Action{{Kind: Enter, Text: "hi"}, {Kind: Interrupt, Text: "x"}}; !slices.Equal(acts, want) {
			t.Errorf("%q: %v, want %v", open, acts, want)
		}
	}
}

func TestADraftOfExactlyOneRow(t *testing.T) {
	d := newDesk(t, 20, 6, "> ")
	defer d.close()
	for range 17 {
		d.press("a")
	}
	d.press("b")
	full := "> " + strings.Repeat("a", 17) + "b"
	d.shows(1, 0, full)
	d.redraw("hello\r\n")
	d.shows(2, 0, "hello", full)
	d.press("c")
	d.shows(2, 1, "hello", full, "c")
	d.press("\x7f\x7f")
	d.shows(1, 19, "hello", full[:19])
	d.press("\x01")
	d.redraw(strings.Repeat("w", 20) + "\r\n")
	d.shows(2, 2, "hello", strings.Repeat("w", 20), full[:19])
}

func TestADraftTallerThanTheScreenShowsItsTail(t *testing.T) {
	d := newDesk(t, 10, 4, "> ")
	defer d.close()
	d.e.SetStatus(" 1")
	d.press("aaaaaaaabbbbbbbbbbccccccccccddddddddddeeeee")
	d.shows(3, 5, " 1", "cccccccccc", "dddddddddd", "eeeee")
	d.press("\x01")
	d.shows(1, 2, " 1", "> aaaaaaaa", "bbbbbbbbbb", "cccccccccc")
	d.press("\x03")
	d.shows(1, 2, " 1", ">")
}

func TestClosingRemovesTheLiveArea(t *testing.T) {
	d := newDesk(t, 20, 6, "> ")
	defer d.close()
	d.e.SetStatus(" #ops 3")
	d.press(strings.Repeat("a", 30))
	d.redraw("one\r\n")
	d.write(d.e.AppendClear(nil))
	d.shows(1, 0, "one")
	d.redraw("two\r\n")
	d.write(d.e.AppendClearScreen(nil))
	d.shows(2, 12, " #ops 3", "> "+strings.Repeat("a", 18), strings.Repeat("a", 12))
}

func TestTypingAtTheEndSendsOnlyWhatWasTyped(t *testing.T) {
	e := New(20, 6)
	e.SetPrompt("> ")
	e.AppendRedraw(nil, nil)
	feed := func(s string) string {
		e.Feed([]byte(s), func(Action) {})
		return string(e.AppendRedraw(nil, nil))
	}
	if got := feed("a") + feed("bc"); got != "abc" {
		t.Errorf("sent %q, want abc", got)
	}
	if got := feed("\x1b[C"); got != "" {
		t.Errorf("a key that does nothing sent %q", got)
	}
	if got := feed("\u0301"); got == "\u0301" {
		t.Errorf("a combining mark was sent alone")
	}
}

func TestHistoryKeepsTheUnfinishedDraft(t *testing.T) {
	e := New(80, 24)
	var kinds []Kind
	step := func(in, want string) {
		t.Helper()
		e.Feed([]byte(in), func(a Action) { kinds = append(kinds, a.Kind) })
		if got := e.Draft(); got != want {
			t.Errorf("after %q: %q, want %q", in, got, want)
		}
	}
	step("one\rtwo\rtwo\r\rthr", "thr")
	step("\x1b[A", "two")
	step("\x10", "one")
	step("\x1bOA", "one")
	step("\x1b[B\x0e", "thr")
	step("\x1b[B", "thr")
	step("\x15\x1b[A", "two")
	if want := []Kind{Enter, Enter, Enter, Enter, Recall}; !slices.Equal(kinds, want) {
		t.Errorf("actions %v, want %v", kinds, want)
	}
	e.SetDraft("")
	e.Feed([]byte("\x0e\x1b[A"), func(Action) { e.SetDraft("taken back") })
	if got := e.Draft(); got != "taken back" {
		t.Errorf("Recall: %q", got)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	e := New(80, 24)
	for i := range 3 * historyLines {
		e.Feed(fmt.Appendf(nil, "line %d\r", i), func(Action) {})
	}
	if h := e.History(); len(h) != historyLines || h[0] != "line 200" {
		t.Errorf("%d lines, the first %q", len(h), h[0])
	}
	for i := range 20 {
		e.Feed(fmt.Appendf(nil, "%d%s\r", i, strings.Repeat("x", 8000)), func(Action) {})
	}
	if n := e.hist.bytes; n > historyBytes {
		t.Errorf("history holds %d bytes", n)
	}
}

func TestAFullDraftOverflowsOnce(t *testing.T) {
	e := New(80, 24)
	e.SetLimit(10)
	var acts []Action
	feed := func(s string) { e.Feed([]byte(s), func(a Action) { acts = append(acts, a) }) }
	feed("12345678界x")
	if want := []Action{{Kind: Overflow}}; !slices.Equal(acts, want) || e.Draft() != "12345678" {
		t.Errorf("%v %q", acts, e.Draft())
	}
	feed("\x7fab界\r")
	if want := (Action{Kind: Enter, Text: "1234567ab"}); len(acts) != 3 || acts[2] != want {
		t.Errorf("%v", acts)
	}
}

func TestCompletionReplacesTheWordBeforeTheCursor(t *testing.T) {
	e := New(80, 24)
	var acts []Action
	e.Feed([]byte("hi al there\x1bb\x02\t\x1b[Z"), func(a Action) {
		acts = append(acts, a)
		e.ReplaceWord("alice")
	})
	if want := []Action{{Kind: Complete, Text: "al", Before: "hi ", Dir: 1}, {Kind: Complete, Text: "alice", Before: "hi ", Dir: -1}}; !slices.Equal(acts, want) {
		t.Errorf("%v, want %v", acts, want)
	}
	if got := e.Draft(); got != "hi alice there" {
		t.Errorf("draft %q", got)
	}
}

func TestOtherActions(t *testing.T) {
	var kinds []Kind
	e := New(80, 24)
	e.Feed([]byte("\x04\x0c\x03\x1b[M"[:4]), func(a Action) { kinds = append(kinds, a.Kind) })
	if want := []Kind{EOF, Clear, Interrupt}; !slices.Equal(kinds, want) {
		t.Errorf("%v, want %v", kinds, want)
	}
}

func TestPlainHasNoEcho(t *testing.T) {
	e := NewPlain()
	e.SetPrompt("> ")
	e.SetStatus("status")
	var lines []string
	e.Feed([]byte("one\ntwo\r\nth\x1b[Aree\x7fe\rx\t\n"), func(a Action) { lines = append(lines, a.Text) })
	if want := []string{"one", "two", "three", "x    "}; !slices.Equal(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
	if got := string(e.AppendRedraw(nil, []byte("hi\n"))) + string(e.AppendClear(nil)); got != "hi\n" {
		t.Errorf("sent %q", got)
	}
}
