package history

import (
	"slices"

	"moniker/fsm/id"
	"moniker/fsm/wire"
)

// Bounds of the reactions to one message.
const (
	MaxReactions = 8  // kinds of them
	MaxReactors  = 50 // people with one kind
	MaxReaction  = 32 // bytes of one
)

// Reaction is a short word or sign, and those who put it behind a message, in the
// order in which they did.
type Reaction struct {
	Text string
	Who  []id.Identity
}

// React returns the reactions of m as they are once who has put text there, or taken
// it away: written anew, because those of m are shared. changed is false if that is
// how it was, fits if there is no room.
func (m Message) React(who id.Identity, text string, on bool) (all []Reaction, changed, fits bool) {
	at := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Text == text })
	has := at >= 0 && slices.Contains(m.Reactions[at].Who, who)
	switch {
	case has == on:
		return m.Reactions, false, true
	case at < 0 && len(m.Reactions) == MaxReactions, at >= 0 && on && len(m.Reactions[at].Who) == MaxReactors:
		return m.Reactions, false, false
	}
	all = slices.Clone(m.Reactions)
	switch {
	case at < 0:
		return append(all, Reaction{text, []id.Identity{who}}), true, true
	case on:
		all[at].Who = append(slices.Clone(all[at].Who), who)
	default:
		all[at].Who = slices.DeleteFunc(slices.Clone(all[at].Who), func(w id.Identity) bool { return w == who })
		if len(all[at].Who) == 0 {
			all = slices.Delete(all, at, at+1)
		}
	}
	if len(all) == 0 {
		all = nil
	}
	return all, true, true
}

func (r Reaction) cost() int {
	n := overhead/4 + len(r.Text)
	for _, who := range r.Who {
		n += overhead/4 + len(who)
	}
	return n
}

func encodeReactions(e *wire.Encoder, all []Reaction) {
	e.Uint(uint64(len(all)))
	for _, r := range all {
		e.String(r.Text)
		e.Uint(uint64(len(r.Who)))
		for _, who := range r.Who {
			e.String(string(who))
		}
	}
}

func decodeReactions(d *wire.Decoder) (all []Reaction) {
	for range d.Count(MaxReactions, 2) {
		r := Reaction{Text: d.String(MaxReaction)}
		for range d.Count(MaxReactors, 1) {
			r.Who = append(r.Who, id.Identity(d.String(maxName)))
		}
		all = append(all, r)
	}
	return all
}
