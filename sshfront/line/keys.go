package line

type key uint8

const (
	keyNone key = iota
	keyLeft
	keyRight
	keyUp
	keyDown
	keyHome
	keyEnd
	keyWordLeft
	keyWordRight
	keyBackspace
	keyDelete
	keyKillWordLeft  // Alt-Backspace: letters and digits
	keyKillBlankLeft // Ctrl-W: up to a blank
	keyKillWordRight
	keyKillEnd
	keyKillStart
	keyYank
	keyTranspose
	keyPageUp
	keyPageDown
	keyBackTab
	keySearch
	keyEnter
)

// control acts on one control byte outside a paste.
func (e *Editor) control(b byte, emit func(Action)) {
	switch b {
	case '\r':
		e.dec.cr = true
		e.enter(emit)
		return
	case '\n':
		if e.plain || e.tty != nil {
			e.enter(emit)
		} else {
			e.insert('\n', emit) // Ctrl-J: a line break that is not yet Enter
		}
		return
	case 0x03:
		e.interrupt(emit)
		return
	case 0x04:
		if len(e.draft) == 0 {
			emit(Action{Kind: EOF})
			return
		}
	case '\t':
		if e.plain {
			e.insertTab(emit)
		} else {
			e.complete(1, emit)
		}
		return
	case 0x0c:
		if !e.plain && e.tty == nil {
			e.scr.touch(redraw)
			emit(Action{Kind: Clear})
		}
		return
	}
	e.press(controlKey(b), emit)
}

// press acts on one key.
func (e *Editor) press(k key, emit func(Action)) {
	if k == keyNone || !e.knows(k) {
		return
	}
	if k != keyBackTab && k != keySearch {
		e.accept()
	}
	switch k {
	case keyLeft:
		e.moveTo(e.prev(e.cur))
	case keyRight:
		e.moveTo(e.next(e.cur))
	case keyHome:
		e.moveTo(0)
	case keyEnd:
		e.moveTo(len(e.draft))
	case keyWordLeft:
		e.moveTo(e.wordLeft())
	case keyWordRight:
		e.moveTo(e.wordRight())
	case keyUp:
		e.up(emit)
	case keyDown:
		e.down()
	case keyPageUp:
		emit(Action{Kind: PageUp})
	case keyPageDown:
		emit(Action{Kind: PageDown})
	case keyBackTab:
		e.complete(-1, emit)
	case keySearch:
		e.comp.words = nil
		e.search()
	case keyEnter:
		e.enter(emit)
	default:
		e.edit(k, emit)
	}
}

// knows reports whether k is a key here. Without a terminal only what a person
// needs to type a line blindly is; a dumb one cannot move its cursor into the draft.
func (e *Editor) knows(k key) bool {
	switch k {
	case keyBackspace, keyKillStart:
		return true
	case keyKillBlankLeft, keyKillWordLeft, keyUp, keyDown, keyEnter:
		return !e.plain
	}
	return !e.plain && e.tty == nil
}

// edit acts on the keys that change the draft.
func (e *Editor) edit(k key, emit func(Action)) {
	switch k {
	case keyBackspace:
		e.remove(e.prev(e.cur), e.cur, false)
	case keyDelete:
		e.remove(e.cur, e.next(e.cur), false)
	case keyKillWordLeft:
		e.remove(e.wordLeft(), e.cur, true)
	case keyKillBlankLeft:
		e.remove(e.blankLeft(), e.cur, true)
	case keyKillWordRight:
		e.remove(e.cur, e.wordRight(), true)
	case keyKillEnd:
		e.remove(e.cur, len(e.draft), true)
	case keyKillStart:
		e.remove(0, e.cur, true)
	case keyYank:
		e.yank(emit)
	case keyTranspose:
		e.transpose()
	}
}

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
	case 0x08, del:
		return keyBackspace
	case 0x0b:
		return keyKillEnd
	case 0x0e:
		return keyDown
	case 0x10:
		return keyUp
	case 0x12:
		return keySearch
	case 0x14:
		return keyTranspose
	case 0x15:
		return keyKillStart
	case 0x17:
		return keyKillBlankLeft
	case 0x19:
		return keyYank
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
	word := mod == 5 || mod == 3 || mod == 0 && first == 5
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
	case '~':
		return tildeKey(first, mod)
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
		return either(mod == 5 || mod == 3, keyKillWordRight, keyDelete)
	case 5:
		return keyPageUp
	case 6:
		return keyPageDown
	}
	return keyNone
}

func ss3Key(final byte) key {
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
		return csiKey(0, 1, final)
	}
	return keyNone
}

func either(yes bool, a, b key) key {
	if yes {
		return a
	}
	return b
}
