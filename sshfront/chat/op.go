package chat

import (
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/room"
)

func opCommand() Command {
	cmd := ruling{
		name: "op", usage: "[NAME]",
		help: "let NAME run this room with you; without NAME, who does. Whoever makes a room runs it; when nobody is left who does, whoever has been there longest",
		does: func(c Call, who id.Identity, display, _ string) Outcome { return setOp(c, who, display, true) },
	}.command()
	run := cmd.Run
	cmd.Run = func(c Call) Outcome {
		if c.Args != "" {
			return run(c)
		}
		if why := notARoom(c); why != "" {
			return refuse(why)
		}
		return answer(c.heading() + runBy(c) + ".")
	}
	return cmd
}

func deopCommand() Command {
	return ruling{
		name: "deop", usage: "NAME", help: "NAME runs this room no longer. The last one always does",
		does: func(c Call, who id.Identity, display, _ string) Outcome { return setOp(c, who, display, false) },
	}.command()
}

func setOp(c Call, who id.Identity, display string, on bool) Outcome {
	var in, does bool
	var operators int
	c.View(func(st *fsm.State) {
		in, does = st.Rooms().In(c.Place, who), st.Rooms().Runs(room.Seat{Place: c.Place, Who: who})
		operators = len(st.Rooms().Operators(c.Place))
	})
	switch {
	case isLobby(c):
		return refuse(runBy(c) + ". moniker admin operator add KEY")
	case !in:
		return refuse(display + " is not in " + c.Place + ".")
	case on && does:
		return answer(display + " runs " + c.Place + " already.")
	case !on && !does:
		return answer(display + " does not run " + c.Place + ".")
	case !on && operators == 1:
		return refuse("Nobody else runs " + c.Place + ". /op NAME first.")
	}
	place := c.Place
	return Outcome{Propose: func(s id.Session, token id.Token) fsm.Command {
		return fsm.RoomOperator{Session: s, Token: token, Room: place, Who: who, On: on}
	}}
}
