package cluster

import (
	"context"
	"errors"
	"slices"
	"sync"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/turn"
)

// seats is every person connected to this node, whether on a name or not.
type seats struct {
	node *Node
	mu   sync.Mutex
	all  map[*Seat]struct{}
	byID map[id.Session]*Seat
	inc  id.Incarnation // that numbers are given out under
	next uint64         // the newest of them
}

func newSeats(n *Node) *seats {
	return &seats{node: n, all: map[*Seat]struct{}{}, byID: map[id.Session]*Seat{}}
}

// Seat is one connected person's place in the cluster: a session that is, or wants
// to be, on a name. When the node's incarnation ends and the next begins, the seat
// is attached again under it, by itself. Its methods are safe for concurrent use.
type Seat struct {
	node *Node
	who  id.Identity
	wake func()

	mu       sync.Mutex
	holding  Holding
	wants    lease.Nick // the name it was last granted
	proposed bool       // an Attach went out under holding.Session: a Detach must follow
	left     bool
	read     map[string]id.Event // positions not yet reported
}

// Holding is what a seat has.
type Holding struct {
	Session  id.Session
	Token    id.Token
	Nick     lease.Nick
	Attached bool
	Refused  *fsm.Answer // the answer to an Attach under a new incarnation, if it was no
}

// Open gives an identity a seat, on no name yet. wake is called, from a goroutine
// of the node, when what Holds tells has changed; it must not block.
func (n *Node) Open(who id.Identity, wake func()) *Seat {
	s := &Seat{node: n, who: who, wake: wake, read: map[string]id.Event{}}
	n.seats.mu.Lock()
	n.seats.all[s] = struct{}{}
	n.seats.mu.Unlock()
	return s
}

// Holds returns what the seat has now.
func (s *Seat) Holds() Holding {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.holding
}

// Take asks for a name: the first time by Attach, from then on by Claim. It waits
// for the commit; a refusal is an answer. ErrUnsent and ErrBusy mean that nothing
// was done, ErrUnknown that ctx ended before anybody could know.
func (s *Seat) Take(ctx context.Context, n lease.Nick) (fsm.Answer, error) {
	if err := s.sit(ctx); err != nil {
		return fsm.Answer{}, err
	}
	wait := newWait()
	s.mu.Lock()
	h := s.holding
	var c fsm.Command = fsm.Claim{Session: h.Session, Nick: n}
	if !h.Attached {
		c = fsm.Attach{Session: h.Session, Identity: s.who, Nick: n}
	}
	s.proposed = true
	s.mu.Unlock()
	s.node.outbox.propose(h.Session.Incarnation, c, false, func(a fsm.Answer, err error) {
		s.took(h.Session, n, a, err)
		wait.done(a, err)
	})
	return wait.result(ctx, s.node.stopped)
}

// sit gives the seat a session under the live incarnation, waiting for one.
func (s *Seat) sit(ctx context.Context) error {
	for {
		changed := s.node.machine.changed()
		if inc := s.node.outbox.incarnation(); inc != 0 {
			return s.number(inc)
		}
		select {
		case <-ctx.Done():
			return ErrNoLeader
		case <-s.node.stopped.Done():
			return ErrUnsent
		case <-changed:
		}
	}
}

func (s *Seat) number(inc id.Incarnation) error {
	all := s.node.seats
	all.mu.Lock()
	defer all.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left {
		return ErrUnsent
	}
	if s.holding.Session.Incarnation != inc {
		all.numberLocked(s, inc)
	}
	return nil
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

// took takes note of the answer to an Attach or Claim.
func (s *Seat) took(session id.Session, n lease.Nick, a fsm.Answer, err error) {
	if err != nil || a.Code != fsm.OK {
		return
	}
	s.mu.Lock()
	if s.holding.Session == session && !s.left {
		s.holding.Attached, s.holding.Refused = true, nil
		s.holding.Nick, s.holding.Token = n, a.Token
		s.wants = n
	}
	s.mu.Unlock()
}

// Do proposes what build makes of the seat's session and token. Proposals of a
// seat are applied in the order of its calls. done is called once, from a goroutine
// of the node or this one, and must not block; an error means that nothing was done.
func (s *Seat) Do(build func(id.Session, id.Token) fsm.Command, done func(fsm.Answer, error)) {
	h := s.Holds()
	if !h.Attached {
		done(fsm.Answer{}, ErrUnsent)
		return
	}
	s.node.outbox.propose(h.Session.Incarnation, build(h.Session, h.Token), false, done)
}

// Read tells how far the seat's person has read a place. It travels with the next
// renewal, or with Leave.
func (s *Seat) Read(place string, at id.Event) {
	s.mu.Lock()
	if at.After(s.read[place]) {
		s.read[place] = at
	}
	s.mu.Unlock()
}

// Leave gives the seat up: on the person's wish (quit), which frees the name if
// this was its last session, or because the connection ended, which leaves it in
// grace. It is proposed whatever ctx says; ctx bounds only the wait for the answer.
func (s *Seat) Leave(ctx context.Context, quit bool) (fsm.Answer, error) {
	all := s.node.seats
	all.mu.Lock()
	s.mu.Lock()
	session, proposed, again := s.holding.Session, s.proposed, s.left
	s.left = true
	s.holding.Attached = false
	reads := s.positionsLocked(fsm.MaxReads)
	delete(all.all, s)
	delete(all.byID, session)
	s.mu.Unlock()
	all.mu.Unlock()
	if again || !proposed {
		return fsm.Answer{Code: fsm.NoSession}, nil
	}
	wait := newWait()
	var c fsm.Command = fsm.Detach{Session: session, Reads: reads}
	if quit {
		c = fsm.Release{Session: session, Reads: reads}
	}
	s.node.outbox.propose(session.Incarnation, c, true, wait.done)
	return wait.result(ctx, s.node.stopped)
}

// positionsLocked takes up to limit positions that were not yet reported.
func (s *Seat) positionsLocked(limit int) []fsm.Position {
	places := make([]string, 0, len(s.read))
	for p := range s.read {
		places = append(places, p)
	}
	slices.Sort(places)
	var out []fsm.Position
	for _, p := range places[:min(limit, len(places))] {
		out = append(out, fsm.Position{Session: s.holding.Session.Number, Place: p, At: s.read[p]})
		delete(s.read, p)
	}
	return out
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
// here: another of their sessions needed the room, or an operator ended it.
func (all *seats) taken(session id.Session, why turn.Why) {
	if why != turn.GaveWay && why != turn.ByOperator {
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

// reseat attaches every seat that was on a name again, under the new incarnation:
// its state has ended the last one, so nothing of that is still under way.
func (all *seats) reseat(inc id.Incarnation) {
	for _, s := range all.list() {
		s.mu.Lock()
		wants := s.wants
		s.mu.Unlock()
		if wants.Key == "" || s.number(inc) != nil {
			continue
		}
		s.mu.Lock()
		session, already := s.holding.Session, s.proposed || s.left
		s.proposed = true
		s.mu.Unlock()
		if already {
			continue // its person was faster
		}
		s.node.outbox.propose(inc, fsm.Attach{Session: session, Identity: s.who, Nick: wants}, true,
			func(a fsm.Answer, err error) { s.reseated(session, wants, a, err) })
	}
}

func (s *Seat) reseated(session id.Session, wants lease.Nick, a fsm.Answer, err error) {
	s.took(session, wants, a, err)
	if err == nil && a.Code != fsm.OK {
		s.mu.Lock()
		if s.holding.Session == session {
			s.holding.Refused = &a
			s.wants = lease.Nick{}
		}
		s.mu.Unlock()
	}
	s.wake()
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

func (all *seats) count() int {
	all.mu.Lock()
	defer all.mu.Unlock()
	return len(all.byID)
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

// sweep detaches the sessions that the state has under inc and nobody here does.
func (all *seats) sweep(inc id.Incarnation) {
	var strays []id.Session
	all.node.View(func(st *fsm.State) {
		for _, s := range st.Lease().Sessions() {
			if s.ID.Incarnation == inc {
				strays = append(strays, s.ID)
			}
		}
	})
	for _, sid := range strays {
		all.mu.Lock()
		_, ours := all.byID[sid]
		all.mu.Unlock()
		if !ours {
			all.node.log.Warn("detaching a session that nobody has", "session", sid.Short())
			all.node.outbox.propose(inc, fsm.Detach{Session: sid}, true, func(fsm.Answer, error) {})
		}
	}
}

// Propose runs a command in this node's stream and waits until this node has
// applied it. A refusal is an answer. ErrNoLeader, ErrUnsent and ErrBusy mean that
// nothing was done; ErrUnknown that ctx ended before anybody could know.
func (n *Node) Propose(ctx context.Context, c fsm.Command) (fsm.Answer, error) {
	inc := n.outbox.incarnation()
	for inc == 0 {
		changed := n.machine.changed()
		if inc = n.outbox.incarnation(); inc != 0 {
			break
		}
		select {
		case <-ctx.Done():
			return fsm.Answer{}, ErrNoLeader
		case <-n.stopped.Done():
			return fsm.Answer{}, ErrUnsent
		case <-changed:
		}
	}
	wait := newWait()
	n.outbox.propose(inc, c, false, wait.done)
	return wait.result(ctx, n.stopped)
}

// wait is a caller that waits for its answer.
type wait struct {
	ch chan struct{}
	a  fsm.Answer
	e  error
}

func newWait() *wait { return &wait{ch: make(chan struct{})} }

func (w *wait) done(a fsm.Answer, err error) {
	w.a, w.e = a, err
	close(w.ch)
}

func (w *wait) result(ctx, stopped context.Context) (fsm.Answer, error) {
	select {
	case <-w.ch:
		return w.a, w.e
	default:
	}
	select {
	case <-w.ch:
		return w.a, w.e
	case <-ctx.Done():
		return fsm.Answer{}, errors.Join(ErrUnknown, ctx.Err())
	case <-stopped.Done():
		return fsm.Answer{}, ErrUnknown
	}
}
