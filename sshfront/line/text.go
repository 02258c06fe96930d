package line

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
	"github.com/clipperhouse/uax29/v2/graphemes"
)

const (
	zwnj = 0x200c
	zwj  = 0x200d

	// A cluster is cut after this many bytes, so that nobody's draft costs
	// more to walk through than its length.
	maxCluster = 128
)

// Sanitize returns what of s may be shown to others: without C0 and C1
// controls, bidi controls, zero-width characters, line and paragraph
// separators and bytes that are not UTF-8. Line breaks of any kind become
// '\n', a tab four spaces. Joiners and variation selectors stay where they
// shape a letter or an emoji. Sanitize(Sanitize(s)) is Sanitize(s).
func Sanitize(s string) string {
	if clean(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	var before rune
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case r == utf8.RuneError && size == 1:
			continue
		case r == '\t':
			b.WriteString(tabSpaces)
			before = ' '
			continue
		case r == '\r':
			if i < len(s) && s[i] == '\n' {
				continue
			}
			r = '\n'
		case r == '\n':
		case !visible(r):
			continue
		case joiner(r):
			after, _ := utf8.DecodeRuneInString(s[i:])
			if !joins(before, r) || (r == zwj || r == zwnj) && !joinable(after) {
				continue
			}
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}

func clean(s string) bool {
	for i := 0; i < len(s); i++ {
		if (s[i] < ' ' && s[i] != '\n') || s[i] >= del {
			return false
		}
	}
	return true
}

// visible reports whether r shows, or shapes what shows. Controls, bidi
// controls and characters made to be invisible do not.
func visible(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r <= 0x9f, r == 0xad:
		return false
	case r == 0x034f, r == 0x061c, r == 0x17b4, r == 0x17b5, r >= 0x180b && r <= 0x180f:
		return false
	case r == 0x200b, r == 0x200e, r == 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f:
		return false
	case r == 0x3164, r == 0xfeff, r == 0xffa0, r >= 0xfff0 && r <= 0xfffb, r == 0xfffe, r == 0xffff:
		return false
	case r >= 0x1d173 && r <= 0x1d17a, r >= 0xe0000 && r < 0xe0020, r > 0xe007f && r < 0xe0100:
		return false
	}
	return true
}

// joiner reports whether r has no width of its own but changes its neighbour.
func joiner(r rune) bool { return r == zwj || r == zwnj || selector(r) || tag(r) }

func selector(r rune) bool { return r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0100 && r <= 0xe01ef }

func tag(r rune) bool { return r >= 0xe0020 && r <= 0xe007f }

// joins reports whether the joiner r has something to act on behind before.
func joins(before, r rune) bool {
	switch {
	case before == utf8.RuneError || before <= ' ':
		return false
	case tag(r):
		return before == 0x1f3f4 || tag(before) && before != 0xe007f
	case selector(r):
		return !joiner(before) && !unicode.IsSpace(before)
	}
	return selector(before) || joinable(before)
}

// joinable reports whether r is a letter, a mark or an emoji.
func joinable(r rune) bool {
	if r == utf8.RuneError || !visible(r) || joiner(r) {
		return false
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.So, unicode.Sk)
}

// cluster returns the length in bytes and the width in cells of the grapheme
// cluster that starts at b[i]. A line break counts as the one cell of its
// sign, a colour sequence as none.
func cluster(b []byte, i int) (n, width int) {
	c := b[i]
	if c == esc {
		return sequence(b[i:]), 0
	}
	if c < utf8.RuneSelf && (i+1 == len(b) || b[i+1] < utf8.RuneSelf) {
		return 1, 1
	}
	if c == '\n' {
		return 1, 1
	}
	b = b[i:]
	if len(b) > maxCluster {
		end := maxCluster
		for !utf8.RuneStart(b[end]) {
			end--
		}
		b = b[:end]
	}
	it := graphemes.FromBytes(b)
	it.Next()
	v := it.Value()
	return len(v), displaywidth.Bytes(v)
}

// alone reports whether r is known to form no cluster with another such rune.
func alone(r rune) bool {
	switch {
	case r < 0x7f:
		return r >= ' '
	case r >= 0xc0 && r < 0x300, r >= 0x400 && r < 0x480, r >= 0x5d0 && r <= 0x5ea, r >= 0x620 && r < 0x64b:
		return true
	case r >= 0x3041 && r <= 0x3096, r >= 0x30a1 && r <= 0x30fa, r >= 0x4e00 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3:
		return true
	}
	return r >= 0x1f300 && r < 0x1f3fb || r >= 0x1f400 && r < 0x1fb00
}

// sequence is the length of the control sequence that b starts with.
func sequence(b []byte) int {
	if len(b) < 2 || b[1] != '[' {
		return 1
	}
	for i := 2; i < len(b); i++ {
		if b[i] >= 0x40 && b[i] <= 0x7e {
			return i + 1
		}
	}
	return len(b)
}
