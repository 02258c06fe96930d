package markup

import (
	"strings"
	"time"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
)

const (
	// Code is coloured by regular expressions that go back and forth, and whoever
	// writes it chooses how much: so there are limits to how much is looked at, for
	// how long, and to the part of its time that a node spends on it.
	mostCode = 2 << 10
	mostRow  = 200
	mostTime = 100 * time.Millisecond // for one block, looked at after each token
	inkMost  = time.Second            // that can be saved up
	inkShare = 20                     // one part in so many of the time that passes
)

// ink is the time that may be spent on colours.
type ink struct {
	left time.Duration
	at   time.Time // when that was so; zero: nothing has been spent
}

// take reports whether there is some left.
func (i *ink) take(now time.Time) bool {
	if i.at.IsZero() {
		i.left, i.at = inkMost, now
	}
	i.left = min(inkMost, i.left+max(now.Sub(i.at), 0)/inkShare)
	i.at = now
	return i.left > 0
}

// languages are those that code is coloured in, by the names that people give them.
// They are few, so that each could be tried with code that means harm.
func language(name string) string {
	name = strings.ToLower(name)
	for _, l := range [...]struct{ lexer, names string }{
		{"go", "go golang"}, {"python", "python py python3"}, {"bash", "bash sh shell zsh console"}, {"javascript", "javascript js jsx"},
		{"typescript", "typescript ts tsx"}, {"rust", "rust rs"}, {"c", "c h"}, {"c++", "c++ cpp cc cxx hpp"}, {"c#", "c# cs csharp"},
		{"java", "java"}, {"kotlin", "kotlin kt"}, {"ruby", "ruby rb"}, {"php", "php"}, {"lua", "lua"}, {"sql", "sql"}, {"json", "json"},
		{"yaml", "yaml yml"}, {"toml", "toml"}, {"ini", "ini conf cfg"}, {"html", "html htm"}, {"xml", "xml svg"}, {"css", "css"},
		{"diff", "diff patch"}, {"docker", "dockerfile docker"}, {"make", "makefile make"},
	} {
		for n := range strings.SplitSeq(l.names, " ") {
			if n == name {
				return l.lexer
			}
		}
	}
	return ""
}

// code is a fenced block without its fences; with them, if it says a language that
// we do not know, since then they say something that is seen nowhere else.
func (r *Reader) code(f fence) []Line {
	lexer := language(f.language)
	if lexer == "" && f.language != "" && f.language != "text" && f.language != "txt" {
		out := make([]Line, 0, len(f.rows))
		for i, row := range f.rows {
			l := Line{Text: row, Indent: codeIndent}
			if i == 0 || i == len(f.rows)-1 {
				l.Indent = 0
			}
			out = append(out, l)
		}
		return out
	}
	out := make([]Line, 0, len(f.lines))
	for _, l := range f.lines {
		out = append(out, Line{Text: l, Indent: codeIndent})
	}
	if lexer != "" {
		r.colour(out, lexer, f.lines)
	}
	return out
}

// colour gives the lines of code their faces, as far as there is time.
func (r *Reader) colour(out []Line, lexer string, code []string) {
	text := strings.Join(code, "\n")
	if len(text) > mostCode || strings.TrimSpace(text) == "" {
		return
	}
	for _, l := range code {
		if len(l) > mostRow {
			return
		}
	}
	began := r.now()
	r.mu.Lock()
	allowed := r.ink.take(began)
	r.mu.Unlock()
	if !allowed {
		return
	}
	faces := r.tokens(lexers.Get(lexer), text)
	r.mu.Lock()
	r.ink.left -= r.now().Sub(began)
	r.mu.Unlock()
	lay(out, faces)
}

// tokens are the faces of text, as far as the lexer came before it was late.
func (r *Reader) tokens(l chroma.Lexer, text string) (runs []Run) {
	defer func() { _ = recover() }() // a lexer that stumbles colours no further
	it, err := l.Tokenise(&chroma.TokeniseOptions{State: "root"}, text)
	if err != nil {
		return nil
	}
	end, began := 0, r.now() // the first of a language has waited for its expressions
	for t := it(); t != chroma.EOF; t = it() {
		if end+len(t.Value) > len(text) || text[end:end+len(t.Value)] != t.Value || r.now().Sub(began) > mostTime {
			return runs // some add a line break to the end
		}
		end += len(t.Value)
		face := faceOf(t.Type)
		if n := len(runs); n > 0 && runs[n-1].Face == face {
			runs[n-1].End = end
		} else {
			runs = append(runs, Run{end, face})
		}
	}
	return runs
}

func faceOf(t chroma.TokenType) Face {
	switch {
	case t.InCategory(chroma.Comment):
		return Faint
	case t.InCategory(chroma.Keyword), t == chroma.OperatorWord, t == chroma.NameTag, t == chroma.GenericDeleted:
		return Keyword
	case t.InSubCategory(chroma.LiteralNumber):
		return Number
	case t.InCategory(chroma.Literal), t == chroma.GenericInserted:
		return Literal
	case t == chroma.NameFunction, t == chroma.NameClass, t == chroma.NameBuiltin, t == chroma.NameAttribute, t == chroma.NameDecorator, t == chroma.GenericHeading, t == chroma.GenericSubheading:
		return Name
	}
	return 0
}

// lay cuts the runs of a text into those of its lines.
func lay(lines []Line, runs []Run) {
	start := 0
	for i := range lines {
		l := &lines[i]
		end := start + len(l.Text)
		for len(runs) > 0 && runs[0].End <= start {
			runs = runs[1:]
		}
		for k, from := 0, start; k < len(runs) && from < end; k++ {
			from = min(runs[k].End, end)
			l.Runs = append(l.Runs, Run{from - start, runs[k].Face})
		}
		if n := len(l.Runs); n > 0 && l.Runs[n-1].End < len(l.Text) {
			l.Runs = append(l.Runs, Run{len(l.Text), 0})
		}
		start = end + 1
	}
}
