package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// ErrRemoved marks a connection refused by a member because this node was
// removed from the cluster, which is final.
var ErrRemoved = errors.New("this node was removed from the cluster")

// Dial opens a connection of a protocol to addr. When it returns, both sides
// have proven themselves and the other has said that we are welcome. If wantID
// is not empty and another node answers, that is ErrWrongPeer, and says who did;
// empty takes any member. It gives up after the handshake timeout, or with ctx;
// the connection outlives ctx.
func (p *Port) Dial(ctx context.Context, proto, addr, wantID string) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, p.config.HandshakeTimeout)
	defer cancel()
	config := p.identity.memberClient(proto, addr, wantID, p.config.Denied)
	raw, secure, err := dialTLS(ctx, p.config.Network, addr, config)
	if err != nil {
		return nil, err
	}
	id, err := memberID(secure.ConnectionState().PeerCertificates[0], p.identity.clusterID)
	if err != nil {
		raw.Close()
		return nil, err
	}
	conn := &Conn{Conn: secure, PeerID: id, raw: raw, table: p.conns}
	if !p.conns.add(conn) {
		raw.Close()
		return nil, fmt.Errorf("connect to %s: this node is stopping, or has %d connections to it: %w", addr, maxConnsPerPeer, net.ErrClosed)
	}
	err = withContext(ctx, raw, func() error { return readGreeting(secure, proto, addr) })
	if err == nil && p.config.Denied(id) {
		err = fmt.Errorf("%s is %s, which was removed from this cluster", addr, id)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func readGreeting(secure *tls.Conn, proto, addr string) error {
	var greeting [1]byte
	if _, err := io.ReadFull(secure, greeting[:]); err != nil {
		return explain(addr, err)
	}
	switch greeting[0] {
	case greetWelcome:
		return nil
	case greetRemoved:
		return fmt.Errorf("%s refused: %w", addr, ErrRemoved)
	case greetFull:
		return fmt.Errorf("%s refused: it is stopping, or has too many connections of this node", addr)
	}
	return fmt.Errorf("%s answered %s with greeting %d: another version of moniker?", addr, proto, greeting[0])
}

// dialTLS connects and shakes hands under ctx, and leaves no deadline behind.
func dialTLS(ctx context.Context, network Network, addr string, config *tls.Config) (net.Conn, *tls.Conn, error) {
	raw, err := network.Dial(ctx, addr)
	if err != nil {
		return nil, nil, fmt.Errorf("no connection to %s: %w: is a node running there, and the address right?", addr, err)
	}
	secure := tls.Client(raw, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, nil, explain(addr, err)
	}
	return raw, secure, nil
}

// withContext runs f, which uses conn; if ctx ends first, f's reads and writes
// fail. Whatever happens, when it returns nil no deadline is left on conn.
func withContext(ctx context.Context, conn net.Conn, f func() error) error {
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		conn.SetDeadline(time.Unix(1, 0))
	})
	err := f()
	if !stop() {
		<-ended
		if cause := context.Cause(ctx); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			return cause
		}
	}
	return err
}

// explain says what a failed handshake means, for people.
func explain(addr string, err error) error {
	var (
		unknown x509.UnknownAuthorityError
		notTLS  tls.RecordHeaderError
		alert   tls.AlertError
		remote  *net.OpError
	)
	switch {
	case strings.HasPrefix(err.Error(), addr): // says it already, see memberClient
		return err
	case errors.As(err, &unknown):
		return fmt.Errorf("%s belongs to another cluster: its certificate was not signed by ours: correct the address: %w", addr, err)
	case errors.As(err, &notTLS):
		return fmt.Errorf("%s does not speak TLS: is it the node port, not the SSH one? %w", addr, err)
	case errors.As(err, &alert), errors.As(err, &remote) && remote.Op == "remote error":
		return fmt.Errorf("%s refused: it knows another cluster, or does not have this protocol: %w", addr, err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s connected but proved nothing in time: %w", addr, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s closed the connection before it said who it is: is it a node of this version, and not overloaded? %w", addr, err)
	}
	return fmt.Errorf("handshake with %s: %w", addr, err)
}
