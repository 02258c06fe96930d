package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// A frame is a 4-byte big-endian length, a kind, and a payload; the length counts
// kind and payload.
const (
	frameHeader = 5
	frameGrow   = 4096 // what a length may claim for itself before any byte has arrived
)

// ErrFrameTooLong marks a frame longer than the reader takes. The stream cannot
// be read on.
var ErrFrameTooLong = errors.New("frame too long")

// WriteFrame writes one frame with one call of Write, so frames of several
// writers do not mix if Write itself is safe for them.
func WriteFrame(w io.Writer, kind byte, payload []byte) error {
	if uint64(len(payload)) >= math.MaxUint32 {
		return fmt.Errorf("write %d bytes: %w", len(payload), ErrFrameTooLong)
	}
	_, err := w.Write(appendFrame(make([]byte, 0, frameHeader+len(payload)), kind, payload))
	return err
}

// appendFrame appends a frame whose payload is the given parts in a row. The
// caller has bounded them.
func appendFrame(b []byte, kind byte, parts ...[]byte) []byte {
	n := 1
	for _, p := range parts {
		n += len(p)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(n))
	b = append(b, kind)
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// ReadFrame reads one frame of at most max bytes of payload. The payload stands
// in buf if it fits, else in new memory, which grows only as bytes arrive: a
// length that lies costs nothing. Pass a payload back as buf when done with it.
//
// The end of the stream between frames is io.EOF, within one io.ErrUnexpectedEOF.
func ReadFrame(r io.Reader, max int, buf []byte) (kind byte, payload []byte, err error) {
	if cap(buf) < frameHeader {
		buf = make([]byte, frameHeader, 512)
	}
	header := buf[:frameHeader]
	if _, err := io.ReadFull(r, header); err != nil {
		return 0, nil, err
	}
	length := binary.BigEndian.Uint32(header)
	kind = header[4]
	if length == 0 {
		return 0, nil, errors.New("a frame without a kind: the other side speaks something else")
	}
	if uint64(length)-1 > uint64(max) {
		return 0, nil, fmt.Errorf("%w: %d bytes, at most %d are taken", ErrFrameTooLong, length-1, max)
	}
	payload, err = readGrowing(r, int(length-1), buf[:0])
	return kind, payload, err
}

// readGrowing reads n bytes into buf, doubling it at most as it fills.
func readGrowing(r io.Reader, n int, buf []byte) ([]byte, error) {
	for len(buf) < n {
		if len(buf) == cap(buf) {
			bigger := make([]byte, len(buf), min(n, max(frameGrow, 2*cap(buf))))
			copy(bigger, buf)
			buf = bigger
		}
		old := len(buf)
		buf = buf[:min(n, cap(buf))]
		if k, err := io.ReadFull(r, buf[old:]); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return buf[:old+k], err
		}
	}
	return buf, nil
}
