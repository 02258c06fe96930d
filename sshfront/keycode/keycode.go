// Package keycode is the one-time code by which a new device says whose it is: made
// on the node that the old device is on, read by a person, typed on the new one. What
// it stands for in the log is its Proof, which does not give it away. It knows nothing
// of who asks, nor for how long a code is of use.
package keycode

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"strings"
)

// A code has 60 bits. Whoever has stolen the log and looks for one must stretch each
// guess as Proof does: 2^74 hashes for all of them, in the ten minutes of its life.
const (
	Symbols = 12 // of a code
	group   = 4
	stretch = 1 << 14
)

// alphabet is Crockford's: no I, L, O or U, so that what is read aloud is what is typed.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Code is twelve symbols of the alphabet.
type Code string

// New makes a code that nobody can foresee.
func New() Code {
	var b [Symbols]byte
	_, _ = rand.Read(b[:]) // it never fails: package rand ends the program instead
	for i := range b {
		b[i] = alphabet[b[i]%byte(len(alphabet))]
	}
	return Code(b[:])
}

// String writes it as people read it: K7QM 2XWD 9FHT. No name can have blanks, so it
// is none.
func (c Code) String() string {
	return string(c[:group]) + " " + string(c[group:2*group]) + " " + string(c[2*group:])
}

// Proof is what stands for the code in the log of a cluster. It takes some
// milliseconds to work out, on purpose.
func (c Code) Proof(cluster string) (p [32]byte) {
	b, err := pbkdf2.Key(sha256.New, string(c), []byte("moniker key code "+cluster), stretch, len(p))
	if err != nil {
		panic("keycode: " + err.Error()) // of lengths that are none: these are constant
	}
	return [32]byte(b)
}

// Parse reads a code as people type it: in capitals or not, with blanks or hyphens
// where they like, o for 0, i and l for 1.
func Parse(typed string) (Code, bool) {
	var b []byte
	for _, r := range strings.ToUpper(typed) {
		switch r {
		case ' ', '-':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if r > 'Z' || strings.IndexByte(alphabet, byte(r)) < 0 || len(b) == Symbols {
			return "", false
		}
		b = append(b, byte(r))
	}
	return Code(b), len(b) == Symbols
}

// Looks reads what was typed where anything else may be typed too, and tells whether
// it is meant as a code: in its three groups, or, run together, as mixed of digits
// and letters as no word is. A name that looks so is taken for a code, because a code
// that is mistyped must not become a name that all can read.
func Looks(typed string) (Code, bool) {
	c, ok := Parse(typed)
	if !ok {
		return "", false
	}
	typed = strings.TrimSpace(typed)
	groups := strings.FieldsFunc(typed, func(r rune) bool { return r == ' ' || r == '-' })
	if len(groups) > 1 {
		whole := len(groups) == Symbols/group
		for _, g := range groups {
			whole = whole && len(g) == group
		}
		return c, whole && (strings.Contains(typed, " ") || strings.ContainsAny(typed, "0123456789"))
	}
	changes := 0
	digit := func(b byte) bool { return b >= '0' && b <= '9' }
	for i := 1; i < len(typed); i++ {
		if digit(typed[i]) != digit(typed[i-1]) {
			changes++
		}
	}
	return c, changes >= 3
}

// Said reads a line that is about to be said to others, and tells whether it is meant
// as a code and nothing else. Prose has lines of three short words, so such a group
// must have letters and digits both, or all of it be written in capitals.
func Said(line string) (Code, bool) {
	c, ok := Looks(line)
	if !ok {
		return "", false
	}
	letters, mixed, small := 0, false, false
	for _, g := range strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '-' }) {
		d, l := 0, 0
		for i := range len(g) {
			if g[i] >= '0' && g[i] <= '9' {
				d++
				continue
			}
			l++
			small = small || g[i] >= 'a'
		}
		mixed = mixed || d > 0 && l > 0
		letters += l
	}
	return c, mixed || letters > 0 && !small
}
