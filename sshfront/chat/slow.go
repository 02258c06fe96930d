package chat

import (
	"strings"

	"moniker/fsm"
	"moniker/fsm/id"
)

func slowCommand() Command {
	cmd := Command{
		Name: "slow", Topic: Keep, Usage: "SPAN | off",
		Help: "let everybody say one thing a SPAN in this room, such as 30s or 5m; those who run it are not held to it, nor is /edit, and who comes in waits as long",
	}
	cmd.Run = func(c Call) Outcome {
		d, rest, why := span(c.Args, fsm.MaxSlow)
		switch {
		case c.Args == "", why == "" && d == 0 && !strings.EqualFold(c.Args, "off"), d > 0 && rest != "":
			return usage(c, cmd)
		case why != "" && !strings.ContainsAny(c.Args, "123456789"): // nothing, as a number
			return refuse(why + " /slow off ends it.")
		case why != "":
			return refuse(why)
		}
		if why := mayRule(c); why != "" {
			return refuse(why)
		}
		var is id.Duration
		c.View(func(st *fsm.State) { r, _ := st.Rooms().Room(c.Place); is = r.Slow })
		switch {
		case d == is && d == 0:
			return answer(c.Place + " is not slow.")
		case d == is:
			return answer(c.Place + " is slow already: one message a person in " + ago(d) + ".")
		}
		place := c.Place
		return Outcome{Propose: func(s id.Session, token id.Token) fsm.Command {
			return fsm.SetSlow{Session: s, Token: token, Room: place, Span: d}
		}}
	}
	return cmd
}
