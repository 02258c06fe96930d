// Package safe says what of a text from outside may be shown to others. It is the
// one place that does: what people type passes it before it is proposed, and what
// is shown passes it again. It knows nothing of terminals, connections or names.
//
// What comes out has no control but '\n', nothing that turns the direction of text
// around, nothing that cannot be seen, nothing that stacks up over its neighbours,
// and no blank that is not one. All else is as it was typed.
package safe

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	zwnj = 0x200c
	zwj  = 0x200d

	tab = "    " // what a tab becomes

	// mostMarks on one letter: Hebrew with vowels and accents needs five.
	mostMarks = 6

	// mostJoints in one emoji: a family of four, or a kiss of two skin tones.
	mostJoints = 3
)

// Text returns what of s may be shown to others. Line breaks of any kind become
// '\n', a tab four blanks, other blanks of one cell a blank. Joiners and variation
// selectors stay where they shape a letter or an emoji, marks where there is
// something under them. Text(Text(s)) is Text(s).
func Text(s string) string {
	if plain(s) {
		return s
	}
	var w walk
	for i := 0; i < len(s); {
		out, n := w.next(s[i:])
		if out != s[i:i+n] {
			return w.rest(s[:i], s[i:], out, n)
		}
		i += n
	}
	return s
}

// Line is Text on one line: its line breaks are blanks.
func Line(s string) string {
	s = Text(s)
	if strings.IndexByte(s, '\n') < 0 {
		return s
	}
	return Text(strings.ReplaceAll(s, "\n", " "))
}

// plain reports whether s is ASCII that needs no look.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if (s[i] < ' ' && s[i] != '\n') || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// walk is what has been let through so far, as far as it matters to what comes.
type walk struct {
	before rune // the last rune; zero at the beginning
	marks  int  // that stand on one letter
	joints int  // of one emoji
}

// rest is the text from the first place that had to be changed on.
func (w *walk) rest(done, s, out string, n int) string {
	var b strings.Builder
	b.Grow(len(done) + len(s))
	b.WriteString(done)
	b.WriteString(out)
	for i := n; i < len(s); i += n {
		out, n = w.next(s[i:])
		b.WriteString(out)
	}
	return b.String()
}

// next takes the first rune of s, which is n bytes long, and says what becomes of it.
func (w *walk) next(s string) (out string, n int) {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && n == 1:
		return "", n
	case r == '\r' && n < len(s) && s[n] == '\n':
		return "", n
	case r == '\r':
		return w.replace('\n', "\n"), n
	case r == '\t':
		return w.replace(' ', tab), n
	case r != ' ' && r != '\n' && blank(r):
		return w.replace(' ', " "), n
	case r != '\n' && !Visible(r):
		return "", n
	case Joiner(r) && !w.join(r, s[n:]), !Joiner(r) && unicode.Is(unicode.M, r) && !w.mark(r):
		return "", n
	}
	w.pass(r)
	return s[:n], n
}

func (w *walk) replace(r rune, out string) string {
	w.pass(r)
	return out
}

// join reports whether a joiner has something to act on, on both its sides.
func (w *walk) join(r rune, after string) bool {
	if !Joins(w.before, r) {
		return false
	}
	switch {
	case selector(r):
		return true
	case tag(r):
		return w.marks < mostMarks
	}
	next, _ := utf8.DecodeRuneInString(after)
	return joinable(next) && !unicode.Is(unicode.M, next) && w.joints < mostJoints
}

// mark reports whether one more mark may stand on the last letter.
func (w *walk) mark(r rune) bool {
	return w.before > ' ' && (w.marks < mostMarks || unicode.Is(unicode.Mc, r))
}

func (w *walk) pass(r rune) {
	switch {
	case r == zwj:
		w.joints++
	case tag(r), unicode.Is(unicode.M, r) && !selector(r):
		w.marks++
	case Joiner(r):
	default:
		w.marks = 0
		if w.before != zwj && !skinTone(r) {
			w.joints = 0
		}
	}
	w.before = r
}

func skinTone(r rune) bool { return r >= 0x1f3fb && r <= 0x1f3ff }

// blank reports whether r looks like a blank of about one cell.
func blank(r rune) bool {
	return r == ' ' || r == 0xa0 || r == 0x1680 || r >= 0x2000 && r <= 0x200a || r == 0x202f || r == 0x205f || r == 0x2800
}

// Visible reports whether r shows, or shapes what shows. Controls, bidi controls
// and characters made to be invisible do not.
func Visible(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r <= 0x9f, r == 0xad:
		return false
	case r == 0x034f, r == 0x061c, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r >= 0x180b && r <= 0x180f:
		return false
	case r == 0x200b, r == 0x200e, r == 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f:
		return false
	case r == 0x3164, r == 0xfeff, r == 0xffa0, r >= 0xfff0 && r <= 0xfffb, r >= 0xfdd0 && r <= 0xfdef, r&0xfffe == 0xfffe:
		return false
	case r >= 0x13430 && r <= 0x1343f, r >= 0x1bca0 && r <= 0x1bca3, r == 0x1d159, r >= 0x1d173 && r <= 0x1d17a:
		return false
	case r >= 0xe0000 && r < 0xe0020, r > 0xe007f && r < 0xe0100, r > 0xe01ef && r <= 0xe0fff:
		return false
	}
	return true
}

// Joiner reports whether r has no width of its own but changes its neighbour.
func Joiner(r rune) bool { return r == zwj || r == zwnj || selector(r) || tag(r) }

func selector(r rune) bool { return r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0100 && r <= 0xe01ef }

func tag(r rune) bool { return r >= 0xe0020 && r <= 0xe007f }

// Joins reports whether the joiner r has something to act on behind before.
func Joins(before, r rune) bool {
	switch {
	case before == utf8.RuneError || before <= ' ':
		return false
	case tag(r):
		return before == 0x1f3f4 || tag(before) && before != 0xe007f
	case selector(r):
		return !Joiner(before) && varies(before, r)
	}
	return selector(before) || joinable(before)
}

// varies reports whether r picks one of the forms that there are: of ideographs,
// or of what may be an emoji. A selector behind a letter shows nothing and says something.
func varies(base, r rune) bool {
	switch {
	case r >= 0xe0100:
		return unicode.Is(unicode.Han, base)
	case base < 0x80:
		return base >= '0' && base <= '9' || base == '#' || base == '*'
	}
	return !unicode.In(base, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.White_Space)
}

// joinable reports whether r is a letter, a mark or an emoji.
func joinable(r rune) bool {
	if r == utf8.RuneError || !Visible(r) || Joiner(r) || blank(r) {
		return false
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.So, unicode.Sk)
}
