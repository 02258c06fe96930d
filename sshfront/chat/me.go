package chat

import (
	"moniker/fsm"
	"moniker/fsm/id"
)

func meCommand() Command {
	c := Command{
		Name: "me", Topic: Talk, Usage: "TEXT",
		Help:     "say what you do: /me pours coffee. {limit.text} characters at most",
		Says:     true,
		Complete: func(c Call, _, word string) []string { return mentions(c, word) },
	}
	c.Run = func(call Call) Outcome {
		text, place := call.Args, call.Place
		if text == "" {
			return usage(call, c)
		}
		return Outcome{Propose: func(s id.Session, token id.Token) fsm.Command {
			return fsm.Post{Session: s, Token: token, Room: place, Emote: true, Text: text}
		}}
	}
	return c
}
