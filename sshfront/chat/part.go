package chat

import (
	"slices"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/room"
)

const partNamed = 20 // rooms, to somebody who would leave another

func partCommand() Command {
	return Command{
		Name: "part", Usage: "[#ROOM]",
		Help: "leave the room you are in, or ROOM, on all your terminals. A room that nobody is in is gone, " +
			"with what was said there; #lobby stays",
		Run:      part,
		Complete: ownRooms,
	}
}

func part(c Call) Outcome {
	name := c.Place
	if c.Args != "" {
		var err error
		if name, err = Room(c.Args); err != nil {
			return refuse(err.Error())
		}
	}
	var of []string
	c.View(func(st *fsm.State) { of = slices.Clone(st.Rooms().Of(c.Who)) })
	at := slices.Index(of, name)
	if at < 0 {
		return refuse(flow(c.Width, 0, "You are not in "+name+", but in ", first(partNamed, of), ", ") + ".")
	}
	of = slices.Delete(of, at, at+1)
	if len(of) == 0 {
		return refuse("You are in no other room. /join one first; /quit leaves moniker.")
	}
	out := Outcome{Done: parted(c, name), Propose: func(s id.Session, token id.Token) fsm.Command {
		return fsm.Part{Session: s, Token: token, Room: name}
	}}
	if name != c.Place {
		return out
	}
	out.Go = of[0]
	if slices.Contains(of, room.Lobby) {
		out.Go = room.Lobby
	}
	return out
}

// parted says what came of leaving a room, where it cannot be seen.
func parted(c Call, name string) func() string {
	return func() string {
		left := false
		c.View(func(st *fsm.State) { _, left = st.Rooms().Room(name) })
		switch {
		case !left:
			return "Nobody was left in " + name + ": it is gone, with what was said there."
		case name != c.Place:
			return "You have left " + name + "."
		}
		return ""
	}
}
