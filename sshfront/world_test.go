package sshfront

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/member"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
)

// world is a cluster of one replica that applies every command at once, on a real
// state. Its nodes n1 and n2 are Clusters.
type world struct {
	t     testing.TB
	n1    *worldNode
	n2    *worldNode
	mu    sync.RWMutex
	st    *fsm.State
	index id.Index
	now   id.Time
	next  map[id.Incarnation]uint64
	held  []func() // proposals while the world is paused
	pause bool
	feed  ring
	seats []*worldSeat
}

type ring struct {
	mu     sync.Mutex
	events []turn.Event
	lost   uint64
	wakes  map[int]func()
	n      int
	muted  bool   // nobody is woken, nor finds more by itself
	head   uint64 // that can be found while it is
}

type worldNode struct {
	w    *world
	id   id.Node
	inc  id.Incarnation
	last uint64
}

var born = time.Date(2026, 1, 6, 10, 30, 0, 0, time.UTC)

func newWorld(t testing.TB) *world {
	w := &world{t: t, st: fsm.New(), next: map[id.Incarnation]uint64{}}
	w.feed.wakes = map[int]func(){}
	w.n1 = &worldNode{w: w, id: "SHA256:n1", inc: 0xa100000000000001}
	w.n2 = &worldNode{w: w, id: "SHA256:n2", inc: 0xb200000000000002}
	w.ok(0, fsm.Found{Cluster: "c", Node: w.n1.id, Name: "n1", Peer: "a:1", SSH: "127.0.0.1:2201"})
	w.ok(0, fsm.Register{Node: w.n1.id, Incarnation: w.n1.inc, Version: fsm.Version})
	w.ok(w.n1.inc, fsm.MakeToken{ID: "t", Role: member.Voter, TTL: id.Hour})
	w.ok(w.n1.inc, fsm.AddMember{Token: "t", Node: w.n2.id, Name: "n2", Peer: "b:1", SSH: "127.0.0.1:2202"})
	w.ok(0, fsm.Register{Node: w.n2.id, Incarnation: w.n2.inc, Version: fsm.Version})
	w.set(setting.RateBurst, 10_000) // the tests type faster than people
	w.set(setting.RateLines, 600_000)
	return w
}

// wall is the world's clock, for people.
func (w *world) wall() time.Time {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.wallLocked()
}

func (w *world) wallLocked() time.Time { return born.Add(time.Duration(w.now) * time.Microsecond) }

func (w *world) ok(from id.Incarnation, c fsm.Command) fsm.Answer {
	w.t.Helper()
	a := w.apply(from, c)
	if a.Code != fsm.OK {
		w.t.Fatalf("%T was refused with %d", c, a.Code)
	}
	return a
}

func (w *world) apply(from id.Incarnation, c fsm.Command) fsm.Answer {
	w.mu.Lock()
	p := fsm.Proposal{From: from, Command: c}
	switch c.Kind() {
	case fsm.KindFound, fsm.KindRegister, fsm.KindRenew, fsm.KindTick, fsm.KindExit:
	default:
		w.next[from]++
		p.Number = w.next[from]
	}
	w.index++
	stamp := fsm.Stamp{Term: 1, Now: w.now, Wall: id.Wall(w.wallLocked().UnixMicro())}
	out, err := w.st.Apply(w.index, 1, fsm.EncodeEntry(nil, stamp, 1, p.Encode(nil)))
	if err == nil {
		w.feed.publish(out.Events)
	}
	seats := slices.Clone(w.seats)
	w.mu.Unlock()
	if err != nil {
		panic(err)
	}
	for _, e := range out.Events {
		if e.Kind == turn.Renamed && e.Why == turn.Moved {
			w.moved(seats, e)
		}
	}
	w.feed.wake()
	return out.Answers[0]
}

// moved tells seats that an operator has put their session on another name.
func (w *world) moved(seats []*worldSeat, e turn.Event) {
	for _, s := range seats {
		s.mu.Lock()
		if s.holding.Session == e.Session {
			name := w.state(e.Key)
			s.holding.Nick, s.holding.Token = name.Nick, e.Token
		}
		s.mu.Unlock()
		s.wake()
	}
}

// pass lets cluster time pass, with both nodes alive.
func (w *world) pass(d id.Duration) {
	w.mu.Lock()
	w.now = w.now.Add(d)
	w.mu.Unlock()
	w.apply(0, fsm.Renew{Incarnation: w.n1.inc, Counter: uint64(w.now)})
	w.apply(0, fsm.Renew{Incarnation: w.n2.inc, Counter: uint64(w.now)})
	w.apply(0, fsm.Tick{})
}

// hold stops commits; release lets those proposed meanwhile through, in order, and
// what comes then at once.
func (w *world) hold() {
	w.mu.Lock()
	w.pause = true
	w.mu.Unlock()
}

func (w *world) release() {
	for {
		w.mu.Lock()
		held := w.held
		w.held = nil
		if len(held) == 0 {
			w.pause = false
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		for _, f := range held {
			f()
		}
	}
}

// waiting is how many proposals are held.
func (w *world) waiting() int {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return len(w.held)
}

func (w *world) propose(f func()) {
	w.mu.Lock()
	if w.pause {
		w.held = append(w.held, f)
		w.mu.Unlock()
		return
	}
	w.mu.Unlock()
	f()
}

func (w *world) set(name setting.Name, value int64) {
	w.t.Helper()
	w.ok(w.n1.inc, fsm.SetSetting{Name: name, Value: value})
}

// state is a name's state now.
func (w *world) state(key string) (s lease.Status) {
	w.n1.View(func(st *fsm.State) { s = st.Lease().Name(key) })
	return s
}

func (r *ring) publish(events []turn.Event) {
	r.mu.Lock()
	r.events = append(r.events, events...)
	r.mu.Unlock()
}

func (r *ring) wake() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.wakes {
		if !r.muted {
			f()
		}
	}
}

func (r *ring) mute(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.muted, r.head = on, r.lost+uint64(len(r.events))
}

// lose drops all there is: whoever has not read it never will.
func (r *ring) lose() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost += uint64(len(r.events))
	r.events = nil
}

func (r *ring) Head() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.headLocked()
}

func (r *ring) headLocked() uint64 {
	if r.muted {
		return r.head
	}
	return r.lost + uint64(len(r.events))
}

func (r *ring) Next(after uint64, limit int) (events []turn.Event, next uint64, skipped int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	head := r.headLocked()
	if after >= head || r.lost > head {
		return nil, after, 0
	}
	if after < r.lost {
		skipped, after = int(r.lost-after), r.lost
	}
	rest := r.events[after-r.lost:]
	rest = rest[:min(limit, len(rest), int(head-after))]
	return slices.Clip(rest), after + uint64(len(rest)), skipped
}

func (r *ring) Watch(wake func()) (stop func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.n++
	n := r.n
	r.wakes[n] = wake
	return func() {
		r.mu.Lock()
		delete(r.wakes, n)
		r.mu.Unlock()
	}
}

func (n *worldNode) Feed() Feed { return &n.w.feed }

func (n *worldNode) View(f func(*fsm.State)) {
	n.w.mu.RLock()
	defer n.w.mu.RUnlock()
	f(n.w.st)
}

func (n *worldNode) Propose(ctx context.Context, c fsm.Command) (fsm.Answer, error) {
	answer := make(chan fsm.Answer, 1)
	n.w.propose(func() { answer <- n.w.apply(n.inc, c) })
	select {
	case a := <-answer:
		return a, nil
	case <-ctx.Done():
		return fsm.Answer{}, ErrUnknown
	}
}

func (n *worldNode) Open(who id.Identity, key id.Fingerprint, wake func()) Seat {
	n.w.mu.Lock()
	defer n.w.mu.Unlock()
	n.last++
	s := &worldSeat{node: n, who: who, key: key, wake: wake, reads: map[string]id.Event{},
		holding: Holding{Session: id.Session{Incarnation: n.inc, Number: n.last}}}
	n.w.seats = append(n.w.seats, s)
	return s
}

type worldSeat struct {
	node *worldNode
	who  id.Identity
	key  id.Fingerprint
	wake func()

	mu       sync.Mutex
	holding  Holding
	proposed bool
	reads    map[string]id.Event
}

func (s *worldSeat) Holds() Holding {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.holding
}

func (s *worldSeat) Take(ctx context.Context, n lease.Nick) (fsm.Answer, error) {
	s.mu.Lock()
	h := s.holding
	s.proposed = true
	s.mu.Unlock()
	answer := make(chan fsm.Answer, 1)
	s.node.w.propose(func() {
		var c fsm.Command = fsm.Claim{Session: h.Session, Nick: n}
		if !h.Attached {
			c = fsm.Attach{Session: h.Session, Identity: s.who, Nick: n, By: s.key}
		}
		a := s.node.w.apply(h.Session.Incarnation, c)
		if a.Code == fsm.OK {
			s.mu.Lock()
			s.holding.Attached, s.holding.Nick, s.holding.Token, s.holding.Refused = true, n, a.Token, nil
			s.mu.Unlock()
		}
		answer <- a
	})
	select {
	case a := <-answer:
		return a, nil
	case <-ctx.Done():
		return fsm.Answer{}, ErrUnknown
	}
}

func (s *worldSeat) Do(build func(id.Session, id.Token) fsm.Command, done func(fsm.Answer, error)) {
	h := s.Holds()
	if !h.Attached {
		done(fsm.Answer{}, ErrUnsent)
		return
	}
	c := build(h.Session, h.Token)
	s.node.w.propose(func() { done(s.node.w.apply(h.Session.Incarnation, c), nil) })
}

func (s *worldSeat) Leave(ctx context.Context, quit bool) (fsm.Answer, error) {
	s.mu.Lock()
	h, proposed := s.holding, s.proposed
	s.holding.Attached = false
	var reads []fsm.Position
	for place, at := range s.reads {
		reads = append(reads, fsm.Position{Session: h.Session.Number, Place: place, At: at})
	}
	s.mu.Unlock()
	if !proposed {
		return fsm.Answer{Code: fsm.NoSession}, nil
	}
	var c fsm.Command = fsm.Detach{Session: h.Session, Reads: reads}
	if quit {
		c = fsm.Release{Session: h.Session, Reads: reads}
	}
	answer := make(chan fsm.Answer, 1)
	s.node.w.propose(func() { answer <- s.node.w.apply(h.Session.Incarnation, c) })
	select {
	case a := <-answer:
		return a, nil
	case <-ctx.Done():
		return fsm.Answer{}, ErrUnknown
	}
}

func (s *worldSeat) Read(place string, at id.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.After(s.reads[place]) {
		s.reads[place] = at
	}
}

// lose makes the seat one whose node lost its incarnation.
func (s *worldSeat) lose(refused *fsm.Answer) {
	s.mu.Lock()
	s.holding.Attached, s.holding.Refused = false, refused
	s.mu.Unlock()
	s.wake()
}
