package chat

import (
	"errors"
	"strings"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/room"
	"moniker/sshfront/nick"
)

// Name makes of what somebody typed a name that they may ask for, or says in
// words for people why it cannot be one.
func Name(typed string) (lease.Nick, error) {
	n, err := nick.Parse(typed)
	if err != nil {
		return lease.Nick{}, err
	}
	if nick.Reserved(n) {
		return lease.Nick{}, errors.New(n.Display + " is kept for the service itself. Any other name will do.")
	}
	return lease.Nick(n), nil
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

// typedRoom is a room's name as one that can be compared.
func typedRoom(typed string) (nick.Name, error) { return nick.Parse(strings.TrimPrefix(typed, "#")) }

// join comes into a room by its name, as Room makes it.
func join(s id.Session, token id.Token, name string) fsm.Join {
	n, _ := typedRoom(name) // if that is none, it looks like nothing, and is refused
	return fsm.Join{Session: s, Token: token, Room: name, Skeletons: n.Skeletons}
}
