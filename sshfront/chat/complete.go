package chat

import (
	"slices"
	"strings"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/profile"
	"moniker/fsm/room"
	"moniker/sshfront/markup"
)

const (
	candidatesMost = 100
	speakersMost   = 1000 // messages of a room that are looked at for who has spoken
)

// Candidate is what a word may become, and what stands behind it then.
type Candidate struct {
	Text, After string
}

// Complete returns what word may become, best first; before is all that stands
// before it. At most 100: commands at the beginning of a line, then what their
// command says; in what is said, people and #rooms.
func Complete(before, word string, c Call) []Candidate {
	if _, command := Split(word); before == "" && command {
		return candidates(commandNames("", word), " ")
	}
	if _, command := Split(before); command {
		name, args := parse(before)
		cmd, ok := find(name)
		if !ok || cmd.Complete == nil {
			return nil
		}
		return candidates(cmd.Complete(c, args, word), " ")
	}
	after := " "
	if before == "" && word != "" && !strings.ContainsRune("#@:", rune(word[0])) {
		after = ": " // somebody is spoken to
	}
	return candidates(mentions(c, word), after)
}

func candidates(words []string, after string) []Candidate {
	var out []Candidate
	for _, w := range words[:min(len(words), candidatesMost)] {
		out = append(out, Candidate{w, after})
	}
	return out
}

// commandNames completes a command's name, written with the slash or without.
func commandNames(before, word string) []string {
	name, slash := strings.CutPrefix(word, "/")
	if before != "" {
		return nil
	}
	var out []string
	for _, cmd := range Commands() {
		switch {
		case !strings.HasPrefix(cmd.Name, strings.ToLower(name)):
		case slash:
			out = append(out, "/"+cmd.Name)
		default:
			out = append(out, cmd.Name)
		}
	}
	return out
}

// mentions completes a word of what is said: a name, after # a room, or after : the
// short code of an emoji.
func mentions(c Call, word string) []string {
	switch {
	case word == "":
		return nil
	case word[0] == '#':
		return rooms(c, word, true)
	case word[0] == ':' && len(word) > 1:
		return markup.Codes(word, candidatesMost)
	}
	return nicks(c, word)
}

// firstNick completes a name that stands alone behind its command.
func firstNick(c Call, before, word string) []string {
	if before != "" {
		return nil
	}
	return nicks(c, word)
}

// ownRooms completes a room one is in, alone behind its command.
func ownRooms(c Call, before, word string) []string {
	if before != "" {
		return nil
	}
	return rooms(c, word, false)
}

// rooms completes a room's name, written with # or without: those one is in, then,
// if all is set, the others.
func rooms(c Call, word string, all bool) []string {
	prefix := "#" + strings.ToLower(strings.TrimPrefix(word, "#"))
	var out []string
	c.View(func(st *fsm.State) {
		add := func(name string) {
			if strings.HasPrefix(name, prefix) && len(out) < candidatesMost {
				out = append(out, name)
			}
		}
		of := st.Rooms().Of(c.Who)
		for _, name := range of {
			add(name)
		}
		if !all {
			return
		}
		for _, r := range st.Rooms().Rooms() {
			if !slices.Contains(of, r.Name) && st.Sees(r.Name, c.Who) {
				add(r.Name)
			}
		}
	})
	return out
}

// nicks completes a name, written with @ or without: of those in the room who spoke
// last, of the others there, of those in other rooms one is in, and of those one
// has talked to alone. Oneself is none of them; those whom one ignores come last.
func nicks(c Call, word string) []string {
	prefix, at := strings.CutPrefix(word, "@")
	s := search{prefix: strings.ToLower(prefix), seen: map[id.Identity]bool{c.Who: true}}
	c.View(func(st *fsm.State) {
		s.st, s.mine = st, st.Profiles().Of(c.Who)
		if who, two := Partner(c.Place, c.Who); two {
			s.add([]id.Identity{who})
		}
		s.speakers(c.Place)
		s.members(c.Place)
		for _, place := range st.Rooms().Of(c.Who) {
			s.members(place)
		}
		for _, place := range st.Rooms().Reads(c.Who) {
			if a, b, two := room.Partners(place); two && len(s.out) < candidatesMost {
				s.add([]id.Identity{a, b})
			}
		}
	})
	all := append(s.out, s.ignored...)
	if at {
		for i := range all {
			all[i] = "@" + all[i]
		}
	}
	return all
}

// search gathers the names that begin with prefix.
type search struct {
	st      *fsm.State
	mine    profile.Row // whoever looks
	prefix  string
	seen    map[id.Identity]bool // looked at
	out     []string
	ignored []string // those whom they ignore
}

// speakers adds those who have spoken in a room, the last first, and are in it.
func (s *search) speakers(place string) {
	said := s.st.History().Last(place, speakersMost)
	for i := len(said) - 1; i >= 0 && len(s.out) < candidatesMost; i-- {
		if who := said[i].From; !s.seen[who] && s.st.Rooms().In(place, who) {
			s.add([]id.Identity{who})
		}
	}
}

// members adds those who are in a room.
func (s *search) members(place string) {
	if len(s.out) >= candidatesMost {
		return
	}
	s.add(s.st.Rooms().Which(place, func(who id.Identity) bool {
		return !s.seen[who] && slices.ContainsFunc(s.st.Lease().Owned(who), s.fits)
	}))
}

func (s *search) fits(key string) bool { return strings.HasPrefix(key, s.prefix) }

// named returns the names that fit of some who were not looked at yet, as many as
// there is room for: those that somebody is on first, then in byte order.
func (s *search) named(some []id.Identity) []string {
	var keys []string
	for _, who := range some {
		if s.seen[who] {
			continue
		}
		s.seen[who] = true
		for _, key := range s.st.Lease().Owned(who) {
			if s.fits(key) {
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	var held, grace []string
	for _, key := range keys[:min(len(keys), candidatesMost-len(s.out))] {
		if n := s.st.Lease().Name(key); n.State == lease.Held {
			held = append(held, n.Display)
		} else {
			grace = append(grace, n.Display)
		}
	}
	return append(held, grace...)
}

// add finds the names of some more.
func (s *search) add(some []id.Identity) {
	var heard, not []id.Identity
	for _, who := range some {
		if s.mine.Ignoring(who) {
			not = append(not, who)
		} else {
			heard = append(heard, who)
		}
	}
	s.out = append(s.out, s.named(heard)...)
	s.ignored = append(s.ignored, s.named(not)...)
}
