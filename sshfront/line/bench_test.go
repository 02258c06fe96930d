package line

import (
	"slices"
	"strings"
	"testing"
	"unsafe"
)

func benchmarkIncoming(b *testing.B, draft string) {
	e := New(80, 24)
	e.SetPrompt("#lobby alice> ")
	e.SetStatus(" #ops 3>  #dev 12  @carol 1")
	e.SetDraft(draft)
	above := []byte("10:33>     bob  @alice the disk on n3 is at 80 %\r\n")
	dst := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		dst = e.AppendRedraw(dst[:0], above)
	}
}

func BenchmarkIncomingLine(b *testing.B)        { benchmarkIncoming(b, "and if not, shall I") }
func BenchmarkIncomingLineNoDraft(b *testing.B) { benchmarkIncoming(b, "") }
func BenchmarkIncomingLineWideDraft(b *testing.B) {
	benchmarkIncoming(b, "你好世界，今天天气很好")
}
func BenchmarkIncomingLineFullDraft(b *testing.B) {
	benchmarkIncoming(b, strings.Repeat("a b ", DefaultLimit/4))
}

func BenchmarkIncomingLinePending(b *testing.B) {
	e := New(80, 24)
	e.SetPrompt("#lobby alice> ")
	e.SetStatus(" 20 unsent | read-only: n1 has no majority for 12 s")
	e.SetPending(slices.Repeat([]string{" unsent  did the restore finish on n3"}, 20))
	above := []byte("10:33>     bob  @alice the disk on n3 is at 80 %\r\n")
	dst := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		dst = e.AppendRedraw(dst[:0], above)
	}
}

func BenchmarkTypedCharacter(b *testing.B) {
	e := New(80, 24)
	e.SetPrompt("#lobby alice> ")
	dst := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		if len(e.draft) > 40 {
			e.drop()
		}
		e.Feed([]byte("a"), func(Action) {})
		dst = e.AppendRedraw(dst[:0], nil)
	}
}

func BenchmarkPaste16KiB(b *testing.B) {
	in := []byte("\x1b[200~" + strings.Repeat("世", DefaultLimit/3) + "\x1b[201~\x03")
	e := New(80, 24)
	b.ReportAllocs()
	for b.Loop() {
		e.Feed(in, func(Action) {})
	}
}

func TestAnIdleEditorIsSmall(t *testing.T) {
	e := New(80, 24)
	e.SetPrompt("#lobby alice> ")
	e.SetStatus(" #ops 3>  #dev 12  @carol 1")
	e.Feed([]byte("hello there"), func(Action) {})
	e.AppendRedraw(nil, nil)
	held := int(unsafe.Sizeof(*e)) + cap(e.draft) + cap(e.scr.prompt) + cap(e.scr.status) + cap(e.scr.added)
	if t.Logf("%d bytes, of them %d the struct", held, unsafe.Sizeof(*e)); held > 1024 {
		t.Errorf("an idle editor holds %d bytes", held)
	}
}

// TestNoKeyIsExpensiveOnAFullDraft bounds what a single byte or sequence may
// allocate, whatever the draft.
func TestNoKeyIsExpensiveOnAFullDraft(t *testing.T) {
	for _, fill := range []string{"a", "世", "क्", "e\u0301", "word "} {
		e := New(80, 24)
		e.SetDraft(strings.Repeat(fill, DefaultLimit/len(fill)))
		for _, k := range []string{"\x1b[D", "\x1b[C", "\x1bb", "\x1bf", "\x01", "\x05", "\t", "\x14"} {
			if n := testing.AllocsPerRun(10, func() { e.Feed([]byte(k), func(Action) {}) }); n > 4 {
				t.Errorf("%q on a draft of %q: %v allocations", k, fill, n)
			}
		}
	}
}
