package markup

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

const (
	mostMarks = 256 // in a line
	mostBytes = 4 << 10
)

// newParser knows paragraphs, code, links and emphasis: what else markdown has is
// not for a line of chat, or hides text.
func newParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(util.Prioritized(parser.NewParagraphParser(), 1)),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 1),
			util.Prioritized(parser.NewLinkParser(), 2),
			util.Prioritized(parser.NewEmphasisParser(), 3),
		),
	)
}

// inline appends a line with what is emphasised, code and linked in it; false if the
// line is to be shown as it was typed.
//
// goldmark decides which marks belong together. Which may be marks at all is decided
// before, by mask, and what came of it is laid over the line again, byte for byte.
func (r *Reader) inline(b *builder, s string, m Mode) bool {
	if len(s) > mostBytes || !strings.ContainsAny(s, "*_`[") {
		return false
	}
	masked, marks := mask(s)
	if marks == 0 || marks > mostMarks {
		return false
	}
	lead := len(masked) - len(bytes.TrimLeft(masked, " "))
	p := r.parser.Parse(text.NewReader(masked)).FirstChild()
	if p == nil || p.Kind() != ast.KindParagraph || p.NextSibling() != nil {
		return false
	}
	w := walker{b: b, src: s, mode: m, at: lead}
	b.add(s[:lead], 0)
	if !w.children(p, 0) {
		return false
	}
	b.add(s[w.at:], 0) // blanks, which goldmark leaves out
	return strings.Trim(s[w.at:], " ") == ""
}

// walker lays a tree over the line that it was made of. at is how far it has come.
type walker struct {
	b    *builder
	src  string
	mode Mode
	at   int
}

func (w *walker) children(n ast.Node, face Face) bool {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if !w.node(c, face) {
			return false
		}
	}
	return true
}

func (w *walker) node(n ast.Node, face Face) bool {
	switch n := n.(type) {
	case *ast.Text:
		if n.Segment.Start != w.at || n.Segment.Stop > len(w.src) {
			return false
		}
		w.at = n.Segment.Stop
		w.b.speak(w.src[n.Segment.Start:w.at], face, w.mode)
		return true
	case *ast.Emphasis:
		more := Italic
		if n.Level == 2 {
			more = Bold
		}
		return w.mark(n.Level, face) && w.children(n, face|more) && w.mark(n.Level, face)
	case *ast.CodeSpan:
		return w.code(face)
	case *ast.Link:
		return w.link(n, face)
	}
	return false
}

// mark takes a mark of emphasis, n bytes long.
func (w *walker) mark(n int, face Face) bool {
	if w.at+n > len(w.src) || strings.Trim(w.src[w.at:w.at+n], "*_") != "" {
		return false
	}
	if w.mode.Marks {
		w.b.add(w.src[w.at:w.at+n], face)
	}
	w.at += n
	return true
}

// code takes code with its backticks. They stay, whatever the terminal can show: where
// code begins and ends is part of what is said, and colour only repeats.
func (w *walker) code(face Face) bool {
	rest := w.src[w.at:]
	ticks := len(rest) - len(strings.TrimLeft(rest, "`"))
	end := closing(rest, ticks)
	if ticks == 0 || end < 0 {
		return false
	}
	w.b.add(rest[:end], face|Code)
	w.at += end
	return true
}

// closing is where code that s begins with ends, behind its backticks; below zero if
// it does not.
func closing(s string, ticks int) int {
	for i := ticks; i < len(s); {
		if s[i] != '`' {
			i++
			continue
		}
		n := 0
		for i < len(s) && s[i] == '`' {
			i++
			n++
		}
		if n == ticks {
			return i
		}
	}
	return -1
}

// link shows where a link goes behind what it is called, so that nobody is led
// anywhere by a name.
func (w *walker) link(n *ast.Link, face Face) bool {
	if len(n.Title) > 0 || w.at >= len(w.src) || w.src[w.at] != '[' {
		return false
	}
	w.at++
	from := w.at
	if !w.children(n, face) {
		return false
	}
	end := linkEnd(w.src[w.at:])
	if end < 0 {
		return false
	}
	name, url := w.src[from:w.at], w.src[w.at+2:w.at+end-1]
	if name != url {
		w.b.add(" (", face)
		w.b.add(url, face)
		w.b.add(")", face)
	}
	w.at += end
	return true
}

// linkEnd is the length of "](URL)" at the beginning of s; below zero if there is none.
func linkEnd(s string) int {
	if !strings.HasPrefix(s, "](") || addressLen(s[2:]) == 0 {
		return -1
	}
	depth := 0
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case ' ', '<', '>', '\\', '"':
			return -1
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// addressLen is the length of the address that s begins with, up to a blank; zero if
// it begins with none.
func addressLen(s string) int {
	colon := strings.IndexByte(s, ':')
	if colon < 1 || colon > 12 || strings.Trim(s[:colon], "abcdefghijklmnopqrstuvwxyz+") != "" {
		return 0
	}
	if s[:colon] != "mailto" && !strings.HasPrefix(s[colon:], "://") {
		return 0
	}
	if end := strings.IndexAny(s, " \t"); end >= 0 {
		return end
	}
	return len(s)
}

// mask returns the line with everything taken out, byte for byte, that is no mark in
// a chat, and how many marks are left.
//
//   - In an address nothing is, and neither is a bracket that is not before ](ADDRESS).
//   - A run of stars or underscores opens emphasis at the beginning of a word, and
//     closes it at the end of one. Two underscores are Python.
//   - What is within code is code's.
func mask(s string) (out []byte, marks int) {
	out = []byte(s)
	var opened [2]int // behind where a star, an underscore opens, or zero
	name := 0         // where what the last link is called ends
	for i := 0; i < len(s); {
		n := 1
		switch c := s[i]; {
		case c == '`':
			n = len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
			if end := closing(s[i:], n); end >= 0 {
				n = end
				marks++
			} else {
				blot(out[i : i+n])
			}
		case c == '*' || c == '_':
			n = len(s[i:]) - len(strings.TrimLeft(s[i:], "*_"))
			if opens(s, i, n) {
				opened[which(c)] = i + n
			} else if !closes(s, i, n, opened[which(c)]) {
				blot(out[i : i+n])
				break
			}
			marks += n
		case c == '[' && links(s[i:]):
			name = i + strings.IndexByte(s[i:], ']')
			marks++
		case c == '[' || c == '!' || c == '\\' || c == '&' || c == '<':
			blot(out[i : i+1])
		case i == 0 || !wordByte(s[i-1]):
			if a := addressLen(s[i:]); a > 0 && !linked(s, i) {
				if i < name {
					a = min(a, name-i)
				}
				blot(out[i : i+a])
				n = a
			}
		}
		i += n
	}
	return out, marks
}

func which(c byte) int {
	if c == '_' {
		return 1
	}
	return 0
}

// blot makes text of what could be marks.
func blot(b []byte) {
	for i := range b {
		b[i] = 'x'
	}
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= utf8.RuneSelf || c == '_'
}

// links reports whether the bracket that s begins with is a link's.
func links(s string) bool {
	i := strings.IndexByte(s[1:], ']') + 1
	return i > 1 && strings.IndexByte(s[1:i], '[') < 0 && strings.TrimSpace(s[1:i]) != "" && linkEnd(s[i:]) > 0
}

// linked reports whether an address at s[i] is where a link goes.
func linked(s string, i int) bool { return strings.HasSuffix(s[:i], "](") }

// opens reports whether the run of n marks at s[i] may open emphasis: it stands where
// a word could begin, and one does behind it.
func opens(s string, i, n int) bool {
	if plainRun(s[i : i+n]) {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i+n:])
	return (i == 0 || strings.ContainsRune(" ([{\"'-", before)) && i+n < len(s) && !(quote(before) && quote(after)) &&
		(letter(after) || strings.ContainsRune("\"'`[#@:(", after) || after > 0x2000)
}

// closes reports whether the run of n marks at s[i] may close the emphasis that was
// opened before from: it stands where a word could end, and one does before it. A
// full stop ends a sentence, but not the one word of a glob.
func closes(s string, i, n, from int) bool {
	if from == 0 || plainRun(s[i:i+n]) {
		return false
	}
	words := strings.Contains(s[from:i], " ")
	if s[i] == '_' && !words && strings.Contains(s[from:i], "_") {
		return false // _a_name_
	}
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i+n:])
	ends := letter(before) || strings.ContainsRune("\"'`)]!?:+%", before) || before > 0x2000 ||
		strings.ContainsRune(".,", before) && words
	return ends && !(quote(before) && quote(after)) && (i+n == len(s) || strings.ContainsRune(" .,;:!?)]}\"'-…", after))
}

// plainRun reports whether a run of stars and underscores is no mark anywhere.
func plainRun(run string) bool { return len(run) > 3 || strings.Contains(run, "__") }

func quote(r rune) bool { return r == '"' || r == '\'' }

func letter(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.M) }
