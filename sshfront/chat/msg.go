package chat

import (
	"strings"

	"moniker/fsm"
	"moniker/fsm/id"
)

func msgCommand() Command {
	c := Command{
		Name: "msg", Usage: "NAME TEXT",
		Help: "say TEXT to NAME alone, here or away; it is kept until its owner comes",
	}
	c.Run = func(call Call) Outcome {
		to, text := call.Args, ""
		if i := strings.IndexAny(to, " \n"); i >= 0 {
			to, text = to[:i], strings.TrimLeft(to[i:], " \n")
		}
		if to == "" || text == "" {
			return usage(c)
		}
		n, err := Name(strings.TrimPrefix(to, "@"))
		if err != nil {
			return refuse(err.Error())
		}
		return Outcome{Propose: func(s id.Session, token id.Token) fsm.Command {
			return fsm.Post{Session: s, Token: token, To: n.Key, Text: text}
		}}
	}
	return c
}
