// Package id holds the words that several tables share: who, where, when and
// in which order. It decides nothing. Each type is distinct so that a token can
// never be passed for an index, nor cluster time for wall time.
package id

import (
	"cmp"
	"strconv"
	"strings"
)

// Index is a position in the replicated log. Zero means "before the log".
type Index uint64

// Time is cluster time: microseconds since the cluster was born, as stamped by
// its leaders. It never goes back and stands still while there is no leader. It
// is not wall time and cannot be turned into it.
type Time int64

// Duration is a span of cluster time in microseconds.
type Duration int64

// Spans of cluster time.
const (
	Microsecond Duration = 1
	Millisecond          = 1000 * Microsecond
	Second               = 1000 * Millisecond
	Minute               = 60 * Second
	Hour                 = 60 * Minute
	Day                  = 24 * Hour
)

// Add returns t moved by d.
func (t Time) Add(d Duration) Time { return t + Time(d) }

// Sub returns the span from u to t.
func (t Time) Sub(u Time) Duration { return Duration(t - u) }

// Milliseconds returns d in whole milliseconds, rounded down.
func (d Duration) Milliseconds() int64 { return int64(d / Millisecond) }

// Wall is a wall-clock reading in microseconds since 1970 UTC, taken by a
// leader. It is for people to read and is never compared with anything.
type Wall int64

// Token is a fencing token: every grant of a name carries one larger than any
// before it. Its high 16 bits are the cluster's epoch, so that a cluster
// restored from a backup grants tokens above all that the lost one granted.
// (Fencing: Kleppmann, "How to do distributed locking", 2016; Chubby's sequencers.)
type Token uint64

// TokenAt returns the first token below all that epoch grants.
func TokenAt(epoch uint16) Token { return Token(epoch) << 48 }

// String returns the token as the decimal number people and scripts see.
func (t Token) String() string { return strconv.FormatUint(uint64(t), 10) }

// Identity is who somebody is: an opaque id made from the first key that
// authenticated as it ("SHA256:..."), so that several keys can be one person.
type Identity string

// guest begins the identities of those who come without a key; no fingerprint does.
const guest = "guest:"

// Guest returns the identity, for as long as a connection lasts, of somebody who came
// by it without a key. unique is never used for another.
func Guest(unique string) Identity { return Identity(guest + unique) }

// Guest reports whether the identity is a guest's: of all that it has, nothing is kept.
func (i Identity) Guest() bool { return strings.HasPrefix(string(i), guest) }

// Fingerprint names an SSH public key: "SHA256:...".
type Fingerprint string

// First returns the key that an identity is made from.
func (i Identity) First() Fingerprint { return Fingerprint(i) }

// Own returns the identity that is made from a key, if the key is nobody else's.
func (f Fingerprint) Own() Identity { return Identity(f) }

// Node is a node's id: the fingerprint of its ed25519 key.
type Node string

// Incarnation is one running node process: a random number that is never used
// twice. Zero means "none".
type Incarnation uint64

// Session is one SSH connection: numbered by the incarnation that carries it.
type Session struct {
	Incarnation Incarnation
	Number      uint64
}

// Compare orders sessions by incarnation, then number.
func (s Session) Compare(o Session) int {
	return cmp.Or(cmp.Compare(s.Incarnation, o.Incarnation), cmp.Compare(s.Number, o.Number))
}

// Short names the session among those of its node: "4f1c" is the start of the
// incarnation's number and the session's own. It is for people; two ended
// incarnations of one node may share it, two live ones cannot.
func (s Session) Short() string {
	const digits = "0123456789abcdef"
	inc := byte(s.Incarnation >> 56)
	return string([]byte{digits[inc>>4], digits[inc&15]}) + strconv.FormatUint(s.Number, 16)
}

// Event is the place of an event in the one order that all replicas share: the
// log entry that caused it, and its turn among the events of that entry.
type Event struct {
	Index Index
	Sub   uint32
}

// Compare orders events as they happened.
func (e Event) Compare(o Event) int {
	return cmp.Or(cmp.Compare(e.Index, o.Index), cmp.Compare(e.Sub, o.Sub))
}

// After reports whether e happened after o.
func (e Event) After(o Event) bool { return e.Compare(o) > 0 }
