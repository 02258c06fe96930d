package chat

import (
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/room"
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
		if why := notARoom(c); why != "" {
			return refuse(why)
		}
		who, display, why := whom(c, c.Args)
		if why != "" {
			return refuse(why)
		}
		var in, invited, private, runs bool
		c.View(func(st *fsm.State) {
			r, _ := st.Rooms().Room(c.Place)
			in, private, runs = st.Rooms().In(c.Place, who), r.Private, st.Runs(c.Place, c.Who)
			_, invited = st.Rooms().Invitation(room.Seat{Place: c.Place, Who: who})
		})
		switch {
		case private && !runs:
			return refuse(runBy(c) + ", who alone may invite while it is private.")
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

const invitationsMost = 5 // that somebody is told of who comes

// Invitations are the rooms that somebody is invited to, as they are told when they come.
// Of those by people they ignore they are not told.
func Invitations(st *fsm.State, who id.Identity) (all []string) {
	own, more := st.Profiles().Of(who), 0
	for _, place := range st.Rooms().InvitedTo(who) {
		i, _ := st.Rooms().Invitation(room.Seat{Place: place, Who: who})
		switch {
		case own.Ignoring(i.By):
		case len(all) < invitationsMost:
			all = append(all, Invited(i.Nick, place))
		default:
			more++
		}
	}
	if more > 0 {
		all = append(all, "You are invited to "+plural(more, "more room")+". /rooms lists them.")
	}
	return all
}

// Invited says that by invites the reader to a room.
func Invited(by, place string) string { return by + " invites you to " + place + ": /join " + place }
