package line

import "strconv"

// ask is the request for the cursor's place and for that of the right edge; the
// answers come as typed bytes.
const ask = "\x1b[6n\x1b7\x1b[9999C\x1b[6n\x1b8"

// mark is where the last drawing left the cursor, and what may become of the
// live area when the terminal is resized.
type mark struct {
	row, col int      // from the top of the live area
	seam     int      // cells of the row above the cursor's, if the terminal takes both for one line
	end      bool     // there are none but blanks in the cursor's cell and behind it
	blank    int      // and so many, there and before it
	wide     bool     // there are characters of two cells
	ends     []uint16 // where the text ends in each row above that
}

// turn is what a resize may have done to the live area. Some terminals cut the
// rows that have become too long; others wrap them anew, so that there are more
// rows than were drawn. Which it was, nobody tells, and the terminal may be
// resized again before anything gets there; to guess wrong is to erase a finished
// line. So the terminal is asked where the cursor went and how wide it is, and the
// live area stays as it is until an answer comes that is about the width we know
// of and tells the two apart. If there is something to show before, or no answer
// tells, only the rows are erased that are the editor's either way, and an old one
// may stay in sight.
//
// One case is beyond it: a terminal made narrower and wide again while what is
// drawn after its answer is on the way.
//
// For the answer to tell, the cursor's row goes on from the one above without
// a line break while the kind is not known: wrapped anew, the cursor ends up in
// another column. Once it is known, every row ends in a line break, and a wider
// terminal changes nothing at all.
type turn struct {
	cuts, wraps bool // seen to; the first stands against the second
	turned      bool // the width has changed since the last drawing
	asking      bool // the next drawing asks
	asked       int  // answers to come, two to a question
	at          int  // the first of the two
	open        bool // the last of them is still about what stands there
	width       int
	narrow      int // the least width since the last drawing
	cut, wrap   guess
	pads        int  // wide characters may have pushed wrap.col so much further,
	blank       int  // or the loss of blanks may have drawn it back,
	edge        bool // or the cursor waits at the end of the row before
}

// guess is where the cursor is, and how many rows above those that may be erased
// are the editor's, for one of the two kinds of terminal.
type guess struct{ col, stale int }

func (t *turn) known() bool { return t.cuts || t.wraps }

// Resize tells the new size of the terminal. If the width is another, the next
// AppendRedraw without finished lines may only ask the terminal, and the one
// after its answer draws.
func (e *Editor) Resize(width, height int) {
	s := &e.scr
	was := s.width
	s.size(width, height)
	s.touch(redraw)
	if s.drawn && s.width != was {
		s.up = s.turn.resized(&s.at, s.width)
	}
}

// resized is how many rows above the cursor may be erased before the answer.
func (t *turn) resized(m *mark, width int) int {
	t.forget()
	if !t.turned || width < t.narrow {
		t.narrow = width
	}
	t.turned, t.width, t.asking = true, width, true
	off := m.seam + m.col
	least, exact := m.least(width), m.above(width)+off/width
	if m.blank > 0 {
		exact = least
	}
	up := min(m.row, least)
	t.cut = guess{min(m.col, t.narrow-1), m.row - up}
	t.wrap = guess{off % width, exact - up}
	t.pads, t.blank = 0, min(m.blank, off)
	if m.wide {
		t.pads = off / width
	}
	t.edge = m.end && m.blank == 0 && t.wrap.col == 0 && off > 0
	return up
}

// above is how many rows there are above the line that the cursor is in, on a
// terminal that has wrapped them anew.
func (m *mark) above(width int) int {
	n := len(m.ends)
	for _, end := range m.ends {
		n += max(0, int(end)-1) / width
	}
	return n
}

// least is how many there are at least above the cursor: terminals differ in
// what they do with blanks at the end, and with a cursor behind all.
func (m *mark) least(width int) int {
	off := m.seam + m.col
	if m.end {
		off = max(0, off-m.blank-1) // as if the blank were all before it
	}
	return m.above(width) + off/width
}

// typed notes that b was written behind all, in the same row.
func (m *mark) typed(b []byte) {
	n := blanks(b, len(b))
	if m.end && n == len(b) {
		n += m.blank
	}
	m.col, m.blank, m.end = m.col+len(b), n, true
}

// question appends what is asked before anything moves.
func (t *turn) question(dst []byte) []byte {
	t.asking, t.open = false, true
	t.asked += 2
	return append(dst, ask...)
}

// answered takes in the column, from 0, where the cursor was when the oldest
// question arrived, or behind it, the last one. It tells nothing if another
// resize has come since, or is about to.
func (s *screen) answered(col int) {
	t := &s.turn
	if t.asked--; t.asked%2 == 1 {
		t.at = col
		return
	}
	if t.asked > 0 || !t.open || col != t.width-1 {
		return
	}
	col = t.at
	waits := t.edge && col == t.width-1
	cut := col == t.cut.col
	back := (t.wrap.col - col + t.width) % t.width
	wrap := waits || back <= t.blank || t.width-back <= t.pads
	t.cuts = t.cuts || cut && !wrap
	t.wraps = t.wraps || wrap && !cut
	stale := 0
	switch {
	case t.cuts:
		stale = t.cut.stale
	case t.wraps && waits:
		stale = t.wrap.stale - 1
	case t.wraps && wrap:
		stale = t.wrap.stale
	}
	t.forget()
	if s.drawn {
		s.up += max(0, stale)
		s.touch(redraw)
	}
}

// keep notes that the rows above the live area are not its own any more.
func (t *turn) keep() { t.cut.stale, t.wrap.stale = 0, 0 }

// forget notes that an answer would tell nothing.
func (t *turn) forget() {
	t.open, t.asking = false, false
	t.keep()
}

// move appends the sequence that moves the cursor n times by final.
func move(dst []byte, n int, final byte) []byte {
	if n <= 0 {
		return dst
	}
	dst = append(dst, esc, '[')
	dst = strconv.AppendInt(dst, int64(n), 10)
	return append(dst, final)
}
