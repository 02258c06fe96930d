package line

import "bytes"

// tty is a terminal that knows CR, LF and backspace and nothing more.
type tty struct {
	out    []byte // what is to be sent
	open   bool   // prompt and shown stand in the last line
	prompt []byte
	shown  []byte // what it shows of the draft
}

// NewDumb returns an editor for a terminal without escape sequences (TERM=dumb,
// or none). It prints the prompt once and then what is typed; the end of the
// draft can be erased, the cursor is always there. Enter ends the line, and so
// does Ctrl-C, behind ^C. A finished line that comes while a draft stands begins
// a line of its own and prompt and draft follow it again; a bare prompt makes
// room for it. There is no status and nothing pending on the screen.
func NewDumb() *Editor {
	e := New(0, 0)
	e.tty = &tty{}
	return e
}

// endLine shows what was typed and the line's end behind it.
func (e *Editor) endLine(sign string) {
	if e.tty == nil {
		return
	}
	e.echo()
	t := e.tty
	t.out = append(append(t.out, sign...), '\r', '\n')
	t.open, t.shown = false, t.shown[:0]
	if cap(t.shown) > keepSpare {
		t.shown = nil
	}
}

// appendEcho is AppendRedraw here.
func (e *Editor) appendEcho(dst, above []byte) []byte {
	t := e.tty
	if len(above) > 0 || t.open && !bytes.Equal(t.prompt, e.scr.prompt) {
		e.vacate()
		t.out = append(t.out, above...)
	}
	e.echo()
	dst = append(dst, t.out...)
	if t.out = t.out[:0]; cap(t.out) > keepSpare {
		t.out = nil
	}
	return dst
}

// closeLine is AppendClear here.
func (e *Editor) closeLine(dst []byte) []byte {
	e.vacate()
	dst = append(dst, e.tty.out...)
	e.tty.out = nil
	return dst
}

// vacate leaves the cursor at the start of an empty line: a bare prompt is
// overwritten, a draft stays above.
func (e *Editor) vacate() {
	t := e.tty
	if !t.open {
		return
	}
	p := e.after(nil)
	switch {
	case len(t.shown) > 0 || p.row > 0 || p.col == p.width:
		t.out = append(t.out, '\r', '\n')
	case p.col > 0:
		t.out = append(t.out, '\r')
		t.out = append(t.out, bytes.Repeat([]byte{' '}, p.col)...)
		t.out = append(t.out, '\r')
	}
	t.open, t.shown = false, t.shown[:0]
}

// echo makes the screen show the draft: it erases the end of what it shows, as
// far as that is on the last row, or else begins a new line.
func (e *Editor) echo() {
	t := e.tty
	if t.open && bytes.Equal(t.shown, e.draft) {
		return
	}
	same := 0
	for t.open && same < len(t.shown) && same < len(e.draft) {
		n, _ := cluster(t.shown, same)
		if k, _ := cluster(e.draft, same); k != n || !bytes.Equal(t.shown[same:same+n], e.draft[same:same+n]) {
			break
		}
		same += n
	}
	if t.open && same < len(t.shown) {
		from, to := e.after(t.shown[:same]), e.after(t.shown)
		if from.row != to.row || to.col == to.width {
			t.out = append(t.out, '\r', '\n')
			t.open = false
		}
		for ; t.open && to.col > from.col; to.col-- {
			t.out = append(t.out, "\b \b"...)
		}
	}
	if !t.open {
		t.out = appendBare(t.out, e.scr.prompt)
		t.prompt = append(t.prompt[:0], e.scr.prompt...)
		t.open, same = true, 0
	}
	t.out = appendBare(t.out, e.draft[same:])
	t.shown = append(t.shown[:same], e.draft[same:]...)
}

// after is where the cursor is behind the prompt that stands there and text.
func (e *Editor) after(text []byte) pen {
	p := pen{width: e.scr.width}
	for _, b := range [...][]byte{e.tty.prompt, text} {
		for i := 0; i < len(b); {
			n, w := cluster(b, i)
			p.put(w)
			i += n
		}
	}
	return p
}

// appendBare appends text without colours and with its line breaks visible.
func appendBare(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		switch n, _ := cluster(text, i); {
		case text[i] == esc:
			i += n
		case text[i] == '\n':
			dst = append(dst, newlineSign...)
			i++
		default:
			dst = append(dst, text[i:i+n]...)
			i += n
		}
	}
	return dst
}
