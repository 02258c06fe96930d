package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/presence"
)

// Away is that somebody is not to be expected to read what is said.
type Away struct {
	presence.Since
	Marked bool   // they said so
	Text   string // and why
}

// Away says whether an identity is away: because it said so, or because nothing is
// typed at any of the sessions that it has. Who has none is not away but gone.
func (s *State) Away(who id.Identity) (Away, bool) {
	live := s.lease.Of(who)
	if len(live) == 0 {
		return Away{}, false
	}
	if m, ok := s.presence.Mark(who); ok {
		return Away{m.Since, true, m.Text}, true
	}
	var last presence.Since // the session at which something was typed last
	for _, sid := range live {
		i, idle := s.presence.Idle(sid)
		if !idle {
			return Away{}, false
		}
		if last.Index == 0 || i.At > last.At {
			last = i.Since
		}
	}
	return Away{Since: last}, true
}

// around reports whether an identity has a name that is held or in grace: it is here,
// or may be back at once.
func (t *tx) around(who id.Identity) bool {
	for _, key := range t.lease.Owned(who) {
		if st := t.lease.Name(key).State; st == lease.Held || st == lease.Grace {
			return true
		}
	}
	return false
}
