package chat

import (
	"strings"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
)

func msgCommand() Command {
	c := Command{
		Name: "msg", Topic: Talk, Usage: "NAME [TEXT]",
		Help: "say TEXT to NAME alone, here or away: its owner finds it on coming back. Without TEXT, as /query. " +
			"{limit.text} characters at most; of what you two said, the last {limit.history.messages} at most are kept",
		Says: true,
		Goes: func(args string) bool { _, text := cutWord(args); return text == "" },
		Complete: func(c Call, before, word string) []string {
			if before == "" {
				return nicks(c, word)
			}
			return mentions(c, word)
		},
	}
	c.Run = func(call Call) Outcome {
		to, text := cutWord(call.Args)
		switch {
		case to == "":
			return usage(call, c)
		case text == "":
			return converse(call, to)
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
	has, why := correspondent(c, n, "/msg NAME TEXT writes to somebody else.", "/msg "+n.Display+" TEXT")
	if why != "" {
		return refuse(why)
	}
	return Outcome{Done: notHere(c, has.Key), Propose: func(s id.Session, token id.Token) fsm.Command {
		return fsm.Post{Session: s, Token: token, To: has.Key, Owner: has.Owner, Text: text}
	}}
}

// correspondent is the name as it stands of somebody to write to alone, or why there
// is nobody. other is what to do for somebody else, command what was to be done.
func correspondent(c Call, n lease.Nick, other, command string) (has lease.Status, why string) {
	var ok bool
	c.View(func(st *fsm.State) { has, ok = whoHas(st, n) })
	switch {
	case !ok:
		return has, "Nobody has the name " + n.Display + ". /names shows who is here."
	case has.Owner == c.Who:
		return has, has.Display + " is you. " + other
	case has.Key != n.Key: // what is private goes to nobody by mistake
		return has, "Nobody has the name " + n.Display + "; " + has.Display + Unlike(n.Display, has.Display) + " looks like it. To write there: " +
			strings.Replace(command, n.Display, has.Display, 1)
	}
	return has, ""
}

// notHere says that somebody is away or gone, which cannot be seen, or ignored.
func notHere(c Call, key string) func() string {
	return func() string {
		var n lease.Status
		c.View(func(st *fsm.State) { n = st.Lease().Name(key) })
		if n.State == lease.Held || n.State == lease.Free {
			return notThere(c, n)
		}
		if text := unheard(c, n.Owner, n.Display); text != "" {
			return text
		}
		return n.Display + " is not here; its owner finds this on coming back."
	}
}
