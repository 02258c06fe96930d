package chat

import (
	"moniker/fsm"
	"moniker/fsm/id"
)

func privateCommand() Command {
	return Command{
		Name: "private", Topic: Keep,
		Help: "hide this room from those outside: they come in by /invite alone. The cluster's operators still see it, and can come in",
		Run:  func(c Call) Outcome { return setPrivate(c, true) },
	}
}

func openCommand() Command {
	return Command{
		Name: "open", Topic: Keep, Help: "let everybody see this room and come in",
		Run: func(c Call) Outcome { return setPrivate(c, false) },
	}
}

func setPrivate(c Call, on bool) Outcome {
	if why := mayRule(c); why != "" {
		return refuse(why)
	}
	if isLobby(c) {
		return refuse(everybodys(c))
	}
	var is bool
	c.View(func(st *fsm.State) { r, _ := st.Rooms().Room(c.Place); is = r.Private })
	if is == on {
		return answer(c.Place + " is " + map[bool]string{true: "private", false: "open to everybody"}[on] + " already.")
	}
	place := c.Place
	return Outcome{Propose: func(s id.Session, token id.Token) fsm.Command {
		return fsm.SetPrivate{Session: s, Token: token, Room: place, On: on}
	}}
}
