package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/wire"
)

// TickBudget is how much one Tick cleans up, so that none of them stalls the log.
const TickBudget = 1000

// Tick ends what is over: node leases first, then sessions under them, graces and
// bans, TickBudget at a time. Nothing else ends because time has passed. The leader
// proposes it last in its batch, one at a time, so that whoever renews or comes
// back in the same batch is in time.
type Tick struct{}

// Kind implements Command.
func (Tick) Kind() Kind { return KindTick }

func (Tick) encode(*wire.Encoder) {}

func (Tick) run(t *tx) Answer {
	t.bans.Tick(t.Turn, t.lease.Tick(t.Turn, t.keep(), TickBudget))
	return Answer{Code: OK}
}

// Due returns the cluster time from which a Tick has something to do; false if
// nothing waits to end.
func (s *State) Due() (id.Time, bool) {
	due, some := s.lease.Due()
	if over, ends := s.bans.Due(); ends && (!some || over < due) {
		return over, true
	}
	return due, some
}

// Restless reports whether cluster time should be kept in the log every second
// though nothing else happens: while a node lease is not renewed under this
// leader, or is older than half its ttl, time lost with a leader would be lost
// again and again.
func (s *State) Restless() bool {
	for _, i := range s.lease.Incarnations() {
		if !i.Ended && (i.Extended || s.meta.now.Sub(i.Renewed) > i.Deadline.Sub(i.Renewed)/2) {
			return true
		}
	}
	return false
}
