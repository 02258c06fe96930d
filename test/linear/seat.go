package linear

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/test/sim"
)

// place is one process of a node.
type place struct {
	node    *cluster.Node
	name    string
	process int
	ended   <-chan struct{}
}

// sitter is one seat, and the record of all that is done with it.
type sitter struct {
	w    *world
	lane int
	who  id.Identity
	num  int
	at   place

	mu    sync.Mutex
	seat  *cluster.Seat
	maybe []string // every name it may be on
	on    string   // the one it was on when last looked at
	again *Op      // it is being attached again
	turns int      // how often that has begun
	dead  bool     // it has no session and will not get one
	gone  bool     // it is being left
}

func (w *world) open(lane int, who id.Identity, at place) *sitter {
	s := &sitter{w: w, lane: lane, who: who, num: int(w.seats.Add(1)), at: at}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seat = at.node.Open(who, "", s.look)
	return s
}

func (s *sitter) op(k Kind) *Op {
	return &Op{Kind: k, Lane: s.lane, Seat: s.num, Who: s.who, Node: s.at.name, Process: s.at.process}
}

// look is the seat's wake: it notes that the seat lost its session and is being
// attached again, and what came of that. It is called before the node proposes so.
func (s *sitter) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
		return
	}
	h := s.seat.Holds()
	switch {
	case s.again != nil && h.Attached:
		if h.Nick.Key == s.again.Name {
			s.w.rec.end(s.again, func(op *Op) {
				op.Outcome, op.Token, op.Session, op.Inc = OK, h.Token, h.Session, h.Session.Incarnation
			})
			s.maybe = []string{h.Nick.Key}
		}
		s.on, s.again = h.Nick.Key, nil
	case s.again != nil && h.Refused != nil:
		s.w.rec.end(s.again, func(op *Op) { refusal(op, *h.Refused) })
		s.again, s.on, s.maybe, s.dead = nil, "", nil, true
	case s.again != nil:
	case h.Attached:
		s.on = h.Nick.Key
	case s.on != "" && h.Refused == nil:
		op := s.op(Again)
		op.Name = s.on
		s.again = s.w.rec.begin(op)
		s.turns++
	case s.on != "":
		s.on, s.dead = "", true
	}
}

func refusal(op *Op, a fsm.Answer) {
	op.Outcome, op.Code, op.Inc = Refused, a.Code, a.From
	if a.Refusal != nil && a.Refusal.Rival.State != lease.Free {
		op.Seen = []Seen{shown(a.Refusal.Rival.Nick.Key, a.Refusal.Rival, false)}
	}
}

func shown(name string, st lease.Status, whole bool) Seen {
	return Seen{Name: name, State: st.State, Owner: st.Owner, Token: st.Token, Until: st.Until, Live: slices.Clone(st.Live), Whole: whole}
}

// judge notes an answer, or what the error says of it.
func judge(op *Op, a fsm.Answer, err error) {
	switch {
	case err == nil && a.Code == fsm.OK:
		op.Outcome, op.Inc, op.Event = OK, a.From, a.Event
	case err == nil:
		refusal(op, a)
	case errors.Is(err, cluster.ErrUnknown):
		op.Outcome, op.Err = Unknown, err.Error()
		op.GaveUp, op.Return, op.Done = op.Return, never, never
	default:
		op.Outcome, op.Err = Unsent, err.Error()
	}
}

// clock returns the cluster time that a process has applied.
func (p place) clock() (now id.Time) {
	p.node.View(func(st *fsm.State) { now = st.Time() })
	return now
}

// take asks for a name, and reports whether the seat is on it now.
func (s *sitter) take(name string, patience time.Duration) bool {
	op := s.op(Take)
	op.Name = name
	s.mu.Lock()
	turns := s.turns
	op.From = slices.Clone(s.maybe)
	sure := s.on != "" && len(s.maybe) == 1 && s.again == nil
	s.mu.Unlock()
	s.w.rec.begin(op)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	a, err := s.seat.Take(ctx, sim.Name(name))
	cancel()
	clock := s.at.clock()
	h := s.seat.Holds()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.w.rec.end(op, func(op *Op) {
		judge(op, a, err)
		op.Clock = clock
		op.Sure = sure && turns == s.turns
		if op.Outcome == OK {
			op.Token = a.Token
			if h.Session.Incarnation == a.From {
				op.Session = h.Session
			}
		}
	})
	switch op.Outcome {
	case OK:
		s.on, s.maybe = name, []string{name}
		return true
	case Refused:
		s.dead = s.dead || a.Code == fsm.NoSession || a.Code == fsm.Exists
	case Unknown:
		if !slices.Contains(s.maybe, name) {
			s.maybe = append(s.maybe, name)
		}
	}
	return false
}

// leave gives the seat up and returns what it had, and whether that is over for sure.
func (s *sitter) leave(quit bool, patience time.Duration) (had cluster.Holding, over bool) {
	had = s.seat.Holds()
	op := s.op(Leave)
	op.Quit = quit
	s.mu.Lock()
	s.gone = true
	op.From, op.Name = slices.Clone(s.maybe), s.on
	s.mu.Unlock()
	select {
	case <-s.at.ended:
		return had, false
	default:
	}
	s.w.rec.begin(op)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	a, err := s.seat.Leave(ctx, quit)
	cancel()
	clock := s.at.clock()
	s.w.rec.end(op, func(op *Op) {
		judge(op, a, err)
		op.Clock, op.Session = clock, had.Session
	})
	return had, op.Outcome == OK
}

// post says something, and returns a channel that is closed when it is known what
// came of it, and what it was posted with.
func (s *sitter) post(text string) (done chan struct{}, with cluster.Holding) {
	done = make(chan struct{})
	h := s.seat.Holds()
	op := s.op(Post)
	op.Text = text
	s.w.rec.begin(op)
	s.seat.Do(func(session id.Session, token id.Token) fsm.Command {
		if session == h.Session && token == h.Token {
			op.Name = h.Nick.Key
			with = h
		}
		op.Session, op.Token = session, token
		return fsm.Post{Session: session, Token: token, Room: room, Text: text}
	}, func(a fsm.Answer, err error) {
		s.w.rec.end(op, func(op *Op) { judge(op, a, err) })
		close(done)
	})
	s.w.rec.gaveUp(op)
	return done, with
}
