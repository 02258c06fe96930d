package line

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// wellFormed draws a sequence of ECMA-48's grammar that is no key here, whatever is
// in it.
func wellFormed(t *rapid.T) string {
	of := func(low, high rune, least, most int) string {
		return rapid.StringOfN(rapid.RuneFrom(nil, runes(low, high)), least, most, -1).Draw(t, "bytes")
	}
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0: // private parameters
		return "\x1b[" + of('<', '?', 1, 1) + of('0', '?', 0, 30) + of(' ', '/', 0, 3) + of('@', '~', 1, 1)
	case 1: // finals of no key
		return "\x1b[" + of('0', ';', 1, 40) + rapid.SampledFrom([]string{"S", "T", "c", "h", "n", "t", "x", "y", "|", "}", "I", "P", "Q"}).Draw(t, "final")
	case 2: // intermediate bytes
		return "\x1b[" + of('0', ';', 0, 30) + of(' ', '#', 1, 3) + of('@', '~', 1, 1)
	case 3:
		return "\x1bO" + rapid.SampledFrom([]string{"P", "Q", "R", "S", "j", "p", "y", "X", "I", "2P"}).Draw(t, "final")
	}
	body := of(' ', '~', 0, 200) + rapid.SampledFrom([]string{"", "世界", "\t"}).Draw(t, "more")
	return rapid.SampledFrom([]string{"\x1b]", "\x1bP", "\x1bX", "\x1b^", "\x1b_"}).Draw(t, "open") + body +
		rapid.SampledFrom([]string{"\a", "\x1b\\"}).Draw(t, "end")
}

// TestNoPartOfASequenceIsTyped: what is between sequences is, and nothing else,
// wherever the input is split.
func TestNoPartOfASequenceIsTyped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, want := "", ""
		for range rapid.IntRange(1, 12).Draw(t, "pieces") {
			if rapid.Bool().Draw(t, "text") {
				text := rapid.SampledFrom([]string{"a", "hello", "[x]", "世界", " O ", "bdf", "5~", "🇩🇪"}).Draw(t, "what")
				in, want = in+text, want+text
			} else {
				in += wellFormed(t)
			}
		}
		e := New(40, 10)
		at := rapid.IntRange(0, len(in)).Draw(t, "split")
		for _, part := range []string{in[:at], in[at:]} {
			e.Feed([]byte(part), func(a Action) { t.Fatalf("%q did %v", in, a) })
		}
		if got := e.Draft(); got != want {
			t.Fatalf("%q typed %q, want %q", in, got, want)
		}
	})
}

// TestNobodyIsCaughtInASequence: whatever has come, Enter is Enter again at once, and
// letters are letters after as many as the longest sequence has.
func TestNobodyIsCaughtInASequence(t *testing.T) {
	pieces := rapid.SampledFrom([]string{
		"\x1b", "[", "O", "]", "P", "_", "1", ";", ":", "?", "$", " ", "\\", "\a", "\x1b[", "\x1bO", "\x1b]0;", "\x1b[[", "\xe4\xbd", "\xf0\x9f", "\xff", "a", "世",
		"\x1b[27;", "\x18", "\x1b\x1b", strings.Repeat("1", 70), "\x9b", "\u009b",
	})
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(pieces, 0, 20).Draw(t, "in"), "")
		for _, follow := range []string{"\r", strings.Repeat("x", maxString+1) + "\r"} {
			e := New(40, 10)
			entered := ""
			e.Feed([]byte(in), func(Action) {})
			e.FlushEsc()
			e.Feed([]byte(follow+"hello\r"), func(a Action) { entered += fmt.Sprintf("%q", a.Text) })
			if !strings.HasSuffix(entered, `"hello"`) {
				t.Fatalf("%q, %d bytes and hello entered %s", in, len(follow), entered)
			}
			if e.dec.state != ground || e.dec.runeN != 0 {
				t.Fatalf("%q leaves state %d", in, e.dec.state)
			}
		}
	})
}

func runes(low, high rune) *unicode.RangeTable {
	return &unicode.RangeTable{R16: []unicode.Range16{{Lo: uint16(low), Hi: uint16(high), Stride: 1}}}
}
