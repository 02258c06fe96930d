package transport

import (
	"context"
	"net"
	"sync"
	"time"
)

// layerBacklog is how many connections may wait for Accept; more are closed.
const layerBacklog = 64

// Layer is one protocol of a port as a net.Listener with a Dial: what raft's
// network transport stands on.
type Layer struct {
	// Expect says which node should answer at an address, "" if that is not
	// known; nil never knows. Set it before the first Dial. Raft addresses its
	// messages by address alone: at an address that has moved, a vote could be
	// counted for a node that did not give it.
	Expect func(addr string) (nodeID string)

	port   *Port
	proto  string
	conns  chan *Conn
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	once   sync.Once
}

func newLayer(p *Port, proto string) *Layer {
	ctx, cancel := context.WithCancel(context.Background())
	return &Layer{port: p, proto: proto, conns: make(chan *Conn, layerBacklog), ctx: ctx, cancel: cancel}
}

// Accept waits for the next connection, a *Conn. After Close, or when the port
// has ended, it is net.ErrClosed.
func (l *Layer) Accept() (net.Conn, error) {
	if l.ctx.Err() == nil {
		select {
		case c := <-l.conns:
			return c, nil
		case <-l.ctx.Done():
		}
	}
	return nil, &net.OpError{Op: "accept", Net: l.proto, Addr: l.Addr(), Err: net.ErrClosed}
}

// Dial opens a connection to the same layer of the node at address.
func (l *Layer) Dial(address string, timeout time.Duration) (net.Conn, error) {
	ctx := l.ctx
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	wantID := ""
	if l.Expect != nil {
		wantID = l.Expect(address)
	}
	conn, err := l.port.Dial(ctx, l.proto, address, wantID)
	if err != nil {
		return nil, err // not conn: a nil *Conn in a net.Conn is not nil
	}
	return conn, nil
}

// Addr is the port's.
func (l *Layer) Addr() net.Addr { return l.port.Addr() }

// Close ends Accept and Dial, and closes what was not accepted. Connections that
// were handed out stay.
func (l *Layer) Close() error {
	l.once.Do(func() {
		l.cancel()
		for {
			select {
			case c := <-l.conns:
				c.Close()
			default:
				return
			}
		}
	})
	return nil
}

// deliver hands a connection over. It never waits. One that slips in during
// Close is cut when the port ends.
func (l *Layer) deliver(_ context.Context, conn *Conn) {
	if l.ctx.Err() == nil {
		select {
		case l.conns <- conn:
			return
		default:
		}
	}
	conn.Close()
}
