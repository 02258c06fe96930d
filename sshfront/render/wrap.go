package render

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

const leastRoom = 8 // cells that an indent leaves to the text, if there are as many

// wrapper appends text, row by row, below a hanging indent.
type wrapper struct {
	st   Style
	dst  []byte
	col  int // cells taken in the row under way
	hang int // where further rows begin
}

// text appends every line of s. The first goes on where the row stands.
func (w *wrapper) text(s string) {
	first := true
	for line := range strings.SplitSeq(s, "\n") {
		if !first {
			w.row(w.hang)
		}
		first = false
		w.line(line)
	}
}

// line appends one line between words. Blanks it starts with are repeated on
// each of its rows; those at a break are dropped.
func (w *wrapper) line(s string) {
	rest := strings.TrimLeft(s, " ")
	indent := len(s) - len(rest)
	if w.st.Width > 0 {
		indent = max(0, min(indent, w.st.Width-w.hang-leastRoom))
	}
	w.dst = blanks(w.dst, indent)
	w.col += indent
	left := w.hang + indent
	for rest != "" {
		word := strings.TrimLeft(rest, " ")
		gap := len(rest) - len(word)
		if word == "" {
			return
		}
		rest = ""
		if i := strings.IndexByte(word, ' '); i >= 0 {
			word, rest = word[:i], word[i:]
		}
		w.word(word, gap, left)
	}
}

// word appends a word behind gap blanks, or at the left of the next row. One
// that fits in no row is cut, and begins where it stands if there is room.
func (w *wrapper) word(word string, gap, left int) {
	cells := displaywidth.String(word)
	whole := left+cells <= w.st.Width
	switch {
	case w.fits(gap + cells):
	case w.col == left:
		gap = 0
	case whole, !w.fits(gap + leastRoom):
		w.row(left)
		gap = 0
	}
	w.dst = blanks(w.dst, gap)
	w.col += gap
	if w.fits(cells) {
		w.dst = appendClean(w.dst, word)
		w.col += cells
		return
	}
	w.put(word, left)
}

// put appends one word, cut between grapheme clusters where the row ends.
func (w *wrapper) put(word string, left int) {
	for g := displaywidth.StringGraphemes(word); g.Next(); {
		n := g.Width()
		if !w.fits(n) && w.col > left {
			w.row(left)
		}
		w.col += n
		w.dst = appendClean(w.dst, g.Value())
	}
}

// fits reports whether n more cells fit in the row.
func (w *wrapper) fits(n int) bool { return w.st.Width <= 0 || w.col+n <= w.st.Width }

func (w *wrapper) row(indent int) {
	w.dst = blanks(w.st.end(w.dst), indent)
	w.col = indent
}
