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
		Name: "part", Topic: Rooms, Usage: "[#ROOM]",
		Help: "leave the room you are in, or ROOM, on all your terminals; from a person, go back to the room before. A room that nobody is in is gone, " +
			"with what was said there; #lobby stays",
		Run:      part,
		Complete: ownRooms,
	}
}

func part(c Call) Outcome {
	name := c.Place
	if c.With != "" && c.Args == "" {
		return backToRoom(c)
	}
	if c.Args != "" {
		var err error
		if name, err = Room(c.Args); err != nil {
			return refuse(err.Error())
		}
	}
	var of []string
	c.View(func(st *fsm.State) { of = slices.Clone(st.Rooms().Of(c.Who)) })
	at := slices.Index(of, name)
	switch {
	case at < 0 && name == c.Place:
		return strayed(name, of)
	case at < 0 && len(of) == 0:
		return refuse("You are not in " + name + ", nor in any other room. /join #ROOM")
	case at < 0:
		return refuse(flow(c.Width, 0, "You are not in "+name+", but in ", first(partNamed, of), ", ") + ".")
	}
	of = slices.Delete(of, at, at+1)
	if len(of) == 0 {
		return refuse("You are in no other room. /join one first; /quit leaves moniker.")
	}
	out := Outcome{Done: parted(c, name), Propose: func(s id.Session, token id.Token) fsm.Command {
		return fsm.Part{Session: s, Token: token, Room: name}
	}}
	if name == c.Place {
		out.Go = next(of)
	}
	return out
}

// next is the room to be in, of those that somebody is in, if any.
func next(of []string) string {
	if len(of) == 0 || slices.Contains(of, room.Lobby) {
		return room.Lobby
	}
	return of[0]
}

// strayed takes somebody who is shown a room that they are not in any more to one
// that they are in.
func strayed(name string, of []string) Outcome {
	to := next(of)
	return Outcome{
		Go:   to,
		Done: func() string { return "You were not in " + name + " any more." },
		Propose: func(s id.Session, token id.Token) fsm.Command {
			return join(s, token, to)
		},
	}
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
