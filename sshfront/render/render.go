// Package render turns the lines of a chat into the bytes that show them at a
// given width. It knows nothing of SSH, connections or the state machine, and
// it keeps nothing: every function appends to the caller's buffer. Text that
// reaches it is expected to be sanitised; control characters that still come
// are left out, so that nobody's words can move another's cursor.
package render

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

const (
	nameCells = 8  // the name column
	narrow    = 60 // below, text has rows of its own
	shallow   = 2  // and begins this far in
	ruleCells = 80 // the longest a marker gets
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
	Name       string         // the reader's own: it is bold wherever people say it
	CRLF       bool           // lines end \r\n instead of \n
	Zone       *time.Location // of the reader; nil is UTC
}

// textCol is where text begins: behind clock, mark, name and two blanks.
func (st Style) textCol() int { return st.Stamps.cells() + 1 + nameCells + 2 }

// Message appends one chat line: clock, mark (' ', or '>' if it names the
// reader), name and text. The name is right-aligned in its column; a longer
// one pushes its own first row only. Text wraps between words and hangs under
// itself; a line of it that starts with blanks keeps them on every row. color
// is ColorOf the author, below zero for none; own is the reader's own line.
func Message(dst []byte, st Style, clock string, mark byte, name string, color int, text string, own bool) []byte {
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
	pad := max(0, nameCells-displaywidth.String(name))
	dst = blanks(dst, pad)
	plain := len(dst)
	if bold {
		dst = st.sgr(dst, 1)
	}
	dst = st.hue(dst, color)
	styled := len(dst) > plain
	dst = appendClean(dst, name)
	if styled {
		dst = st.reset(dst)
	}
	return st.body(dst, used+1+pad+displaywidth.String(name), text, 0)
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
	dst = append(dst, "--"...)
	return st.body(dst, used+1+nameCells, text, sgr)
}

// Marker appends a line across the screen that carries text, filled with
// dashes to the edge or to 80 cells. Text too long for that wraps.
func Marker(dst []byte, st Style, text string) []byte {
	width := min(st.Width, ruleCells)
	if st.Width <= 0 {
		width = ruleCells
	}
	dst = st.sgr(dst, 2)
	if used := 3 + displaywidth.String(text); used+2 <= width {
		dst = append(dst, "-- "...)
		dst = append(appendClean(dst, text), ' ')
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

// Text appends text from column 1, wrapped: the answer to a command.
func Text(dst []byte, st Style, text string) []byte {
	w := wrapper{st: st, dst: dst}
	w.text(text)
	return st.end(w.dst)
}

// head appends the clock, at least as wide as its column.
func head(dst []byte, st Style, clock string) ([]byte, int) {
	column := st.Stamps.cells()
	dst = append(dst, clock...)
	used := displaywidth.String(clock)
	dst = blanks(dst, column-used)
	return dst, max(used, column)
}

// body appends text behind the first used cells of its first row.
func (st Style) body(dst []byte, used int, text string, sgr int) []byte {
	w := wrapper{st: st, dst: dst, col: used + 2, hang: st.textCol()}
	if text != "" && st.Width > 0 && st.Width < narrow {
		w.dst = st.end(w.dst)
		w.hang = shallow
		w.col = shallow
		w.dst = blanks(w.dst, shallow)
	} else if text != "" {
		w.dst = append(w.dst, "  "...)
	}
	w.text(text)
	if sgr > 0 {
		w.dst = st.reset(w.dst)
	}
	return st.end(w.dst)
}

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

// appendClean appends s without control characters.
func appendClean(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x7f {
			return appendRunes(dst, s)
		}
	}
	return append(dst, s...)
}

func appendRunes(dst []byte, s string) []byte {
	for _, r := range s {
		if r >= 0x20 && (r < 0x7f || r > 0x9f) && r != utf8.RuneError {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}
