package line

import (
	"unicode"
)

// What a modifier adds to 1 in the second number of a sequence. Locks count as none.
const (
	modShift = 1 << iota
	modAlt
	modCtrl
	modSuper
	modHyper
	modMeta
)

// chord is a modifier of a sequence without the 1, or 0 where it says none.
func chord(mod int) int { return max(mod-1, 0) & (modMeta<<1 - 1) }

func controlKey(b byte) key {
	switch b {
	case 0x01:
		return keyHome
	case 0x02:
		return keyLeft
	case 0x04:
		return keyDelete
	case 0x05:
		return keyEnd
	case 0x06:
		return keyRight
	case 0x07:
		return keyGiveUp
	case 0x08, del:
		return keyBackspace
	case 0x0b:
		return keyKillEnd
	case 0x0e:
		return keyDown
	case 0x10:
		return keyUp
	case 0x12:
		return keyFind
	case 0x13:
		return keySearchNewer
	case 0x14:
		return keyTranspose
	case 0x15:
		return keyKillStart
	case 0x17:
		return keyKillBlankLeft
	case 0x19:
		return keyYank
	case 0x1f:
		return keyUndo
	}
	return keyNone
}

func altKey(b byte) key {
	switch b {
	case 'b':
		return keyWordLeft
	case 'f':
		return keyWordRight
	case 'd':
		return keyKillWordRight
	case 0x08, del:
		return keyKillWordLeft
	}
	return keyNone
}

// csiKey names the key of ESC [ first ; mod final, as xterm, tmux, rxvt,
// PuTTY, screen and the Linux console send it.
func csiKey(first, mod int, final byte) key {
	word := chord(mod)&(modAlt|modCtrl) != 0 || mod == 0 && (first == 5 || first == 3)
	switch final {
	case 'A':
		return keyUp
	case 'B':
		return keyDown
	case 'C':
		return either(word, keyWordRight, keyRight)
	case 'D':
		return either(word, keyWordLeft, keyLeft)
	case 'H':
		return keyHome
	case 'F':
		return keyEnd
	case 'Z':
		return keyBackTab
	case '~', '$': // rxvt: $ with Shift, ^ with Ctrl, @ with both
		return tildeKey(first, mod)
	case '^', '@':
		return tildeKey(first, 1+modCtrl)
	}
	return keyNone
}

func tildeKey(first, mod int) key {
	switch first {
	case 1, 7:
		return keyHome
	case 4, 8:
		return keyEnd
	case 3:
		return either(chord(mod)&(modAlt|modCtrl) != 0, keyKillWordRight, keyDelete)
	case 5:
		return keySearch
	case 6:
		return keySearchNewer
	}
	return keyNone
}

func ss3Key(first int, final byte) key {
	switch final {
	case 'c':
		return keyWordRight
	case 'd':
		return keyWordLeft
	case 'w': // PuTTY as rxvt
		return keyEnd
	case 'M':
		return keyEnter
	case 'A', 'B', 'C', 'D', 'H', 'F':
		return csiKey(first, 0, final)
	}
	return keyNone
}

// modified acts on a key that a terminal has told by its character: ESC [ 27 ; mod ;
// code ~ (xterm's modifyOtherKeys) or ESC [ code ; mod u (kitty's protocol). Nobody
// has asked for those here, but another program may have and not taken it back.
func (e *Editor) modified(code, mod int, emit func(Action)) {
	mods := chord(mod)
	alt, ctrl := mods&modAlt != 0, mods&modCtrl != 0
	switch {
	case mods&(modSuper|modHyper|modMeta) != 0:
	case code == '\r' && mods != 0:
		e.control('\n', emit) // a line break that is not yet Enter
	case code == '\t' && mods == modShift:
		e.press(keyBackTab, emit)
	case code == '\r', code == '\t' && mods == 0:
		e.control(byte(code), emit)
	case code == del || code == '\b':
		e.press(either(alt || ctrl, keyKillWordLeft, keyBackspace), emit)
	case code == esc:
		e.leaveFinder()
	case code < ' ':
	case ctrl && !alt:
		e.ctrl(unicode.ToLower(rune(code)), emit)
	case alt && !ctrl && code < del:
		e.press(altKey(byte(unicode.ToLower(rune(code)))), emit)
	case alt || ctrl || unicode.In(rune(code), unicode.Co): // kitty's other keys
	case mods == modShift:
		e.insert(unicode.ToUpper(rune(code)), emit)
	default:
		e.insert(rune(code), emit)
	}
}

// ctrl acts on Ctrl with a character.
func (e *Editor) ctrl(r rune, emit func(Action)) {
	switch {
	case r == '/' || r == '-':
		e.control(0x1f, emit) // as terminals without such a form send it
	case r >= '@' && r < del:
		e.control(byte(r)&0x1f, emit)
	}
}

func either(yes bool, a, b key) key {
	if yes {
		return a
	}
	return b
}
