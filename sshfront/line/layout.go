package line

// layout is where the draft falls at the present width. Rows count from the
// start of the prompt, whether shown or not.
type layout struct {
	valid      bool
	row, col   int // the cursor
	top        int // the first row shown
	promptFrom int // and the first byte in it
	draftFrom  int
	slack      int // 1 if there are wide characters
}

// pen moves over the cells as a terminal of width would, but wraps wide
// characters itself: a terminal may or may not.
type pen struct{ width, row, col int }

// put takes width w and returns the cells left empty at the edge before it.
func (p *pen) put(w int) (pad int) {
	if p.col+w > p.width {
		pad = p.width - p.col
		p.row++
		p.col = 0
	}
	p.col += w
	return pad
}

// write appends text from offset from, and stops before row stop.
func (p *pen) write(dst, text []byte, from, stop int) []byte {
	for i := from; i < len(text); {
		n, w := cluster(text, i)
		was := *p
		pad := p.put(w)
		if p.row >= stop {
			*p = was
			return dst
		}
		for range pad {
			dst = append(dst, ' ')
		}
		if text[i] == '\n' {
			dst = append(dst, newlineSign...)
		} else {
			dst = append(dst, text[i:i+n]...)
		}
		i += n
	}
	return dst
}

// measure finds the cursor's cell and which rows to show: the last ones, or
// those from the cursor on if it is above them.
func (e *Editor) measure() layout {
	l := layout{valid: true}
	p := pen{width: e.scr.width}
	for i := 0; i < len(e.scr.prompt); {
		n, w := cluster(e.scr.prompt, i)
		p.put(w)
		i += n
		l.slack = max(l.slack, w-1)
	}
	found := false
	for i := 0; i < len(e.draft); {
		n, w := cluster(e.draft, i)
		p.put(w)
		if i >= e.cur && !found {
			found, l.row, l.col = true, p.row, p.col-w
		}
		i += n
		l.slack = max(l.slack, w-1)
	}
	if p.col == p.width {
		p.row, p.col = p.row+1, 0
	}
	if !found {
		l.row, l.col = p.row, p.col
	}
	l.top = min(max(0, p.row+1-e.scr.room()), l.row)
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
