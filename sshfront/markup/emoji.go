package markup

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kyokomi/emoji/v2"
)

const longestCode = 40 // bytes between the colons

// emojize puts emoji in place of their short codes. What is none stays.
func emojize(s string) string {
	var out []byte
	from := 0
	for i := strings.IndexByte(s, ':'); i >= 0; {
		n := strings.IndexByte(s[i+1:], ':')
		if n < 0 {
			break
		}
		end := i + n + 2
		if e, ok := short(s[i:end]); ok && (i == from || s[i-1] != ':' && !inWord(s[i-1])) && (end == len(s) || !inWord(s[end])) {
			out = append(append(out, s[from:i]...), e...)
			if from = end; from == len(s) {
				break
			}
			if i = strings.IndexByte(s[from:], ':'); i >= 0 {
				i += from
			}
			continue
		}
		i = end - 1
	}
	if out == nil {
		return s
	}
	return string(append(out, s[from:]...))
}

// Emoji is what a short code, colons included, stands for.
func Emoji(code string) (string, bool) {
	if len(code) < 3 || code[0] != ':' || code[len(code)-1] != ':' {
		return "", false
	}
	return short(code)
}

// short is the emoji of a short code, colons included.
func short(code string) (string, bool) {
	if len(code) > longestCode+2 || !codeName(code[1:len(code)-1]) {
		return "", false
	}
	e, ok := emoji.CodeMap()[code]
	return strings.TrimRight(e, " "), ok
}

// codeName reports whether s is the name of a code that people type: small letters,
// digits, _, + and -, with a letter among them or a sign, so that 10:30:15 is a time.
func codeName(s string) bool {
	if s == "" || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_+-") != "" {
		return false
	}
	return s == "100" || s == "1234" || strings.Trim(s, "0123456789") != ""
}

// inWord reports whether a colon next to b belongs to a word or an address.
func inWord(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '/' || b == '\\'
}

// Codes are the short codes that begin with prefix, colons included, at most most. The
// shortest are first: they are what people type, and prefix is next to a whole code.
func Codes(prefix string, most int) []string {
	var out []string
	for code := range emoji.CodeMap() {
		if strings.HasPrefix(code, prefix) && codeName(code[1:len(code)-1]) {
			out = append(out, code)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	return out[:min(len(out), most)]
}
