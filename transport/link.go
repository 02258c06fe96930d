package transport

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// link is one connection of a Peer, from its dialling to its loss.
type link struct {
	conn   *Conn
	limits Limits
	out    *outbox
	dead   chan struct{} // closed with the loss

	mu      sync.Mutex
	err     error // why it was lost
	heard   bool  // whether the other side has said anything
	number  uint64
	pending map[uint64]chan result
}

type result struct {
	answer []byte
	err    error
}

func newLink(conn *Conn, limits Limits) *link {
	return &link{
		conn:    conn,
		limits:  limits,
		out:     newOutbox(limits.Buffer),
		dead:    make(chan struct{}),
		pending: make(map[uint64]chan result),
	}
}

// run carries frames until the connection is lost or ctx ends, and returns after
// all calls have failed and its goroutines have ended.
func (l *link) run(ctx context.Context) {
	var children sync.WaitGroup
	ticker := time.NewTicker(pingEvery)
	defer ticker.Stop()
	children.Go(func() { l.fail(l.read()) })
	children.Go(func() {
		if err := l.out.writeTo(l.conn, ticker.C); err != nil {
			l.fail(err)
		}
	})
	select {
	case <-l.dead:
	case <-ctx.Done():
		l.fail(ErrClosed)
	}
	l.conn.Close()
	children.Wait()
}

// fail ends all calls at once; the first reason stays.
func (l *link) fail(cause error) {
	l.mu.Lock()
	if l.err != nil {
		l.mu.Unlock()
		return
	}
	l.err = fmt.Errorf("%w: %w", ErrConnLost, cause)
	pending := l.pending
	l.pending = nil
	close(l.dead)
	l.mu.Unlock()
	l.out.close()
	for _, answer := range pending {
		answer <- result{err: l.err} // has room: each gets one result
	}
}

// read takes answers until the connection breaks or is silent for too long.
func (l *link) read() error {
	r := bufio.NewReader(l.conn)
	var buf []byte
	for {
		kind, payload, err := readAlive(l.conn, r, l.limits.frame(), buf)
		if err != nil {
			return err
		}
		buf = keepSmall(payload)
		if err := l.handle(kind, payload); err != nil {
			return err
		}
	}
}

func (l *link) handle(kind byte, payload []byte) error {
	var number uint64
	var err error
	if kind == kindAnswer || kind == kindError {
		if number, payload, err = splitNumber(payload); err != nil {
			return err
		}
	}
	l.mu.Lock()
	l.heard = true
	answer := l.pending[number] // nil for a pong: numbers start at 1
	delete(l.pending, number)
	l.mu.Unlock()
	switch {
	case answer == nil: // a pong, or the caller has given up
	case kind == kindAnswer:
		answer <- result{answer: append([]byte(nil), payload...)}
	default:
		answer <- result{err: &RemoteError{Text: cleanText(string(payload), maxErrorText)}}
	}
	return nil
}

// call sends one call and waits for its answer.
func (l *link) call(ctx context.Context, kind byte, payload []byte) ([]byte, error) {
	number, answer, err := l.expect()
	if err != nil {
		return nil, err
	}
	if err := l.out.put(ctx, callFrame(number, kind, payload)); err != nil {
		l.forget(number)
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	select {
	case r := <-answer:
		return r.answer, r.err
	case <-ctx.Done():
		l.forget(number)
		return nil, ctx.Err()
	}
}

func (l *link) expect() (number uint64, answer chan result, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return 0, nil, fmt.Errorf("%w: %w", ErrUnreachable, l.err)
	}
	l.number++
	answer = make(chan result, 1)
	l.pending[l.number] = answer
	return l.number, answer, nil
}

func (l *link) forget(number uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.pending, number)
}

func (l *link) lost() (heard bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heard, l.err
}

// readAlive reads a frame, which must be complete before silence is over. The
// deadline is set anew only when the reader has to go to the connection.
func readAlive(conn *Conn, r *bufio.Reader, max int, buf []byte) (byte, []byte, error) {
	if !frameBuffered(r) {
		if err := conn.SetReadDeadline(time.Now().Add(silence)); err != nil {
			return 0, nil, err
		}
	}
	kind, payload, err := ReadFrame(r, max, buf)
	if err == io.EOF {
		err = errors.New("the other side closed it")
	}
	return kind, payload, err
}

// frameBuffered reports whether a whole frame has been read ahead already.
func frameBuffered(r *bufio.Reader) bool {
	if r.Buffered() < frameHeader {
		return false
	}
	h, err := r.Peek(4)
	return err == nil && int64(r.Buffered()) >= 4+(int64(h[0])<<24|int64(h[1])<<16|int64(h[2])<<8|int64(h[3]))
}

// keepSmall gives memory back to be used again, unless it is much.
func keepSmall(b []byte) []byte {
	if cap(b) > 256<<10 {
		return nil
	}
	return b
}
