package chat

import (
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
)

func msgCommand() Command {
	c := Command{
		Name: "msg", Topic: Talk, Usage: "NAME TEXT",
		Help: "say TEXT to NAME alone, here or away: its owner finds it on coming back. " +
			"{limit.text} characters at most; of what you two said, the last {limit.history.messages} at most are kept",
		Says: true,
		Complete: func(c Call, before, word string) []string {
			if before == "" {
				return nicks(c, word)
			}
			return mentions(c, word)
		},
	}
	c.Run = func(call Call) Outcome {
		to, text := cutWord(call.Args)
		if to == "" || text == "" {
			return usage(call, c)
		}
		n, err := typedName(to)
		if err != nil {
			return refuse(err.Error())
		}
		return write(call, n, text)
	}
	return c
}

// write says text to the owner of a name alone.
func write(c Call, n lease.Nick, text string) Outcome {
	var has lease.Status
	var ok bool
	c.View(func(st *fsm.State) { has, ok = whoHas(st, n) })
	switch {
	case !ok:
		return refuse("Nobody has the name " + n.Display + ". /names shows who is here.")
	case has.Owner == c.Who:
		return refuse(has.Display + " is you. /msg NAME TEXT writes to somebody else.")
	case has.Key != n.Key: // what is private goes to nobody by mistake
		return refuse("Nobody has the name " + n.Display + "; " + has.Display + " looks like it. To write there: /msg " + has.Display + " TEXT")
	}
	return Outcome{Done: notHere(c, has.Key), Propose: func(s id.Session, token id.Token) fsm.Command {
		return fsm.Post{Session: s, Token: token, To: has.Key, Owner: has.Owner, Text: text}
	}}
}

// notHere says that somebody is away, which cannot be seen.
func notHere(c Call, key string) func() string {
	return func() string {
		var n lease.Status
		c.View(func(st *fsm.State) { n = st.Lease().Name(key) })
		if n.State == lease.Held || n.State == lease.Free {
			return ""
		}
		return n.Display + " is not here; its owner finds this on coming back."
	}
}
