package sshfront

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"sync/atomic"
)

// knock is the connection of a visitor, as the SSH library reads and writes it. It
// lets the library work on what has arrived only in the visitor's turn, but for the
// opening, which costs nothing; and it tells the door when the handshake goes on.
// Once proven, it is the connection and nothing else.
type knock struct {
	net.Conn
	ctx    context.Context // of the handshake
	door   *door
	v      *visitor
	proven atomic.Bool

	opening opening // belongs to whoever reads
	past    atomic.Bool
	agreed  atomic.Bool // on keys: what follows is authentication
}

// Read reads what the client sent. A turn is held from then until Read is called
// again: in a key exchange, which is where the work is, the library does that only
// when it needs more of the client.
func (k *knock) Read(b []byte) (int, error) {
	if k.proven.Load() {
		return k.Conn.Read(b)
	}
	if want := k.opening.want(); want > 0 {
		n, err := k.Conn.Read(b[:min(want, len(b))])
		k.opening.take(b[:n])
		k.past.Store(k.opening.want() == 0)
		return n, err
	}
	k.door.rest(k.v)
	n, err := k.Conn.Read(b)
	if n > 0 && !k.proven.Load() && !k.door.turn(k.ctx, k.v) && !k.proven.Load() {
		return 0, net.ErrClosed // proven while it waited, it needs no turn
	}
	return n, err
}

// Write is how the handshake goes on: the server answers only what was whole and to
// the point. Bytes that merely arrive prove nothing.
func (k *knock) Write(b []byte) (int, error) {
	if !k.proven.Load() {
		k.door.move(k.v)
	}
	return k.Conn.Write(b)
}

// stage says how far the handshake has come, for the operator.
func (k *knock) stage() string {
	switch {
	case k.agreed.Load():
		return "it did not authenticate"
	case k.past.Load():
		return "its key exchange was not finished"
	}
	return "it asked for no key exchange"
}

// opening follows the first bytes of a client: its version (RFC 4253, 4.2), and the
// packet that lists its algorithms (7.1), neither of which asks for any work.
type opening struct {
	line   []byte // the beginning of the one under way
	header []byte // of the packet
	left   int    // bytes of the packet that are to come
	stage  byte   // version, header, packet, over
}

const longestOpening = 256 << 10 // what the library takes for a packet

// want is how many bytes belong to the opening for certain; zero: it is over.
func (o *opening) want() int {
	switch o.stage {
	case 0:
		return 1
	case 1:
		return 4 - len(o.header)
	}
	return o.left
}

// take follows b, of which it wanted every byte.
func (o *opening) take(b []byte) {
	for _, c := range b {
		switch o.stage {
		case 0:
			if c != '\n' {
				if len(o.line) < len("SSH-") {
					o.line = append(o.line, c)
				}
				continue
			}
			if bytes.Equal(o.line, []byte("SSH-")) {
				o.stage = 1
			}
			o.line = o.line[:0]
		case 1:
			if o.header = append(o.header, c); len(o.header) == 4 {
				o.stage, o.left = 2, int(min(binary.BigEndian.Uint32(o.header), longestOpening))
			}
		default:
			o.left--
		}
	}
}
