package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// The first byte that the side that accepts sends: in TLS 1.3 the side that
// dials is done before it is known whether it is welcome, so it is told.
const (
	greetWelcome = 1
	greetRemoved = 2
	greetFull    = 3
)

// receive finds out who has come and passes the connection to its protocol. It
// returns when the protocol is done with it.
func (p *Port) receive(ctx context.Context, raw net.Conn, config *tls.Config) {
	leave, ok := p.waiting.enter(raw)
	if !ok {
		raw.Close()
		return
	}
	raw.SetDeadline(time.Now().Add(p.config.HandshakeTimeout))
	secure := tls.Server(raw, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		leave()
		raw.Close()
		p.stranger(raw, err)
		return
	}
	proto := secure.ConnectionState().NegotiatedProtocol
	if proto == joinProto {
		p.door.serve(ctx, raw, secure, leave)
		return
	}
	conn, err := p.greet(raw, secure)
	leave()
	if err != nil {
		raw.Close()
		p.stranger(raw, err)
		return
	}
	p.routes[proto](ctx, conn)
}

// greet lets a member in, or tells it why not. The connection is in the table
// before Denied is asked, so one that is denied meanwhile is found by Drop.
func (p *Port) greet(raw net.Conn, secure *tls.Conn) (*Conn, error) {
	id, err := memberID(secure.ConnectionState().PeerCertificates[0], p.identity.clusterID)
	if err != nil {
		return nil, err
	}
	conn := &Conn{Conn: secure, PeerID: id, raw: raw, table: p.conns}
	greeting := byte(greetWelcome)
	if !p.conns.add(conn) {
		greeting, err = greetFull, fmt.Errorf("%s has %d connections here already", id, maxConnsPerPeer)
	}
	if p.config.Denied(id) {
		greeting, err = greetRemoved, fmt.Errorf("%s was removed from this cluster", id)
	}
	_, sendErr := secure.Write([]byte{greeting})
	if err == nil {
		err = sendErr
	}
	if err == nil {
		err = raw.SetDeadline(time.Time{})
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// stranger logs a failed handshake: seldom, because anybody can cause it.
func (p *Port) stranger(raw net.Conn, err error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) {
		return // we are stopping, it was turned out, or somebody only looked whether the port is open
	}
	p.strange.Do(func() {
		p.config.Logger.Warn("turned away a connection to the node port", "from", raw.RemoteAddr().String(), "error", err)
	})
}
