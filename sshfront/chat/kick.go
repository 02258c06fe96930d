package chat

import (
	"moniker/fsm"
	"moniker/fsm/id"
)

func kickCommand() Command {
	return ruling{
		name: "kick", usage: "NAME [REASON]", yourself: "That is you. /part leaves.",
		help: "put NAME out of this room, who may come back unless it is private; /ban keeps them out",
		does: func(c Call, who id.Identity, display, reason string) Outcome {
			var in bool
			c.View(func(st *fsm.State) { in = st.Rooms().In(c.Place, who) })
			reason, why := because(reason)
			switch {
			case isLobby(c):
				return refuse(everybodys(c) + " /mute NAME keeps somebody silent.")
			case !in:
				return refuse(display + " is not in " + c.Place + ".")
			case why != "":
				return refuse(why)
			}
			place := c.Place
			return Outcome{Propose: func(s id.Session, token id.Token) fsm.Command {
				return fsm.RoomKick{Session: s, Token: token, Room: place, Who: who, Reason: reason}
			}}
		},
	}.command()
}
