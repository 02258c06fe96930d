package chat

import (
	"slices"
	"strconv"

	"moniker/fsm"
	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/fsm/room"
)

const (
	historyUsual = 50
	historyMost  = 1000
	historyBytes = 256 << 10 // of text, at a time
)

func historyCommand() Command {
	return Command{
		Name: "history", Topic: Find, Usage: "[N]",
		Help: "the last N messages of this room, with those to or from you alone, or of this conversation; 50 if you do not say, 1,000 and 256 KiB at most. " +
			"A place keeps {limit.history.messages} at most",
		Run: showHistory,
	}
}

func showHistory(c Call) Outcome {
	n := historyUsual
	if c.Args != "" {
		var err error
		if n, err = strconv.Atoi(c.Args); err != nil || n < 1 {
			return usage(c, historyCommand())
		}
	}
	var last []history.Message
	c.View(func(st *fsm.State) {
		if last = LastHeard(st, c.Who, c.Place, min(n, historyMost)); c.With == "" {
			last = lastSeen(st, c.Place, c.Who, min(n, historyMost))
		}
	})
	if len(last) == 0 {
		return answer("Nothing has been said in " + c.title() + " yet.")
	}
	return Outcome{Shown: newest(seenIn(c.Place, last))}
}

// seenIn says of what lastSeen returns for a place where it was said.
func seenIn(place string, list []history.Message) []Said {
	all := make([]Said, 0, len(list))
	for _, m := range list {
		in := place
		if m.To != "" {
			in = room.Conversation(m.From, m.To)
		}
		all = append(all, Said{in, m})
	}
	return all
}

// newest is the end of a list that is shown at a time.
func newest(list []Said) []Said {
	bytes := 0
	for i := len(list) - 1; i >= 0; i-- {
		if bytes += len(list[i].Text); bytes > historyBytes {
			return list[i+1:]
		}
	}
	return list
}

// lastSeen returns the last n messages of a room and of who's conversations, in
// the order in which they came: what somebody in that room has seen, or missed.
func lastSeen(st *fsm.State, place string, who id.Identity, n int) []history.Message {
	last := slices.Clone(LastHeard(st, who, place, n))
	trim := func(to int) {
		if len(last) > to {
			slices.SortFunc(last, func(a, b history.Message) int { return a.ID.Compare(b.ID) })
			last = slices.Delete(last, 0, max(0, len(last)-n))
		}
	}
	for _, other := range st.Rooms().Reads(who) {
		if _, _, two := room.Partners(other); two {
			last = append(last, LastHeard(st, who, other, n)...)
			trim(4 * n) // now and then: there may be very many conversations
		}
	}
	trim(0)
	return last
}
