package chat

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

const between = "  " // columns

// column is a table's column.
type column struct {
	title string
	right bool // numbers stand at the right
	rest  bool // the last: it takes what is left of the row, and is cut there
}

const restLeast = 12 // cells, in which such a column says something

// table writes rows below their titles: as many columns as fit into width cells,
// from the left, at least one; 0 fits all. No row is longer than that.
func table(width int, columns []column, rows [][]string) string {
	sizes := make([]int, len(columns))
	titles := make([]string, len(columns))
	for i, col := range columns {
		titles[i] = col.title
		sizes[i] = displaywidth.String(col.title)
		for _, row := range rows {
			sizes[i] = max(sizes[i], displaywidth.String(row[i]))
		}
	}
	fit, used := 1, sizes[0]
	for fit < len(columns) {
		if left := width - used - len(between); width > 0 && columns[fit].rest && left >= min(restLeast, sizes[fit]) {
			sizes[fit] = min(sizes[fit], left)
		}
		if width > 0 && used+len(between)+sizes[fit] > width {
			break
		}
		used += len(between) + sizes[fit]
		fit++
	}
	lines := make([]string, 0, 1+len(rows))
	for _, cells := range append([][]string{titles}, rows...) {
		lines = append(lines, row(width, columns[:fit], sizes, cells))
	}
	return strings.Join(lines, "\n")
}

func row(width int, columns []column, sizes []int, cells []string) string {
	var b strings.Builder
	for i, col := range columns {
		cell := cells[i]
		if col.rest && displaywidth.String(cell) > sizes[i] {
			cell = displaywidth.TruncateString(cell, sizes[i], "...")
		}
		pad := strings.Repeat(" ", sizes[i]-displaywidth.String(cell))
		if i > 0 {
			b.WriteString(between)
		}
		if col.right {
			b.WriteString(pad + cell)
		} else {
			b.WriteString(cell + pad)
		}
	}
	line := strings.TrimRight(b.String(), " ")
	if width > 0 && displaywidth.String(line) > width {
		return displaywidth.TruncateString(line, width, "...")
	}
	return line
}
