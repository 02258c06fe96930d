package socket

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"moniker/cmd/moniker/admin"
	"moniker/cmd/moniker/folder"
	"moniker/transport"
)

const (
	maxCalls   = 32               // at once
	callWithin = 10 * time.Second // a connection must say what it wants
	takeWithin = 30 * time.Second // a client must take what it is sent
)

// Server answers calls.
type Server struct {
	Run   func(ctx context.Context, r admin.Request) (exit int)
	Ready <-chan struct{} // closed when the node serves people
}

// Serve answers calls on l until ctx ends, and returns after the last has. It
// closes l.
func (s Server) Serve(ctx context.Context, l net.Listener) error {
	var calls sync.WaitGroup
	defer calls.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		l.Close()
	})
	defer func() {
		if stop() {
			l.Close()
			return
		}
		<-closed // it takes the socket's folder with it, and the program may end next
	}()
	slots := make(chan struct{}, maxCalls)
	for {
		select {
		case slots <- struct{}{}: // who comes when there is none waits with the system
		case <-ctx.Done():
			return nil
		}
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		calls.Go(func() {
			defer func() { <-slots }()
			s.answer(ctx, conn)
		})
	}
}

// answer serves one connection, which is one call.
func (s Server) answer(ctx context.Context, conn net.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	var reader sync.WaitGroup
	defer reader.Wait()
	defer conn.Close()
	defer cancel()
	out := &output{conn: conn}
	if out.send(kindHere, nil) != nil {
		return
	}
	conn.SetReadDeadline(time.Now().Add(callWithin))
	kind, payload, err := transport.ReadFrame(conn, maxCall, nil)
	if err != nil {
		return
	}
	conn.SetReadDeadline(time.Time{})
	input := &input{out: out, pieces: make(chan []byte), ctx: ctx}
	reader.Go(func() {
		defer cancel() // whoever hangs up wants no answer any more
		input.receive(conn)
	})
	switch kind {
	case kindReady:
		select {
		case <-s.Ready:
			out.send(kindServes, nil)
		case <-ctx.Done():
		}
	case kindCall:
		var call Call
		if folder.Strict(payload, &call) != nil {
			return
		}
		exit := s.Run(ctx, admin.Request{
			Args: call.Args, Stdin: input, Stdout: stream{out, kindOut}, Stderr: stream{out, kindErr},
			Width: call.Width, Color: call.Color, Local: true,
		})
		out.send(kindExit, []byte{byte(exit)})
	}
}

// output is the way to the client, one frame at a time.
type output struct {
	mu   sync.Mutex // held while a frame is written: that is bounded by takeWithin
	conn net.Conn
}

func (o *output) send(kind byte, payload []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.conn.SetWriteDeadline(time.Now().Add(takeWithin))
	return transport.WriteFrame(o.conn, kind, payload)
}

// stream is standard output or standard error.
type stream struct {
	out  *output
	kind byte
}

// Write sends p, in frames that the client takes.
func (s stream) Write(p []byte) (int, error) {
	sent := 0
	for sent < len(p) {
		n := min(len(p)-sent, maxPiece)
		if err := s.out.send(s.kind, p[sent:sent+n]); err != nil {
			return sent, err
		}
		sent += n
	}
	return sent, nil
}

// input is standard input. Read is called by one goroutine.
type input struct {
	out    *output
	pieces chan []byte
	ctx    context.Context
	rest   []byte
	ended  bool
}

// receive passes pieces on until the client hangs up.
func (i *input) receive(conn net.Conn) {
	for {
		kind, piece, err := transport.ReadFrame(conn, maxPiece, nil)
		if err != nil || kind != kindInput {
			return
		}
		select {
		case i.pieces <- piece:
		case <-i.ctx.Done():
			return
		}
	}
}

// Read asks the client for a piece when there is none left.
func (i *input) Read(p []byte) (int, error) {
	if i.ended {
		return 0, io.EOF
	}
	if len(i.rest) == 0 {
		if err := i.out.send(kindWant, nil); err != nil {
			return 0, err
		}
		select {
		case i.rest = <-i.pieces:
		case <-i.ctx.Done():
			return 0, errors.New("the caller hung up")
		}
		if len(i.rest) == 0 {
			i.ended = true
			return 0, io.EOF
		}
	}
	n := copy(p, i.rest)
	i.rest = i.rest[n:]
	return n, nil
}
