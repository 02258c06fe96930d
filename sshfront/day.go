package sshfront

import (
	"time"

	"moniker/fsm/id"
)

// stamp is the clock before a line of a conversation. The first line of another day
// than that of the line before stands below a marker, so that the time is enough.
func (s *session) stamp(w id.Wall) string {
	t := time.UnixMicro(int64(w))
	day, text := s.view.style.Day(t, s.conn.srv.cfg.Now())
	if day != s.view.day {
		s.view.day = day
		s.marker(text)
	}
	return s.view.style.Stamp(t, t)
}

// today begins to tell days apart: those of what is said before and after this one.
func (s *session) today() {
	now := s.conn.srv.cfg.Now()
	s.view.day, _ = s.view.style.Day(now, now)
}
