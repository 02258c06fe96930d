package cluster

import (
	"sync"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/turn"
)

// seats is every person connected to this node, whether on a name or not.
type seats struct {
	node *Node
	mu   sync.Mutex // before any seat's own
	all  map[*Seat]struct{}
	byID map[id.Session]*Seat
	inc  id.Incarnation          // that numbers are given out under
	next uint64                  // the newest of them
	ends map[id.Session]struct{} // sessions whose end was proposed and not answered yet
}

func newSeats(n *Node) *seats {
	return &seats{node: n, all: map[*Seat]struct{}{}, byID: map[id.Session]*Seat{}, ends: map[id.Session]struct{}{}}
}

// numberLocked gives s the next session number of inc. Both locks are held.
func (all *seats) numberLocked(s *Seat, inc id.Incarnation) {
	delete(all.byID, s.holding.Session)
	if all.inc != inc {
		all.inc, all.next = inc, 0
	}
	all.next++
	s.holding = Holding{Session: id.Session{Incarnation: inc, Number: all.next}}
	s.proposed = false
	all.byID[s.holding.Session] = s
}

// unseat tells every seat that its incarnation has ended.
func (all *seats) unseat(inc id.Incarnation) {
	for _, s := range all.list() {
		s.mu.Lock()
		was := s.holding.Session.Incarnation == inc && s.holding.Attached
		if was {
			s.holding.Attached = false
		}
		s.mu.Unlock()
		if was {
			s.wake()
		}
	}
}

// taken tells a seat that the log has ended its session while its person is still
// here: another of their sessions needed the room, an operator ended it, or the key
// that they came by is not theirs any more.
func (all *seats) taken(session id.Session, why turn.Why) {
	switch why {
	case turn.GaveWay, turn.ByOperator, turn.KeyMoved, turn.KeyGone, turn.Barred:
	default:
		return
	}
	all.mu.Lock()
	s := all.byID[session]
	all.mu.Unlock()
	if s == nil {
		return
	}
	s.mu.Lock()
	s.holding.Attached = false
	s.holding.Refused = &fsm.Answer{Code: fsm.NoSession}
	s.wants = lease.Nick{}
	s.mu.Unlock()
	s.wake()
}

// moved tells a seat that an operator has put its session on another name.
func (all *seats) moved(session id.Session) {
	all.mu.Lock()
	s := all.byID[session]
	all.mu.Unlock()
	if s != nil {
		all.compare(s, session)
	}
}

// check holds what seats believe under inc against the state, after a snapshot has
// jumped over events that would have told them.
func (all *seats) check(inc id.Incarnation) {
	for _, s := range all.list() {
		if session := s.Holds().Session; session.Incarnation == inc {
			all.compare(s, session)
		}
	}
}

// compare holds what a seat believes of its session against the state.
func (all *seats) compare(s *Seat, session id.Session) {
	var name lease.Status
	there := false
	all.node.View(func(st *fsm.State) {
		var row lease.Session
		if row, there = st.Lease().Session(session); there {
			name = st.Lease().Name(row.Nick)
		}
	})
	if s.found(session, name, there) {
		s.wake()
	}
}

// found takes note of what the state has of the seat's session, and reports whether
// that is news.
func (s *Seat) found(session id.Session, name lease.Status, there bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := &s.holding
	switch {
	case s.left || h.Session != session || !there && !h.Attached:
		return false
	case !there:
		h.Attached, h.Refused = false, &fsm.Answer{Code: fsm.NoSession}
		s.wants = lease.Nick{}
		return true
	}
	news := !h.Attached || h.Token != name.Token
	h.Attached, h.Refused = true, nil
	h.Nick, h.Token = name.Nick, name.Token
	s.wants = name.Nick
	return news
}

// reseat attaches every seat that was on a name again, under the new incarnation:
// its state has ended the last one, so nothing of that is still under way.
func (all *seats) reseat(inc id.Incarnation) {
	for _, s := range all.list() {
		s.mu.Lock()
		wants := s.wants.Key != ""
		s.mu.Unlock()
		if !wants {
			continue
		}
		if live, err := s.number(); !live || err != nil {
			continue
		}
		s.mu.Lock()
		if s.holding.Session.Incarnation == inc && !s.proposed && !s.left && s.asking == nil {
			_ = s.backLocked() // ErrUnsent: the next incarnation brings the next reseat
		}
		s.mu.Unlock()
	}
}

func (all *seats) list() []*Seat {
	all.mu.Lock()
	defer all.mu.Unlock()
	list := make([]*Seat, 0, len(all.all))
	for s := range all.all {
		list = append(list, s)
	}
	return list
}

// count returns how many people have a session.
func (all *seats) count() int {
	all.mu.Lock()
	defer all.mu.Unlock()
	return len(all.byID)
}

// endingLocked takes note that the end of a session is being proposed.
func (all *seats) endingLocked(s id.Session) { all.ends[s] = struct{}{} }

// ended takes note of the answer to the end of a session, or that there is none.
func (all *seats) ended(s id.Session) {
	all.mu.Lock()
	delete(all.ends, s)
	all.mu.Unlock()
}

// underWay returns how many sessions have an end that is not answered yet.
func (all *seats) underWay() int {
	all.mu.Lock()
	defer all.mu.Unlock()
	return len(all.ends)
}

// seated returns how many are, or are just being put, on a name under inc.
func (all *seats) seated(inc id.Incarnation) int {
	n := 0
	for _, s := range all.list() {
		s.mu.Lock()
		if s.holding.Session.Incarnation == inc && (s.holding.Attached || s.asking != nil) {
			n++
		}
		s.mu.Unlock()
	}
	return n
}

// positions takes read positions of seats under inc for one renewal.
func (all *seats) positions(inc id.Incarnation) []fsm.Position {
	var out []fsm.Position
	for _, s := range all.list() {
		s.mu.Lock()
		if s.holding.Session.Incarnation == inc && s.holding.Attached && len(s.read) > 0 {
			out = append(out, s.positionsLocked(fsm.MaxReads-len(out))...)
		}
		s.mu.Unlock()
		if len(out) == fsm.MaxReads {
			break
		}
	}
	return out
}

// putBack returns positions that could not be sent.
func (all *seats) putBack(inc id.Incarnation, ps []fsm.Position) {
	for _, p := range ps {
		all.mu.Lock()
		s := all.byID[id.Session{Incarnation: inc, Number: p.Session}]
		all.mu.Unlock()
		if s != nil {
			s.Read(p.Place, p.At)
		}
	}
}

// sweep detaches the sessions that the state has under inc and nobody here does. Ends
// that are under way are not proposed once more: a node that is cut off would do so for
// as long as it is. What there is no room for waits for the next sweep.
func (all *seats) sweep(inc id.Incarnation) {
	var listed []id.Session
	all.node.View(func(st *fsm.State) {
		for _, s := range st.Lease().Sessions() {
			if s.ID.Incarnation == inc {
				listed = append(listed, s.ID)
			}
		}
	})
	detached := 0
	for _, s := range listed {
		if !all.strays(s) {
			continue
		}
		if all.node.outbox.add(inc, fsm.Detach{Session: s}, false, func(fsm.Answer, error) { all.ended(s) }) != nil {
			all.ended(s)
			break
		}
		detached++
	}
	if detached > 0 {
		all.node.log.Warn("detaching sessions that nobody has", "sessions", detached)
	}
}

// strays reports whether nobody has a session and its end is not under way, and takes
// note that it is now.
func (all *seats) strays(s id.Session) bool {
	all.mu.Lock()
	defer all.mu.Unlock()
	_, ours := all.byID[s]
	_, ends := all.ends[s]
	if ours || ends {
		return false
	}
	all.endingLocked(s)
	return true
}
