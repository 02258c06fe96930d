package line

import (
	"strings"
	"unicode/utf8"

	"moniker/sshfront/safe"
)

// finder is the search that Ctrl-R opens: it begins with what is typed already, if a
// prompt holds that, what is typed then narrows it, and the draft is the newest line that
// has it, or empty. While it is open the prompt tells what is looked for.
type finder struct {
	open   bool
	sought []byte
	was    string // the draft, which comes back if nothing is found, or not wanted
	prompt []byte // which comes back at the end
}

// openFinder begins the search.
func (e *Editor) openFinder() {
	was := e.Draft()
	e.accept()
	e.hist.leave()
	e.find = finder{open: true, was: was, prompt: e.scr.prompt}
	switch {
	case was == "":
		e.tellSought()
	case len(was) > maxWord || strings.Contains(was, "\n"): // no prompt holds that: what is looked for is yet to be typed
		e.found(0)
	default:
		e.find.sought = []byte(was)
		e.found(e.hist.find(1, 1, was, was))
	}
}

// closeFinder ends it: the line that was found, if one was, is the draft now.
func (e *Editor) closeFinder() {
	if !e.find.open {
		return
	}
	was := e.find.was
	e.scr.prompt = e.find.prompt
	e.find = finder{}
	e.scr.touch(redraw)
	if len(e.draft) == 0 {
		e.show(was)
	}
}

// leaveFinder ends it with the draft as it was.
func (e *Editor) leaveFinder() {
	if e.find.open {
		e.giveUp()
	}
}

// tellSought brings the prompt up to date.
func (e *Editor) tellSought() {
	what := "search"
	if len(e.find.sought) > 0 && e.hist.back == 0 {
		what = "not found"
	}
	e.scr.prompt = append(append([]byte(what+" ["), e.find.sought...), "]: "...)
	e.scr.touch(redraw)
}

// finding acts on a key that is the search's; false if it is none: then what was found
// is the draft, and the key acts on that.
func (e *Editor) finding(k key) bool {
	switch k {
	case keyFind, keySearch:
		e.further(1)
	case keySearchNewer:
		e.further(-1)
	case keyBackspace:
		e.widen()
	case keyGiveUp:
		e.giveUp()
	default:
		return false
	}
	return true
}

// narrow adds a character to what is looked for. It goes on from the line that is shown.
func (e *Editor) narrow(r rune) {
	f := &e.find
	before, _ := utf8.DecodeLastRune(f.sought)
	if !safe.Visible(r) || safe.Joiner(r) && !safe.Joins(before, r) || len(f.sought)+utf8.RuneLen(r) > maxWord {
		return
	}
	f.sought = utf8.AppendRune(f.sought, r)
	e.found(e.hist.find(max(1, e.hist.back), 1, string(f.sought), ""))
}

// spill ends the search, and what was looked for is the draft: whoever pastes more than a
// search holds wants to say it.
func (e *Editor) spill() {
	sought := string(e.find.sought)
	e.closeFinder()
	e.hist.leave()
	e.show(sought)
}

// widen takes the last character back, and ends the search if there is none.
func (e *Editor) widen() {
	f := &e.find
	_, n := utf8.DecodeLastRune(f.sought)
	f.sought = f.sought[:len(f.sought)-n]
	switch {
	case n == 0:
		e.giveUp()
	case len(f.sought) == 0:
		e.found(0)
	default:
		e.found(e.hist.find(1, 1, string(f.sought), ""))
	}
}

// further shows the next older line that has what is looked for, or the next newer one
// (dir -1). Where there is none, nothing changes.
func (e *Editor) further(dir int) {
	if back := e.hist.find(e.hist.back+dir, dir, string(e.find.sought), e.Draft()); back > 0 {
		e.found(back)
	}
}

// found shows the line that is so far back; zero is none.
func (e *Editor) found(back int) {
	line := ""
	e.hist.saved = e.find.was
	if e.hist.back = back; back > 0 {
		line = e.hist.lines[len(e.hist.lines)-back]
	}
	e.show(line)
	e.tellSought()
}

// find is how far back the next line is that has text and is not the one shown, from
// there on; zero if there is none.
func (h *history) find(from, dir int, text, shown string) int {
	for back := from; back > 0 && back <= len(h.lines); back += dir {
		if l := h.lines[len(h.lines)-back]; l != shown && strings.Contains(l, text) {
			return back
		}
	}
	return 0
}
