package line

import "strings"

const mostCandidates = 256 // what is beyond them is left out

// completion is the candidates that Tab goes through, until another key
// accepts one. Without words there is none under way.
type completion struct {
	words  []string // the last is what was typed
	at     int      // the one in the draft
	from   int      // where it begins
	dir    int      // of the Tab that was emitted last
	blank  bool     // the words end in one
	spaced bool     // one was put before the cursor
}

// SetCompletions answers a Complete action, from within it. One word takes the
// place of the word before the cursor, with after behind it; where a blank follows
// already, that is the one at after's end. Of several, the first does (the last for
// Shift-Tab), and from then on Tab and Shift-Tab go through them and what was typed,
// in a circle and without an action, until any other key accepts what stands. No
// words: nothing happens. A word that the draft has no room for is passed over. A
// blank that was put behind a word makes room for what closes it: a comma, say.
func (e *Editor) SetCompletions(words []string, after string) {
	if len(words) == 0 {
		return
	}
	if len(words) == 1 {
		e.completeOnly(words[0], after)
		return
	}
	c := completion{from: e.wordStart(), dir: e.comp.dir, blank: after == " "}
	if e.blankFollows() {
		after, c.blank = strings.TrimSuffix(after, " "), false
	}
	for _, w := range words[:min(len(words), mostCandidates)] {
		c.words = append(c.words, cut(Sanitize(w), maxWord)+after)
	}
	c.words = append(c.words, string(e.draft[c.from:e.cur]))
	c.at = len(c.words) - 1
	e.cycle(c, c.dir)
}

// completeOnly puts the only word there is into the draft.
func (e *Editor) completeOnly(word, after string) {
	short, blank := strings.CutSuffix(after, " ")
	if !blank || !e.blankFollows() {
		if e.replaceWord(word + after) {
			e.comp.spaced = after == " "
		}
	} else if e.replaceWord(word+short) && e.draft[e.cur] == ' ' {
		e.cur++
		e.scr.touch(redraw)
	}
}

func (e *Editor) blankFollows() bool {
	return e.cur < len(e.draft) && (e.draft[e.cur] == ' ' || e.draft[e.cur] == '\n')
}

// complete acts on Tab and Shift-Tab.
func (e *Editor) complete(dir int, emit func(Action)) {
	if e.comp.words != nil {
		e.cycle(e.comp, dir)
		return
	}
	e.closeFinder()
	from := e.wordStart()
	e.comp.dir = dir
	emit(Action{Kind: Complete, Text: string(e.draft[from:e.cur]), Before: string(e.draft[:from]), Dir: dir})
}

// cycle puts the next word of c in that direction into the draft.
func (e *Editor) cycle(c completion, dir int) {
	for range c.words {
		c.at = (c.at + dir + len(c.words)) % len(c.words)
		if w := c.words[c.at]; len(e.draft)-(e.cur-c.from)+len(w) <= e.limit {
			e.replace(c.from, e.cur, w)
			e.cur = c.from + len(w)
			break
		}
	}
	c.spaced = c.blank && c.at < len(c.words)-1
	e.comp = c
}

// ReplaceWord puts s in place of the word before the cursor, the one that a
// Complete action names, and the cursor behind it. It does nothing if the
// draft would outgrow its limit.
func (e *Editor) ReplaceWord(s string) { e.replaceWord(s) }

func (e *Editor) replaceWord(s string) (done bool) {
	s = Sanitize(s)
	from := e.wordStart()
	if len(e.draft)-(e.cur-from)+len(s) > e.limit {
		return false
	}
	e.replace(from, e.cur, s)
	e.cur = from + len(s)
	return true
}

// wordStart is where the run of non-blanks before the cursor begins; what is
// longer than maxWord is no word.
func (e *Editor) wordStart() int {
	i := e.cur
	for i > 0 && e.draft[i-1] != ' ' && e.draft[i-1] != '\n' {
		i--
		if e.cur-i > maxWord {
			return e.cur
		}
	}
	return i
}
