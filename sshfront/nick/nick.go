// Package nick turns what a person typed as a name into the bytes that the
// state machine compares. It is the only place that knows Unicode; the same
// input gives the same Name with every version of Go that builds this, for
// only characters assigned in Unicode 15.0 are let in, the table of look-alikes
// is pinned, and a test holds all of them and their forms fast. Names are in
// letters of everyday writing, with the marks that belong to them, so that none
// reads as moniker's own signs. It knows nothing of who holds which name.
package nick

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ergochat/confusables"
	"golang.org/x/text/cases"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/unicode/rangetable"
	"golang.org/x/text/width"
)

const (
	// MaxLetters is how many letters, digits and - _ . a name may have, not
	// counting the marks on them.
	MaxLetters = 24
	// MaxBytes bounds Display and Key, MaxSkeletonBytes each skeleton.
	MaxBytes         = 128
	MaxSkeletonBytes = 512

	maxInput = 4 * MaxBytes // bytes looked at, at most
	maxMarks = 3            // marks on one letter

	unicodeVersion = "15.0.0"
	rule           = "1 to 24 letters or digits, with - _ . inside"
)

// Name is one name in the forms it is shown and compared in.
type Name struct {
	Display   string    // as typed, but composed and of ordinary width
	Key       string    // PRECIS UsernameCaseMapped: equal keys are one name
	Skeletons [2]string // what Display looks like, and Key folded (ς is σ, ß is ss)
}

// Alike reports whether a and b are one name or look like one: their keys are
// equal, or any skeleton of one is a skeleton of the other.
func Alike(a, b Name) bool {
	if a.Key == b.Key {
		return true
	}
	for _, s := range a.Skeletons {
		if s == b.Skeletons[0] || s == b.Skeletons[1] {
			return true
		}
	}
	return false
}

// Parse makes a Name of what was typed, or says in words for people what
// stands in the way. Parse(n.Display) is n, and Parse(n.Key).Key is n.Key.
// It may be called from any number of goroutines.
func Parse(s string) (Name, error) {
	if len(s) > maxInput {
		return Name{}, errors.New("That is too long for a name: " + rule + " it.")
	}
	display, err := check(s)
	if err != nil {
		return Name{}, err
	}
	spelt := spellOut(display)
	key, err := precis.UsernameCaseMapped.String(spelt)
	if err != nil {
		return Name{}, refuse(spelt)
	}
	again, err := check(key)
	if err != nil {
		return Name{}, err
	}
	if twice, err := precis.UsernameCaseMapped.String(again); err != nil || twice != key {
		return Name{}, refuse(spelt)
	}
	n := Name{Display: display, Key: key, Skeletons: [2]string{skeleton(display), skeleton(cases.Fold().String(key))}}
	if max(len(n.Skeletons[0]), len(n.Skeletons[1])) > MaxSkeletonBytes {
		return Name{}, tooLong(display)
	}
	return n, nil
}

// check composes s, folds its width and holds it against the rules that can
// name the character that breaks them.
func check(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", errors.New("That is not text: a name has " + rule + " it.")
	}
	s = norm.NFC.String(width.Fold.String(s))
	if s == "" {
		return "", errors.New("A name has " + rule + " it.")
	}
	letters, before, err := spell(s)
	if err != nil {
		return "", err
	}
	first, _ := utf8.DecodeRuneInString(s)
	switch {
	case letters > MaxLetters || len(s) > MaxBytes:
		return "", tooLong(s)
	case separator(first):
		return "", inside(first)
	case separator(before):
		return "", inside(before)
	case strokes(s):
		return "", fmt.Errorf("%q cannot be all of a name: %s it.", string(first), rule)
	}
	return s, nil
}

// spell goes through s letter by letter. It returns how many there are, and the last.
func spell(s string) (letters int, before rune, err error) {
	assigned := rangetable.Assigned(unicodeVersion)
	var of *unicode.RangeTable // the script of the letter before
	marks := 0
	for _, r := range s {
		mark := unicode.Is(unicode.M, r)
		switch {
		case !unicode.Is(assigned, r) || !allowed(r):
			return 0, 0, cannot(r)
		case mark || sign(r):
			if !follows(r, of) {
				return 0, 0, cannotFollow(r, before)
			}
		case unicode.Is(unicode.L, r):
			of = script(r)
		default:
			of = nil
		}
		if !mark {
			letters++
			marks, before = 0, r
		} else if marks++; marks > maxMarks {
			return 0, 0, cannot(r)
		}
	}
	return letters, before, nil
}

// skeleton is what s looks like. The library only reads tables, so this may
// run in any number of goroutines; a Caser may not be shared, so each has its own.
func skeleton(s string) string {
	return overlaid(strings.Map(seen, cases.Fold().String(confusables.SkeletonTweaked(s))))
}

// seen is the character that people see in r, where Unicode's table makes two of what
// is one in a terminal: ȷ and j, Yoruba's e̩ and ẹ, and the small capitals, of which it
// makes Cyrillic letters: м and т would stand beside m and t.
func seen(r rune) rune {
	const small, letters = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢĸʍȷ", "abcdefghijklmnoprstuvwyzkmj"
	if r == '\u0329' {
		return '\u0323'
	}
	at := 0
	for _, c := range small {
		if c == r {
			return rune(letters[at])
		}
		at++
	}
	return r
}

// overlaid leaves out the marks that fall on what is there already: the dot above i
// and j, which the lower case of İ has too, and a mark for the second time.
func overlaid(s string) string {
	var before rune
	dotted := false
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u0307' && dotted, r == before && unicode.Is(unicode.Mn, r):
			return -1
		case !unicode.Is(unicode.M, r):
			dotted = unicode.Is(unicode.Soft_Dotted, r)
		}
		before = r
		return r
	}, s)
}

// cannot is the refusal of one character.
func cannot(r rune) error { return fmt.Errorf("%s cannot be in a name: %s it.", show(r), rule) }

// cannotFollow is the refusal of a mark or a sign that does not belong to what is
// before it, if anything is.
func cannotFollow(r, before rune) error {
	if before == 0 {
		return fmt.Errorf("%s cannot be first in a name: %s it.", show(r), rule)
	}
	return fmt.Errorf("%s cannot follow %s in a name: %s it.", show(r), show(before), rule)
}

// show names a character. What would not show, or would change how the line is
// read, is named by its number.
func show(r rune) string {
	switch {
	case r == '"':
		return `'"'`
	case r == '\\':
		return `"\"`
	case r != ' ' && (!unicode.IsGraphic(r) || unicode.In(r, unicode.M, unicode.Z, unicode.Other_Default_Ignorable_Code_Point)):
		return fmt.Sprintf("U+%04X", r)
	}
	return fmt.Sprintf("%q", string(r))
}

func inside(r rune) error {
	return fmt.Errorf("%q cannot be first or last in a name: %s it.", string(r), rule)
}

func tooLong(s string) error {
	n := 0
	for _, r := range s {
		if !unicode.Is(unicode.M, r) {
			n++
		}
	}
	if n <= MaxLetters {
		return errors.New("That is too long for a name: " + rule + " it.")
	}
	return fmt.Errorf("%d letters; a name has %s it.", n, rule)
}

// refuse finds out what PRECIS had against s, which passed every rule of ours.
func refuse(s string) error {
	var left, right bool
	for _, r := range s {
		if _, err := precis.UsernameCaseMapped.String(string(r)); err != nil && !unicode.Is(unicode.M, r) && !rightToLeft(r) && !separator(r) && !unicode.IsDigit(r) {
			return cannot(r)
		}
		p, _ := bidi.LookupRune(r)
		left = left || p.Class() == bidi.L
		right = right || rightToLeft(r)
	}
	switch {
	case left && right:
		return errors.New("A name runs in one direction: letters from left to right or from right to left, not both.")
	case right:
		return errors.New("A name from right to left begins with a letter and ends with a letter or digit, all digits of one kind.")
	}
	for _, r := range s {
		if _, err := precis.UsernameCaseMapped.String("a" + string(r)); err != nil {
			return cannot(r)
		}
	}
	return errors.New("That cannot be a name: " + rule + " it.")
}

func rightToLeft(r rune) bool {
	p, _ := bidi.LookupRune(r)
	return p.Class() == bidi.R || p.Class() == bidi.AL || p.Class() == bidi.AN
}

// Reserved reports whether n is, or looks like, a name that would speak for
// the service.
func Reserved(n Name) bool { return reserved(n.Skeletons[0]) || reserved(n.Skeletons[1]) }

func reserved(skeleton string) bool {
	switch skeleton {
	case "admin", "administrator", "daemon", "moderator", "moniker", "nobody",
		"operator", "root", "server", "service", "staff", "support", "system":
		return true
	}
	return false
}

const suggestions = 98 // numbers tried

// Suggest returns the first of name2, name3, ... that is a name, is not
// reserved, is not taken and does not look like name itself. A base that leaves
// no room for the number is shortened; a small number it ends in counts on.
// False if all are taken.
func Suggest(name Name, taken func(Name) bool) (Name, bool) {
	base, from := number(name.Display)
	for i := from; i < from+suggestions; i++ {
		suffix := fmt.Sprint(i)
		n, err := Parse(shorten(base, len(suffix)) + suffix)
		if err == nil && !Alike(n, name) && !Reserved(n) && !taken(n) {
			return n, true
		}
	}
	return Name{}, false
}

// number splits a number of one or two digits, from 2 on, off the end of s and
// returns the one to try next.
func number(s string) (base string, next int) {
	base = strings.TrimRight(s, "0123456789")
	tail := s[len(base):]
	if base == "" || len(tail) == 0 || len(tail) > 2 || tail[0] == '0' || tail == "1" {
		return s, 2
	}
	for _, c := range tail {
		next = next*10 + int(c-'0')
	}
	return base, next + 1
}

// shorten cuts s so that room more digits fit, on a whole letter.
func shorten(s string, room int) string {
	letters := 0
	for i, r := range s {
		if !unicode.Is(unicode.M, r) {
			letters++
		}
		if letters > MaxLetters-room || i+utf8.RuneLen(r) > MaxBytes-room {
			s = s[:i]
			break
		}
	}
	return strings.TrimRight(s, "-_.")
}
