package sshfront

import (
	"strings"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/sshfront/chat"
)

// amended shows that something said has another text now, or none. What is on the
// screen cannot be changed: the line tells the new text and when the old was said.
func (s *session) amended(e *turn.Event) {
	_, two := chat.Partner(e.Place, s.conn.who)
	mine := two && (e.Identity == s.conn.who || e.To == s.conn.who)
	if e.Place != s.view.place && (!mine || s.view.focus || s.view.elsewhere[e.Place].n > 0) {
		return // it is read as it is now
	}
	at := s.clock(s.saidAt(e.Place, e.Of))
	switch {
	case e.Text != "":
		p := heard(*e)
		p.again = at
		s.message(p)
	case e.By != "":
		s.told(e, e.Old+" deleted what "+e.Nick+" said at "+at)
	case e.Identity == s.conn.who:
		s.answer("What you said at " + at + " is deleted.")
	default:
		s.told(e, e.Nick+" deleted what they said at "+at)
	}
}

// saidAt is when a message was said.
func (s *session) saidAt(place string, of id.Event) (at id.Wall) {
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		if since := st.History().From(place, of); len(since) > 0 && since[0].ID == of {
			at = since[0].Wall
		}
	})
	return at
}

// worded is the text of a message, and in brackets what has become of it.
func (p post) worded() (text, note string) {
	if p.Deleted() {
		return "(deleted)", ""
	}
	var notes []string
	switch {
	case p.again != "":
		notes = append(notes, "edited, "+p.again)
	case p.Edited:
		notes = append(notes, "edited")
	}
	for _, r := range p.Reactions {
		if n := len(r.Who); n > 1 {
			notes = append(notes, r.Text+" ×"+count(n))
		} else {
			notes = append(notes, r.Text)
		}
	}
	if notes == nil {
		return p.Text, ""
	}
	return p.Text, "(" + strings.Join(notes, "; ") + ")"
}
