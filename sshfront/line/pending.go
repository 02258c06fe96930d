package line

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

const (
	mostPending  = 64      // rows kept; the older ones are only counted
	pendingBytes = 1 << 10 // of one row
	dots         = "..."
)

// pending is the rows above the status row.
type pending struct {
	rows  [][]byte // the newest, oldest first
	older int      // and how many there were before them
	fold  []byte   // the row that says so
}

// SetPending replaces the rows that stand above the status row: lines that are
// typed and not sent yet, oldest first, each as it is to be shown and on one
// row; what is wider than the terminal ends in "...". They take at most half of
// the terminal's height and none that the draft or the status needs. If there
// are more, the first row says how many are not shown (where there is but one
// row, it is the newest). Rows are sanitised as a draft is.
func (e *Editor) SetPending(rows []string) {
	p := pending{older: max(0, len(rows)-mostPending)}
	for _, r := range rows[p.older:] {
		row := cut(r, pendingBytes)
		row = strings.ReplaceAll(Sanitize(row), "\n", newlineSign)
		if len(r) > pendingBytes {
			row += dots
		}
		p.rows = append(p.rows, []byte(row))
	}
	was := &e.scr.pending
	if p.older == was.older && slices.EqualFunc(p.rows, was.rows, slices.Equal) {
		return
	}
	*was = p
	e.scr.touch(redraw)
}

// share divides the height: the draft gets the rows it needs, but for one of the
// status row; what is left goes to the pending ones, and then to the latest line,
// if that has room in whole.
func (s *screen) share(l *layout, need int) {
	l.room = s.height
	if len(s.status) > 0 && (l.room > 2 || l.room == 2 && need < 2) {
		l.room--
		l.status = 1
	}
	l.pending = min(len(s.pending.rows), max(0, l.room-need), s.height/2)
	l.room -= l.pending
	if n := len(s.latest); n <= min(l.room-need, s.height/2) {
		l.latest = n
		l.room -= n
	}
}

// draw appends n rows.
func (p *pending) draw(dst []byte, to *pen, n int) []byte {
	skip := len(p.rows) - n
	if total := p.older + skip; n > 1 && total > 0 {
		skip++
		p.fold = strconv.AppendInt(append(p.fold[:0], " and "...), int64(total+1), 10)
		p.fold = append(p.fold, " more"...)
		dst = to.cut(dst, p.fold)
	}
	for _, r := range p.rows[skip:] {
		dst = to.cut(dst, r)
	}
	return dst
}

// SetLatest shows lines, as they would be finished, above all that is live: the
// newest line of the scrollback, as long as it may still change. The caller finishes
// it with the next AppendRedraw and takes it away here. lines are as wide as the
// terminal at most and end in \r\n each, SGR sequences allowed; where they have no
// room they are not shown.
func (e *Editor) SetLatest(lines []byte) {
	var rows [][]byte
	for row := range bytes.Lines(lines) {
		rows = append(rows, bytes.TrimRight(row, "\r\n"))
	}
	if !slices.EqualFunc(rows, e.scr.latest, slices.Equal) {
		e.scr.latest = rows
		e.scr.touch(redraw)
	}
}

// cut appends text as one row.
func (p *pen) cut(dst, text []byte) []byte {
	n, w, all := fit(text, p.width)
	tail := ""
	if !all && p.width > len(dots) {
		n, w, _ = fit(text, p.width-len(dots))
		tail = dots
	}
	dst = append(append(dst, text[:n]...), tail...)
	p.col = w + len(tail)
	return p.next(dst)
}

// fit is how many bytes of text go into width cells, how many cells those take,
// and whether that is all.
func fit(text []byte, width int) (n, used int, all bool) {
	for n < len(text) {
		if k := ascii(text[n:], width-used); k > 0 {
			n, used = n+k, used+k
			continue
		}
		size, w := cluster(text, n)
		if used+w > width {
			return n, used, false
		}
		n, used = n+size, used+w
	}
	return n, used, true
}
