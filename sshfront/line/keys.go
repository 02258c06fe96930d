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
	keyBackTab
	keyFind        // Ctrl-R: a search that what is typed then narrows
	keySearch      // Page Up: an older line with what is typed
	keySearchNewer // Ctrl-S and Page Down
	keyGiveUp      // Ctrl-G: the draft as it was before history was asked
	keyUndo
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
		if e.find.open {
			e.giveUp() // nobody leaves by it who is looking for something
			return
		}
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
	if e.find.open && e.finding(k) {
		return
	}
	switch k {
	case keyBackTab, keyFind, keySearch, keySearchNewer, keyGiveUp:
	default:
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
	case keyBackTab:
		e.complete(-1, emit)
	case keyFind:
		if e.hist.searching {
			e.search(1) // which is under way
		} else {
			e.openFinder()
		}
	case keySearch:
		e.search(1)
	case keySearchNewer:
		e.search(-1)
	case keyGiveUp:
		e.giveUp()
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
	case keyUndo:
		e.undo()
	}
}
