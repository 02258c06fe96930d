package sshfront

import (
	"moniker/fsm"
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/sshfront/chat"
)

// ruled says what those who run a room, or the cluster, have decided against something.
func (s *session) ruled(a fsm.Answer) string {
	var b ban.Ban
	var wait id.Duration
	var other string
	if a.Refusal != nil {
		b, wait, other = a.Refusal.Ban, a.Refusal.Wait, a.Refusal.Room
	}
	switch a.Code {
	case fsm.Barred:
		return s.barredWords(b)
	case fsm.Silenced:
		return mutedWords(b, s.clusterTime())
	case fsm.TooSoon:
		return "The room is slow. Again in " + ago(wait+id.Second-1) + "."
	case fsm.Uninvited:
		return "That room is private. One of those who run it can /invite you."
	case fsm.NotOperator:
		return "That is for those who run the room."
	case fsm.LastOperator:
		return "Nobody else runs the room. /op NAME first."
	case fsm.IsOperator:
		return "That is an operator of the cluster."
	case fsm.Alike:
		return looksLike(other)
	case fsm.NotAllowed:
		return s.conn.notListed()
	}
	return "They are in the room, or invited already."
}

func (s *session) barredWords(b ban.Ban) string {
	who, then := "You are banned", ""
	if id.Identity(b.ID.Subject) != s.conn.who {
		who = b.Nick + " is banned"
		if s.runs(b.ID.Place) {
			then = " /unban " + b.Nick + " first."
		}
	}
	return who + whereIn(" from ", b) + chat.Because(b, s.clusterTime()) + "." + then
}

// runs reports whether the reader runs a room; the cluster is none.
func (s *session) runs(place string) (does bool) {
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) { does = st.Runs(place, s.conn.who) })
	return does
}

// looksLike refuses a room that would be made, for another's sake.
func looksLike(other string) string {
	if other == "" {
		return "That looks like a room that is private. Any other name will do."
	}
	return chat.LooksLike("", other)
}

func mutedWords(b ban.Ban, now id.Time) string {
	return "You are muted" + whereIn(" in ", b) + chat.Because(b, now) + "."
}

func whereIn(word string, b ban.Ban) string {
	if b.ID.Place == "" {
		return word + "this cluster"
	}
	return word + b.ID.Place
}

func (s *session) clusterTime() (now id.Time) {
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) { now = st.Time() })
	return now
}

// ruling shows what is decided about the room that is shown, and about the reader.
func (s *session) ruling(e *turn.Event) {
	text := ""
	here := e.Place == s.view.place
	mine := e.Identity == s.conn.who
	switch {
	case e.Kind == turn.MotdSet && e.Text != "":
		text = chat.Motd(e.Nick, e.Text)
	case e.Kind == turn.Invited && e.To == s.conn.who:
		text = chat.Invited(e.Nick, e.Place)
	case e.Kind == turn.Uninvited && e.To == s.conn.who:
		text = e.Nick + " takes back the invitation to " + e.Place + chat.Reason(e.Text)
	case e.Kind == turn.TopicSet && here && e.Text == "":
		text = e.Nick + " took the topic away"
	case e.Kind == turn.TopicSet && here:
		text = e.Nick + " set the topic: " + e.Text
	case e.Kind == turn.RoomHidden && here:
		text = e.Nick + " made " + e.Place + " private"
	case e.Kind == turn.RoomOpened && here:
		text = e.Nick + " opened " + e.Place + " to everybody"
	case e.Kind == turn.RoomSlowed && here && e.For > 0:
		text = e.Nick + " made " + e.Place + " slow: one message a person in " + ago(e.For)
	case e.Kind == turn.RoomSlowed && here:
		text = e.Place + " is slow no longer"
	case e.Kind == turn.RoomGiven && here:
		text = s.calledNow(e) + " runs " + e.Place + " now"
	case e.Kind == turn.RoomTaken && here:
		text = s.calledNow(e) + " runs " + e.Place + " no longer"
	case (e.Kind == turn.Muted || e.Kind == turn.Unmuted) && mine && !s.isIn(e.Place):
	case e.Kind == turn.Muted && mine:
		text = "You are muted" + whereIn(" in ", ban.Ban{ID: ban.Key{Place: e.Place}}) + s.hand(e)
	case e.Kind == turn.Unbanned && mine && s.view.barred[e.Place]:
		delete(s.view.barred, e.Place)
		text = "You may come into " + e.Place + " again"
	case e.Kind == turn.Unmuted && mine:
		text = "You may speak" + whereIn(" in ", ban.Ban{ID: ban.Key{Place: e.Place}}) + " again"
	case e.Kind == turn.RoomParted && mine && e.Why != 0:
		s.view.barred[e.Place] = e.Why == turn.Barred
		text = "You were put out of " + e.Place + s.hand(e)
	case e.Kind == turn.RoomParted && here && e.Why != 0:
		text = e.Nick + " was put out" + s.hand(e)
	}
	if text != "" {
		s.system(text, mine)
	}
}

// isIn reports whether somebody is in a room, or it is all of the cluster: of what is
// decided about them elsewhere they hear when they come there, if they ever do.
func (s *session) isIn(place string) (in bool) {
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) { in = place == "" || st.Rooms().In(place, s.conn.who) })
	return in
}

// hand is by whom, for how long and why something was done; of whom they ignore, no word.
func (s *session) hand(e *turn.Event) string {
	text := ""
	if e.ByNick != "" {
		text += " by " + e.ByNick
	}
	if e.For > 0 {
		text += " for " + ago(e.For)
	}
	if !s.prefs.row.Ignoring(e.By) {
		text += chat.Reason(e.Text)
	}
	return text
}

// calledNow is the name of whom an event is about.
func (s *session) calledNow(e *turn.Event) string {
	name := e.Nick
	if name == "" {
		s.conn.srv.cfg.Cluster.View(func(st *fsm.State) { p, _ := st.People().Get(e.Identity); name = p.Nick })
	}
	return name
}
