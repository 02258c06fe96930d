package cluster

import (
	"context"
	"slices"
	"sync"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
)

// Seat is one connected person's place in the cluster: a session that is, or wants
// to be, on a name. When the node's incarnation ends and the next begins, the seat
// is attached again under it, by itself. Its methods are safe for concurrent use.
type Seat struct {
	node *Node
	who  id.Identity
	key  id.Fingerprint // that who came by
	wake func()

	mu       sync.Mutex
	holding  Holding
	wants    lease.Nick    // the name it was last granted
	asking   chan struct{} // closed when the Attach or Claim under way is answered; nil: none is
	proposed bool          // an Attach went out under holding.Session: a Detach must follow
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

// Open gives an identity, which came by a key, a seat, on no name yet; a key left out
// is its first. wake is called, from a goroutine
// of the node, when what Holds tells has changed, and when the node's Health has
// another Standing; it must not block.
func (n *Node) Open(who id.Identity, key id.Fingerprint, wake func()) *Seat {
	s := &Seat{node: n, who: who, key: key, wake: wake, read: map[string]id.Event{}}
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
// for the commit; a refusal is an answer. ErrUnsent, ErrNoLeader and ErrBusy mean
// that nothing was done, ErrUnknown that it ended before anybody could know.
func (s *Seat) Take(ctx context.Context, n lease.Nick) (fsm.Answer, error) {
	for {
		if err := s.sit(ctx); err != nil {
			return fsm.Answer{}, err
		}
		wait, first, err := s.ask(n)
		switch {
		case err != nil:
			return fsm.Answer{}, err
		case wait != nil:
			return wait.result(ctx, s.node.stopped)
		}
		select {
		case <-first:
		case <-ctx.Done():
			return fsm.Answer{}, ErrNoLeader
		case <-s.node.stopped.Done():
			return fsm.Answer{}, ErrUnsent
		}
	}
}

// sit gives the seat a session under the live incarnation, waiting for one.
func (s *Seat) sit(ctx context.Context) error {
	for {
		changed := s.node.machine.changed()
		if live, err := s.number(); live || err != nil {
			return err
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

// number gives the seat a session number under the live incarnation, if there is
// one. That is looked up under the lock: a number given out under an incarnation of
// the past would begin the count of the present one anew.
func (s *Seat) number() (live bool, err error) {
	all := s.node.seats
	all.mu.Lock()
	defer all.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	inc := s.node.outbox.incarnation()
	switch {
	case s.left:
		return false, ErrUnsent
	case inc == 0:
		return false, nil
	case s.holding.Session.Incarnation != inc:
		all.numberLocked(s, inc)
	}
	return true, nil
}

// ask proposes to be on n. If the seat has something else to wait for, an answer or
// to be back on the name it had, that is returned instead of a wait.
func (s *Seat) ask(n lease.Nick) (w *wait, first chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session := s.holding.Session
	switch {
	case s.left:
		return nil, nil, ErrUnsent
	case s.asking == nil && !s.holding.Attached && s.wants.Key != "":
		err = s.backLocked()
	case s.asking == nil:
		w = newWait()
		done := func(a fsm.Answer, err error) {
			s.took(session, n, a, err)
			w.done(a, err)
			s.wake() // whoever asked may have given up waiting
		}
		if s.holding.Attached {
			err = s.proposeLocked(fsm.Claim{Session: session, Nick: n}, false, done)
		} else {
			err = s.proposeLocked(s.attach(session, n), false, done)
		}
	}
	if err == ErrUnsent { // the incarnation has just ended: wait for the next
		again := make(chan struct{})
		close(again)
		return nil, again, nil
	}
	if err != nil || w != nil {
		return w, nil, err
	}
	return nil, s.asking, nil
}

// proposeLocked proposes an Attach or Claim. That happens under the lock which Leave
// takes to say that there will be no more: so its Detach comes behind every one of
// them in the stream, and no session stays without a person.
func (s *Seat) proposeLocked(c fsm.Command, must bool, done func(fsm.Answer, error)) error {
	err := s.node.outbox.add(s.holding.Session.Incarnation, c, must, done)
	if err == nil {
		s.asking = make(chan struct{})
		s.proposed = true
	}
	return err
}

// attach is the command that puts the seat on a name. The key goes with it only where
// it is not the one that the identity itself tells.
func (s *Seat) attach(session id.Session, n lease.Nick) fsm.Attach {
	c := fsm.Attach{Session: session, Identity: s.who, Nick: n}
	if s.key != s.who.First() {
		c.By = s.key
	}
	return c
}

// backLocked proposes to be on the name again that the seat had.
func (s *Seat) backLocked() error {
	session, wants := s.holding.Session, s.wants
	return s.proposeLocked(s.attach(session, wants), true,
		func(a fsm.Answer, err error) { s.reseated(session, wants, a, err) })
}

// took takes note of the answer to an Attach or Claim.
func (s *Seat) took(session id.Session, n lease.Nick, a fsm.Answer, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.asking)
	s.asking = nil
	if err != nil || s.holding.Session != session || s.left {
		return
	}
	switch a.Code {
	case fsm.OK:
		s.holding.Attached, s.holding.Refused = true, nil
		s.holding.Nick, s.holding.Token = n, a.Token
		s.wants = n
	case fsm.NoSession: // a Claim: whatever took the session, this one does not have it
		s.holding.Attached = false
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

// Do proposes what build makes of the seat's session and token. Proposals of a
// seat are applied in the order of its calls. done is called once, from a goroutine
// of the node or this one, and must not block. ErrUnsent and ErrBusy mean that
// nothing was done, ErrUnknown that nobody here can know.
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
	if proposed && !again {
		all.endingLocked(session)
	}
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
	s.node.outbox.propose(session.Incarnation, c, true, func(a fsm.Answer, err error) {
		all.ended(session)
		wait.done(a, err)
	})
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
