package sshfront

import (
	"strings"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
	"moniker/sshfront/chat"
	"moniker/sshfront/render"
)

// whyNotName says why a name was not given. Somebody who has none is told all
// there is to decide by.
func (s *session) whyNotName(n lease.Nick, a fsm.Answer) string {
	switch a.Code {
	case fsm.Taken:
		return s.rivalry(n, a.Refusal)
	case fsm.TooMany:
		return s.tooManyNames(a.Refusal)
	}
	return s.whyNot(a)
}

// rivalry is the refusal of a name that is another's, or looks like one.
func (s *session) rivalry(n lease.Nick, r *fsm.Refusal) string {
	if r == nil {
		return n.Display + " belongs to another key."
	}
	rival := r.Rival
	var now, left id.Time
	var grace id.Duration
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		now, grace = st.Time(), st.Settings().Span(setting.LeaseGrace)
	})
	left = rival.Until.Add(-grace)
	is, until := ", and its owner is here.", ago(grace)+" after its owner leaves, unless the owner returns"
	switch rival.State {
	case lease.Grace:
		is = "; its owner left " + ago(now.Sub(left)) + " ago."
		until = ago(rival.Until.Sub(now)) + " from now at the earliest"
	case lease.Reserved:
		is = "; it is registered."
		until = ago(rival.Until.Sub(now)) + " from now, unless the owner returns"
	}
	if rival.Owner.Guest() {
		until = "its guest leaves"
	}
	text := n.Display + " belongs to another key" + is
	if rival.Key != n.Key {
		text = n.Display + " looks like " + rival.Display + chat.Unlike(n.Display, rival.Display) + ", which belongs to another key."
	}
	if s.me.Key != "" {
		return text
	}
	theirs, mine := "\n  its key    "+string(rival.Owner), "\n  your key   "+string(s.conn.key)
	if rival.Owner.Guest() {
		theirs = ""
	}
	if s.guest() {
		mine = ""
	}
	return text + theirs + mine +
		"\n  since      " + s.clock(rival.Wall) + " " + s.zoneName() + " (" + ago(now.Sub(rival.Since)) + ")" +
		"\n  until      " + until +
		s.isYou(rival)
}

// isYou tells somebody how to show that a name is theirs.
func (s *session) isYou(rival lease.Status) string {
	if rival.Owner.Guest() {
		return ""
	}
	return "\nIf " + rival.Display + " is you, come with that key: ssh -i KEYFILE ..." + s.byCode(rival.Display)
}

// byCode tells how a new device says whose it is.
func (s *session) byCode(name string) string {
	if s.plain() || s.guest() {
		return ""
	}
	return "\nIf " + name + " is you on a new device: type the code that /key add gives there."
}

func (s *session) tooManyNames(r *fsm.Refusal) string {
	var owned []string
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		for _, key := range st.Lease().Owned(s.conn.who) {
			owned = append(owned, st.Lease().Name(key).Display)
		}
	})
	if s.guest() {
		return "No more guests are let in now. With a key you would be none: " + makeAKey
	}
	if r == nil || int64(len(owned)) < r.Limit {
		return "No more names or people fit into this cluster; its operators can raise the limit."
	}
	return "You have " + plural(len(owned), "name") + " already, which is the limit: " + strings.Join(owned, ", ") +
		". Come as one of them; /quit there frees it."
}

// whyNot says why the state machine refused something.
func (s *session) whyNot(a fsm.Answer) string {
	limit := ""
	if a.Refusal != nil {
		limit = count(int(a.Refusal.Limit))
	}
	switch a.Code {
	case fsm.Barred, fsm.Silenced, fsm.TooSoon, fsm.Uninvited, fsm.NotOperator, fsm.LastOperator, fsm.IsOperator, fsm.NotAllowed, fsm.Alike, fsm.Exists:
		return s.ruled(a)
	case fsm.NotInRoom:
		return "You are not in that room any more. /join #ROOM to talk there."
	case fsm.NoSuchName:
		return "Nobody has that name."
	case fsm.NotTheirs:
		return "Somebody else has that name by now."
	case fsm.NoGuests:
		return "Guests are not let in any more. To come with a key: " + makeAKey
	case fsm.NoKey:
		return "A guest has no key, and nothing is kept for a guest."
	case fsm.LastKey:
		return "It is your only key."
	case fsm.NotAuthor:
		return "Those are another's words."
	case fsm.NotThere:
		return "That is not there any more."
	case fsm.TooOld:
		return "Only the last " + limit + " can be changed."
	case fsm.TooLong:
		return "A message holds " + limit + " characters."
	case fsm.TooMany:
		return "The limit of " + limit + " is reached."
	case fsm.NoSession, fsm.Fenced, fsm.Stale:
		if s.typedAs(a) {
			return "You are " + s.seat.Holds().Nick.Display + " now, and this was typed as " + s.me.Display + "."
		}
		return "This session has ended: " + s.node() + " was away for too long. Come again; nothing you typed was lost but this."
	}
	return s.node() + " does not do that."
}

// typedAs reports whether a thing was refused because it was under way when an operator
// put its author on another name.
func (s *session) typedAs(a fsm.Answer) bool {
	h := s.seat.Holds()
	return a.Code == fsm.Fenced && h.Attached && h.Nick.Key != s.me.Key
}

// nameless tells somebody without a name that the other nodes do not answer; asked: that
// she asked for one, or said a code, and it may have been heard. It returns why the session ends.
func (s *session) nameless(asked bool) why {
	why, so := noAnswer, "it cannot give out names now."
	switch {
	case asked && s.login.naming:
		why, so = unsure, "nobody knows yet whether you have a name now."
	case asked:
		why, so = unsure, "nobody knows yet whether you are "+s.login.asked.Display+" now."
	}
	s.refuse(s.node() + " has no answer from the other nodes, so " + so + s.others("Through another node"))
	return why
}

// staysYours is what is certain of a name whose session has just ended.
func (s *session) staysYours() string {
	if s.guest() {
		return s.me.Display + " is free as soon as a majority counts you as gone."
	}
	var grace id.Duration
	registered := false
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		grace = st.Settings().Span(setting.LeaseGrace)
		registered = st.Lease().Name(s.me.Key).Registered
	})
	if registered {
		return s.me.Display + " is registered: it stays yours."
	}
	return s.me.Display + " stays yours for at least " + ago(grace) + "."
}

// ended tells somebody whose session another has ended.
func (s *session) ended(w turn.Why) {
	if why := s.conn.banned(); w == turn.Barred && why != "" {
		s.putOut(why)
		return
	}
	mine := false
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) { mine = st.Lease().Name(s.me.Key).Owner == s.conn.who })
	text := "An operator has ended this session. " + s.me.Display + " stays yours; come again when you like."
	switch {
	case w == turn.KeyGone:
		text = "The key that you came by was removed, from another terminal of yours. This session has ended."
	case w == turn.GaveWay:
		text = "You came in once more elsewhere, and this terminal was the one heard from longest ago: it gave way."
	case s.guest():
		text = "An operator has ended this session. " + s.me.Display + " is free now."
	case !mine:
		text = "An operator has freed " + s.me.Display + ", and this session has ended. Come again under another name, or as the first."
	}
	s.system(text, true)
	s.finish(sessionEnded)
}

// guest reports whether the person has come without a key.
func (s *session) guest() bool { return s.conn.who.Guest() }

func ago(d id.Duration) string { return render.Ago(time.Duration(d) * time.Microsecond) }

func count(n int) string { return render.Thousands(int64(n)) }

func plural(n int, what string) string { return render.Plural(n, what) }

// short is the part of a fingerprint that people tell keys apart by.
func short[S ~string](key S) string {
	const prefix, digits = "SHA256:", 8
	return string(key[:min(len(key), len(prefix)+digits)])
}
