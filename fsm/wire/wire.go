// Package wire is the canonical binary form of commands, entries and snapshots.
// One value has exactly one encoding: digests and the rolling hash depend on it.
// Integers are minimal uvarints, strings and lists carry their length first, and
// every length is checked against a bound and against the bytes that are really
// there before anything is allocated for it.
package wire

import (
	"encoding/binary"
	"math"
)

// Error is a fault in encoded bytes. It is a constant so that no variable is needed.
type Error string

func (e Error) Error() string { return "wire: " + string(e) }

// Faults a decoder reports.
const (
	ErrShort     Error = "the bytes end inside a value"
	ErrLong      Error = "a length or a number is over its bound"
	ErrCanonical Error = "a value is not in its shortest form"
	ErrTrailing  Error = "bytes follow the last value"
)

// Encoder appends values to a buffer. Its zero value is ready. It cannot fail.
type Encoder struct{ b []byte }

// NewEncoder returns an encoder that appends to b.
func NewEncoder(b []byte) *Encoder { return &Encoder{b: b} }

// Bytes returns what has been encoded. It is valid until the next call.
func (e *Encoder) Bytes() []byte { return e.b }

// Len returns how many bytes have been encoded.
func (e *Encoder) Len() int { return len(e.b) }

// Reset empties the encoder and keeps its buffer.
func (e *Encoder) Reset() { e.b = e.b[:0] }

// Byte appends one byte.
func (e *Encoder) Byte(v byte) { e.b = append(e.b, v) }

// Bool appends a truth value.
func (e *Encoder) Bool(v bool) {
	if v {
		e.b = append(e.b, 1)
	} else {
		e.b = append(e.b, 0)
	}
}

// Uint appends an unsigned number.
func (e *Encoder) Uint(v uint64) { e.b = binary.AppendUvarint(e.b, v) }

// Int appends a signed number.
func (e *Encoder) Int(v int64) { e.b = binary.AppendVarint(e.b, v) }

// Fixed64 appends a number in eight bytes, for those that are random.
func (e *Encoder) Fixed64(v uint64) { e.b = binary.BigEndian.AppendUint64(e.b, v) }

// String appends a length and the bytes of v.
func (e *Encoder) String(v string) {
	e.Uint(uint64(len(v)))
	e.b = append(e.b, v...)
}

// Blob appends a length and v.
func (e *Encoder) Blob(v []byte) {
	e.Uint(uint64(len(v)))
	e.b = append(e.b, v...)
}

// Raw appends v as it is.
func (e *Encoder) Raw(v []byte) { e.b = append(e.b, v...) }

// Decoder reads values in the order they were encoded. The first fault sticks:
// every later read gives a zero value, and Err reports it.
type Decoder struct {
	b   []byte
	err error
}

// NewDecoder reads from b, which must not change meanwhile.
func NewDecoder(b []byte) *Decoder { return &Decoder{b: b} }

// Err returns the first fault, or nil.
func (d *Decoder) Err() error { return d.err }

// Left returns how many bytes have not been read.
func (d *Decoder) Left() int { return len(d.b) }

// Done returns the first fault; bytes left over are one.
func (d *Decoder) Done() error {
	if d.err == nil && len(d.b) > 0 {
		d.err = ErrTrailing
	}
	return d.err
}

// Fail makes err the fault if there is none yet: for a value whose bytes are
// sound and whose meaning is not.
func (d *Decoder) Fail(err error) {
	if d.err == nil {
		d.err, d.b = err, nil
	}
}

// Raw reads n bytes. They alias the input.
func (d *Decoder) Raw(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.Fail(ErrShort)
		return nil
	}
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

// Byte reads one byte.
func (d *Decoder) Byte() byte {
	v := d.Raw(1)
	if v == nil {
		return 0
	}
	return v[0]
}

// Bool reads a truth value.
func (d *Decoder) Bool() bool {
	v := d.Byte()
	if v > 1 {
		d.Fail(ErrCanonical)
	}
	return v == 1
}

// Uint reads an unsigned number.
func (d *Decoder) Uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.Fail(ErrShort)
		return 0
	}
	if n > 1 && d.b[n-1] == 0 {
		d.Fail(ErrCanonical)
		return 0
	}
	d.b = d.b[n:]
	return v
}

// Int reads a signed number.
func (d *Decoder) Int() int64 {
	u := d.Uint()
	v := int64(u >> 1)
	if u&1 != 0 {
		v = ^v
	}
	return v
}

// Uint32 reads an unsigned number that fits 32 bits. A larger one is a fault: cut
// down, it would be a second encoding of another.
func (d *Decoder) Uint32() uint32 { return uint32(d.upTo(math.MaxUint32)) }

// Uint16 reads an unsigned number that fits 16 bits.
func (d *Decoder) Uint16() uint16 { return uint16(d.upTo(math.MaxUint16)) }

func (d *Decoder) upTo(limit uint64) uint64 {
	v := d.Uint()
	if v > limit {
		d.Fail(ErrLong)
		return 0
	}
	return v
}

// Fixed64 reads a number of eight bytes.
func (d *Decoder) Fixed64() uint64 {
	v := d.Raw(8)
	if v == nil {
		return 0
	}
	return binary.BigEndian.Uint64(v)
}

// Blob reads a length of at most limit and that many bytes. They alias the input.
func (d *Decoder) Blob(limit int) []byte {
	n := d.Uint()
	if n > uint64(limit) {
		d.Fail(ErrLong)
		return nil
	}
	return d.Raw(int(n))
}

// String reads a length of at most limit and that many bytes.
func (d *Decoder) String(limit int) string { return string(d.Blob(limit)) }

// Count reads the length of a list of at most limit items, each at least
// itemBytes long, so that a lying count allocates nothing.
func (d *Decoder) Count(limit, itemBytes int) int {
	n := d.Uint()
	if n > uint64(limit) {
		d.Fail(ErrLong)
		return 0
	}
	if n > uint64(len(d.b)/max(itemBytes, 1)) {
		d.Fail(ErrShort)
		return 0
	}
	return int(n)
}
