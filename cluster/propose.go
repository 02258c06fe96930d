package cluster

import (
	"context"
	"errors"

	"moniker/fsm"
)

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
