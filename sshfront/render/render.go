// Package render turns the lines of a chat into the bytes that show them at a
// given width. It knows nothing of SSH, connections or the state machine, and
// it keeps nothing but what is asked of a Cache: every function appends to the
// caller's buffer.
//
// Whatever text reaches it, it passes through package safe, and no row is wider than
// the terminal, so that nobody's words move another's cursor, begin in the first
// column or look like moniker's own.
package render

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/clipperhouse/displaywidth"

	"moniker/sshfront/markup"
	"moniker/sshfront/safe"
)

const (
	nameCells = 8  // the name column
	narrow    = 60 // below, text has rows of its own
	shallow   = 2  // and begins this far in
	ruleCells = 80 // the longest a marker gets
	mostLabel = 12 // bytes of the word that an entry begins with
)

// Style is how one reader's terminal shows lines.
type Style struct {
	Width      int            // cells; 0 is no terminal: nothing wraps
	Color      bool           // false: no escape sequence at all
	Few        bool           // there are 16 colours, not 256
	Theme      Theme          // zero is Auto
	Ground     Ground         // the terminal's background, as far as it told
	Stamps     Stamps         // zero is StampsOn
	NoMarkdown bool           // what people say stands as they typed it
	NoEmoji    bool           // and so do short codes
	Name       string         // the reader's own: it is bold where people say it
	Words      []string       // these are bold wherever they stand in it, also inside of longer words
	Reader     *markup.Reader // of what people say; nil: it stands as they typed it
	CRLF       bool           // lines end \r\n instead of \n
	Zone       *time.Location // of the reader; nil is UTC
}

// textCol is where text begins: behind clock, mark, name and two blanks.
func (st Style) textCol() int { return st.Stamps.cells() + 1 + nameCells + 2 }

// Message appends one chat line: clock, mark (' ', or '>' if it names the
// reader), name and text. The name is right-aligned in its column; a longer
// one pushes its own first row only. Text wraps between words and hangs under
// itself; a line of it that starts with blanks keeps them on every row. note, if there
// is one, is what moniker says behind it: whatever text is, it is none of that, and
// behind several lines it has one of its own. color is ColorOf the author, below zero
// for none; own is the reader's own line.
func Message(dst []byte, st Style, clock string, mark byte, name string, color int, text, note string, own bool) []byte {
	name, text, note = safe.Line(name), safe.Text(text), safe.Line(note)
	bold := own || mark == '>'
	dst = st.sgr(dst, 2)
	dst, used := head(dst, st, clock)
	dst = st.reset(dst)
	if mark == '>' {
		dst = st.sgr(dst, 1)
		dst = append(dst, mark)
		dst = st.reset(dst)
	} else {
		dst = append(dst, mark)
	}
	cells := most(name)
	pad := max(0, nameCells-cells)
	w := wrapper{st: st, dst: blanks(dst, pad), col: used + 1 + pad, hang: st.edge()}
	plain := len(w.dst)
	if bold {
		w.dst = st.sgr(w.dst, 1)
	}
	w.dst = st.hue(w.dst, color)
	styled := len(w.dst) > plain
	w.src = name
	if w.fits(cells) {
		w.add(0, len(name))
		w.col += cells
	} else {
		w.put(0, len(name), w.hang)
	}
	if styled {
		w.dst = st.reset(w.dst)
	}
	w.body(text)
	switch lines, ok := st.read(text, mark == '>'); {
	case note != "":
		if !ok {
			lines = typed(text)
		}
		w.lines(noted(lines, note))
	case ok:
		w.lines(lines)
	default:
		w.text(text)
	}
	return st.end(w.dst)
}

// read is what a text says, line by line; false if that is no more than it shows.
func (st Style) read(text string, named bool) ([]markup.Line, bool) {
	mode := markup.Mode{AsTyped: st.NoMarkdown, Emoji: !st.NoEmoji, Marks: !st.Color}
	loud := st.Color && (named && st.Name != "" || len(st.Words) > 0)
	var lines []markup.Line
	switch {
	case st.Width > 0 && st.Reader != nil && markup.May(text, mode):
		if lines = st.Reader.Lines(text, mode); !loud {
			return lines, true
		}
	case !loud:
		return nil, false
	default:
		lines = typed(text)
	}
	name := ""
	if named {
		name = st.Name
	}
	return embolden(lines, name, st.Words), true
}

// typed is a text that is shown as it was typed.
func typed(text string) (lines []markup.Line) {
	for l := range strings.SplitSeq(text, "\n") {
		lines = append(lines, markup.Line{Text: l})
	}
	return lines
}

// noted returns lines with a note behind them. It leaves those that it was given as
// they are: others read them too.
func noted(lines []markup.Line, note string) []markup.Line {
	if len(lines) > 1 {
		return append(slices.Clip(lines), markup.Line{Text: note, Runs: []markup.Run{{End: len(note), Face: markup.Faint}}})
	}
	l := lines[0]
	if len(l.Runs) == 0 {
		l.Runs = []markup.Run{{End: len(l.Text)}}
	}
	l.Text += " " + note
	l.Runs = append(slices.Clip(l.Runs), markup.Run{End: len(l.Text), Face: markup.Faint})
	return []markup.Line{l}
}

// System appends what moniker itself says, with -- in the name column: dim, or
// bold if it is trouble.
func System(dst []byte, st Style, clock, text string, trouble bool) []byte {
	sgr := 2
	if trouble {
		sgr = 1
	}
	dst = st.sgr(dst, sgr)
	dst, used := head(dst, st, clock)
	dst = blanks(dst, 1+nameCells-2)
	w := wrapper{st: st, dst: append(dst, "--"...), col: used + 1 + nameCells}
	text = safe.Text(text)
	w.body(text)
	w.own(text)
	return st.end(st.reset(w.dst))
}

// Marker appends a line across the screen that carries text, filled with
// dashes to the edge or to 80 cells. Text too long for that wraps.
func Marker(dst []byte, st Style, text string) []byte {
	text = safe.Line(text)
	width := min(st.Width, ruleCells)
	if st.Width <= 0 {
		width = ruleCells
	}
	dst = st.sgr(dst, 2)
	if used := 3 + displaywidth.String(text); used+2 <= width {
		dst = append(dst, "-- "...)
		dst = append(append(dst, text...), ' ')
		for range width - used - 1 {
			dst = append(dst, '-')
		}
	} else {
		w := wrapper{st: st, dst: append(dst, "-- "...), col: 3, hang: 3}
		w.text(text)
		dst = w.dst
	}
	dst = st.reset(dst)
	return st.end(dst)
}

// Text appends text from column 1, wrapped: the answer to a command. A line that
// begins with a word and two blanks or more is an entry: what does not fit in its row
// hangs under what the word is about.
func Text(dst []byte, st Style, text string) []byte {
	w := wrapper{st: st, dst: dst}
	w.own(safe.Text(text))
	return st.end(w.dst)
}

// entry is where the text of an entry begins, behind the blanks that the line begins
// with; zero if it is none.
func entry(line string) int {
	line = strings.TrimLeft(line, " ")
	word := strings.Index(line, "  ")
	if word < 1 || word > mostLabel || strings.IndexByte(line[:word], ' ') >= 0 {
		return 0
	}
	return most(line[:word]) + len(line[word:]) - len(strings.TrimLeft(line[word:], " "))
}

// head appends the clock, at least as wide as its column.
func head(dst []byte, st Style, clock string) ([]byte, int) {
	column := st.Stamps.cells()
	dst = append(dst, clock...)
	used := displaywidth.String(clock)
	dst = blanks(dst, column-used)
	return dst, max(used, column)
}

// body goes to where text begins: behind the name, or in a row of its own.
func (w *wrapper) body(text string) {
	w.src, w.runs, w.hang = "", nil, w.st.textCol()
	switch {
	case text == "":
	case w.st.Width > 0 && w.st.Width < narrow:
		w.hang = w.st.edge()
		w.row(w.hang)
	default:
		w.dst = append(w.dst, "  "...)
		w.col += 2
	}
}

// edge is where rows of their own begin: never in the first column, if there is another.
func (st Style) edge() int { return max(0, min(shallow, st.Width-2)) }

func (st Style) end(dst []byte) []byte {
	if st.CRLF {
		dst = append(dst, '\r')
	}
	return append(dst, '\n')
}

func (st Style) sgr(dst []byte, n int) []byte {
	if !st.Color {
		return dst
	}
	dst = append(dst, "\x1b["...)
	return append(strconv.AppendInt(dst, int64(n), 10), 'm')
}

func (st Style) reset(dst []byte) []byte {
	if !st.Color {
		return dst
	}
	return append(dst, "\x1b[m"...)
}

// indexed appends the sequence of one of the 256 colours.
func (st Style) indexed(dst []byte, n int) []byte {
	dst = append(dst, "\x1b[38;5;"...)
	return append(strconv.AppendInt(dst, int64(n), 10), 'm')
}

func blanks(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, ' ')
	}
	return dst
}
