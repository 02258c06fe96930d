package chat

import (
	"math"

	"moniker/fsm"
	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/room"
)

func replyCommand() Command {
	c := Command{
		Name: "reply", Topic: Talk, Usage: "TEXT",
		Help:     "say TEXT to whoever wrote to you alone last, however long ago. {limit.text} characters at most",
		Says:     true,
		Complete: func(c Call, _, word string) []string { return mentions(c, word) },
	}
	c.Run = func(call Call) Outcome {
		var last history.Message
		var to lease.Status
		var wrote, named bool
		call.View(func(st *fsm.State) {
			if last, wrote = lastToMe(st, call.Who); wrote {
				to, named = nameOf(st, last.From, last.Nick)
			}
			if w := call.Wrote; w.At.After(last.ID) && w.From.Guest() { // nothing is kept of one who has left
				if _, here := nameOf(st, w.From, w.Nick); !here {
					last.Nick, wrote, named = w.Nick, true, false
				}
			}
		})
		switch {
		case !wrote:
			return refuse("Nobody has written to you alone yet. To begin: /msg NAME TEXT")
		case !named:
			return refuse(last.Nick + ", who wrote to you last, has no name any more and cannot be written to. Others: /msg NAME TEXT")
		case call.Args == "":
			return refuse(explain(call, c) + "\nThat is " + to.Display + " now.")
		}
		return write(call, to.Nick, call.Args)
	}
	return c
}

// lastToMe returns the newest of what others have said to who alone.
func lastToMe(st *fsm.State, who id.Identity) (last history.Message, found bool) {
	for _, place := range st.Rooms().Reads(who) {
		if _, _, two := room.Partners(place); !two {
			continue
		}
		said := Heard(st, who, st.History().Last(place, math.MaxInt))
		for i := len(said) - 1; i >= 0 && (!found || said[i].ID.After(last.ID)); i-- {
			if said[i].From != who {
				last, found = said[i], true
			}
		}
	}
	return last, found
}
