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

	searching bool // the last key was Page Up, and it found something
	sought    string
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

// leave ends the walk: the next Up leads to the newest line.
func (h *history) leave() {
	h.back, h.saved = 0, ""
	h.searching, h.sought = false, ""
}

// accept notes that a key was pressed which is none of those that go on: the
// word that Tab has put and the line that Ctrl-R has found are the draft now.
func (e *Editor) accept() {
	e.closeFinder()
	e.comp.words, e.comp.spaced = nil, false
	e.hist.searching, e.hist.sought = false, ""
}

// search shows the next older line that contains the draft, or the next newer one
// (dir -1), and in the end the draft again. Down leads back, line by line.
func (e *Editor) search(dir int) {
	e.comp.words, e.comp.spaced = nil, false
	h := &e.hist
	back := h.back
	switch {
	case h.searching:
	case dir < 0:
		return
	default:
		h.sought, back = e.Draft(), 0
	}
	at := h.find(back+dir, dir, h.sought, e.Draft())
	switch {
	case at == 0 && dir < 0:
		e.giveUp()
	case at > 0:
		if !h.searching {
			h.searching, h.saved = true, h.sought
		}
		h.back = at
		e.show(h.lines[len(h.lines)-at])
	}
}

// giveUp shows the draft as it was before history was asked, or before Tab.
func (e *Editor) giveUp() {
	if c := e.comp; c.words != nil {
		typed := c.words[len(c.words)-1]
		e.replace(c.from, e.cur, typed)
		e.cur = c.from + len(typed)
	}
	switch saved := e.hist.saved; {
	case e.find.open:
		e.hist.leave()
		e.show(e.find.was)
	case e.hist.back > 0:
		e.hist.leave()
		e.show(saved)
	}
	e.accept()
}

func (e *Editor) up(emit func(Action)) {
	if len(e.draft) == 0 {
		e.set = false
		emit(Action{Kind: Recall})
		if e.set {
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
