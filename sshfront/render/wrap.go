package render

import (
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"

	"moniker/sshfront/markup"
)

const (
	leastRoom  = 8 // cells that an indent leaves to the text, if there are as many
	codeIndent = 4 // blanks before a line that is to be copied
)

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

// own appends every line of what moniker itself says.
func (w *wrapper) own(text string) {
	first, rest, more := strings.Cut(text, "\n")
	w.line(markup.Line{Text: first, Hang: entry(first)})
	for more {
		first, rest, more = strings.Cut(rest, "\n")
		w.line(w.next(first))
	}
}

// next begins the row of a further line of moniker's own, and returns how it stands
// there. One that is indented as code is a command, or a key, to be copied: it stands
// further left if it would be broken else.
func (w *wrapper) next(line string) markup.Line {
	code := strings.TrimLeft(line, " ")
	indent, room := len(line)-len(code), w.st.Width-most(code)
	if w.st.Width <= 0 || indent < codeIndent || room >= w.hang+indent {
		w.row(w.hang)
		return markup.Line{Text: line, Hang: entry(line)}
	}
	w.row(max(0, room))
	return markup.Line{Text: code, Hang: w.st.edge() - w.hang}
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
		to := wordEnd(l.Text, word)
		w.word(from, word, to, left)
		from = to
	}
	w.wear(0)
}

// Words are the pieces of a text that rows may end behind: its words, but for a number
// with its unit, which is one.
func Words(text string) (all []string) {
	for text = strings.TrimLeft(text, " "); text != ""; text = strings.TrimLeft(text, " ") {
		to := wordEnd(text, 0)
		all, text = append(all, text[:to]), text[to:]
	}
	return all
}

// wordEnd is where the word at from ends: at a blank, but not at one between a number
// and its unit.
func wordEnd(s string, from int) int {
	for i := from; ; {
		n := strings.IndexByte(s[i:], ' ')
		if n < 0 {
			return len(s)
		}
		if i += n; !unitFollows(s[from:i], s[i+1:]) {
			return i
		}
		i++
	}
}

// unitFollows reports whether word is a number, perhaps behind a bracket, and rest, from
// behind one blank on, begins with a unit.
func unitFollows(word, rest string) bool {
	if word == "" || !digit(word[len(word)-1]) || strings.Trim(strings.TrimLeft(word, "("), "0123456789.,") != "" {
		return false
	}
	n := 0
	for n < len(rest) && (rest[n] == '%' || rest[n]|0x20 >= 'a' && rest[n]|0x20 <= 'z') {
		n++
	}
	if n < len(rest) && (digit(rest[n]) || rest[n] >= utf8.RuneSelf) {
		return false
	}
	switch rest[:n] {
	case "ms", "s", "min", "h", "d", "%", "KiB", "MiB", "GiB":
		return true
	}
	return false
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// word appends the word from from to to behind the blanks from gap on, or at the left
// of the next row. One that fits in no row is cut, and begins where it stands if
// there is room.
func (w *wrapper) word(gap, from, to, left int) {
	cells := most(w.src[from:to])
	switch n := from - gap; {
	case w.fits(n + cells), n == 0 && w.col <= left: // it begins here, if it fits or not
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
