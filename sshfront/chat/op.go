package chat

import (
	"moniker/fsm"
	"moniker/fsm/id"
)

func opCommand() Command {
	return ruling{
		name: "op", usage: "NAME",
		help: "let NAME run this room with you. Whoever makes a room runs it; when nobody is left who does, whoever has been there longest",
		does: func(c Call, who id.Identity, display, _ string) Outcome { return setOp(c, who, display, true) },
	}.command()
}

func deopCommand() Command {
	return ruling{
		name: "deop", usage: "NAME", help: "NAME runs this room no longer. The last one always does",
		does: func(c Call, who id.Identity, display, _ string) Outcome { return setOp(c, who, display, false) },
	}.command()
}

func setOp(c Call, who id.Identity, display string, on bool) Outcome {
	var in bool
	c.View(func(st *fsm.State) { in = st.Rooms().In(c.Place, who) })
	switch {
	case isLobby(c):
		return refuse(c.Place + " is run by the operators of the cluster.")
	case !in:
		return refuse(display + " is not in " + c.Place + ".")
	}
	place := c.Place
	return Outcome{Propose: func(s id.Session, token id.Token) fsm.Command {
		return fsm.RoomOperator{Session: s, Token: token, Room: place, Who: who, On: on}
	}}
}
