package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Kinds of frame between Peer and Serve. They are on the wire: append only.
const (
	kindCall   = 1 // number (8 bytes), the call's kind, payload
	kindAnswer = 2 // number, payload
	kindError  = 3 // number, text
	kindOneway = 4 // the message's kind, payload
	kindPing   = 5 // nothing
	kindPong   = 6 // nothing
)

const (
	callHeader   = 9
	maxErrorText = 1 << 10

	pingEvery   = time.Second     // from the side that dialled
	silence     = 5 * time.Second // with nothing heard for so long, the other side is dead
	dialTimeout = 5 * time.Second
	backoffMin  = 50 * time.Millisecond
	backoffMax  = time.Second
)

var (
	// ErrConnLost marks a call whose connection broke before the answer: it is
	// not known whether the other side has executed it.
	ErrConnLost = errors.New("connection lost")
	// ErrUnreachable marks what was definitely not sent.
	ErrUnreachable = errors.New("not sent")
	// ErrClosed marks the use of a closed Peer.
	ErrClosed = errors.New("peer closed")
	// ErrTooLarge marks a message that is over the limit. It was not sent.
	ErrTooLarge = errors.New("message too large")
)

// RemoteError is the text of a handler's error on the other side.
type RemoteError struct{ Text string }

func (e *RemoteError) Error() string { return e.Text }

// Limits bound what one connection may hold. Zero fields take the defaults.
type Limits struct {
	Message int // bytes of payload in a call, an answer or a one-way message; 1 MiB
	Calls   int // calls in flight; 256
	Oneway  int // one-way messages that wait for their handler; 64
	Buffer  int // bytes that wait to be written, or one message if that is larger; 2 MiB
}

func (l Limits) withDefaults() Limits {
	set := func(v *int, to int) {
		if *v <= 0 {
			*v = to
		}
	}
	set(&l.Message, 1<<20)
	set(&l.Calls, 256)
	set(&l.Oneway, 64)
	set(&l.Buffer, 2<<20)
	return l
}

// frame is the most payload that a frame may have.
func (l Limits) frame() int { return callHeader + l.Message }

func (l Limits) check(payload []byte) error {
	if len(payload) > l.Message {
		return fmt.Errorf("%w: %d bytes, at most %d can be sent", ErrTooLarge, len(payload), l.Message)
	}
	return nil
}

func callFrame(number uint64, kind byte, payload []byte) []byte {
	header := append(binary.BigEndian.AppendUint64(nil, number), kind)
	return appendFrame(make([]byte, 0, frameHeader+callHeader+len(payload)), kindCall, header, payload)
}

func answerFrame(kind byte, number uint64, payload []byte) []byte {
	header := binary.BigEndian.AppendUint64(nil, number)
	return appendFrame(make([]byte, 0, frameHeader+8+len(payload)), kind, header, payload)
}

func onewayFrame(kind byte, payload []byte) []byte {
	return appendFrame(make([]byte, 0, frameHeader+1+len(payload)), kindOneway, []byte{kind}, payload)
}

// splitNumber reads the number that a call or an answer begins with.
func splitNumber(payload []byte) (uint64, []byte, error) {
	if len(payload) < 8 {
		return 0, nil, errors.New("a frame without its number")
	}
	return binary.BigEndian.Uint64(payload), payload[8:], nil
}

// splitKind reads the kind that a message begins with.
func splitKind(payload []byte) (byte, []byte, error) {
	if len(payload) == 0 {
		return 0, nil, errors.New("a message without its kind")
	}
	return payload[0], payload[1:], nil
}
