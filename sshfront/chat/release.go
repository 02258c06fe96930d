package chat

import (
	"strings"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
)

func releaseCommand() Command {
	c := Command{
		Name: "release", Topic: You, Usage: "NAME",
		Help:     "free a name of yours that nobody is on: one you have left, or registered. /quit frees the one you are on",
		Complete: func(c Call, _, word string) []string { return leftNames(c, word) },
	}
	c.Run = func(call Call) Outcome {
		if call.Args == "" {
			return usage(call, c)
		}
		typed, err := Name(call.Args)
		if err != nil {
			return refuse(err.Error())
		}
		var n lease.Status
		call.View(func(st *fsm.State) { n = st.Lease().Name(typed.Key) })
		switch {
		case n.State == lease.Free:
			return refuse("Nobody has the name " + typed.Display + ".")
		case n.Owner != call.Who:
			return refuse(n.Display + " is not yours.")
		case n.State == lease.Held && n.Key == call.Nick.Key:
			return refuse("You are on " + n.Display + ". /quit frees it, or /nick for another.")
		case n.State == lease.Held:
			return refuse("Another terminal of yours is on " + n.Display + ". /quit there frees it.")
		}
		return Outcome{
			Propose: func(s id.Session, token id.Token) fsm.Command {
				return fsm.GiveUp{Session: s, Token: token, Key: n.Key}
			},
			Done: func() string { return n.Display + " is free now." },
		}
	}
	return c
}

// leftNames are the asker's names that nobody is on.
func leftNames(c Call, word string) (names []string) {
	c.View(func(st *fsm.State) {
		for _, key := range st.Lease().Owned(c.Who) {
			n := st.Lease().Name(key)
			if n.State != lease.Held && strings.HasPrefix(strings.ToLower(n.Display), strings.ToLower(word)) {
				names = append(names, n.Display)
			}
		}
	})
	return names
}
