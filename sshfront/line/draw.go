package line

import "strconv"

const newlineSign = "⏎" // how a line break inside a draft shows

// change is how much of the live area is no longer as it was drawn.
type change uint8

const (
	nothing change = iota
	tail           // only plain characters were added at the end
	redraw
)

// screen is the terminal as we know it: its size, what the live area shall
// hold, and where the last drawing left the cursor.
type screen struct {
	width, height int
	prompt        []byte
	status        []byte
	change        change
	added         []byte // what was typed since, while change is tail
	drawn         bool
	at            mark
	up            int // rows from the cursor to the top of the live area
	lay           layout
}

// mark is where the cursor was left, and what a terminal that wraps anew on a
// resize needs to move it.
type mark struct {
	row, col    int // from the top of the live area
	width       int
	statusRows  int // 0 or 1
	statusWidth int
	slack       int  // 1 if cells at the right edge may have stayed empty
	last        bool // nothing was drawn in the cursor's cell or behind it
	stray       int  // resizes that put the cursor on the edge: it may have got a row of its own
}

// SetPrompt replaces the prompt: printable text, SGR sequences allowed.
func (e *Editor) SetPrompt(s string) {
	if s != string(e.scr.prompt) {
		e.scr.prompt = []byte(s)
		e.scr.touch(redraw)
	}
}

// SetStatus replaces the status row, or takes it away if s is empty. s is
// printable text, SGR sequences allowed; what is wider than the terminal is cut.
func (e *Editor) SetStatus(s string) {
	if s != string(e.scr.status) {
		e.scr.status = []byte(s)
		e.scr.touch(redraw)
	}
}

// Resize tells the new size of the terminal. Terminals differ: most wrap anew
// what is on the screen, some cut it. So the next drawing clears as many rows
// as the larger of the two leaves: rather a finished line too much than a
// stale prompt.
func (e *Editor) Resize(width, height int) {
	s := &e.scr
	was := s.width
	s.size(width, height)
	s.touch(redraw)
	if s.drawn && s.width != was {
		s.up = max(s.at.row, s.at.wrapped(s.width)+s.at.stray)
		if s.at.last && s.at.offset()%s.width == 0 {
			s.at.stray++
		}
	}
}

// offset is how many cells of prompt and draft stand before the cursor.
func (m mark) offset() int { return (m.row-m.statusRows)*m.width + m.col }

// wrapped is the cursor's row after the terminal has wrapped the live area
// anew at width.
func (m mark) wrapped(width int) int {
	width = max(1, width-m.slack)
	row := m.offset() / width
	if m.statusRows > 0 {
		row += max(1, (m.statusWidth+width-1)/width)
	}
	return row
}

// AppendRedraw appends to dst what brings the screen up to date, for one
// write: it clears the live area, lets above scroll by (finished lines, each
// ending in \r\n) and draws status, prompt and draft again with the cursor in
// its place. Without above it appends as little as it can, often nothing.
// A plain editor appends above and nothing else.
func (e *Editor) AppendRedraw(dst, above []byte) []byte {
	s := &e.scr
	if e.plain {
		return append(dst, above...)
	}
	if len(above) == 0 && s.drawn {
		if s.change == nothing {
			return dst
		}
		if s.change == tail && s.at.col+len(s.added) < s.width {
			dst = append(dst, s.added...)
			s.at.col += len(s.added)
			s.at.last = true
			s.settle()
			return dst
		}
	}
	dst = s.home(dst)
	dst = append(dst, above...)
	return e.draw(dst)
}

// AppendClear appends what removes the live area, as before closing. The next
// AppendRedraw draws it anew wherever the cursor is.
func (e *Editor) AppendClear(dst []byte) []byte {
	if e.plain || !e.scr.drawn {
		return dst
	}
	dst = e.scr.home(dst)
	e.scr.drawn, e.scr.up = false, 0
	e.scr.touch(redraw)
	return dst
}

// AppendClearScreen appends what Ctrl-L asks for: an empty screen with the
// live area in its first rows.
func (e *Editor) AppendClearScreen(dst []byte) []byte {
	if e.plain {
		return dst
	}
	return e.draw(append(dst, "\x1b[H\x1b[2J"...))
}

// home moves to the top of the live area and erases from there.
func (s *screen) home(dst []byte) []byte {
	dst = append(dst, '\r')
	dst = move(dst, s.up, 'A')
	return append(dst, "\x1b[J"...)
}

// draw writes the live area from its top, in column 1.
func (e *Editor) draw(dst []byte) []byte {
	s := &e.scr
	if !s.lay.valid {
		s.lay = e.measure()
	}
	l := &s.lay
	m := mark{width: s.width, slack: l.slack}
	if s.statusShown() {
		dst, m.statusWidth = appendCut(dst, s.status, s.width)
		dst = append(dst, '\r', '\n')
		m.statusRows = 1
	}
	p := pen{width: s.width, row: l.top}
	stop := l.top + s.room()
	dst = p.write(dst, s.prompt, l.promptFrom, stop)
	dst = p.write(dst, e.draft, l.draftFrom, stop)
	if p.col == p.width && p.row+1 < stop {
		dst = append(dst, ' ', '\r') // wrap for certain, where terminals differ
		p.row, p.col = p.row+1, 0
	}
	col := min(l.col, s.width-1)
	m.last = p.col > 0
	if p.row != l.row || p.col != col {
		m.last = false
		dst = move(dst, p.row-l.row, 'A')
		dst = append(dst, '\r')
		dst = move(dst, col, 'C')
	}
	m.row, m.col = m.statusRows+l.row-l.top, col
	s.at, s.drawn = m, true
	s.settle()
	return dst
}

// settle notes that the screen shows what it should.
func (s *screen) settle() {
	s.change, s.added, s.up = nothing, s.added[:0], s.at.row
}

// touch notes that the live area changed by c or more.
func (s *screen) touch(c change) {
	s.change = max(s.change, c)
	s.lay.valid = false
}

// typed notes that b was added at the end of the draft.
func (s *screen) typed(b byte) {
	s.touch(tail)
	if s.change != tail || len(s.added) >= s.width {
		s.change = redraw
		return
	}
	s.added = append(s.added, b)
}

func (s *screen) size(width, height int) {
	if width <= 0 {
		width = 80
	}
	if height <= 0 {
		height = 24
	}
	s.width, s.height = min(max(width, 2), 1<<12), min(height, 1<<12)
}

func (s *screen) statusShown() bool { return len(s.status) > 0 && s.height > 1 }

// room is how many rows the prompt and the draft may take.
func (s *screen) room() int {
	if s.statusShown() {
		return s.height - 1
	}
	return s.height
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
