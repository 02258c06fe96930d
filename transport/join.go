package transport

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

const (
	joinProto       = "moniker-join/1"
	maxJoinRequest  = 64 << 10
	maxJoinResponse = 1 << 20
	maxJoinText     = 1 << 10
	joinTimeout     = 30 * time.Second // for the cluster to decide, on both sides
)

// ErrTokenRefused is the answer to a token that the cluster does not know, that
// was used or has run out, or whose secret is wrong: which of these, it does
// not tell. Nor can it tell whether the other side is the cluster.
var ErrTokenRefused = errors.New("the join token was refused: it is unknown, used or expired, or somebody sits between; make a new one with: moniker admin token create")

// ErrServerUnproven marks an answer by somebody who does not know the token.
// Nothing of it was believed.
var ErrServerUnproven = errors.New("the other side did not prove that it knows the join token: it is not the cluster that made it, or somebody sits between")

// RefusedError is a proven cluster's refusal to admit, in words for people.
type RefusedError struct{ Text string }

func (e *RefusedError) Error() string { return "the cluster refused: " + e.Text }

// RedirectError says that another node must be asked to join.
type RedirectError struct{ Addr string }

func (e *RedirectError) Error() string { return "ask " + e.Addr + " instead" }

// Join asks the node at addr to admit the holder of key, and returns its
// response and its id. request is at most 64 KiB, the response at most 1 MiB.
// Nothing is believed, errors included, before the other side has proven that
// it knows the token; except for ErrTokenRefused, which it need not prove.
// The cluster's own refusal is *RefusedError or *RedirectError.
//
// After another error the outcome is unknown: the cluster may have admitted us
// and spent the token.
func Join(ctx context.Context, network Network, addr string, token JoinToken, key NodeKey, request []byte) (response []byte, serverID string, err error) {
	if len(request) > maxJoinRequest {
		return nil, "", fmt.Errorf("join: a request of %d bytes, at most %d can be sent", len(request), maxJoinRequest)
	}
	if err := checkTokenID(token.ID); err != nil {
		return nil, "", fmt.Errorf("join: %w", err)
	}
	config, err := joinClient(key)
	if err != nil {
		return nil, "", fmt.Errorf("join: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, joinTimeout+defaultHandshakeTimeout)
	defer cancel()
	raw, secure, err := joinDial(ctx, network, addr, config)
	if err != nil {
		return nil, "", err
	}
	conn := &Conn{Conn: secure, raw: raw}
	defer conn.Close()
	proof, err := newJoinProof(secure, token.ID, key.Public(), true)
	if err != nil {
		return nil, "", err
	}
	err = withContext(ctx, raw, func() error {
		response, err = joinExchange(secure, proof, token.Key(), request)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("join through %s: %w", addr, err)
	}
	return response, NodeID(proof.server), nil
}

// joinDial gives connecting and shaking hands no more than a handshake's time.
func joinDial(ctx context.Context, network Network, addr string, config *tls.Config) (net.Conn, *tls.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, defaultHandshakeTimeout)
	defer cancel()
	return dialTLS(ctx, network, addr, config)
}

func joinExchange(conn io.ReadWriter, proof joinProof, key [32]byte, request []byte) ([]byte, error) {
	msg := joinRequest{tokenID: proof.tokenID, mac: proof.mac(key, roleJoiner, kindJoin, request), payload: request}
	if err := WriteFrame(conn, kindJoin, msg.encode()); err != nil {
		return nil, err
	}
	kind, payload, err := ReadFrame(conn, macSize+maxJoinResponse, nil)
	if err != nil {
		return nil, fmt.Errorf("the connection broke before the answer, so it is not known whether this node was admitted: %w", err)
	}
	return proof.open(key, kind, payload)
}

// joinClient shows a certificate that this node signed for itself: it proves who
// holds the key, and no more is needed. Who the other side is, its proof tells.
func joinClient(key NodeKey) (*tls.Config, error) {
	if key.IsZero() {
		return nil, errors.New("no node key")
	}
	template := newTemplate("joining", key.Public())
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key.private)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:         tls.VersionTLS13,
		Certificates:       []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key.private}},
		NextProtos:         []string{joinProto},
		InsecureSkipVerify: true, // the joiner knows no authority yet; it believes nothing before the proof
		VerifyConnection:   checkJoinPeer,
		Time:               certTime,
	}, nil
}

// joinServer takes any certificate: its key is what matters, and TLS has its holder prove it.
func (i *identity) joinServer() *tls.Config {
	c := i.baseTLS(joinProto)
	c.ClientAuth = tls.RequireAnyClientCert
	c.VerifyConnection = checkJoinPeer
	return c
}

func checkJoinPeer(s tls.ConnectionState) error {
	if s.NegotiatedProtocol != joinProto {
		return errors.New("the other side does not let nodes join: is it the node port of a running node?")
	}
	_, err := peerKey(s)
	return err
}

func peerKey(s tls.ConnectionState) (ed25519.PublicKey, error) {
	if len(s.PeerCertificates) == 0 {
		return nil, errors.New("the other side showed no certificate")
	}
	pub, ok := s.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("the other side's key is not ed25519")
	}
	return bytes.Clone(pub), nil
}
