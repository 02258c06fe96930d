package line

const (
	mostUndo  = 50
	undoBytes = 32 << 10 // of all drafts that Ctrl-_ leads back to
	undoRun   = 20       // characters that are taken back at once
)

// undo is what the draft was before each of the last changes, oldest first.
type undo struct {
	past  []moment
	bytes int
	run   int // characters typed since the newest of them, one after the other
	at    int // where the next of these would be typed
}

type moment struct {
	draft string
	cur   int
}

// typing remembers the draft before a character is typed at the cursor, unless that
// goes on with what was typed before it. A paste is one run, however long.
func (e *Editor) typing(size int) {
	u := &e.past
	if u.run == 0 || u.at != e.cur || u.run == undoRun && !e.dec.paste {
		e.remember()
	}
	u.run = min(u.run+1, undoRun)
	u.at = e.cur + size
}

// remember keeps the draft as it is, before it changes.
func (e *Editor) remember() {
	u := &e.past
	u.run = 0
	if len(e.draft) > undoBytes {
		*u = undo{}
		return
	}
	u.past = append(u.past, moment{string(e.draft), e.cur})
	u.bytes += len(e.draft)
	for len(u.past) > mostUndo || u.bytes > undoBytes {
		u.bytes -= len(u.past[0].draft)
		u.past[0] = moment{}
		u.past = u.past[1:]
	}
}

// undo takes back the last change.
func (e *Editor) undo() {
	n := len(e.past.past) - 1
	if n < 0 {
		return
	}
	m, left := e.past.past[n], e.past
	left.bytes -= len(m.draft)
	left.past[n], left.past, left.run = moment{}, left.past[:n], 0
	e.show(m.draft)
	e.cur = m.cur
	e.past = left
}
