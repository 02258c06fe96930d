package chat

import (
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/room"
)

// News is what befell somebody while they were not here, as they are told when they come.
func News(st *fsm.State, who id.Identity) (all []string) {
	p, _ := st.People().Get(who)
	for _, n := range p.News {
		text := "You were put out of " + n.Place
		if n.Barred {
			text = "You were banned from " + n.Place
		}
		if n.ByNick != "" {
			text += " by " + n.ByNick
		}
		if !st.Profiles().Of(who).Ignoring(n.By) {
			text += Reason(n.Reason)
		}
		all = append(all, text)
	}
	return all
}

// Reason is why something is done, behind what it is; empty if nobody said why.
func Reason(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

func kickCommand() Command {
	return ruling{
		name: "kick", usage: "NAME [REASON]", yourself: "That is you. /part leaves.",
		help: "put NAME out of this room, who may come back unless it is private; /ban keeps them out. " +
			"Who is invited and not here yet is invited no longer",
		does: func(c Call, who id.Identity, display, reason string) Outcome {
			var in, invited bool
			c.View(func(st *fsm.State) {
				in = st.Rooms().In(c.Place, who)
				_, invited = st.Rooms().Invitation(room.Seat{Place: c.Place, Who: who})
			})
			reason, why := because(reason)
			switch {
			case isLobby(c):
				return refuse(everybodys(c) + " /mute NAME keeps somebody silent.")
			case !in && !invited:
				return refuse(display + " is not in " + c.Place + ".")
			case why != "":
				return refuse(why)
			}
			place := c.Place
			told := func() string { return "" }
			if invited {
				told = func() string { return display + " is not invited to " + place + " any more." }
			}
			return Outcome{Done: told, Propose: func(s id.Session, token id.Token) fsm.Command {
				return fsm.RoomKick{Session: s, Token: token, Room: place, Who: who, Reason: reason}
			}}
		},
	}.command()
}
