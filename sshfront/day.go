package sshfront

import (
	"time"

	"moniker/fsm/id"
)

// stamp is the clock before a line of a conversation. The first line of another day
// than that of the line before stands below a marker, so that the time is enough.
func (s *session) stamp(w id.Wall) string {
	t := time.UnixMicro(int64(w))
	text, day := s.conn.srv.drawn.Stamp(&s.view.style, t)
	if day != s.view.day {
		s.view.day = day
		s.marker(s.view.style.DayName(t, s.conn.srv.cfg.Now()))
	}
	return text
}

// today begins to tell days apart: those of what is said before and after this one.
func (s *session) today() {
	s.view.day = s.view.style.Day(s.conn.srv.cfg.Now())
}
