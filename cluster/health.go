package cluster

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
)

const (
	waitingAfter = 2 * time.Second        // an answer outstanding for longer: what is typed waits
	drift        = 50                     // 1/50 = 2 % that two machines' clocks may differ
	inHand       = 250 * time.Millisecond // of a lease that a node does not use
	judgeEvery   = 100 * time.Millisecond // a verdict is never older when it is given out; less than what is in hand
)

// health judges whether this node may still be believed, keeps the newest verdict
// for whoever asks, and wakes every seat when the standing is another.
type health struct {
	node *Node
	wake chan struct{}
	news chan struct{} // the standing has changed, and the seats do not know yet

	judging sync.Mutex // one at a time: the others share what it finds
	newest  atomic.Pointer[verdict]
}

// verdict is what was found of the node's health, never changed afterwards.
type verdict struct {
	standing Standing
	since    time.Duration // boot clock when the standing became what it is
	served   time.Duration // boot clock when it last was found Serving; when the process began if it never was
	at       time.Duration // boot clock when it was found
	removed  bool
	leader   string
}

func newHealth(n *Node) *health {
	h := &health{node: n, wake: make(chan struct{}, 1), news: make(chan struct{}, 1)}
	now := n.config.Clock.Boot()
	h.newest.Store(&verdict{at: -judgeEvery, since: now, served: now})
	return h
}

func (h *health) poke() { poke(h.wake) }

// run judges ten times a second and whenever it is poked, and tells the seats, and
// the log, what has changed, until ctx ends. It is nobody else's goroutine: whoever renews may
// have to wait for a leader that is gone, and just then it is needed.
func (h *health) run(ctx context.Context) {
	timer := time.NewTicker(judgeEvery)
	defer timer.Stop()
	woken := h.newest.Load()
	told := standingTold{served: woken.served}
	var leader leaderOf
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
			h.judge(true)
		case <-timer.C:
			h.judge(false)
		case <-h.news: // somebody who asked has found it
		}
		v := h.newest.Load()
		if !h.node.ending() { // on its way out a node loses the others, and its lease, on purpose
			leader = h.node.tellLeader(leader)
			told = h.node.tellStanding(told, *v)
		}
		if v.differs(woken) {
			woken = v
			for _, s := range h.node.seats.list() {
				s.wake()
			}
		}
	}
}

// judge returns a verdict that is not older than judgeEvery; with anew, a new one.
func (h *health) judge(anew bool) *verdict {
	if v := h.newest.Load(); !anew && h.fresh(v) {
		return v
	}
	h.judging.Lock()
	defer h.judging.Unlock()
	was := h.newest.Load()
	if !anew && h.fresh(was) {
		return was // whoever was here before has just found it
	}
	now := h.node.config.Clock.Boot()
	g := h.signs(now)
	v := &verdict{standing: g.judge(), since: was.since, served: was.served, at: now, removed: g.removed}
	if v.standing != was.standing {
		v.since = now
	}
	if v.standing == Serving {
		v.served = now
	}
	if leader, _, ok := h.node.leader(); ok {
		v.leader = h.node.nameOf(leader)
	}
	h.node.counts.entered(was.standing, v.standing)
	h.newest.Store(v)
	if v.differs(was) {
		poke(h.news) // run may not be the one who found it
	}
	return v
}

func (h *health) fresh(v *verdict) bool { return h.node.config.Clock.Boot()-v.at < judgeEvery }

// differs reports whether people have to be told something else.
func (v *verdict) differs(o *verdict) bool { return v.standing != o.standing || v.removed != o.removed }

// signs gathers what says how this node may act for its people, by the clock that
// counts sleep, from the first sending of the last sign of life that was confirmed.
func (h *health) signs(now time.Duration) signs {
	k := h.node.keeper
	f := k.facts()
	oldest, pending := h.node.outbox.oldest()
	_, _, known := h.node.leader()
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, at := range k.sentAt {
		if !pending || at < oldest {
			oldest, pending = at, true
		}
	}
	g := signs{
		started: k.trying != 0 && (k.confirmed != 0 || k.live),
		removed: f.removed,
		live:    k.live && f.live && f.newest == k.trying,
		known:   known, age: now - k.confirmed, ttl: f.ttl, lease: f.lease, grace: f.grace,
	}
	if pending {
		g.unanswered = now - oldest
	}
	return g
}

// signs is what a standing is judged by.
type signs struct {
	started    bool          // an incarnation was live
	removed    bool          // the node is no member any more
	live       bool          // the incarnation is, as far as this node's state goes
	known      bool          // there is a leader
	age        time.Duration // since the newest sign of life that was confirmed was first sent
	unanswered time.Duration // since the oldest that was not
	ttl        time.Duration // as it is set
	lease      time.Duration // what the newest renewal applied here was worth; zero if none is live
	grace      time.Duration
}

func (g signs) judge() Standing {
	lease := g.ttl
	if g.lease > 0 {
		lease = min(lease, g.lease) // a ttl set longer since then does not make it longer
	}
	lease -= lease/drift + inHand
	switch {
	case g.removed:
		return Lost
	case !g.started:
		return Starting
	case g.age > lease+g.grace-g.grace/drift:
		return Lost
	case g.age > lease || !g.live:
		return ReadOnly
	case !g.known || g.unanswered > waitingAfter:
		return Waiting
	}
	return Serving
}

// Health returns how this node may act for its people now. It costs next to
// nothing: ten thousand may ask at once when their seats are woken.
func (n *Node) Health() Health {
	v := n.health.judge(false)
	now := n.config.Clock.Boot()
	h := Health{Standing: v.standing, For: now - v.since, Removed: v.removed, Leader: v.leader}
	if v.standing != Serving {
		h.Away = now - v.served
	}
	return h
}

// nameOf returns what people call a node; its id if the members' table does not say.
func (n *Node) nameOf(node id.Node) string {
	name := string(node)
	n.View(func(s *fsm.State) {
		if m, ok := s.Members().Member(node); ok {
			name = m.Name
		}
	})
	return name
}
