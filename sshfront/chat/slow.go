package chat

import (
	"strings"

	"moniker/fsm"
	"moniker/fsm/id"
)

func slowCommand() Command {
	cmd := Command{
		Name: "slow", Topic: Keep, Usage: "SPAN | off",
		Help: "let everybody say one thing a SPAN in this room, such as 30s or 5m; its operators are not held to it",
	}
	cmd.Run = func(c Call) Outcome {
		d, rest, why := span(c.Args, fsm.MaxSlow)
		switch {
		case c.Args == "", why == "" && d == 0 && !strings.EqualFold(c.Args, "off"), d > 0 && rest != "":
			return usage(c, cmd)
		case why != "":
			return refuse(why)
		}
		if why := mayRule(c); why != "" {
			return refuse(why)
		}
		place := c.Place
		return Outcome{Propose: func(s id.Session, token id.Token) fsm.Command {
			return fsm.SetSlow{Session: s, Token: token, Room: place, Span: d}
		}}
	}
	return cmd
}
