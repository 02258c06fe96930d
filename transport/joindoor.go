package transport

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"
)

// maxJoining is how many joiners with a proven token may wait for the cluster at once.
const maxJoining = 16

// JoinRequest is what a joiner with a proven token asks.
type JoinRequest struct {
	TokenID string
	PeerID  string            // NodeID(PeerPub)
	PeerPub ed25519.PublicKey // which the joiner has proven to hold
	Payload []byte            // opaque, at most 64 KiB
}

// joinDoor is the server's side of joining.
type joinDoor struct {
	port    *Port
	lookup  func(ctx context.Context, tokenID string) (key [32]byte, ok bool)
	admit   func(ctx context.Context, request JoinRequest) (response []byte, err error)
	joining chan struct{} // a place for each
}

// HandleJoin lets nodes join. lookup finds the key of a token (JoinToken.Key),
// ok false if there is none or it is spent; it is asked by strangers, so it must
// be cheap. admit is called once for each proof and must itself see that a
// token is used once. What it returns travels back under a mac: the response
// (at most 1 MiB), a *RedirectError, or the text of any other error, for the
// person who waits (at most 1 KiB).
func (p *Port) HandleJoin(
	lookup func(ctx context.Context, tokenID string) (key [32]byte, ok bool),
	admit func(ctx context.Context, request JoinRequest) (response []byte, err error),
) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.started {
		panic("transport: joining added to a port that runs")
	}
	p.door = &joinDoor{port: p, lookup: lookup, admit: admit, joining: make(chan struct{}, maxJoining)}
}

// serve answers one joiner. It stands in the waiting room, under the handshake's
// deadline, until it has proven a token.
func (d *joinDoor) serve(ctx context.Context, raw net.Conn, secure *tls.Conn, leave func()) {
	conn := &Conn{Conn: secure, raw: raw, table: d.port.conns}
	defer conn.Close()
	proof, key, request, err := d.prove(ctx, secure)
	leave()
	conn.PeerID = NodeID(request.PeerPub)
	if err != nil {
		if errors.Is(err, ErrTokenRefused) {
			WriteFrame(secure, kindToken, nil)
		}
		d.port.stranger(raw, fmt.Errorf("a node that wants to join: %w", err))
		return
	}
	request.PeerID = conn.PeerID
	if !d.port.conns.add(conn) { // so that the end of Run cuts it
		return
	}
	raw.SetDeadline(time.Now().Add(joinTimeout))
	kind, body := d.decide(ctx, request)
	WriteFrame(secure, kind, proof.seal(key, kind, body))
}

// prove reads a request and checks that it comes from somebody who knows the
// token. An unknown token takes the same steps as a wrong secret.
func (d *joinDoor) prove(ctx context.Context, secure *tls.Conn) (proof joinProof, key [32]byte, request JoinRequest, err error) {
	pub, err := peerKey(secure.ConnectionState())
	if err != nil {
		return proof, key, request, err
	}
	request.PeerPub = pub
	kind, payload, err := ReadFrame(secure, 1+maxTokenID+macSize+maxJoinRequest, nil)
	if err != nil {
		return proof, key, request, err
	}
	if kind != kindJoin {
		return proof, key, request, fmt.Errorf("a frame of kind %d, want a join request", kind)
	}
	msg, err := decodeJoinRequest(payload)
	if err != nil {
		return proof, key, request, err
	}
	own := d.port.config.Credentials.Key.Public()
	if proof, err = newJoinProof(secure, msg.tokenID, own, false); err != nil {
		return proof, key, request, err
	}
	ctx, cancel := context.WithTimeout(ctx, d.port.config.HandshakeTimeout)
	defer cancel()
	key, known := d.lookup(ctx, msg.tokenID)
	right := hmac.Equal(msg.mac, proof.mac(key, roleJoiner, kindJoin, msg.payload))
	if !known || !right {
		return proof, key, request, ErrTokenRefused
	}
	request.TokenID, request.Payload = msg.tokenID, msg.payload
	return proof, key, request, nil
}

// decide asks the cluster, and says how the answer is sent.
func (d *joinDoor) decide(ctx context.Context, request JoinRequest) (kind byte, body []byte) {
	if d.port.config.Denied(request.PeerID) {
		return kindRefused, []byte("this node (" + request.PeerID + ") was removed, which is final: start it with an empty folder, so that it has a new key")
	}
	select {
	case d.joining <- struct{}{}:
		defer func() { <-d.joining }()
	default:
		return kindRefused, []byte("too many nodes are joining at once: try again in a moment")
	}
	ctx, cancel := context.WithTimeout(ctx, joinTimeout)
	defer cancel()
	response, err := d.admit(ctx, request)
	var redirect *RedirectError
	switch {
	case errors.As(err, &redirect):
		return kindRedirect, []byte(cleanText(redirect.Addr, maxJoinText))
	case err != nil:
		return kindRefused, []byte(cleanText(err.Error(), maxJoinText))
	case len(response) > maxJoinResponse:
		return kindRefused, fmt.Appendf(nil, "this node's answer has %d bytes, at most %d can be sent: a defect", len(response), maxJoinResponse)
	}
	return kindAdmitted, response
}
