package render

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"moniker/sshfront/markup"
)

// wear appends what switches a face on. Code has the hues of names, which stand out
// on their ground already; without colours, bold and dim are what is left.
func (st Style) wear(dst []byte, f markup.Face) []byte {
	if !st.Color || f == 0 {
		return dst
	}
	mono := st.Theme == Mono
	if f&markup.Bold != 0 || mono && f&(markup.Keyword|markup.Name) != 0 {
		dst = st.sgr(dst, 1)
	}
	if f&markup.Faint != 0 {
		dst = st.sgr(dst, 2)
	}
	if f&markup.Italic != 0 {
		if mono || st.Few { // old terminals know no italics, and some show them inverted
			dst = st.sgr(dst, 4)
		} else {
			dst = st.sgr(dst, 3)
		}
	}
	switch f &^ (markup.Bold | markup.Faint | markup.Italic) {
	case markup.Code:
		return st.hue(dst, 1)
	case markup.Keyword:
		return st.hue(dst, 6)
	case markup.Literal:
		return st.hue(dst, 0)
	case markup.Number:
		return st.hue(dst, 10)
	case markup.Name:
		return st.hue(dst, 2)
	}
	return dst
}

// embolden returns lines in which name is bold where it stands as a word, and words are
// wherever they stand. It leaves those that it was given as they are: others read them too.
func embolden(lines []markup.Line, name string, words []string) []markup.Line {
	lines = slices.Clone(lines)
	for i := range lines {
		l := &lines[i]
		l.Runs = loud(l, name, true)
		for _, w := range words {
			l.Runs = loud(l, w, false)
		}
	}
	return lines
}

// loud is the runs of a line with a word bold.
func loud(l *markup.Line, word string, whole bool) []markup.Run {
	runs := l.Runs
	for from, to := find(l.Text, word, 0, whole); from >= 0; from, to = find(l.Text, word, to, whole) {
		runs = over(runs, len(l.Text), from, to)
	}
	return runs
}

// over is runs with the bytes from from to to bold.
func over(runs []markup.Run, size, from, to int) []markup.Run {
	if len(runs) == 0 {
		runs = []markup.Run{{End: size}}
	}
	out := make([]markup.Run, 0, len(runs)+2)
	start := 0
	for _, r := range runs {
		for _, cut := range [...]int{from, to} {
			if start < cut && cut < r.End {
				out = append(out, markup.Run{End: cut, Face: r.Face})
				start = cut
			}
		}
		out = append(out, r)
		start = r.End
	}
	start = 0
	for i := range out {
		if start >= from && start < to {
			out[i].Face |= markup.Bold
		}
		start = out[i].End
	}
	return out
}

// Mentions reports whether name stands in text as a word, in whatever case.
func Mentions(text, name string) bool {
	from, _ := find(text, name, 0, true)
	return from >= 0
}

// find finds word, which is nowhere if it is empty, in text from a byte on: where it is
// not part of a longer one, if whole is set.
func find(text, word string, at int, whole bool) (from, to int) {
	first, _ := utf8.DecodeRuneInString(word)
	first = lower(first)
	small, big := cases(first)
	for i := at; i < len(text); {
		if b := text[i]; b < utf8.RuneSelf && b != small && b != big { // most of them
			i++
			continue
		}
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		if lower(r) == first {
			if n := begins(text[i:], word); n > 0 && (!whole || apartAt(text, i, i+n)) {
				return i, i + n
			}
		}
		i += size
	}
	return -1, -1
}

// cases are the bytes that r, which is lower case, may begin with in ASCII; none if they
// are no ASCII.
func cases(r rune) (small, big byte) {
	switch {
	case r >= utf8.RuneSelf:
		return utf8.RuneSelf, utf8.RuneSelf
	case r >= 'a' && r <= 'z':
		return byte(r), byte(r) - ('a' - 'A')
	}
	return byte(r), byte(r)
}

// apartAt reports whether the bytes from from to to are not part of a longer word.
func apartAt(text string, from, to int) bool {
	before, b := utf8.DecodeLastRuneInString(text[:from])
	after, a := utf8.DecodeRuneInString(text[to:])
	return (b == 0 || !inWord(before)) && (a == 0 || !inWord(after))
}

func lower(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	case r < utf8.RuneSelf:
		return r
	}
	return unicode.ToLower(r)
}

// begins is the length of word at the beginning of text, in whatever case; zero if it
// is not there.
func begins(text, word string) int {
	n := 0
	for _, r := range word {
		have, size := utf8.DecodeRuneInString(text[n:])
		if size == 0 || lower(have) != lower(r) {
			return 0
		}
		n += size
	}
	return n
}

func inWord(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.M) || r == '_' }
