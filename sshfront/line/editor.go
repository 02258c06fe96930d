// Package line is the line editor of a chat in a terminal, as a pure core:
// the bytes a person types go in, actions come out, and what the terminal has
// to be sent is appended to the caller's buffer, one run of bytes for one
// write. It knows nothing of SSH, connections, goroutines or time.
//
// The screen is a scrollback of finished lines and, below it, the live area: a
// newest line that may still change, the lines that are not sent yet, one status
// row (if there is a status) and the prompt with the draft, wrapped over as many rows as it needs. It is never
// taller than the terminal, and nothing of it stays in the scrollback, but for
// rows that a resize has put out of reach. A finished line is not erased, whatever
// a terminal does when it is resized; see turn for how, and for what cannot be
// known. An Editor must not be used by two goroutines at once.
//
// Ctrl-R opens a search of what was entered before, for as long as
// which the prompt is the editor's own.
//
// Two things need the caller's help. A lone Esc cannot be told from the start
// of a sequence without a clock: while PendingEsc reports true, call FlushEsc
// when nothing has come for some 50 ms. And bracketed paste is the terminal's
// to switch on: send Begin first and End last. After a resize the editor asks the
// terminal something; the answer comes among what is typed and is no key.
package line

import (
	"strings"
	"unicode/utf8"
)

const (
	// AskBackground asks the terminal for the colour that it draws on. One that does
	// not know the question shows nothing; an answer is a Background action, whenever
	// it comes.
	AskBackground = "\x1b]11;?\x1b\\"

	// Begin asks the terminal to bracket what is pasted; End undoes it.
	Begin = "\x1b[?2004h"
	End   = "\x1b[?2004l"

	// DefaultLimit is the largest draft in bytes, unless SetLimit says otherwise.
	DefaultLimit = 16 << 10

	tabSpaces = "    " // what a tab becomes in a draft
	maxWord   = 256    // bytes of a word that Complete will name
	keepSpare = 1 << 9 // bytes an empty draft may keep for the next
)

// Kind says what an Action asks of the caller.
type Kind uint8

const (
	Enter      Kind = iota + 1 // Text is the line; the draft is empty again
	Interrupt                  // Ctrl-C; Text is the draft that was dropped
	EOF                        // Ctrl-D on an empty draft
	Complete                   // Tab: Text is the word before the cursor, Before what stands before it, Dir 1, or -1 for Shift-Tab
	Clear                      // Ctrl-L; AppendClearScreen is the usual answer
	Overflow                   // the draft is full; what comes is dropped until it gets shorter
	Recall                     // every Up on an empty draft; unless the caller sets a draft, history follows
	Background                 // what the terminal answers to AskBackground; Text is the colour, such as rgb:0000/0000/0000
)

// Action is one thing the typed bytes ask of the caller.
type Action struct {
	Kind   Kind
	Text   string
	Before string
	Dir    int
}

// Editor holds one draft, its history and what stands on the screen.
// Its zero value is not usable; New, NewDumb and NewPlain make one.
type Editor struct {
	plain bool
	tty   *tty // of NewDumb, else nil
	limit int
	draft []byte // valid UTF-8 without controls, but for '\n'
	cur   int    // byte offset of the cursor in draft
	full  bool   // Overflow was told and the draft is no shorter since
	kill  []byte // what Ctrl-K, U, W and Alt-D cut last
	past  undo
	dec   decoder
	hist  history
	find  finder
	set   bool // SetDraft was called since Recall was emitted
	comp  completion
	scr   screen
}

// New returns an editor for a terminal of width by height cells.
// Zero stands for 80 by 24.
func New(width, height int) *Editor {
	e := &Editor{limit: DefaultLimit}
	e.scr.size(width, height)
	e.scr.change = redraw
	return e
}

// NewPlain returns an editor for something that is no terminal: it echoes
// nothing and sends no escape sequence; CR, LF and CRLF are one Enter each.
func NewPlain() *Editor {
	e := New(0, 0)
	e.plain = true
	return e
}

// SetLimit bounds the draft to n bytes, at least 4. A longer draft is cut.
func (e *Editor) SetLimit(n int) {
	e.limit = max(n, utf8.UTFMax)
	if len(e.draft) > e.limit {
		e.SetDraft(e.Draft())
	}
}

// Draft is what stands behind the prompt. A pasted line break is '\n'.
func (e *Editor) Draft() string { return string(e.draft) }

// Typed is Draft, or what stood there when a search was opened behind it.
func (e *Editor) Typed() string {
	if e.find.was != "" {
		return e.find.was
	}
	return e.Draft()
}

// Cursor is the byte offset of the cursor in Draft.
func (e *Editor) Cursor() int { return e.cur }

// SetDraft replaces the draft by what Sanitize leaves of s, cut to the limit,
// with the cursor at its end. Up from there leads to the newest line of history.
func (e *Editor) SetDraft(s string) {
	e.set = true
	e.closeFinder()
	e.hist.leave()
	e.show(Sanitize(cut(s, 2*e.limit)))
}

// show makes s, which is clean, the draft.
func (e *Editor) show(s string) {
	e.replace(0, len(e.draft), cut(s, e.limit))
	e.cur = len(e.draft)
	e.full = false
}

// enter hands the draft over as one line and remembers it.
func (e *Editor) enter(emit func(Action)) {
	if e.find.open && len(e.draft) == 0 {
		e.giveUp() // nothing was found
		return
	}
	text := strings.TrimRight(Sanitize(string(e.draft)), "\n")
	e.hist.add(text)
	e.endLine("")
	e.drop()
	emit(Action{Kind: Enter, Text: text})
}

func (e *Editor) interrupt(emit func(Action)) {
	if e.find.open {
		e.giveUp()
		return
	}
	text := e.Draft()
	e.endLine("^C")
	e.drop()
	emit(Action{Kind: Interrupt, Text: text})
}

// drop empties the draft and leaves history where it begins.
func (e *Editor) drop() {
	e.accept()
	e.replace(0, len(e.draft), "")
	e.hist.leave()
	e.past = undo{}
	if cap(e.draft) > keepSpare {
		e.draft = nil
	}
}

// cut returns the longest prefix of whole runes of s within n bytes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
