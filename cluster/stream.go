package cluster

import (
	"sync"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/stream"
)

const (
	maxQueued    = 16 << 10 // commands that may wait in a node; more are refused as ErrBusy
	bundleBytes  = 64 << 10 // sent to the leader at a time
	progressTime = time.Second
)

// outbox is this node's stream of commands: numbered from 1 under the present
// incarnation, kept until this node has applied them, sent again from the first
// unapplied whenever they may have been lost. It is the client side of what
// package stream promises.
type outbox struct {
	mu       sync.Mutex
	inc      id.Incarnation // zero: none is live, nothing can be proposed
	next     uint64         // the number the next command gets
	queue    []*pending     // unapplied, in the order of their numbers
	sent     uint64         // the newest number handed to a leader since the last rewind
	progress time.Duration  // boot clock when something was last applied, or first sent
	mending  bool           // it was rewound because of a gap, and nothing was applied since
	wake     chan struct{}
	clock    Clock
	proposed int64 // ever
	resent   int64 // ever
}

type pending struct {
	number uint64
	body   []byte
	first  time.Duration // boot clock when it was first sent; negative before
	done   func(fsm.Answer, error)
}

func newOutbox(clock Clock) *outbox {
	return &outbox{wake: make(chan struct{}, 1), clock: clock}
}

// open begins the stream of a new incarnation. What was unapplied of the last one
// must have been failed before. The caller holds the view that shows inc live, so
// that whoever applies its end finds the stream open and closes it.
func (o *outbox) open(inc id.Incarnation) {
	o.mu.Lock()
	o.inc, o.next, o.sent, o.progress, o.mending = inc, 1, 0, o.clock.Boot(), false
	o.mu.Unlock()
}

// close ends the stream. sent is what became of commands that a leader may have:
// ErrUnsent if this node has applied inc's end, entry by entry, because what had not
// been applied by then never will be; ErrUnknown if nobody here saw how inc ended.
// What was never sent is ErrUnsent either way.
func (o *outbox) close(inc id.Incarnation, sent error) {
	o.mu.Lock()
	if o.inc != inc {
		o.mu.Unlock()
		return
	}
	failed := o.queue
	o.inc, o.queue = 0, nil
	o.mu.Unlock()
	for _, p := range failed {
		if p.first < 0 {
			p.done(fsm.Answer{}, ErrUnsent)
			continue
		}
		p.done(fsm.Answer{}, sent)
	}
}

// propose gives c the next number and puts it on its way. done is called once,
// from a goroutine of the node or this one, and must not block. must means that c
// ends something and may not be refused for want of room. A command that holds more
// than one of its kind may is refused here: in the log, it would stop every replica.
func (o *outbox) propose(inc id.Incarnation, c fsm.Command, must bool, done func(fsm.Answer, error)) {
	if !fsm.Readable(c) {
		done(fsm.Answer{Code: fsm.BadName}, nil)
		return
	}
	if err := o.add(inc, c, must, done); err != nil {
		done(fsm.Answer{}, err)
	}
}

// add is propose for callers that hold a lock: if it returns an error, done is not called.
func (o *outbox) add(inc id.Incarnation, c fsm.Command, must bool, done func(fsm.Answer, error)) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.inc == 0 || o.inc != inc:
		return ErrUnsent
	case len(o.queue) >= maxQueued && !must:
		return ErrBusy
	}
	p := &pending{number: o.next, first: -1, done: done}
	p.body = fsm.Proposal{From: o.inc, Number: p.number, Command: c}.Encode(nil)
	o.next++
	o.proposed++
	if len(o.queue) == 0 {
		o.progress = o.clock.Boot()
	}
	o.queue = append(o.queue, p)
	poke(o.wake)
	return nil
}

// take returns what is to be sent now: commands after the newest sent, in order,
// within the window that the state remembers.
func (o *outbox) take() [][]byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		return nil
	}
	first := o.queue[0].number
	start := max(o.sent+1, first)
	var bundle [][]byte
	size := 0
	for n := start; n < o.next && n < first+stream.Window; n++ {
		p := o.queue[n-first]
		if size += len(p.body); size > bundleBytes && len(bundle) > 0 {
			break
		}
		if p.first < 0 {
			p.first = o.clock.Boot()
		} else {
			o.resent++
		}
		bundle = append(bundle, p.body)
		o.sent = n
	}
	return bundle
}

// rewind makes everything unapplied be sent again: a leader changed, a connection
// was lost, somebody refused, or the state saw a gap.
func (o *outbox) rewind() {
	o.mu.Lock()
	o.sent, o.mending = 0, false
	o.progress = o.clock.Boot()
	waiting := len(o.queue) > 0
	o.mu.Unlock()
	if waiting {
		poke(o.wake)
	}
}

// gap rewinds because the state has seen a command and misses one before it. A
// thousand that lost their first are a thousand gaps, and one rewind cures them all:
// until something is applied, further ones are copies from before it.
func (o *outbox) gap() {
	o.mu.Lock()
	again := o.mending
	o.mu.Unlock()
	if again {
		return
	}
	o.rewind()
	o.mu.Lock()
	o.mending = true
	o.mu.Unlock()
}

// rewindIfStuck rewinds if nothing has been applied for a second though something waits.
func (o *outbox) rewindIfStuck() {
	o.mu.Lock()
	stuck := len(o.queue) > 0 && o.clock.Boot()-o.progress > progressTime
	o.mu.Unlock()
	if stuck {
		o.rewind()
	}
}

// applied takes an answer that this node's own machine has given to a command of
// this stream. Only one that was executed now completes its caller; a gap means
// that something was lost on the way. It returns when that command was first sent.
func (o *outbox) applied(a fsm.Answer) (first time.Duration, ok bool) {
	switch a.Verdict {
	case stream.Gap:
		o.gap()
		return 0, false
	case stream.Next:
	default:
		return 0, false
	}
	o.mu.Lock()
	if a.From != o.inc || len(o.queue) == 0 || o.queue[0].number != a.Number {
		o.mu.Unlock()
		return 0, false
	}
	p := o.pop()
	o.mu.Unlock()
	p.done(a, nil)
	poke(o.wake)
	return p.first, p.first >= 0
}

// jumped completes what a snapshot has overtaken, from the answers it remembers. It
// is for the goroutine that applies: nothing changes what answer tells meanwhile.
func (o *outbox) jumped(last uint64, answer func(n uint64) (stream.Answer, bool)) {
	for {
		o.mu.Lock()
		if len(o.queue) == 0 || o.queue[0].number > last {
			o.mu.Unlock()
			return
		}
		p := o.pop()
		inc := o.inc
		o.mu.Unlock()
		r, ok := answer(p.number)
		if !ok {
			p.done(fsm.Answer{}, ErrUnknown)
			continue
		}
		p.done(fsm.Answer{
			From: inc, Number: p.number, Verdict: stream.Repeat,
			Code: fsm.Code(r.Code), Event: r.Event, Token: r.Token,
		}, nil)
	}
}

// pop takes the first pending command off the queue. The caller holds the lock.
func (o *outbox) pop() *pending {
	p := o.queue[0]
	o.queue[0] = nil
	o.queue = o.queue[1:]
	o.progress = o.clock.Boot()
	o.mending = false
	return p
}

// oldest returns when the oldest unapplied command was first sent.
func (o *outbox) oldest() (time.Duration, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 || o.queue[0].first < 0 {
		return 0, false
	}
	return o.queue[0].first, true
}

// incarnation returns the live one, or zero.
func (o *outbox) incarnation() id.Incarnation {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.inc
}

// counts returns how many commands were ever proposed, how often one was sent once
// more, and how many are unapplied.
func (o *outbox) counts() (proposed, resent, pending int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.proposed, o.resent, int64(len(o.queue))
}
