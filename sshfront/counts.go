package sshfront

import (
	"sync"
	"sync/atomic"
	"time"
)

// Counts are what has happened at a Server, for an operator. All but the first two
// only grow.
type Counts struct {
	Connections int64 // open now
	Unproven    int64 // of those, the ones that have not said who they are

	Accepted           int64 // connections let in
	RefusedConnections int64 // connections over a limit
	HandshakesFailed   int64 // connections that ended without having said who they are, those of the next two included
	HandshakesLate     int64 // which took longer than a handshake may
	HandshakesGaveWay  int64 // which did not go on while others wanted in
	Proven             int64 // connections that said who they are

	SessionsBegun int64 // people who came onto a name
	SessionsEnded int64 // people who left one, however
	NamesRefused  int64 // names somebody asked for and did not get
	TurnedAway    int64 // sessions and commands of those who are banned, or not on the list while there is one
	CodesWrong    int64 // codes for another key that nobody has open

	LinesSaid     int64 // lines of people that were committed
	LinesHeldBack int64 // lines that waited because their author was fast
	Skipped       int64 // events that somebody was too slow for

	Evicted       int64 // connections the server gave up, for these reasons:
	EvictedSilent int64 // no proof of life
	EvictedStuck  int64 // a write that did not end
	EvictedIdle   int64 // no session asked for
	EvictedRekeys int64 // new keys asked for again and again
	EvictedFloods int64 // requests without end
}

// counters are where Counts come from.
type counters struct {
	accepted, refused             atomic.Int64
	failed, late, gaveWay, proven atomic.Int64

	joins         atomic.Int64
	leaves        atomic.Int64
	claimsRefused atomic.Int64
	turnedAway    atomic.Int64
	wrongCodes    atomic.Int64
	saidLines     atomic.Int64
	slowed        atomic.Int64
	skippedEvents atomic.Int64

	evicted                             atomic.Int64
	silent, stuck, idle, rekeys, floods atomic.Int64
}

// Counts returns what has happened so far. Each number is right by itself; together
// they may be of slightly different moments.
func (s *Server) Counts() Counts {
	open, unproven := s.door.inside()
	c := &s.counts
	return Counts{
		Connections: int64(open), Unproven: int64(unproven),
		Accepted: c.accepted.Load(), RefusedConnections: c.refused.Load(),
		HandshakesFailed: c.failed.Load(), HandshakesLate: c.late.Load(), HandshakesGaveWay: c.gaveWay.Load(),
		Proven:        c.proven.Load(),
		SessionsBegun: c.joins.Load(), SessionsEnded: c.leaves.Load(), NamesRefused: c.claimsRefused.Load(),
		TurnedAway: c.turnedAway.Load(), CodesWrong: c.wrongCodes.Load(),
		LinesSaid: c.saidLines.Load(), LinesHeldBack: c.slowed.Load(), Skipped: c.skippedEvents.Load(),
		Evicted: c.evicted.Load(), EvictedSilent: c.silent.Load(), EvictedStuck: c.stuck.Load(),
		EvictedIdle: c.idle.Load(), EvictedRekeys: c.rekeys.Load(), EvictedFloods: c.floods.Load(),
	}
}

// event is a kind of thing that strangers can make happen as often as they like. Those
// of refusals come first, under the numbers of refusals.
type event byte

const (
	handshakeLate event = iota + event(tooManyUnprovenFromAddress) + 1
	handshakeGaveWay
	codeWrong
	personTurnedAway
	events
)

const speakPause = time.Second

// quiet keeps a flood from filling the log: one line a second of each kind.
type quiet struct {
	mu    sync.Mutex
	kinds [events]struct {
		spoke time.Time
		left  int
	}
}

// speak reports whether to log a thing that happens now, and if so, how many like it
// have been left out since the last one.
func (q *quiet) speak(e event, now time.Time) (left int, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	k := &q.kinds[e]
	if !k.spoke.IsZero() && now.Sub(k.spoke) < speakPause {
		k.left++
		return 0, false
	}
	left, k.left, k.spoke = k.left, 0, now
	return left, true
}
