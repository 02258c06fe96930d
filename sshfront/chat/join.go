package chat

import (
	"moniker/fsm"
	"moniker/fsm/id"
)

func joinCommand() Command {
	c := Command{
		Name: "join", Usage: "#ROOM",
		Help: "go to ROOM, which is made if there is none. You stay in the one you leave behind until you /part",
	}
	c.Run = func(call Call) Outcome {
		if call.Args == "" {
			return usage(c)
		}
		name, err := Room(call.Args)
		if err != nil {
			return refuse(err.Error())
		}
		if name == call.Place {
			return refuse("You are in " + name + ".")
		}
		return Outcome{Go: name, Propose: func(s id.Session, token id.Token) fsm.Command {
			return fsm.Join{Session: s, Token: token, Room: name}
		}}
	}
	return c
}
