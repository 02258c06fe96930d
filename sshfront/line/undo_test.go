package line

import (
	"strings"
	"testing"
)

func TestUndoLeadsBackChangeByChange(t *testing.T) {
	e := New(80, 24)
	e.SetHistory([]string{"from long ago"})
	for _, step := range [][2]string{
		{"one two", "one two|"}, {"\x17", "one |"}, {"\x1f", "one two|"}, {"\x1f", "|"}, {"\x1f", "|"},
		{"abc", "abc|"}, {"\x02x", "abx|c"}, {"\x1f", "ab|c"}, {"\x15", "|c"}, {"\x1b[47;5u", "ab|c"},
		{"\x1b[A", "from long ago|"}, {"\x1f", "ab|c"}, {"\x15\x0b", "|"}, {"\x1f\x1f", "ab|c"}, {"\x14\x1f", "ab|c"},
		{"\x1b[200~" + strings.Repeat("long ", 40) + "\x1b[201~\x1f", "ab|c"},
		{"\x05" + strings.Repeat("0123456789", 5), "abc" + strings.Repeat("0123456789", 5) + "|"},
		{"\x1f", "abc" + strings.Repeat("0123456789", 4) + "|"}, {"\x1f\x1f", "abc|"}, {"\r\x1f", "|"},
	} {
		e.Feed([]byte(step[0]), func(Action) {})
		d, c := e.Draft(), e.Cursor()
		if got := d[:c] + "|" + d[c:]; got != step[1] {
			t.Errorf("after %q: %q, want %q", step[0], got, step[1])
		}
	}
}

func TestUndoIsBounded(t *testing.T) {
	e := New(80, 24)
	e.SetLimit(64 << 10)
	for range 200 {
		e.Feed([]byte("word \x17"), func(Action) {})
	}
	if n := len(e.past.past); n > mostUndo {
		t.Errorf("%d drafts are kept", n)
	}
	for _, size := range []int{10 << 10, 60 << 10} {
		e.SetDraft(strings.Repeat("a ", size/2))
		for range 20 {
			e.Feed([]byte("\x02x"), func(Action) {})
		}
		held := 0
		for _, m := range e.past.past {
			held += len(m.draft)
		}
		if held != e.past.bytes || held > undoBytes {
			t.Errorf("%d bytes are kept of drafts of %d, counted as %d", held, size, e.past.bytes)
		}
	}
}
