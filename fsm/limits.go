package fsm

import (
	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/member"
	"moniker/fsm/setting"
)

func (t *tx) ttl() id.Duration   { return t.setting.Span(setting.LeaseTTL) }
func (t *tx) grace() id.Duration { return t.setting.Span(setting.LeaseGrace) }

// keep is for how long a name is kept that nobody is on any more.
func (t *tx) keep() lease.Keep {
	return lease.Keep{Grace: t.grace(), Reserved: t.setting.Span(setting.RegistrationTTL)}
}

func (t *tx) historyLimits() history.Limits {
	return history.Limits{
		PlaceMessages: int(t.setting.Get(setting.LimitRoomMessages)),
		PlaceBytes:    int(t.setting.Get(setting.LimitRoomBytes)),
		AllMessages:   int(t.setting.Get(setting.LimitAllMessages)),
	}
}

// seated returns a session that is attached and whose node's lease stands. Only
// the incarnation that carries a session may speak for it.
func (t *tx) seated(s id.Session) (lease.Session, bool) {
	if s.Incarnation != t.from {
		return lease.Session{}, false
	}
	row, ok := t.lease.Session(s)
	return row, ok && t.lease.Live(s.Incarnation)
}

// fenced returns a session that may speak under token; otherwise the refusal.
func (t *tx) fenced(s id.Session, token id.Token) (lease.Session, Answer, bool) {
	row, ok := t.seated(s)
	if !ok {
		return row, refuse(NoSession), false
	}
	if t.lease.Name(row.Nick).Token != token {
		return row, refuse(Fenced), false
	}
	return row, Answer{}, true
}

// member returns a node that belongs to the cluster.
func (t *tx) member(n id.Node) (member.Member, bool) {
	m, ok := t.members.Member(n)
	return m, ok && m.Role != member.Removed
}
