package chat

import (
	"slices"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/room"
)

func partCommand() Command {
	return Command{
		Name: "part", Usage: "[#ROOM]",
		Help: "leave the room you are in, or ROOM. A room that nobody is in is gone, with what was said there",
		Run:  part,
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
	var rooms []string
	c.View(func(st *fsm.State) { rooms = slices.Clone(st.Rooms().Of(c.Who)) })
	at := slices.Index(rooms, name)
	if at < 0 {
		return refuse("You are not in " + name + ".")
	}
	rooms = slices.Delete(rooms, at, at+1)
	if len(rooms) == 0 {
		return refuse("You are in no other room. /join one first; /quit leaves moniker.")
	}
	out := Outcome{Propose: func(s id.Session, token id.Token) fsm.Command {
		return fsm.Part{Session: s, Token: token, Room: name}
	}}
	if name != c.Place {
		return out
	}
	out.Go = rooms[0]
	if slices.Contains(rooms, room.Lobby) {
		out.Go = room.Lobby
	}
	return out
}
