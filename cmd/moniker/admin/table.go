package admin

import (
	"encoding/json"
	"io"
	"strings"
	"unicode"

	"github.com/clipperhouse/displaywidth"
)

const gap = "  "

// column is a table's column.
type column struct {
	title string
	right bool // numbers stand at the right
	cut   bool // sentences are cut, if much of them has room
}

// leastCut is how many cells of a sentence are worth showing.
const leastCut = 12

// table is rows under a header. Cells are made safe to show.
type table struct {
	columns []column
	rows    [][]string
	loud    func(row, col int) bool // which cells are trouble; nil: none
}

// write shows as many columns as fit into width cells, from the left, at least
// one; 0 fits all. Nothing wraps.
func (t table) write(w io.Writer, width int, color bool) {
	sizes := make([]int, len(t.columns))
	for i, col := range t.columns {
		sizes[i] = displaywidth.String(col.title)
		for _, row := range t.rows {
			sizes[i] = max(sizes[i], displaywidth.String(clean(row[i])))
		}
	}
	fit, used := 0, 0
	for i, size := range sizes {
		if i > 0 {
			used += len(gap)
		}
		used += size
		if i > 0 && width > 0 && used > width {
			room := width - (used - size)
			if !t.columns[i].cut || room < leastCut {
				break
			}
			sizes[i], used = room, width
		}
		fit++
	}
	var out strings.Builder
	titles := make([]string, len(t.columns))
	for i, col := range t.columns {
		titles[i] = col.title
	}
	t.line(&out, titles, sizes[:fit], nil)
	for n, row := range t.rows {
		var loud func(col int) bool
		if color && t.loud != nil {
			loud = func(col int) bool { return t.loud(n, col) }
		}
		t.line(&out, row, sizes[:fit], loud)
	}
	io.WriteString(w, out.String())
}

func (t table) line(out *strings.Builder, cells []string, sizes []int, loud func(col int) bool) {
	blanks := 0 // owed, so that none stand at the end of a line
	for i, size := range sizes {
		cell := clean(cells[i])
		if t.columns[i].cut {
			cell = displaywidth.TruncateString(cell, size, "...")
		}
		pad := size - displaywidth.String(cell)
		if i > 0 {
			blanks += len(gap)
		}
		if t.columns[i].right {
			blanks += pad
			pad = 0
		}
		out.WriteString(strings.Repeat(" ", blanks))
		if loud != nil && loud(i) {
			cell = bold(cell, true)
		}
		out.WriteString(cell)
		blanks = pad
	}
	out.WriteByte('\n')
}

func bold(s string, color bool) string {
	if !color {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}

// clean leaves out what would move the cursor or turn the line round.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return -1
		}
		return r
	}, s)
}

// show writes v as one line of JSON, or what the table says.
func (c *call) show(v any, plain func() table) error {
	if !c.json {
		plain().write(c.Stdout, c.Width, c.Color)
		return nil
	}
	return c.showJSON(v)
}

func (c *call) showJSON(v any) error {
	e := json.NewEncoder(c.Stdout)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
