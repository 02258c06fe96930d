package line

import "bytes"

// layout is where the draft falls at the present width. Rows count from the
// start of the prompt, whether shown or not.
type layout struct {
	valid      bool
	wide       bool // there are characters of two cells
	row, col   int  // the cursor
	top        int  // the first row shown
	room       int  // and how many may be
	latest     int  // rows above them
	pending    int
	status     int // 0 or 1
	promptFrom int // the first byte of row top
	draftFrom  int
}

// pen moves over the cells as a terminal of width would, but goes to the next
// row itself.
type pen struct {
	width, row, col int
	stop            int      // the row not to be reached
	seam            int      // the row that is to go on in the next, or less than 0
	ends            []uint16 // where the text ends in the rows that are done
}

// put takes width w.
func (p *pen) put(w int) {
	if p.col+w > p.width {
		p.row++
		p.col = 0
	}
	p.col += w
}

// write appends text from offset from, and stops before row p.stop.
func (p *pen) write(dst, text []byte, from int) []byte {
	for i := from; i < len(text); {
		if n := ascii(text[i:], p.width-p.col); n > 0 {
			dst = append(dst, text[i:i+n]...)
			p.col += n
			i += n
			continue
		}
		n, w := cluster(text, i)
		if p.col+w > p.width {
			if p.row+1 >= p.stop {
				return dst
			}
			dst = p.next(dst)
		}
		p.col += w
		if text[i] == '\n' {
			dst = append(dst, newlineSign...)
		} else {
			dst = append(dst, text[i:i+n]...)
		}
		i += n
	}
	return dst
}

// next ends the row. It drops blanks at its end: terminals that wrap anew do
// so, or do not.
func (p *pen) next(dst []byte) []byte {
	if p.row == p.seam {
		for ; p.col < p.width; p.col++ {
			dst = append(dst, ' ')
		}
		dst = append(dst, ' ', '\r') // the blank wraps
	} else {
		n := blanks(dst, p.col)
		p.col -= n
		dst = append(dst[:len(dst)-n], '\r', '\n')
	}
	p.ends = append(p.ends, uint16(p.col))
	p.row, p.col = p.row+1, 0
	return dst
}

// blanks is how many blanks b ends in, up to most.
func blanks(b []byte, most int) int {
	n := 0
	for n < most && b[len(b)-1-n] == ' ' {
		n++
	}
	return n
}

// tail is how many blanks prompt and draft end in.
func (e *Editor) tail() int {
	n := blanks(e.draft, len(e.draft))
	if n < len(e.draft) {
		return n
	}
	p := e.scr.prompt
	for i := bytes.LastIndexByte(p, esc); i >= 0 && i+sequence(p[i:]) == len(p); i = bytes.LastIndexByte(p, esc) {
		p = p[:i]
	}
	return n + blanks(p, len(p))
}

// measure finds the cursor's cell, divides the height, and finds which rows to
// show: the last ones, or those from the cursor on if it is above them.
func (e *Editor) measure() layout {
	l := layout{valid: true}
	p := pen{width: e.scr.width}
	for i := 0; i < len(e.scr.prompt); {
		n, w := cluster(e.scr.prompt, i)
		p.put(w)
		i += n
		l.wide = l.wide || w > 1
	}
	found := false
	for i := 0; i < len(e.draft); {
		n, w := cluster(e.draft, i)
		p.put(w)
		if i >= e.cur && !found {
			found, l.row, l.col = true, p.row, p.col-w
		}
		i += n
		l.wide = l.wide || w > 1
	}
	if p.col == p.width {
		p.row, p.col = p.row+1, 0
	}
	if !found {
		l.row, l.col = p.row, p.col
	}
	e.scr.share(&l, p.row+1)
	l.top = min(max(0, p.row+1-l.room), l.row)
	e.findTop(&l)
	return l
}

// findTop sets the bytes that row l.top begins with.
func (e *Editor) findTop(l *layout) {
	if l.top == 0 {
		return
	}
	p := pen{width: e.scr.width}
	l.promptFrom, l.draftFrom = len(e.scr.prompt), len(e.draft)
	for i := 0; i < len(e.scr.prompt); {
		n, w := cluster(e.scr.prompt, i)
		if p.put(w); p.row >= l.top {
			l.promptFrom, l.draftFrom = i, 0
			return
		}
		i += n
	}
	for i := 0; i < len(e.draft); {
		n, w := cluster(e.draft, i)
		if p.put(w); p.row >= l.top {
			l.draftFrom = i
			return
		}
		i += n
	}
}

// ascii is how many bytes at the start of text are characters of one byte and
// one cell that nothing behind them changes, up to most.
func ascii(text []byte, most int) int {
	most = min(most, len(text))
	n := 0
	for n < most && text[n] >= ' ' && text[n] < del {
		n++
	}
	if n > 0 && n < len(text) && text[n] >= del {
		n--
	}
	return n
}

// appendCut appends as much of text as fits in width cells, and says how much
// that is. Colour sequences behind the cut still count.
func appendCut(dst, text []byte, width int) ([]byte, int) {
	used := 0
	for i := 0; i < len(text); {
		n, w := cluster(text, i)
		if used+w <= width {
			dst = append(dst, text[i:i+n]...)
			used += w
		} else if text[i] != esc {
			width = used
		}
		i += n
	}
	return dst, used
}
