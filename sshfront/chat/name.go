package chat

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/room"
	"moniker/sshfront/nick"
)

// Name makes of what somebody typed a name that they may ask for, or says in
// words for people why it cannot be one.
func Name(typed string) (lease.Nick, error) {
	n, err := parseName(typed)
	if err != nil {
		return lease.Nick{}, err
	}
	if nick.Reserved(n) {
		return lease.Nick{}, errors.New(n.Display + " is kept for the service itself. Any other name will do.")
	}
	return lease.Nick(n), nil
}

// parseName is nick.Parse for what may have been pasted: a line break is called one.
func parseName(typed string) (nick.Name, error) {
	n, err := nick.Parse(typed)
	if err != nil && strings.Contains(typed, "\n") {
		err = errors.New(strings.Replace(err.Error(), "U+000A ", "A line break ", 1))
	}
	return n, err
}

// Room makes of what somebody typed a room's name; lobby and #lobby are the same.
func Room(typed string) (string, error) {
	n, err := typedRoom(typed)
	if err != nil {
		return "", err
	}
	if name := "#" + n.Key; room.Valid(name) {
		return name, nil
	}
	return "", errors.New("That is too long for a room's name.")
}

// LooksLike refuses a room that would be made, for another's sake.
func LooksLike(typed, other string) string {
	return "That looks like " + other + Unlike(typed, other) + ", which is there. /join " + other
}

// Unlike is what stands behind a name that looks like what was typed: a letter that only
// one of them has. Empty if that is one of ASCII, which people tell from others.
func Unlike(typed, other string) string {
	if typed == "" { // it is not known
		return ""
	}
	if r := only(other, typed); r != 0 {
		return fmt.Sprintf(" (its %s is U+%04X)", letter(r), r)
	}
	if r := only(typed, other); r != 0 {
		return fmt.Sprintf(" (your %s is U+%04X)", letter(r), r)
	}
	return ""
}

// only is a's first letter beyond ASCII that b has not.
func only(a, b string) rune {
	for _, r := range a {
		if r > unicode.MaxASCII && !strings.ContainsRune(b, r) {
			return r
		}
	}
	return 0
}

// letter shows r, unless that is a mark, which would sit on what stands before it.
func letter(r rune) string {
	if unicode.Is(unicode.M, r) {
		return "mark"
	}
	return string(r)
}

// typedRoom is a room's name as one that can be compared.
func typedRoom(typed string) (nick.Name, error) { return parseName(strings.TrimPrefix(typed, "#")) }

// join comes into a room by its name, as Room makes it.
func join(s id.Session, token id.Token, name string) fsm.Join {
	n, _ := typedRoom(name) // if that is none, it looks like nothing, and is refused
	return fsm.Join{Session: s, Token: token, Room: name, Skeletons: n.Skeletons}
}
