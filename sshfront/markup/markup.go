// Package markup reads what people say as they mean it: emphasis, code, quotes,
// lists, links, and the short codes of emoji. It says which text is shown and what
// kind each part of it is; how that looks is the renderer's. It knows nothing of
// terminals, colours, connections or the chat, and fetches nothing.
//
// It is chat first and markdown second. Lines stay the lines that were typed, blanks
// stay blanks, and what marks a block (>, -, 1.) stays too: only fences go, and the
// marks of emphasis where emphasis can be shown. Stars in arithmetic and globs,
// underscores in names, backslashes, smileys and shell lines are not markup: see
// inline.go for what is. Nothing is hidden: what is not understood for certain, to
// the last byte, is shown as it was typed.
//
// The work is bounded: a line with more marks than mostMarks is art, and colouring
// code has limits of its own (code.go).
package markup

import "strings"

// Face is what kind of text something is: any of the first three, and at most one of
// the others.
type Face uint16

// The faces. Zero is plain text.
const (
	Bold Face = 1 << iota
	Italic
	Faint // a quote, a comment
	Code
	Keyword
	Literal // a string
	Number
	Name // of a function or a type
)

// Run is a piece of a line that has one face, up to a byte.
type Run struct {
	End  int
	Face Face
}

// Line is one line to show. Its rows begin Indent cells in; those that do not fit in
// the first begin Hang cells deeper.
type Line struct {
	Text   string
	Runs   []Run // in order, without gaps, to the end of Text; none: all is plain
	Indent int
	Hang   int
}

// Mode is how a reader wants text to be read.
type Mode struct {
	AsTyped bool // no markdown
	Marks   bool // the marks of emphasis stay, because it cannot be shown
	Emoji   bool // :tada: is an emoji
}

// codeIndent is how much deeper code stands.
const codeIndent = 4

// May reports whether text could hold something to read. It is quick, and wrong only
// in saying yes: nearly all that people say needs no more.
func May(text string, m Mode) bool {
	return m.Emoji && strings.Count(text, ":") > 1 || !m.AsTyped && (strings.ContainsAny(text, "*_`[") || blocks(text))
}

// blocks reports whether a line may begin a quote or an item of a list.
func blocks(text string) bool {
	for {
		if s := strings.TrimLeft(text, " "); s != "" && (marker(s) > 0 || s[0] == '>') {
			return true
		}
		i := strings.IndexByte(text, '\n')
		if i < 0 {
			return false
		}
		text = text[i+1:]
	}
}

// Read reads text. What it returns holds no text that was not in it, but for emoji,
// and the blank and the brackets round where a link goes.
func (r *Reader) Read(text string, m Mode) []Line {
	var out []Line
	rest := text
	for more := true; more; {
		if f, after, ok := fenced(rest, !m.AsTyped); ok {
			out = append(out, r.code(f)...)
			rest, more = after, after != ""
			rest = strings.TrimPrefix(rest, "\n")
			continue
		}
		var line string
		line, rest, more = strings.Cut(rest, "\n")
		out = append(out, r.line(line, m))
		if n, info := fenceLine(line); n >= 3 && word(info) {
			m = Mode{AsTyped: true} // somebody forgot to close it
		}
	}
	return out
}

// line reads a line outside of code.
func (r *Reader) line(s string, m Mode) Line {
	if m.AsTyped {
		return r.said(s, "", 0, m)
	}
	body := strings.TrimLeft(s, " ")
	blanks := len(s) - len(body)
	switch {
	case blanks >= codeIndent: // indented code, or drawn with care
		return Line{Text: s}
	case strings.HasPrefix(body, "> "):
		return r.said(body[2:], s[:blanks+2], Faint, m)
	}
	n := marker(body)
	return r.said(body[n:], s[:blanks+n], 0, m)
}

// said is a line of text behind lead, which begins a block and stays as it is.
func (r *Reader) said(s, lead string, face Face, m Mode) Line {
	b := builder{face: face}
	b.add(lead, 0)
	if m.AsTyped || !r.inline(&b, s, m) {
		b.cut(len(lead))
		b.speak(s, 0, m)
	}
	l := b.line()
	l.Hang = len(strings.TrimLeft(lead, " "))
	return l
}

// marker is the length of what begins an item of a list, with its blank: "- ", "1. ".
func marker(s string) int {
	switch {
	case len(s) < 2:
		return 0
	case (s[0] == '-' || s[0] == '*' || s[0] == '+') && s[1] == ' ':
		return 2
	}
	n := 0
	for n < len(s) && n < 4 && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n > 0 && n+1 < len(s) && (s[n] == '.' || s[n] == ')') && s[n+1] == ' ' {
		return n + 2
	}
	return 0
}

// fence is a block of code between fences.
type fence struct {
	language string
	lines    []string
	rows     []string // with its fences, as typed
}

// fenced cuts a fenced block off the front of text. A fence that nobody closes is
// none, and neither is one with more behind it than a word.
func fenced(text string, allowed bool) (f fence, rest string, ok bool) {
	if !allowed || !strings.HasPrefix(strings.TrimLeft(text, " "), "```") {
		return f, text, false
	}
	first, rest, more := strings.Cut(text, "\n")
	ticks, info := fenceLine(first)
	if !more || !word(info) {
		return f, text, false
	}
	f = fence{language: info, rows: []string{first}}
	for more {
		var line string
		line, rest, more = strings.Cut(rest, "\n")
		f.rows = append(f.rows, line)
		if n, info := fenceLine(line); n >= ticks && info == "" {
			if len(f.lines) == 0 {
				break // what shows nothing is shown as typed
			}
			if more {
				rest = "\n" + rest
			}
			return f, rest, true
		}
		f.lines = append(f.lines, line)
	}
	return f, text, false
}

// fenceLine is how many backticks a line begins with, and what is behind them.
func fenceLine(s string) (ticks int, info string) {
	s = strings.TrimLeft(s, " ")
	info = strings.TrimLeft(s, "`")
	return len(s) - len(info), strings.Trim(info, " ")
}

// word reports whether s could be the name of a language.
func word(s string) bool {
	return len(s) <= 20 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+#-._") == ""
}

// builder gathers the text of a line and its faces.
type builder struct {
	text []byte
	runs []Run
	face Face // of all of it
}

// add appends s with a face of its own besides the line's.
func (b *builder) add(s string, face Face) {
	if s == "" {
		return
	}
	b.text = append(b.text, s...)
	face |= b.face
	if n := len(b.runs); n > 0 && b.runs[n-1].Face == face {
		b.runs[n-1].End = len(b.text)
		return
	}
	b.runs = append(b.runs, Run{len(b.text), face})
}

// cut takes back all but the first n bytes, which have one face.
func (b *builder) cut(n int) {
	b.text = b.text[:n]
	b.runs = b.runs[:min(len(b.runs), 1)]
	if len(b.runs) > 0 {
		b.runs[0].End = n
	}
	if n == 0 {
		b.runs = nil
	}
}

// speak appends what somebody says, with the short codes in it.
func (b *builder) speak(s string, face Face, m Mode) {
	if m.Emoji {
		s = emojize(s)
	}
	b.add(s, face)
}

func (b *builder) line() Line {
	l := Line{Text: string(b.text), Runs: b.runs}
	if len(l.Runs) == 1 && l.Runs[0].Face == 0 {
		l.Runs = nil
	}
	return l
}
