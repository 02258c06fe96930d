package line

import (
	"bytes"
	"strings"
)

const (
	statusHead = " "
	statusSep  = " | "
)

// SetStatus replaces the status row, or takes it away if s is empty. s is
// printable text, SGR sequences allowed; what is wider than the terminal ends in
// "...", after a whole word if there is one.
func (e *Editor) SetStatus(s string) {
	e.scr.items = nil
	e.scr.setStatus(s)
}

// SetStatusItems replaces the status row by items, printable text each, behind a
// blank and with " | " between them; none take the row away. On a terminal that is
// too narrow, now or after a resize, items are left out from the right, and the row
// ends in "...". Item number keep is not: it is left out last, and cut only if it
// alone is wider than the terminal. No item has that number: none is spared.
func (e *Editor) SetStatusItems(items []string, keep int) {
	e.scr.items, e.scr.keep = append(e.scr.items[:0:0], items...), keep
	e.scr.setStatus(fitItems(items, keep, e.scr.width))
}

func (s *screen) setStatus(text string) {
	if text != string(s.status) {
		s.status = []byte(text)
		s.touch(redraw)
	}
}

// fitItems is the row that items make on a terminal of width.
func fitItems(items []string, keep, width int) string {
	if len(items) == 0 {
		return ""
	}
	row := statusHead + strings.Join(items, statusSep)
	left := append([]string(nil), items...)
	for !fits(row, width) && len(left) > 1 {
		last := len(left) - 1
		if last == keep {
			last--
			keep--
		}
		left = append(left[:last], left[last+1:]...)
		row = statusHead + strings.Join(left, statusSep) + statusSep + dots
	}
	if short := statusHead + left[0]; !fits(row, width) && fits(short, width) {
		return short
	}
	if !fits(row, width) {
		return left[0] // cut when it is drawn; without the blank it may fit
	}
	return row
}

func fits(text string, width int) bool {
	_, _, all := fit([]byte(text), width)
	return all
}

// appendShort appends text, cut to width cells, and says how many it takes. Colour
// sequences behind the cut still count.
func appendShort(dst, text []byte, width int) ([]byte, int) {
	if _, used, all := fit(text, width); all {
		return append(dst, text...), used
	}
	if width <= len(dots) {
		return appendCut(dst, text, width)
	}
	n, _, _ := fit(text, width-len(dots))
	if text[n] != ' ' {
		if k := bytes.LastIndexByte(text[:n], ' '); k > 0 && blanks(text[:k], k) < k {
			n = k
		}
	}
	n -= blanks(text[:n], n)
	_, used, _ := fit(text[:n], width)
	dst = append(append(dst, text[:n]...), dots...)
	for i := n; i < len(text); {
		size, _ := cluster(text, i)
		if text[i] == esc {
			dst = append(dst, text[i:i+size]...)
		}
		i += size
	}
	return dst, used + len(dots)
}
