package line

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// flow is a terminal with all its scrollback, of the kinds that differ in what
// a resize does. It knows ASCII and what the editor sends.
type flow struct {
	w, h int
	kind
	rows     [][]byte
	wrapped  []bool // the row goes on in the next one
	row, col int    // col == w while a wrap is pending
	top      int    // the first row of the screen
	off      bool   // it does not wrap at the edge
	answers  string
	saved    [2]int
}

// kind is what terminals differ in.
type kind struct {
	wraps bool // rows that have become too long are wrapped anew; else they are cut
	edge  bool // a cursor that comes to stand behind a full row waits there; else it goes to the next
	trim  bool // blanks at the end of a row are dropped when it is wrapped anew
	pull  bool // a taller screen shows rows of the scrollback again
}

func (f *flow) write(b []byte) {
	for i := 0; i < len(b); i++ {
		switch c := b[i]; c {
		case '\r':
			f.col = 0
		case '\n':
			f.row++
		case esc:
			if b[i+1] == '7' || b[i+1] == '8' {
				f.save(b[i+1] == '7')
				i++
				continue
			}
			n := sequence(b[i:])
			f.sequence(b[i+2:i+n-1], b[i+n-1])
			i += n - 1
		default:
			f.put(c)
		}
		f.grow()
	}
}

func (f *flow) save(yes bool) {
	if yes {
		f.saved = [2]int{f.row, f.col}
	}
	f.row, f.col = f.saved[0], f.saved[1]
}

func (f *flow) put(c byte) {
	if f.col == f.w && f.off {
		f.col--
	}
	if f.col == f.w {
		f.wrapped[f.row] = true
		f.row, f.col = f.row+1, 0
	}
	f.grow()
	for len(f.rows[f.row]) <= f.col {
		f.rows[f.row] = append(f.rows[f.row], ' ')
	}
	f.rows[f.row][f.col] = c
	f.col++
}

func (f *flow) sequence(param []byte, final byte) {
	p, _ := read(param)
	n := p.n[0]
	switch final {
	case 'A':
		f.row = max(f.top, f.row-max(n, 1))
	case 'C':
		f.col = min(f.w-1, f.col+max(n, 1))
	case 'J':
		f.grow()
		f.rows[f.row] = f.rows[f.row][:min(f.col, len(f.rows[f.row]))]
		f.rows, f.wrapped = f.rows[:f.row+1], f.wrapped[:f.row+1]
		f.wrapped[f.row] = false
	case 'n':
		f.answers += fmt.Sprintf("\x1b[%d;%dR", f.row-f.top+1, min(f.col, f.w-1)+1)
	case 'h', 'l':
		if string(param) == "?7" {
			f.off = final == 'l'
		}
	}
}

func (f *flow) grow() {
	for len(f.rows) <= f.row {
		f.rows, f.wrapped = append(f.rows, nil), append(f.wrapped, false)
	}
	f.top = max(f.top, f.row-f.h+1)
}

func (f *flow) resize(w, h int) {
	if f.wraps && w != f.w {
		f.wrap(w)
	}
	for i := range f.rows {
		f.rows[i] = f.rows[i][:min(len(f.rows[i]), w)]
	}
	f.w, f.h, f.col = w, h, min(f.col, w-1)
	if f.pull {
		f.top = max(0, len(f.rows)-h)
	}
	f.top = min(f.top, f.row)
	f.grow()
}

// wrap is what the screen becomes where rows are wrapped anew.
func (f *flow) wrap(w int) {
	g := flow{w: w, h: f.h, kind: f.kind}
	for i := 0; i < len(f.rows); i++ {
		var line []byte
		at := -1
		for ; ; i++ {
			if i == f.row {
				at = len(line) + f.col
			}
			line = append(line, f.rows[i]...)
			if !f.wrapped[i] {
				break
			}
		}
		if f.trim {
			line = bytes.TrimRight(line, " ")
			at = min(at, max(len(line), w-1))
		}
		from, size := len(g.rows), len(line)
		for len(line) > w {
			g.rows, g.wrapped = append(g.rows, line[:w:w]), append(g.wrapped, true)
			line = line[w:]
		}
		g.rows, g.wrapped = append(g.rows, line), append(g.wrapped, false)
		if at >= 0 {
			g.row, g.col = from+at/w, at%w
			if f.edge && at == size && at > 0 && at%w == 0 {
				g.row, g.col = g.row-1, w-1
			}
		}
	}
	g.grow()
	f.rows, f.wrapped, f.row, f.col, f.top = g.rows, g.wrapped, g.row, g.col, max(0, len(g.rows)-f.h)
}

// stand is an editor before such a terminal, and what should be seen there.
type stand struct {
	f        *flow
	e        *Editor
	finished []string
	pending  []string
	latest   []string
	strict   bool // nothing stale has had to stay
	silent   bool // the terminal answers no question
	edged    bool // the last resize has put the cursor on the edge, perhaps in a row of its own
}

func newStand(w, h int, k kind) *stand {
	s := &stand{f: &flow{w: w, h: h, kind: k}, e: New(w, h), strict: true}
	s.e.SetPrompt("> ")
	s.redraw()
	return s
}

func (s *stand) redraw() {
	s.f.write(s.e.AppendRedraw(nil, nil))
	s.answer()
	if s.e.scr.turn.open { // no answer: it is drawn with the next change
		s.e.scr.touch(redraw)
		s.f.write(s.e.AppendRedraw(nil, nil))
	}
}

// answer has the answers of the terminal arrive.
func (s *stand) answer() {
	if in := s.f.answers; in != "" && !s.silent {
		s.f.answers = ""
		s.press(in)
	}
}

func (s *stand) press(keys string) {
	s.e.Feed([]byte(keys), func(Action) {})
	s.f.write(s.e.AppendRedraw(nil, nil))
}

func (s *stand) say() {
	s.finished = append(s.finished, fmt.Sprintf("<%03d>", len(s.finished)))
	s.f.write(s.e.AppendRedraw(nil, []byte(s.finished[len(s.finished)-1]+"\r\n")))
	s.answer()
}

func (s *stand) resize(w, h int) {
	if at, t := &s.e.scr.at, &s.e.scr.turn; !t.cuts || s.f.wraps {
		off := at.seam + at.col
		up, actual := min(at.row, at.least(w)), at.row
		if s.f.wraps {
			actual = at.above(w) + off/w
		}
		tells := t.known() || at.blank == 0 && off%w != min(at.col, w-1) && !(at.end && off%w == 0) && !t.turned
		s.strict = s.strict && !(t.turned && s.edged)
		s.edged = at.end && off%w == 0
		tells = tells && !s.silent && (at.blank == 0 || !s.f.trim && at.least(w) == at.above(w)+off/w)
		s.strict = s.strict && (tells || up == actual)
	}
	s.strict = s.strict && h >= s.f.h
	s.f.resize(w, h)
	s.e.Resize(w, h)
}

// check wants every finished line once, whole and in order, the live area
// below them and, if strict, nothing else.
func (s *stand) check(t interface {
	Helper()
	Fatalf(string, ...any)
}) {
	t.Helper()
	var finished []string
	last := -1
	text := ""
	ends := make([]int, len(s.f.rows)) // of the rows in text
	for i, r := range s.f.rows {
		text += string(r)
		if ends[i] = len(text); !s.f.wrapped[i] {
			text += "\n"
		}
	}
	for at := strings.Index(text, "<"); at >= 0; {
		end := min(at+len("<000>"), len(text))
		finished = append(finished, text[at:end])
		last = slices.IndexFunc(ends, func(n int) bool { return n >= end })
		next := strings.Index(text[at+1:], "<")
		if at += 1 + next; next < 0 {
			break
		}
	}
	if !slices.Equal(finished, s.finished) {
		t.Fatalf("finished lines %q, want %q\n%s", finished, s.finished, s.text())
	}
	p := page{w: s.f.w, h: s.f.h, pending: s.pending, latest: s.latest}
	want, row, col := p.live(string(s.e.scr.status), "> ", s.e.Draft(), s.e.Cursor())
	got := s.f.rows
	from := len(got) - len(want)
	if s.strict {
		from = last + 1
	}
	if from < 0 || from < last+1 || len(got)-from < len(want) {
		t.Fatalf("the live area is %q\n%s", want, s.text())
	}
	for i := range max(len(want), len(got)-from) {
		have, w := strings.TrimRight(string(got[from+i]), " "), ""
		if i < len(want) {
			w = strings.TrimRight(want[i], " ")
		}
		if have != w {
			t.Fatalf("row %d is %q, want %q of %q\n%s", i, have, w, want, s.text())
		}
	}
	if s.f.row != from+row || s.f.col != col {
		t.Fatalf("cursor at %d,%d, want %d,%d\n%s", s.f.row, s.f.col, from+row, col, s.text())
	}
}

func (s *stand) text() string {
	return frame(strings.Split(string(bytes.Join(s.f.rows, []byte("\n"))), "\n"))
}
