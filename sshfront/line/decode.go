package line

import (
	"strings"
	"unicode/utf8"
)

const (
	esc = 0x1b
	del = 0x7f

	maxSequence = 64      // a longer control sequence is given up
	maxString   = 4 << 10 // a longer OSC or DCS string is given up
)

type state uint8

const (
	ground  state = iota
	escaped       // after ESC
	csi           // after ESC [
	ss3           // after ESC O
	str           // inside OSC, DCS, SOS, PM or APC
	strEsc        // after ESC inside one of them
	skip          // one more byte belongs to the sequence (Linux: ESC [ [ A)
)

// decoder is where in the grammar of ECMA-48 and UTF-8 the last byte left us,
// so that input may be split anywhere.
type decoder struct {
	state state
	paste bool // between ESC[200~ and ESC[201~
	cr    bool // the last byte was CR, so that LF is no second Enter
	runeN uint8
	rune  [utf8.UTFMax]byte
	n     int  // bytes of the sequence under way
	osc   bool // the string under way is an operating system command
	param [24]byte
}

// Feed takes in what was typed, at any split, and calls emit for every action
// in order. emit may call every method of e but Feed and FlushEsc. Feed itself
// sends nothing: call AppendRedraw afterwards.
//
// Sequences the editor does not know are dropped whole. ESC before b, f, d and
// Backspace is Alt; before [ and O, and before ] P X ^ _ it starts a sequence;
// before anything else it is dropped and the byte stands for itself. A control
// byte inside a sequence ends the sequence and counts.
func (e *Editor) Feed(p []byte, emit func(Action)) {
	for _, b := range p {
		if e.dec.cr {
			e.dec.cr = false
			if b == '\n' {
				continue
			}
		}
		e.step(b, emit)
	}
}

// PendingEsc reports whether the last byte was an ESC of which only time can
// tell whether it stands alone. It is false inside a paste.
func (e *Editor) PendingEsc() bool { return e.dec.state == escaped && !e.dec.paste }

// FlushEsc decides that it did: what comes next is text. It ends a search.
func (e *Editor) FlushEsc() {
	if e.PendingEsc() {
		e.dec.state = ground
		e.leaveFinder()
	}
}

// Pasting reports whether what comes is pasted: the terminal has not told the end yet.
func (e *Editor) Pasting() bool { return e.dec.paste }

// EndPaste decides that what comes is typed again. Where a paste ends only the terminal
// knows; whoever has a clock knows when it will not say so any more.
func (e *Editor) EndPaste() { e.dec.paste, e.dec.state = false, ground }

func (e *Editor) step(b byte, emit func(Action)) {
	switch e.dec.state {
	case escaped:
		e.stepEsc(b, emit)
	case csi:
		e.stepCSI(b, emit)
	case ss3:
		e.stepSS3(b, emit)
	case str:
		e.stepString(b, emit)
	case strEsc:
		if e.dec.state = ground; b != '\\' { // ESC \ ends the string, another sequence too
			e.stepEsc(b, emit)
		} else {
			e.stringDone(e.dec.n, emit)
		}
	case skip:
		e.dec.state = ground
		if control(b) {
			e.stepGround(b, emit)
		}
	default:
		e.stepGround(b, emit)
	}
}

func (e *Editor) stepGround(b byte, emit func(Action)) {
	d := &e.dec
	if d.runeN > 0 {
		if b&0xc0 == 0x80 {
			d.rune[d.runeN] = b
			d.runeN++
			e.finishRune(emit)
			return
		}
		d.runeN = 0
	}
	switch {
	case b == esc:
		d.state = escaped
	case control(b) && d.paste:
		e.pasted(b, emit)
	case control(b):
		e.control(b, emit)
	case b < utf8.RuneSelf:
		e.insert(rune(b), emit)
	case b >= 0xc2 && b <= 0xf4:
		d.rune[0], d.runeN = b, 1
	}
}

func (e *Editor) finishRune(emit func(Action)) {
	d := &e.dec
	if !utf8.FullRune(d.rune[:d.runeN]) {
		return
	}
	r, size := utf8.DecodeRune(d.rune[:d.runeN])
	d.runeN = 0
	if r == utf8.RuneError && size == 1 {
		return
	}
	e.insert(r, emit)
}

// pasted takes a control byte inside a paste. Line breaks stay in the draft.
func (e *Editor) pasted(b byte, emit func(Action)) {
	switch b {
	case '\r', '\n':
		e.dec.cr = b == '\r'
		e.insert('\n', emit)
	case '\t':
		e.insertTab(emit)
	}
}

func (e *Editor) stepEsc(b byte, emit func(Action)) {
	d := &e.dec
	d.n = 0
	switch b {
	case '[':
		d.state = csi
	case 'O':
		d.state = ss3
	case ']', 'P', 'X', '^', '_':
		d.state, d.osc = str, b == ']'
	case esc:
	default:
		d.state = ground
		if k := altKey(b); k != 0 && !d.paste {
			e.press(k, emit)
		} else {
			e.stepGround(b, emit)
		}
	}
}

func (e *Editor) stepCSI(b byte, emit func(Action)) {
	d := &e.dec
	switch {
	case control(b) || b >= utf8.RuneSelf:
		d.state = ground
		e.stepGround(b, emit)
	case b == '$' && d.n > 0 && d.n <= len(d.param) && d.param[0] >= '0' && d.param[0] <= '9':
		d.state = ground // rxvt ends keys pressed with Shift so
		e.csiDone(d.param[:d.n], b, emit)
	case b < 0x40:
		if d.n < len(d.param) {
			d.param[d.n] = b
		}
		if d.n++; d.n > maxSequence {
			d.state = ground
		}
	case b == '[' && d.n == 0:
		d.state = skip
	default:
		d.state = ground
		if d.n <= len(d.param) {
			e.csiDone(d.param[:d.n], b, emit)
		}
	}
}

func (e *Editor) csiDone(param []byte, final byte, emit func(Action)) {
	p, ok := read(param)
	switch {
	case !ok || p.released:
	case final == '~' && p.n[0] == 200:
		e.dec.paste = true
	case final == '~' && p.n[0] == 201:
		e.dec.paste = false
	case final == 'R' && e.scr.turn.asked > 0:
		e.scr.answered(p.n[1] - 1)
	case e.dec.paste:
	case final == '~' && p.n[0] == 27:
		e.modified(p.n[2], p.n[1], emit)
	case final == 'u':
		e.modified(p.n[0], p.n[1], emit)
	default:
		e.press(csiKey(p.n[0], p.n[1], final), emit)
	}
}

func (e *Editor) stepSS3(b byte, emit func(Action)) {
	d := &e.dec
	switch {
	case control(b) || b >= utf8.RuneSelf:
		d.state = ground
		e.stepGround(b, emit)
	case b < 0x40:
		d.param[0] = b
		if d.n++; d.n > maxSequence {
			d.state = ground
		}
	default:
		d.state = ground
		first := 0
		if d.n == 1 && d.param[0] >= '0' && d.param[0] <= '9' {
			first = int(d.param[0] - '0')
		}
		if !d.paste {
			e.press(ss3Key(first, b), emit)
		}
	}
}

// stepString takes a control string up to BEL or ST. Enter and Ctrl-C end
// it too, so that nobody is caught in one.
func (e *Editor) stepString(b byte, emit func(Action)) {
	d := &e.dec
	switch {
	case b == esc:
		d.state = strEsc
	case b == 0x07:
		d.state = ground
		e.stringDone(d.n, emit)
	case b == 0x18 || b == 0x1a || d.n >= maxString:
		d.state = ground
	case b == '\r' || b == '\n' || b == 0x03:
		d.state = ground
		e.stepGround(b, emit)
	default:
		if d.n < len(d.param) {
			d.param[d.n] = b
		}
		d.n++
	}
}

// stringDone acts on a control string of n bytes: of all there are, a terminal sends
// us one, the answer to AskBackground. A pasted one is none.
func (e *Editor) stringDone(n int, emit func(Action)) {
	d := &e.dec
	if !d.osc || d.paste || n > len(d.param) {
		return
	}
	if color, ok := strings.CutPrefix(string(d.param[:n]), "11;"); ok {
		emit(Action{Kind: Background, Text: color})
	}
}

// params is what stands between ESC [ and the final byte.
type params struct {
	n        [3]int
	released bool // kitty: it tells that the key went up
}

// read takes the numbers of a control sequence, the first part of each. It refuses
// private and intermediate bytes: no key we know has them.
func read(param []byte) (p params, ok bool) {
	i, part, event := 0, 0, 0
	for _, b := range param {
		switch {
		case b >= '0' && b <= '9':
			digit := int(b - '0')
			if i < len(p.n) && part == 0 {
				p.n[i] = min(p.n[i]*10+digit, 1<<21)
			} else if i == 1 && part == 1 {
				event = min(event*10+digit, 9)
			}
		case b == ';':
			i, part = i+1, 0
		case b == ':':
			part++
		default:
			return params{}, false
		}
	}
	p.released = event == 3
	return p, true
}

func control(b byte) bool { return b < 0x20 || b == del }
