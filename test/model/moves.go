package model

// Kind is a kind of move.
type Kind uint8

// Kinds of moves. Those before elect may be made whenever they can be; the others
// as often as the search allows.
const (
	passTime Kind = iota
	barrier
	owed
	propose
	tickAlone
	commit
	unstick
	apply
	resume
	wake
	restart
	heal
	sendRenew
	sendOut
	sendRegister
	deliver

	elect
	lateAppend
	stick
	stop
	sleep
	crash
	cut
	wall
	drift
	repeat
	lose
	connect
	hangUp
	quit
	nick
	say
	sayAgain
	change
	giveUp
	numMoves
)

func unlimited(k Kind) bool { return k < elect }

// Move is one step of the world. What A and B mean depends on the kind: a node, a
// seat, a place on the network.
type Move struct {
	Kind Kind
	A, B uint8
	C    uint8
}

// choices collects the moves that can be made in a state.
type choices struct {
	world
	list []Move
}

// Moves appends to list every move that can be made in s.
func (c *Config) Moves(s *State, list []Move) []Move {
	x := choices{world{State: s, cfg: c}, list}
	x.leaders()
	for n := range c.Nodes {
		x.clocks(n)
		x.process(n)
		x.sending(n)
		x.people(n)
	}
	x.network()
	for i := range uint8(maxSeats) {
		x.seat(i)
	}
	return x.list
}

// may adds a move if it is possible and not used up.
func (x *choices) may(possible bool, m Move) {
	if possible && x.Left[m.Kind] > 0 {
		x.list = append(x.list, m)
	}
}

// leaders adds what raft and the newest leader may do.
func (x *choices) leaders() {
	r := &x.Reign
	works := x.leads(open)
	room := r.FlyN < maxFlight
	x.may(x.Real < x.cfg.Horizon && x.mayPass(), Move{Kind: passTime})
	x.may(r.Phase == elected && x.leads(elected) && !x.Stuck, Move{Kind: barrier})
	x.may(works && r.Owes && room, Move{Kind: owed})
	x.may(works && room && x.hasWork(), Move{Kind: propose})
	x.may(works && room && !x.on(TickWaitsForRenew) && x.waiting() != 0 && x.tickDue(), Move{Kind: tickAlone})
	x.may(x.leads(starting) && !x.Stuck && r.FlyN > 0, Move{Kind: commit})
	x.may(works && !x.Stuck, Move{Kind: stick})
	x.may(x.Stuck && x.leads(starting), Move{Kind: unstick})
	x.may(works, Move{Kind: drift})
	x.may(works && r.BatchN < maxBatch, Move{Kind: change})
	x.may(x.Old.Term != 0 && x.leads(elected) && x.OldBy == r.Node && !x.Stuck && (r.Phase == elected || !x.on(ReignsApart)), Move{Kind: lateAppend})
	for n := range x.cfg.Nodes {
		for k := uint8(0); k <= r.FlyN; k++ {
			x.may(x.running(n) && !x.Nodes[n].Cut, Move{Kind: elect, A: n, B: k})
		}
	}
}

// mayPass reports whether time may pass: a leader that can work does what is due
// first, because that takes it no time; if raft is stuck, as far as giving it one
// entry.
func (x *choices) mayPass() bool {
	switch {
	case !x.leads(starting):
		return true
	case x.Reign.FlyN > 0:
		return x.Stuck
	}
	return !x.hasWork()
}

// clocks adds what may happen to a node's clocks.
func (x *choices) clocks(n uint8) {
	node := &x.Nodes[n]
	x.may(node.Wall == 0, Move{Kind: wall, A: n})
	x.may(x.running(n), Move{Kind: sleep, A: n})
	x.may(node.Asleep, Move{Kind: wake, A: n})
	x.may(x.running(n), Move{Kind: stop, A: n})
	x.may(node.Stopped, Move{Kind: resume, A: n})
}

// process adds what may happen to a node's process and its link.
func (x *choices) process(n uint8) {
	node := &x.Nodes[n]
	leads := x.Reign.Node == n && x.Reign.Phase >= starting
	x.may(node.Alive, Move{Kind: crash, A: n})
	x.may(!node.Alive && x.Incs < maxIncs, Move{Kind: restart, A: n})
	x.may(x.running(n) && !node.Cut && !(x.Reign.Node == n && x.Reign.Phase != gone), Move{Kind: cut, A: n})
	x.may(node.Cut, Move{Kind: heal, A: n})
	x.may(x.cfg.Lag && x.running(n) && !node.Cut && !leads && node.Sees != x.Truth, Move{Kind: apply, A: n})
	x.may(!x.on(UnsentAfterEnd) && node.Live && x.running(n) && !x.believes(n) && x.Incs < maxIncs, Move{Kind: giveUp, A: n})
}

// sending adds what a node may send.
func (x *choices) sending(n uint8) {
	node := &x.Nodes[n]
	if !x.running(n) || node.Cut || node.Trying == 0 || !x.canSend() {
		return
	}
	last := node.SentAt[node.Counter%maxUnsure]
	x.may(node.Live && node.Counter < 100 && (node.Counter == 0 || last != x.now(n)), Move{Kind: sendRenew, A: n})
	x.may(!node.Live && !x.underWay(Cmd{Verb: register, Inc: node.Trying}), Move{Kind: sendRegister, A: n})
	for i := range node.OutN {
		x.may(node.Live && !x.underWay(node.Out[i]), Move{Kind: sendOut, A: n, B: i})
	}
}

// canSend reports whether there is a place for a message. Without a network one
// that nobody takes is as good as one that is not sent.
func (x *choices) canSend() bool {
	if x.cfg.Net {
		return x.Net[maxNet-1].Verb == nothing
	}
	return x.leads(open) && x.Reign.BatchN < maxBatch
}

// underWay reports whether a copy of the command is on the network or at the leader.
func (x *choices) underWay(c Cmd) bool {
	same := func(o Cmd) bool { return o.Verb == c.Verb && o.Inc == c.Inc && o.Num == c.Num }
	for _, o := range x.Net {
		if same(o) {
			return true
		}
	}
	for _, o := range x.Reign.Batch[:x.Reign.BatchN] {
		if same(o) {
			return true
		}
	}
	for _, e := range x.Reign.Fly[:x.Reign.FlyN] {
		for _, o := range e.Cmds[:e.N] {
			if same(o) {
				return true
			}
		}
	}
	return false
}

// network adds what may happen to messages.
func (x *choices) network() {
	for i := range uint8(maxNet) {
		if x.Net[i].Verb == nothing {
			return
		}
		takes := x.leads(open) && x.Reign.BatchN < maxBatch && !x.Nodes[x.Reign.Node].Cut
		x.may(takes, Move{Kind: deliver, A: i})
		x.may(takes, Move{Kind: repeat, A: i})
		x.may(true, Move{Kind: lose, A: i})
	}
}

// people adds who may connect to a node.
func (x *choices) people(n uint8) {
	node := &x.Nodes[n]
	room := x.Sess < maxSess && node.OutN < maxOut && node.Next < 6 && x.believes(n)
	free := false
	for _, s := range x.Seats {
		free = free || s.Who == 0
	}
	for who := alice; who <= bob; who++ {
		for k := uint8(1); k <= x.cfg.Names; k++ {
			x.may(room && free, Move{Kind: connect, A: who, B: n, C: k})
		}
	}
}

// seat adds what the person on a seat may do.
func (x *choices) seat(i uint8) {
	s := x.Seats[i]
	if s.Who == 0 || !x.running(s.Node) {
		return
	}
	node := &x.Nodes[s.Node]
	room := node.OutN < maxOut && node.Next < 7
	x.may(room, Move{Kind: hangUp, A: i})
	x.may(room && s.Attached, Move{Kind: quit, A: i})
	talks := room && node.Next < 6 && s.Attached && x.believes(s.Node)
	for k := uint8(1); k <= x.cfg.Names; k++ {
		x.may(talks && !s.Asking && k != s.Has, Move{Kind: nick, A: i, B: k})
	}
	if s.Asking && x.on(ClaimWaits) {
		return
	}
	for l := uint8(1); l <= maxPosts; l++ {
		if x.Lines[l].Fate == unwritten {
			x.may(talks, Move{Kind: say, A: i, B: l})
			break
		}
	}
	for l := uint8(1); l <= maxPosts; l++ {
		x.may(talks && x.Lines[l].Fate == unsent && x.Lines[l].Who == s.Who, Move{Kind: sayAgain, A: i, B: l})
	}
}
