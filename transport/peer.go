package transport

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Peer makes calls to one node and sends it one-way messages. It keeps one
// connection, dials it when somebody needs it, and after a failure waits from
// 50 ms up to 1 s before the next attempt. While connected it pings each second;
// a node that is silent for 5 s counts as dead. All methods may be called from
// any goroutine.
type Peer struct {
	dial   func(ctx context.Context) (*Conn, error)
	limits Limits
	slots  chan struct{} // one for each call in flight
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	link     *link
	attempt  *attempt
	backoff  time.Duration
	earliest time.Time // of the next attempt
	connects uint64
}

// attempt is one dialling that all who wait for it share.
type attempt struct {
	done chan struct{}
	link *link
	err  error
}

// NewPeer returns a peer with the default limits. dial is called on demand, one
// call at a time, with a ctx of at most 5 s.
func NewPeer(dial func(ctx context.Context) (*Conn, error)) *Peer {
	return NewPeerLimits(dial, Limits{})
}

// NewPeerLimits is NewPeer with limits; the other side's should not be smaller.
func NewPeerLimits(dial func(ctx context.Context) (*Conn, error), limits Limits) *Peer {
	limits = limits.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	return &Peer{dial: dial, limits: limits, slots: make(chan struct{}, limits.Calls), ctx: ctx, cancel: cancel}
}

// Call sends a request and returns its answer. If so many are in flight as may
// be, it waits for one to end; never longer than ctx.
//
// The error tells what is known: *RemoteError is the handler's own;
// ErrUnreachable, ErrTooLarge and ErrClosed were not sent; after any other
// (ErrConnLost, or ctx's) the call may have been executed.
func (p *Peer) Call(ctx context.Context, kind byte, payload []byte) ([]byte, error) {
	if err := p.limits.check(payload); err != nil {
		return nil, err
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-p.ctx.Done():
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: too many calls in flight: %w", ErrUnreachable, ctx.Err())
	}
	l, err := p.connected(ctx)
	if err != nil {
		return nil, err
	}
	return l.call(ctx, kind, payload)
}

// Send puts a message on its way, to be handled in the order of sending. It
// waits for a connection and for room in the buffer, never longer than ctx. nil
// does not mean that the message arrives: with the connection, what was sent on
// it may be lost; see Connects.
func (p *Peer) Send(ctx context.Context, kind byte, payload []byte) error {
	if err := p.limits.check(payload); err != nil {
		return err
	}
	l, err := p.connected(ctx)
	if err != nil {
		return err
	}
	if err := l.out.put(ctx, onewayFrame(kind, payload)); err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return nil
}

// Connects is how many connections there have been. If it has risen since a
// Send, what was sent before may be lost.
func (p *Peer) Connects() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.connects
}

// Close ends the connection and fails what is in flight; it returns after all
// goroutines have ended. (Callers may still be on their way out of Call.)
func (p *Peer) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel()
	p.work.Wait()
	return nil
}

// connected returns the live connection, or waits for an attempt to make one and
// shares its outcome.
func (p *Peer) connected(ctx context.Context) (*link, error) {
	l, a, err := p.current()
	if l != nil || err != nil {
		return l, err
	}
	select {
	case <-a.done:
		if a.err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnreachable, a.err)
		}
		return a.link, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, ctx.Err())
	}
}

// current returns the live connection, else the attempt under way, else a new one.
func (p *Peer) current() (*link, *attempt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, ErrClosed
	}
	if p.link != nil {
		if _, lost := p.link.lost(); lost == nil {
			return p.link, nil, nil
		}
	}
	if p.attempt == nil {
		a := &attempt{done: make(chan struct{})}
		p.attempt = a
		previous := p.link
		p.work.Go(func() { p.connect(a, previous) })
	}
	return nil, p.attempt, nil
}

// connect makes one attempt and, if it succeeds, carries the connection until it
// is lost. A connection on which nothing was ever heard counts as a failure, so
// that a node that accepts and hangs up is not dialled in a circle.
func (p *Peer) connect(a *attempt, previous *link) {
	if previous != nil {
		heard, _ := previous.lost()
		p.mu.Lock()
		p.settleLocked(heard)
		p.mu.Unlock()
	}
	conn, err := p.dialInTime()
	p.mu.Lock()
	p.attempt = nil
	if err == nil {
		a.link = newLink(conn, p.limits)
		p.link = a.link
		p.connects++
	} else {
		a.err = err
		p.link = nil
		p.settleLocked(false)
	}
	p.mu.Unlock()
	close(a.done)
	if err == nil {
		a.link.run(p.ctx)
	}
}

// settleLocked sets the pause before the next attempt.
func (p *Peer) settleLocked(good bool) {
	if good {
		p.backoff = 0
		return
	}
	p.backoff = min(max(2*p.backoff, backoffMin), backoffMax)
	p.earliest = time.Now().Add(p.backoff)
}

func (p *Peer) dialInTime() (*Conn, error) {
	p.mu.Lock()
	pause := time.Duration(0)
	if p.backoff > 0 {
		pause = time.Until(p.earliest)
	}
	p.mu.Unlock()
	if pause > 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-p.ctx.Done():
			return nil, ErrClosed
		}
	}
	ctx, cancel := context.WithTimeout(p.ctx, dialTimeout)
	defer cancel()
	return p.dial(ctx)
}
