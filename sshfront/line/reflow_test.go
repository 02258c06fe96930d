package line

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// flow is a terminal that wraps its lines anew when its width changes, as most
// do today, with all its scrollback. It knows ASCII and what draw.go sends.
type flow struct {
	w        int
	rows     [][]byte
	wrapped  []bool // the row goes on in the next one
	row, col int    // col == w while a wrap is pending
}

func (f *flow) write(b []byte) {
	for i := 0; i < len(b); i++ {
		switch c := b[i]; c {
		case '\r':
			f.col = 0
		case '\n':
			f.row++
		case esc:
			n := sequence(b[i:])
			count, _, _ := numbers(b[i+2 : i+n-1])
			f.sequence(b[i+n-1], max(count, 1))
			i += n - 1
		default:
			if f.col == f.w {
				f.grow()
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
	}
	f.grow()
}

func (f *flow) sequence(final byte, n int) {
	switch final {
	case 'A':
		f.row = max(0, f.row-n)
	case 'C':
		f.col = min(f.w-1, f.col+n)
	case 'J':
		f.grow()
		f.rows[f.row] = f.rows[f.row][:min(f.col, len(f.rows[f.row]))]
		f.rows, f.wrapped = f.rows[:f.row+1], f.wrapped[:f.row+1]
		f.wrapped[f.row] = false
	}
}

func (f *flow) grow() {
	for len(f.rows) <= f.row {
		f.rows, f.wrapped = append(f.rows, nil), append(f.wrapped, false)
	}
}

func (f *flow) resize(w int) {
	g := flow{w: w}
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
		from := len(g.rows)
		for len(line) > w {
			g.rows, g.wrapped = append(g.rows, line[:w:w]), append(g.wrapped, true)
			line = line[w:]
		}
		g.rows, g.wrapped = append(g.rows, line), append(g.wrapped, false)
		if at >= 0 {
			g.row, g.col = from+at/w, at%w
		}
	}
	g.grow()
	*f = g
}

func TestNoPromptIsLeftBehindWhereTerminalsWrapAnew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &flow{w: rapid.IntRange(8, 30).Draw(t, "width")}
		e := New(f.w, 100)
		e.SetPrompt("> ")
		redraw := func(above string) { f.write(e.AppendRedraw(nil, []byte(above))) }
		redraw("")
		finished := 0
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				redraw("x\r\n")
				finished++
			case 1:
				e.SetStatus(rapid.SampledFrom([]string{"", "#dev 12", "#a-long-room 999"}).Draw(t, "status"))
				redraw("")
			case 2, 3:
				from, times := f.w, rapid.IntRange(1, 3).Draw(t, "resizes")
				for range times {
					f.resize(rapid.IntRange(8, 30).Draw(t, "new width"))
					e.Resize(f.w, 100)
				}
				if redraw(""); f.w > from || times > 1 {
					finished = strings.Count(string(slices.Concat(f.rows...)), "x") // some may go
				}
			default:
				e.Feed([]byte(rapid.SampledFrom([]string{"a", "aaaaaaaaaaaaaaa", "\x01", "\x05", "\x02", "\x7f", "\r"}).Draw(t, "key")), func(Action) {})
				redraw("")
			}
			text := string(slices.Concat(f.rows...))
			if p, a, s, x := strings.Count(text, ">"), strings.Count(text, "a"), strings.Count(text, "#"), strings.Count(text, "x"); p != 1 ||
				a != strings.Count(e.Draft()+string(e.scr.status), "a") || s != strings.Count(string(e.scr.status), "#") || x != finished {
				t.Fatalf("draft %q, status %q, %d finished lines: %q", e.Draft(), e.scr.status, finished, f.rows)
			}
		}
	})
}
