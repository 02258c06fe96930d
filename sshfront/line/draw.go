package line

const (
	newlineSign = "⏎" // how a line break inside a draft shows

	// A terminal that cuts its rows shall do so with what is drawn, too, if it
	// has become narrower meanwhile. One that wraps them wraps what is drawn.
	wrapOff = "\x1b[?7l"
	wrapOn  = "\x1b[?7h"
)

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
	items         []string // what status was made of, to be made anew for another width; nil: it was given whole
	keep          int      // the item to be left out last
	latest        [][]byte // the rows of SetLatest
	pending       pending
	change        change
	added         []byte // what was typed since, while change is tail
	drawn         bool
	at            mark
	up            int // rows from the cursor up to the first to be erased
	turn          turn
	lay           layout
}

// SetPrompt replaces the prompt: printable text, SGR sequences allowed.
func (e *Editor) SetPrompt(s string) {
	if e.find.open {
		e.find.prompt = []byte(s)
		return
	}
	if s != string(e.scr.prompt) {
		e.scr.prompt = []byte(s)
		e.scr.touch(redraw)
	}
}

// AppendRedraw appends to dst what brings the screen up to date, for one
// write: it clears the live area, lets above scroll by (finished lines, each
// ending in \r\n) and draws the live area again with the cursor in its place.
// Without above it appends as little as it can, often nothing. A plain editor
// appends above and nothing else, a dumb one what NewDumb says.
func (e *Editor) AppendRedraw(dst, above []byte) []byte {
	s := &e.scr
	switch {
	case e.plain:
		return append(dst, above...)
	case e.tty != nil:
		return e.appendEcho(dst, above)
	}
	if len(above) == 0 && s.drawn {
		if s.change == nothing {
			return dst
		}
		if s.change == tail && !s.turn.turned && s.at.col+len(s.added) < s.width {
			dst = append(dst, s.added...)
			s.at.typed(s.added)
			s.settle()
			return dst
		}
	}
	if s.turn.asking {
		dst = s.turn.question(dst)
		if len(above) == 0 {
			s.change = nothing // till the answer or something else to show
			return dst
		}
	}
	dst = s.home(dst)
	if len(above) > 0 {
		dst = append(dst, above...)
		s.turn.keep()
	}
	return e.draw(dst)
}

// AppendClear appends what removes the live area, as before closing. The next
// AppendRedraw draws it anew wherever the cursor is.
func (e *Editor) AppendClear(dst []byte) []byte {
	if e.tty != nil {
		return e.closeLine(dst)
	}
	if e.plain || !e.scr.drawn {
		return dst
	}
	dst = e.scr.home(dst)
	e.scr.drawn, e.scr.up = false, 0
	e.scr.turn.forget()
	e.scr.touch(redraw)
	return dst
}

// AppendClearScreen appends what Ctrl-L asks for: an empty screen with the
// live area in its first rows. Without a screen, nothing.
func (e *Editor) AppendClearScreen(dst []byte) []byte {
	if e.plain || e.tty != nil {
		return dst
	}
	e.scr.turn.forget()
	return e.draw(append(dst, "\x1b[H\x1b[2J"...))
}

// home moves to the first row to be erased and erases from there.
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
	above := l.latest + l.pending + l.status
	row := above + l.row - l.top
	p := pen{width: s.width, stop: above + l.room, ends: s.at.ends[:0]}
	if p.seam = row - 1; s.turn.known() {
		p.seam = -1
	}
	if s.turn.cuts {
		dst = append(dst, wrapOff...)
	}
	for _, r := range s.latest[:l.latest] {
		dst, p.col = appendShort(dst, r, s.width)
		dst = p.next(dst)
	}
	if l.pending > 0 {
		dst = s.pending.draw(dst, &p, l.pending)
	}
	if l.status > 0 {
		dst, p.col = appendShort(dst, s.status, s.width)
		dst = p.next(dst)
	}
	dst = p.write(dst, s.prompt, l.promptFrom)
	dst = p.write(dst, e.draft, l.draftFrom)
	if p.col == p.width && p.row+1 < p.stop {
		dst = p.next(dst)
	}
	col := min(l.col, s.width-1)
	s.at = mark{row: row, col: col, wide: l.wide}
	if n := e.tail(); e.cur >= len(e.draft)-n {
		s.at.end, s.at.blank = true, n
	}
	if p.row > row && col >= int(p.ends[row]) { // among the blanks that next has dropped
		s.at.end, s.at.blank = true, max(s.at.blank, 2*s.width-int(p.ends[row]))
	}
	if p.row != row || p.col != col {
		dst = move(dst, p.row-row, 'A')
		dst = append(dst, '\r')
		dst = move(dst, col, 'C')
	}
	if s.turn.cuts {
		dst = append(dst, wrapOn...)
	}
	if s.at.ends = p.ends[:row]; p.seam >= 0 {
		s.at.ends, s.at.seam = p.ends[:row-1], s.width
	}
	s.drawn, s.turn.turned = true, false
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
	if s.items != nil {
		s.setStatus(fitItems(s.items, s.keep, s.width))
	}
}
