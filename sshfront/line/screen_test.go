package line

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"
	"github.com/gdamore/tcell/v3/vt"
)

// desk is an editor with a terminal before it.
type desk struct {
	t    testing.TB
	e    *Editor
	mt   vt.MockTerm
	w, h int
	acts []Action
	mute bool // the terminal answers no question
}

func newDesk(t testing.TB, w, h int, prompt string) *desk {
	d := &desk{t: t, e: New(w, h), w: w, h: h}
	d.mt = vt.NewMockTerm(vt.MockOptSize{X: vt.Col(w), Y: vt.Row(h)})
	if err := d.mt.Start(); err != nil {
		t.Fatal(err)
	}
	d.write([]byte("\x1b[?2027h"))
	d.e.SetPrompt(prompt)
	d.redraw("")
	return d
}

func (d *desk) close() { _ = d.mt.Stop() }

// write sends b to the terminal. This emulator forgets that CR ends a pending
// wrap, so it gets a column address with each.
func (d *desk) write(b []byte) {
	if i := bytes.Index(b, []byte(ask)); i >= 0 && !d.mute {
		d.write(b[:i])
		at := d.mt.Pos()
		d.write(b[i+len(ask):])
		d.press(fmt.Sprintf("\x1b[%d;%dR\x1b[%d;%dR", at.Y+1, at.X+1, at.Y+1, d.w))
		return
	}
	if _, err := d.mt.Write(bytes.ReplaceAll(b, []byte("\r"), []byte("\r\x1b[1G"))); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) redraw(above string) { d.write(d.e.AppendRedraw(nil, []byte(above))) }

// press feeds s and redraws.
func (d *desk) press(s string) {
	d.e.Feed([]byte(s), func(a Action) { d.acts = append(d.acts, a) })
	d.redraw("")
}

func (d *desk) resize(w int) {
	d.w = w
	d.mt.SetSize(vt.Coord{X: vt.Col(w), Y: vt.Row(d.h)})
	_ = d.mt.Drain()
	d.e.Resize(w, d.h)
	d.redraw("")
}

// rows is what the terminal shows, without blanks at the right and below.
func (d *desk) rows() []string {
	var rows []string
	for y := range d.h {
		var b strings.Builder
		for x := 0; x < d.w; {
			c := d.mt.GetCell(vt.Coord{X: vt.Col(x), Y: vt.Row(y)})
			if c.C == "" {
				b.WriteByte(' ')
			}
			b.WriteString(c.C)
			x += max(1, c.W)
		}
		rows = append(rows, strings.TrimRight(b.String(), " "))
	}
	for len(rows) > 0 && rows[len(rows)-1] == "" {
		rows = rows[:len(rows)-1]
	}
	return rows
}

// shows checks the rows and that the cursor stands at (row, col).
func (d *desk) shows(row, col int, want ...string) {
	d.t.Helper()
	if got := d.rows(); !slices.Equal(got, want) {
		d.t.Errorf("screen\n%s\nwant\n%s", frame(got), frame(want))
	}
	if p := d.mt.Pos(); int(p.Y) != row || int(p.X) != col {
		d.t.Errorf("cursor at row %d, column %d, want %d, %d", p.Y, p.X, row, col)
	}
}

func frame(rows []string) string {
	var b strings.Builder
	for i, r := range rows {
		fmt.Fprintf(&b, "%2d|%s|\n", i, r)
	}
	return b.String()
}

// page is the naive model of a screen: everything rendered again every time.
type page struct {
	w, h     int
	finished []string
	latest   []string
	pending  []string
	scrolled int
}

// live renders what is pending, status, prompt and draft, with the cursor's cell.
func (p *page) live(status, prompt, draft string, cur int) (rows []string, row, col int) {
	rows, row, col = p.draft(prompt, draft, cur)
	room := p.h
	var above []string
	if status != "" && (room > 2 || room == 2 && len(rows) == 1) {
		room--
		above = []string{shortened(status, p.w)}
	}
	if n := min(len(p.pending), max(0, room-len(rows)), p.h/2); n > 0 {
		shown := slices.Clone(p.pending[len(p.pending)-n:])
		if n > 1 && n < len(p.pending) {
			shown[0] = fmt.Sprintf(" and %d more", len(p.pending)-n+1)
		}
		for i, r := range shown {
			if w := displaywidth.String(r); w > p.w && p.w > 3 {
				shown[i] = displaywidth.TruncateString(r, p.w, "...")
			} else if w > p.w {
				shown[i] = displaywidth.TruncateString(r, p.w, "")
			}
		}
		above = append(shown, above...)
		room -= n
	}
	if n := len(p.latest); n <= min(room-len(rows), p.h/2) {
		above = append(slices.Clone(p.latest), above...)
		room -= n
	}
	top := min(max(0, len(rows)-room), row)
	return append(above, rows[top:min(len(rows), top+room)]...), row - top + len(above), col
}

// shortened is a status of one-cell characters as it shows in so many cells: cut after
// a word, or else where it must be.
func shortened(status string, width int) string {
	if len(status) <= width {
		return status
	}
	words := strings.Split(status, " ")
	for n := len(words) - 1; n > 0; n-- {
		whole := strings.TrimRight(strings.Join(words[:n], " "), " ")
		if whole != "" && len(whole) <= width-len(dots) {
			return whole + dots
		}
	}
	return status[:width-len(dots)] + dots
}

// draft renders prompt and draft.
func (p *page) draft(prompt, draft string, cur int) (rows []string, row, col int) {
	row = -1
	line, width := "", 0
	put := func(cell string, w int) {
		if width+w > p.w {
			rows, line, width = append(rows, line), "", 0
		}
		line, width = line+cell, width+w
	}
	for g := displaywidth.StringGraphemes(prompt); g.Next(); {
		put(g.Value(), g.Width())
	}
	at := 0
	for g := displaywidth.StringGraphemes(draft); g.Next(); {
		cell, w := g.Value(), g.Width()
		if cell == "\n" {
			cell, w = "⏎", 1
		}
		put(cell, w)
		if at >= cur && row < 0 {
			row, col = len(rows), width-w
		}
		at += len(g.Value())
	}
	if width == p.w {
		rows, line, width = append(rows, line), "", 0
	}
	if rows = append(rows, line); row < 0 {
		row, col = len(rows)-1, width
	}
	return rows, row, col
}

// check compares the whole screen of d with the model.
func (p *page) check(d *desk, status, prompt string) error {
	live, row, col := p.live(status, prompt, d.e.Draft(), d.e.Cursor())
	all := append(slices.Clone(p.finished), live...)
	p.scrolled = max(p.scrolled, len(all)-p.h)
	got := d.rows()
	for y := range p.h {
		want, have := "", ""
		if i := p.scrolled + y; i < len(all) {
			want = strings.TrimRight(all[i], " ")
		}
		if y < len(got) {
			have = got[y]
		}
		if want != have {
			return fmt.Errorf("row %d: %q, want %q\nscreen\n%s\nmodel\n%s", y, have, want, frame(got), frame(all))
		}
	}
	at := d.mt.Pos()
	if y := len(p.finished) - p.scrolled + row; int(at.Y) != y || int(at.X) != col {
		return fmt.Errorf("cursor %d,%d, want %d,%d\n%s", at.Y, at.X, y, col, frame(got))
	}
	return nil
}
