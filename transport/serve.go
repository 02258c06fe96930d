package transport

import (
	"bufio"
	"context"
	"fmt"
	"sync"
)

// Handler is what a node does with the messages of its peers. payload belongs to
// the handler.
type Handler struct {
	// Call answers a request. It runs in a goroutine of its own, up to
	// Limits.Calls at once a connection. The text of its error travels back, up
	// to 1 KiB. ctx ends with the connection.
	Call func(ctx context.Context, peerID string, kind byte, payload []byte) (answer []byte, err error)
	// Oneway takes messages in the order of sending, one at a time a connection.
	// While it is busy they wait; when too many wait, so does everything else on
	// the connection, and after 5 s the other side gives the connection up.
	Oneway func(ctx context.Context, peerID string, kind byte, payload []byte)
}

type oneway struct {
	kind    byte
	payload []byte
}

// server is one connection being served.
type server struct {
	conn    *Conn
	handler Handler
	limits  Limits
	out     *outbox
	calls   chan struct{} // a place for each
	oneways chan oneway
	work    sync.WaitGroup
}

// Serve answers what a Peer at the other end sends, until the connection is
// lost, the peer is silent for 5 s, or ctx ends. It closes the connection and
// returns after every handler has, with the reason; nil if ctx ended.
func Serve(ctx context.Context, conn *Conn, handler Handler, limits Limits) error {
	limits = limits.withDefaults()
	s := &server{
		conn:    conn,
		handler: handler,
		limits:  limits,
		out:     newOutbox(limits.Buffer),
		calls:   make(chan struct{}, limits.Calls),
		oneways: make(chan oneway, limits.Oneway),
	}
	inner, cancel := context.WithCancelCause(ctx)
	s.work.Go(func() {
		<-inner.Done()
		s.out.close()
		conn.Close()
	})
	s.work.Go(func() { cancel(s.out.writeTo(conn, nil)) })
	s.work.Go(func() { s.deliver(inner) })
	cancel(s.read(inner))
	s.work.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return context.Cause(inner)
}

// read takes frames until the connection breaks.
func (s *server) read(ctx context.Context) error {
	r := bufio.NewReader(s.conn)
	var buf []byte
	for {
		kind, payload, err := readAlive(s.conn, r, s.limits.frame(), buf)
		if err != nil {
			return err
		}
		buf = keepSmall(payload)
		if err := s.dispatch(ctx, kind, payload); err != nil {
			return err
		}
	}
}

func (s *server) dispatch(ctx context.Context, frame byte, payload []byte) error {
	switch frame {
	case kindPing:
		_, err := s.out.try(appendFrame(nil, kindPong)) // if it is full, what is in it proves as much
		return err
	case kindOneway:
		kind, body, err := splitKind(payload)
		if err != nil {
			return err
		}
		select {
		case s.oneways <- oneway{kind, append([]byte(nil), body...)}:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	case kindCall:
		number, rest, err := splitNumber(payload)
		if err != nil {
			return err
		}
		kind, body, err := splitKind(rest)
		if err != nil {
			return err
		}
		return s.call(ctx, number, kind, append([]byte(nil), body...))
	}
	return fmt.Errorf("a frame of unknown kind %d: that node is of a newer version", frame)
}

// call starts a handler, if there is a place for it. It does not wait for one:
// what comes behind a call must not wait for handlers.
func (s *server) call(ctx context.Context, number uint64, kind byte, payload []byte) error {
	select {
	case s.calls <- struct{}{}:
	default:
		return s.out.put(ctx, answerFrame(kindError, number, []byte("too many calls at once on this connection")))
	}
	s.work.Go(func() {
		defer func() { <-s.calls }()
		answer, err := s.handler.Call(ctx, s.conn.PeerID, kind, payload)
		if err == nil {
			err = s.limits.check(answer)
		}
		frame := kindAnswer
		if err != nil {
			frame, answer = kindError, []byte(cleanText(err.Error(), maxErrorText))
		}
		s.out.put(ctx, answerFrame(byte(frame), number, answer)) // fails only with the connection
	})
	return nil
}

// deliver hands one-way messages over in order.
func (s *server) deliver(ctx context.Context) {
	for {
		select {
		case m := <-s.oneways:
			s.handler.Oneway(ctx, s.conn.PeerID, m.kind, m.payload)
		case <-ctx.Done():
			return
		}
	}
}
