package chat

import (
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
)

func registerCommand() Command {
	return Command{
		Name: "register", Topic: You,
		Help: "keep your name for you when its time is over: it is reserved for {registration.ttl} from when you were last on it",
		Run:  func(c Call) Outcome { return keep(c, true) },
	}
}

func unregisterCommand() Command {
	return Command{
		Name: "unregister", Topic: You,
		Help: "keep your name no longer than others are kept: for {lease.grace} after you leave",
		Run:  func(c Call) Outcome { return keep(c, false) },
	}
}

func keep(c Call, on bool) Outcome {
	if c.Who.Guest() {
		return refuse("You are a guest: the name is yours until you leave. With a key it would stay yours: " + makeAKey)
	}
	var n lease.Status
	var ttl, grace id.Duration
	c.View(func(st *fsm.State) {
		n = st.Lease().Name(c.Nick.Key)
		ttl, grace = st.Settings().Span(setting.RegistrationTTL), st.Settings().Span(setting.LeaseGrace)
	})
	then := n.Display + " is registered: it stays yours for " + ago(ttl) + " after you were last on it."
	if !on {
		then = n.Display + " is not registered: it stays yours for " + ago(grace) + " after you leave."
	}
	if n.Registered == on {
		return answer(then)
	}
	return Outcome{
		Propose: func(s id.Session, token id.Token) fsm.Command {
			return fsm.KeepName{Session: s, Token: token, Keep: on}
		},
		Done: func() string { return then },
	}
}
