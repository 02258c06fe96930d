package chat

import (
	"moniker/fsm"
	"moniker/fsm/id"
)

func inviteCommand() Command {
	cmd := Command{
		Name: "invite", Topic: Rooms, Usage: "NAME",
		Help: "invite NAME to this room, here or away. It lets them in once, also if the room is private; " +
			"then only its operators may",
		Complete: firstNick,
	}
	cmd.Run = func(c Call) Outcome {
		if c.Args == "" {
			return usage(c, cmd)
		}
		who, display, why := whom(c, c.Args)
		if why != "" {
			return refuse(why)
		}
		var in, invited bool
		c.View(func(st *fsm.State) {
			in = inRoom(st, c.Place, who)
			for _, place := range st.Rooms().InvitedTo(who) {
				invited = invited || place == c.Place
			}
		})
		switch {
		case in:
			return refuse(display + " is in " + c.Place + ".")
		case invited:
			return refuse(display + " is invited to " + c.Place + " already.")
		}
		place := c.Place
		return Outcome{
			Done: func() string { return display + " is invited to " + place + "." },
			Propose: func(s id.Session, token id.Token) fsm.Command {
				return fsm.Invite{Session: s, Token: token, Room: place, Who: who}
			},
		}
	}
	return cmd
}
