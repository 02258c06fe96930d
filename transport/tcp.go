package transport

import (
	"context"
	"net"
	"time"
)

// Network is what a Port stands on: TCP, or a network in memory.
type Network interface {
	Listen(addr string) (net.Listener, error)
	Dial(ctx context.Context, addr string) (net.Conn, error)
}

// deadAfter is how long a peer's machine may leave our bytes, or our
// keepalives, without an answer before the connection is given up.
const deadAfter = 5 * time.Second

// TCP is the Network of production. A connection whose other machine has gone
// silent fails within about 5 s, whether it is idle (keepalive) or has bytes
// under way (TCP_USER_TIMEOUT, where the system has it: they suspend keepalive).
type TCP struct{}

// Listen opens a TCP address.
func (TCP) Listen(addr string) (net.Listener, error) {
	config := net.ListenConfig{KeepAliveConfig: keepAlive()}
	l, err := config.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, err
	}
	return tcpListener{l}, nil
}

// Dial connects to a TCP address.
func (TCP) Dial(ctx context.Context, addr string) (net.Conn, error) {
	dialer := net.Dialer{KeepAliveConfig: keepAlive()}
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if err := setUserTimeout(conn, deadAfter); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

type tcpListener struct{ net.Listener }

// Accept gives up on a connection that takes no options (it is gone already) and
// waits for the next.
func (l tcpListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if err := setUserTimeout(conn, deadAfter); err == nil {
			return conn, nil
		}
		conn.Close()
	}
}

func keepAlive() net.KeepAliveConfig {
	return net.KeepAliveConfig{Enable: true, Idle: 2 * time.Second, Interval: time.Second, Count: 3}
}
