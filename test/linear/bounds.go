package linear

import (
	"cmp"
	"slices"
	"time"

	"moniker/fsm/id"
)

// bounds is what the laws allow for each incarnation, as far as clients can know.
type bounds struct {
	h        *History
	lived    map[id.Incarnation]life
	answered []Op // those that the state machine has answered, in the order of their returns
}

// life is what is known of one incarnation.
type life struct {
	node    string
	process int
	sign    time.Duration // its newest sign of life that was accepted was sent then, or later
	low     time.Duration // it did not end before
}

func newBounds(h *History) *bounds {
	b := &bounds{h: h, lived: map[id.Incarnation]life{}}
	for _, op := range h.Ops {
		if !op.answered() {
			continue
		}
		b.answered = append(b.answered, op)
		l, known := b.lived[op.Inc]
		if !known {
			l = life{node: op.Node, process: op.Process, sign: op.At}
		}
		l.sign = max(l.sign, op.At)
		b.lived[op.Inc] = l
	}
	slices.SortFunc(b.answered, func(x, y Op) int { return cmp.Compare(x.Return, y.Return) })
	for inc, l := range b.lived {
		l.low = l.sign + h.TTL
		for _, e := range h.Endings {
			if e.Node == l.node && e.Process == l.process {
				l.low = min(l.low, e.At)
			}
		}
		b.lived[inc] = l
	}
	return b
}

// answered reports whether the state machine executed the operation in the stream of
// its incarnation, and so took it for a sign of life.
func (op Op) answered() bool {
	return op.Inc != 0 && op.Kind != Read && (op.Outcome == OK || op.Outcome == Refused)
}

// low returns a time before which a session made by op cannot have lapsed: its node's
// last sign of life that was accepted was sent ttl before, or later. That the session
// was made at all is the first of them.
func (b *bounds) low(op Op) time.Duration {
	own := op.At + b.h.TTL
	for _, e := range b.h.Endings {
		if e.Node == op.Node && e.Process == op.Process && e.At < own {
			own = max(op.At, e.At)
		}
	}
	if l, ok := b.lived[op.Inc]; ok && op.Inc != 0 {
		return max(own, l.low)
	}
	return own
}

// settled returns the order, and the time, from which on an unknown operation can no
// longer take effect: something behind it in its node's stream was executed, or its
// seat was left, or the node's next process has registered.
func (b *bounds) settled(op Op) (int64, time.Duration) {
	at, when := b.h.Settled, b.h.Quiet
	for _, o := range b.answered {
		if o.Return >= at {
			break
		}
		behind := op.Kind != Again && o.Node == op.Node && o.Process == op.Process && o.Call > op.GaveUp
		later := o.Node == op.Node && o.Process > op.Process // registering ended what was before
		left := o.Kind == Leave && o.Seat == op.Seat && o.Call > op.Call
		if behind || later || left {
			return o.Return, o.Done
		}
	}
	return at, when
}
