package sshfront

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

const (
	mostRefusals = 32 // that are told why, at a time; the others are just closed
	// refusalTime is for a client to read why it is refused, and to close.
	refusalTime = time.Second

	disconnect         = 1  // SSH_MSG_DISCONNECT
	tooManyConnections = 12 // SSH_DISCONNECT_TOO_MANY_CONNECTIONS
)

// words say to a person why she is not let in.
func (r refusal) words(node string, b bounds) string {
	switch r {
	case tooMany:
		return node + " has as many connections as it takes (" + count(b.all) + "). Another node may have room."
	case tooManyFromAddress:
		return "Too many connections from your address (" + count(b.address) + "). End one of them, or try another node."
	case tooManyUnproven:
		return node + " has as many logins under way as it takes (" + count(b.room()) + "). Try again in a moment, or another node."
	case tooManyUnprovenFromAddress:
		return "Too many logins under way from your address (" + count(b.addressesRoom()) + "). Try again in a moment."
	}
	return ""
}

// reason says the same to an operator.
func (r refusal) reason() string {
	switch r {
	case tooMany:
		return "too many connections"
	case tooManyFromAddress:
		return "too many connections from this address"
	case tooManyUnproven:
		return "too many logins under way"
	case tooManyUnprovenFromAddress:
		return "too many logins under way from this address"
	}
	return ""
}

// refuse closes a connection that is not let in, having told it why: in SSH, but
// before any key exchange, so it costs nothing. It never blocks.
func (s *Server) refuse(ctx context.Context, wg *sync.WaitGroup, nc net.Conn, why refusal, b bounds) {
	s.counts.refused.Add(1)
	if left, ok := s.quiet.speak(event(why), time.Now()); ok {
		s.cfg.Logger.Info("connection refused", "why", why.reason(), "from", nc.RemoteAddr(), "more like it, not logged", left)
	}
	select {
	case s.refusals <- struct{}{}:
	default:
		nc.Close()
		return
	}
	wg.Go(func() {
		defer func() { <-s.refusals }()
		defer nc.Close()
		unhook := context.AfterFunc(ctx, func() { nc.Close() })
		defer unhook()
		if nc.SetDeadline(time.Now().Add(refusalTime)) != nil {
			return
		}
		if _, err := nc.Write(disconnectPacket(tooManyConnections, why.words(s.cfg.NodeName, b))); err != nil {
			return
		}
		// Closing with bytes unread would make TCP take back what was written.
		if half, ok := nc.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
			_, _ = io.CopyN(io.Discard, nc, longestOpening)
		}
	})
}

// disconnectPacket is all a server says that ends a connection before the key
// exchange: its version, and one packet in the clear (RFC 4253, 4.2, 6 and 11.1).
func disconnectPacket(code uint32, words string) []byte {
	payload := ssh.Marshal(struct {
		Type     byte
		Code     uint32
		Words    string
		Language string
	}{disconnect, code, words, ""})
	const block = 8
	padding := block - (4+1+len(payload))%block
	if padding < 4 {
		padding += block
	}
	b := []byte(version + "\r\n")
	b = binary.BigEndian.AppendUint32(b, uint32(1+len(payload)+padding))
	b = append(b, byte(padding))
	b = append(b, payload...)
	return append(b, make([]byte, padding)...)
}
