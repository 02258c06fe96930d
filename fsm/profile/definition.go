package profile

import (
	"slices"
	"unicode/utf8"
)

// Name is a value's name, as people write it.
type Name string

// The values.
const (
	Bell     Name = "bell"
	Joins    Name = "joins"
	Clock    Name = "clock"
	Zone     Name = "zone"
	Colour   Name = "colour"
	Theme    Name = "theme"
	Markdown Name = "markdown"
	Emoji    Name = "emoji"
	Pronouns Name = "pronouns"
	Bio      Name = "bio"
)

// Words that several values share.
const (
	On       = "on"
	Off      = "off"
	Mentions = "mentions" // of bell
	Seconds  = "seconds"  // of clock
)

// MaxValue bounds a value, in bytes.
const MaxValue = 1 << 10

// Definition is what a value may be. If it has no Words it is a text of so many
// characters at most; a Token is one whose characters are few: what it may be, its
// proposer knows.
type Definition struct {
	Name    Name
	Default string
	Words   []string
	Token   bool
	Most    int64
}

// Definitions returns every value, in the order in which people are shown them.
func Definitions() []Definition {
	return []Definition{
		{Name: Bell, Default: Mentions, Words: []string{On, Mentions, Off}},
		{Name: Joins, Default: On, Words: []string{On, Off}},
		{Name: Clock, Default: On, Words: []string{On, Seconds, Off}},
		{Name: Zone, Token: true, Most: 64},
		{Name: Colour, Default: On, Words: []string{On, Off}},
		{Name: Theme, Default: "auto", Token: true, Most: 16},
		{Name: Markdown, Default: On, Words: []string{On, Off}},
		{Name: Emoji, Default: On, Words: []string{On, Off}},
		{Name: Pronouns, Most: 30},
		{Name: Bio, Most: 200},
	}
}

// Define returns the definition of a value.
func Define(name Name) (Definition, bool) {
	for _, d := range Definitions() {
		if d.Name == name {
			return d, true
		}
	}
	return Definition{}, false
}

// Fits reports whether a value is not too long.
func (d Definition) Fits(value string) bool {
	return len(value) <= MaxValue && (d.Most == 0 || int64(utf8.RuneCountInString(value)) <= d.Most)
}

// Allows reports whether it can have this value. Empty, which is none, is allowed.
func (d Definition) Allows(value string) bool {
	switch {
	case value == "":
		return true
	case len(d.Words) > 0:
		return slices.Contains(d.Words, value)
	case d.Token:
		return d.Fits(value) && token(value)
	}
	return d.Fits(value)
}

// token reports whether s has the characters of a zone's name and of a theme's, and
// no others: Europe/Berlin, Etc/GMT+3.
func token(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '/', c == '_', c == '-', c == '+':
		default:
			return false
		}
	}
	return true
}
