package line

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"moniker/sshfront/safe"
)

// closing is what stands behind a word without a blank: it takes the place of the one
// that Tab has put there.
const closing = ".,;:!?)"

// insert puts r at the cursor, unless it may not stand there (see Sanitize)
// or the draft is full. While a search is open it is for that.
func (e *Editor) insert(r rune, emit func(Action)) {
	if e.find.open && e.dec.paste && (r == '\n' || len(e.find.sought)+utf8.RuneLen(r) > maxWord) {
		e.spill()
	}
	if e.find.open && r != '\n' {
		e.narrow(r)
		return
	}
	if e.comp.spaced && strings.ContainsRune(closing, r) {
		e.remove(e.cur-1, e.cur, false)
	}
	e.accept()
	before, size := utf8.DecodeLastRune(e.draft[:e.cur])
	if size == 0 {
		before = '\n'
	}
	if r != '\n' && (!safe.Visible(r) || safe.Joiner(r) && !safe.Joins(before, r)) {
		return
	}
	if e.full {
		return
	}
	if len(e.draft)+utf8.RuneLen(r) > e.limit {
		e.full = true
		emit(Action{Kind: Overflow})
		return
	}
	appended := e.cur == len(e.draft) && r >= ' ' && r < del && before < utf8.RuneSelf
	var buf [utf8.UTFMax]byte
	n := utf8.EncodeRune(buf[:], r)
	e.typing(n)
	e.draft = append(e.draft, buf[:n]...)
	copy(e.draft[e.cur+n:], e.draft[e.cur:len(e.draft)-n])
	copy(e.draft[e.cur:], buf[:n])
	e.cur += n
	if appended {
		e.scr.typed(byte(r))
	} else {
		e.scr.touch(redraw)
	}
}

// yank puts what was cut last at the cursor, whole or not at all.
func (e *Editor) yank(emit func(Action)) {
	if len(e.draft)+len(e.kill) > e.limit {
		if !e.full {
			e.full = true
			emit(Action{Kind: Overflow})
		}
		return
	}
	e.replace(e.cur, e.cur, string(e.kill))
	e.cur += len(e.kill)
}

func (e *Editor) insertTab(emit func(Action)) {
	for _, r := range tabSpaces {
		e.insert(r, emit)
	}
}

// remove deletes the bytes [from, to) and leaves the cursor there.
func (e *Editor) remove(from, to int, keep bool) {
	if from >= to {
		return
	}
	if keep {
		e.kill = append(e.kill[:0:0], e.draft[from:to]...)
	}
	e.replace(from, to, "")
	e.cur = from
}

// replace puts s in place of [from, to). It moves the cursor only as far as
// the draft has become too short for it.
func (e *Editor) replace(from, to int, s string) {
	e.comp = completion{dir: e.comp.dir}
	if from == to && s == "" {
		return
	}
	e.remember()
	if len(s) < to-from {
		e.full = false
	}
	if s == "" {
		e.draft = append(e.draft[:from], e.draft[to:]...)
	} else {
		rest := string(e.draft[to:])
		e.draft = append(append(e.draft[:from], s...), rest...)
	}
	e.cur = min(e.cur, len(e.draft))
	e.scr.touch(redraw)
}

func (e *Editor) moveTo(i int) {
	if i != e.cur {
		e.cur = i
		e.scr.touch(redraw)
	}
}

// next is the end of the grapheme cluster that holds offset i.
func (e *Editor) next(i int) int {
	for at := e.sync(i); at < len(e.draft); {
		n, _ := cluster(e.draft, at)
		if at += n; at > i {
			return at
		}
	}
	return len(e.draft)
}

// prev is the last cluster boundary before offset i.
func (e *Editor) prev(i int) int {
	at := e.sync(i - 1)
	for at < len(e.draft) {
		n, _ := cluster(e.draft, at)
		if at+n >= i {
			break
		}
		at += n
	}
	return at
}

// sync is a cluster boundary at or before i, as far as it can be found near:
// behind a long run of characters that shape each other, any rune will do.
func (e *Editor) sync(i int) int {
	low := max(0, i-maxCluster)
	for i = min(i, len(e.draft)-1); i > low; i-- {
		if !utf8.RuneStart(e.draft[i]) {
			continue
		}
		r, _ := utf8.DecodeRune(e.draft[i:])
		before, _ := utf8.DecodeLastRune(e.draft[:i])
		if alone(r) && alone(before) {
			return i
		}
	}
	for i > 0 && !utf8.RuneStart(e.draft[i]) {
		i--
	}
	return max(i, 0)
}

// wordLeft is the start of the word before the cursor, in whole clusters.
func (e *Editor) wordLeft() int {
	i, inside := e.cur, false
	for i > 0 {
		r, n := utf8.DecodeLastRune(e.draft[:i])
		if inside && !wordy(r) {
			break
		}
		inside = inside || wordy(r)
		i -= n
	}
	if i > 0 && i < e.cur {
		i = e.prev(e.next(i))
	}
	return i
}

func (e *Editor) wordRight() int {
	i, inside := e.cur, false
	for i < len(e.draft) {
		r, n := utf8.DecodeRune(e.draft[i:])
		if inside && !wordy(r) {
			break
		}
		inside = inside || wordy(r)
		i += n
	}
	if i < len(e.draft) && e.prev(e.next(i)) < i {
		i = e.next(i)
	}
	return i
}

func wordy(r rune) bool {
	return r == '_' || r == zwj || r == zwnj || unicode.In(r, unicode.L, unicode.N, unicode.M)
}

func (e *Editor) blankLeft() int {
	i := e.cur
	for i > 0 && (e.draft[i-1] == ' ' || e.draft[i-1] == '\n') {
		i--
	}
	for i > 0 && e.draft[i-1] != ' ' && e.draft[i-1] != '\n' {
		i--
	}
	return i
}

// transpose swaps the clusters around the cursor, or the last two at the end.
func (e *Editor) transpose() {
	mid := e.cur
	if mid == len(e.draft) {
		mid = e.prev(mid)
	}
	from, to := e.prev(mid), e.next(mid)
	if from == mid || mid == to {
		return
	}
	swapped := string(e.draft[mid:to]) + string(e.draft[from:mid])
	e.replace(from, to, swapped)
	e.cur = to
}
