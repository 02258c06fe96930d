package cluster

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// An identity stands in several parts of a state, millions of bytes apart, which is further
// than compressors look. Folding says where it stood before, instead of it: a part as it
// is, then how far back the identity stands that comes next, and so on; zero ends it.
//
//	folded = { length bytes distance }    length, distance: uvarint

const identityLen = len("SHA256:") + 43 // of a key's fingerprint

var errFolded = errors.New("a folded state says something that is not there")

// fold says where identities stood before, instead of repeating them.
func fold(b []byte) []byte {
	out := make([]byte, 0, len(b)/2)
	last := map[[identityLen]byte]int{}
	said := 0
	for at := 0; ; at += identityLen {
		next := bytes.Index(b[at:], []byte("SHA256:"))
		if next < 0 || at+next+identityLen > len(b) {
			break
		}
		at += next
		who := [identityLen]byte(b[at:])
		if was, ok := last[who]; ok {
			out = append(binary.AppendUvarint(out, uint64(at-said)), b[said:at]...)
			out = binary.AppendUvarint(out, uint64(at-was))
			said = at + identityLen
		}
		last[who] = at
	}
	out = append(binary.AppendUvarint(out, uint64(len(b)-said)), b[said:]...)
	return binary.AppendUvarint(out, 0)
}

// unfold reads what fold has made, which is all that is to be read, and fails of what it
// cannot have made or what is more than most bytes.
func unfold(r io.Reader, most int64) ([]byte, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	var out bytes.Buffer
	for {
		n, err := binary.ReadUvarint(in)
		switch {
		case err != nil:
			return nil, notWhole(err)
		case n > uint64(most-int64(out.Len())):
			return nil, fmt.Errorf("%w: %d bytes more", errFolded, n)
		}
		if _, err := io.CopyN(&out, in, int64(n)); err != nil {
			return nil, notWhole(err)
		}
		back, err := binary.ReadUvarint(in)
		switch {
		case err != nil:
			return nil, notWhole(err)
		case back == 0:
			return out.Bytes(), ended(in)
		case back < uint64(identityLen) || back > uint64(out.Len()) || int64(identityLen+out.Len()) > most:
			return nil, fmt.Errorf("%w: what stood %d bytes before", errFolded, back)
		}
		from := out.Len() - int(back)
		out.Write(out.Bytes()[from : from+identityLen])
	}
}

// ended fails if there is more to be read.
func ended(in *bufio.Reader) error {
	switch _, err := in.ReadByte(); err {
	case io.EOF:
		return nil
	case nil:
		return fmt.Errorf("%w: more, behind its end", errFolded)
	default:
		return err
	}
}

// notWhole makes of an end of data what it is here: one that comes too early.
func notWhole(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
