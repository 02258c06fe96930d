package line

const (
	historyLines = 100
	historyBytes = 32 << 10
)

// history is what was entered, oldest first, and where Up has led.
type history struct {
	lines []string
	bytes int
	back  int    // how far back Up has gone; 0 is the unfinished draft
	saved string // the unfinished draft while back > 0
}

// History returns a copy of the lines that Up walks through, oldest first.
func (e *Editor) History() []string { return append([]string(nil), e.hist.lines...) }

// SetHistory replaces them: the newest 100 lines and 32 KiB stay.
func (e *Editor) SetHistory(lines []string) {
	e.hist = history{}
	for _, l := range lines {
		e.hist.add(cut(Sanitize(l), e.limit))
	}
}

// add remembers s as the newest line. Blank lines and repeats are not kept.
func (h *history) add(s string) {
	if s == "" || len(s) > historyBytes || len(h.lines) > 0 && h.lines[len(h.lines)-1] == s {
		return
	}
	h.lines = append(h.lines, s)
	h.bytes += len(s)
	for len(h.lines) > historyLines || h.bytes > historyBytes {
		h.bytes -= len(h.lines[0])
		h.lines[0] = ""
		h.lines = h.lines[1:]
	}
}

func (h *history) leave() { h.back, h.saved = 0, "" }

func (e *Editor) up(emit func(Action)) {
	if e.hist.back == 0 && len(e.draft) == 0 {
		emit(Action{Kind: Recall})
		if len(e.draft) > 0 {
			return
		}
	}
	if e.hist.back == len(e.hist.lines) {
		return
	}
	if e.hist.back == 0 {
		e.hist.saved = e.Draft()
	}
	e.hist.back++
	e.show(e.hist.lines[len(e.hist.lines)-e.hist.back])
}

func (e *Editor) down() {
	if e.hist.back == 0 {
		return
	}
	e.hist.back--
	if e.hist.back > 0 {
		e.show(e.hist.lines[len(e.hist.lines)-e.hist.back])
		return
	}
	saved := e.hist.saved
	e.hist.leave()
	e.show(saved)
}
