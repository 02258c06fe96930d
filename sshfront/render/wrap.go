package render

import (
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"

	"moniker/sshfront/markup"
)

const leastRoom = 8 // cells that an indent leaves to the text, if there are as many

// wrapper appends text, row by row, below a hanging indent.
type wrapper struct {
	st   Style
	dst  []byte
	col  int // cells taken in the row under way
	hang int // where further rows begin

	src  string       // the line under way
	runs []markup.Run // what is left of its faces
	face markup.Face  // that is switched on
}

// text appends every line of s. The first goes on where the row stands.
func (w *wrapper) text(s string) {
	for first := true; ; first = false {
		i := strings.IndexByte(s, '\n')
		line := s
		if i >= 0 {
			line = s[:i]
		}
		if !first {
			w.row(w.hang)
		}
		w.line(markup.Line{Text: line})
		if i < 0 {
			return
		}
		s = s[i+1:]
	}
}

// lines appends lines that have been read.
func (w *wrapper) lines(lines []markup.Line) {
	for i, l := range lines {
		if i > 0 {
			w.row(w.hang)
		}
		w.line(l)
	}
}

// line appends one line between words. Blanks it starts with are repeated on
// each of its rows; those at a break are dropped.
func (w *wrapper) line(l markup.Line) {
	w.src, w.runs = l.Text, l.Runs
	from := len(l.Text) - len(strings.TrimLeft(l.Text, " "))
	indent, left := l.Indent+from, w.hang+l.Indent+from+l.Hang
	if w.st.Width > 0 {
		most := max(0, w.st.Width-w.hang-leastRoom)
		indent, left = min(indent, most), w.hang+min(left-w.hang, most)
	}
	w.dst = blanks(w.dst, indent)
	w.col += indent
	for from < len(l.Text) {
		word := from
		for word < len(l.Text) && l.Text[word] == ' ' {
			word++
		}
		if word == len(l.Text) {
			break
		}
		to := len(l.Text)
		if i := strings.IndexByte(l.Text[word:], ' '); i >= 0 {
			to = word + i
		}
		w.word(from, word, to, left)
		from = to
	}
	w.wear(0)
}

// word appends the word from from to to behind the blanks from gap on, or at the left
// of the next row. One that fits in no row is cut, and begins where it stands if
// there is room.
func (w *wrapper) word(gap, from, to, left int) {
	cells := most(w.src[from:to])
	switch n := from - gap; {
	case w.fits(n + cells):
	case w.col <= left:
		gap = from
	case left+cells <= w.st.Width, !w.fits(n + leastRoom):
		w.row(left)
		gap = from
	}
	w.add(gap, from)
	w.col += from - gap
	if w.fits(cells) {
		w.add(from, to)
		w.col += cells
		return
	}
	w.put(from, to, left)
}

// put appends one word, cut between grapheme clusters where the row ends.
func (w *wrapper) put(from, to, left int) {
	for g := displaywidth.StringGraphemes(w.src[from:to]); g.Next(); {
		n := most(g.Value())
		if !w.fits(n) && w.col > left {
			w.row(left)
		}
		w.col += n
		w.add(from, from+len(g.Value()))
		from += len(g.Value())
	}
}

// add appends a part of the line under way, with its faces. The parts of a line come
// in their order.
func (w *wrapper) add(from, to int) {
	for len(w.runs) > 0 && from < to {
		r := w.runs[0]
		if r.End <= from {
			w.runs = w.runs[1:]
			continue
		}
		w.wear(r.Face)
		end := min(r.End, to)
		w.dst = append(w.dst, w.src[from:end]...)
		from = end
	}
	w.dst = append(w.dst, w.src[from:to]...)
}

// wear switches to another face.
func (w *wrapper) wear(f markup.Face) {
	if f == w.face {
		return
	}
	if w.face != 0 {
		w.dst = w.st.reset(w.dst)
	}
	w.dst = w.st.wear(w.dst, f)
	w.face = f
}

// fits reports whether n more cells fit in the row.
func (w *wrapper) fits(n int) bool { return w.st.Width <= 0 || w.col+n <= w.st.Width }

// row begins another row. Nothing is switched on across its indent.
func (w *wrapper) row(indent int) {
	w.wear(0)
	w.dst = blanks(w.st.end(w.dst), indent)
	w.col = indent
}

// most is how many cells s takes at most: terminals that do not join what is one
// character draw its parts side by side. A row that fits there too never runs over
// into the next, where others' words must not begin.
func most(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return apart(s)
		}
	}
	return len(s)
}

func apart(s string) int {
	n := 0
	for g := displaywidth.StringGraphemes(s); g.Next(); {
		v, sum := g.Value(), 0
		if _, size := utf8.DecodeRuneInString(v); size < len(v) {
			for _, r := range v {
				sum += displaywidth.Rune(r)
			}
		}
		n += max(g.Width(), sum)
	}
	return n
}
