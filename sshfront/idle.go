package sshfront

import (
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/setting"
	"moniker/sshfront/chat"
)

// idlePause is how long to wait before the cluster is told again what it did not take.
const idlePause = 10 * time.Second

// idle is whether something is typed at the terminal. The cluster is told when that
// changes, and at no other time: that is two log entries for each long pause of
// somebody's, and none for those who type, or are gone for the night.
type idle struct {
	typed time.Time // when something was, last
	at    time.Time // when to look again
	told  bool      // the cluster knows that nothing is typed here
	busy  bool      // it is being told how it is
	away  string    // what the status row says of the person: "away 9 min"
}

// stir takes note that something is typed.
func (s *session) stir(now time.Time) {
	s.idle.typed = now
	if s.idle.told && !s.idle.busy {
		s.tellIdle(now, false)
	}
}

// checkIdle looks whether nothing has been typed for long enough to be told, and when
// to look again.
func (s *session) checkIdle(now time.Time) {
	i := &s.idle
	if s.over != nil || s.me.Key == "" {
		i.at = time.Time{}
		return
	}
	var limit time.Duration
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		limit = time.Duration(st.Settings().Span(setting.IdleAway)) * time.Microsecond
	})
	left := limit - now.Sub(i.typed)
	switch {
	case i.busy:
	case left > 0 && i.told:
		s.tellIdle(now, false)
	case left <= 0 && !i.told && !s.held():
		s.tellIdle(now, true)
	}
	i.at = now.Add(left)
	if left <= 0 {
		i.at = now.Add(idlePause)
	}
	if changes := s.checkAway(); i.away != "" && (changes < left || i.told) {
		i.at = now.Add(changes)
	}
}

// checkAway brings the status row up to date with whether the person is away, by
// whichever of their terminals; it returns when that will read otherwise.
func (s *session) checkAway() time.Duration {
	var text string
	var changes id.Duration
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) { text, changes = chat.Absence(st, s.conn.who) })
	if text != s.idle.away {
		s.idle.away = text
		s.status()
	}
	return time.Duration(changes) * time.Microsecond
}

func (s *session) tellIdle(now time.Time, is bool) {
	s.idle.busy = true
	long := id.Duration(now.Sub(s.idle.typed) / time.Microsecond)
	s.seat.Do(func(session id.Session, _ id.Token) fsm.Command {
		return fsm.SetIdle{Session: session, Idle: is, For: long}
	}, func(a fsm.Answer, err error) {
		s.post(func() {
			s.idle.busy = false
			if err == nil {
				s.idle.told = is && a.Code == fsm.OK
				s.checkIdle(time.Now())
			}
		})
	})
}
