package lease

import (
	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Bounds on what a row may hold, in bytes. Longer values are refused when decoded.
const (
	MaxNick     = 128 // a name's display form or key
	MaxSkeleton = 512 // one of its skeletons: a look-alike may be several characters
	MaxIdentity = 96
	MaxNode     = 96
	maxSessions = 1 << 16 // of one name; the settings keep it far lower
)

// Incarnation is a node lease: what one running node process renews, and what
// all its sessions live under.
type Incarnation struct {
	ID       id.Incarnation
	Node     id.Node
	Counter  uint64  // of the newest renewal taken: older ones change nothing
	Began    id.Time // when it was registered
	Renewed  id.Time
	Deadline id.Time // Renewed + the ttl in force then, or a leader's one extension
	Extended bool    // a leader has extended it since Renewed

	Ended   bool // final: its sessions only wait to be cleaned up
	EndedAt id.Time
	Grace   id.Duration // the grace in force when it ended
	Why     turn.Why    // it ended
}

// Key returns the incarnation's number.
func (i Incarnation) Key() id.Incarnation { return i.ID }

// Encode writes the canonical form.
func (i Incarnation) Encode(e *wire.Encoder) {
	e.Fixed64(uint64(i.ID))
	e.String(string(i.Node))
	e.Uint(i.Counter)
	e.Int(int64(i.Began))
	e.Int(int64(i.Renewed))
	e.Int(int64(i.Deadline))
	e.Bool(i.Extended)
	e.Bool(i.Ended)
	e.Int(int64(i.EndedAt))
	e.Int(int64(i.Grace))
	e.Byte(byte(i.Why))
}

func decodeIncarnation(d *wire.Decoder) Incarnation {
	return Incarnation{
		ID:       id.Incarnation(d.Fixed64()),
		Node:     id.Node(d.String(MaxNode)),
		Counter:  d.Uint(),
		Began:    id.Time(d.Int()),
		Renewed:  id.Time(d.Int()),
		Deadline: id.Time(d.Int()),
		Extended: d.Bool(),
		Ended:    d.Bool(),
		EndedAt:  id.Time(d.Int()),
		Grace:    id.Duration(d.Int()),
		Why:      turn.Why(d.Byte()),
	}
}

// Session is one SSH connection that is on a name.
type Session struct {
	ID       id.Session
	Identity id.Identity
	Nick     string // the key of the name it is on
	Since    id.Time
	Wall     id.Wall        // Since, for people
	Heard    id.Time        // the last command that came from it
	By       id.Fingerprint // the key it came by; empty: its identity's first
}

// Print returns the key that the session came by.
func (s Session) Print() id.Fingerprint {
	if s.By == "" {
		return s.Identity.First()
	}
	return s.By
}

// Key returns the session's number.
func (s Session) Key() id.Session { return s.ID }

// Encode writes the canonical form.
func (s Session) Encode(e *wire.Encoder) {
	EncodeSession(e, s.ID)
	e.String(string(s.Identity))
	e.String(s.Nick)
	e.Int(int64(s.Since))
	e.Int(int64(s.Wall))
	e.Int(int64(s.Heard))
	e.String(string(s.By))
}

func decodeSession(d *wire.Decoder) Session {
	return Session{
		ID:       DecodeSession(d),
		Identity: id.Identity(d.String(MaxIdentity)),
		Nick:     d.String(MaxNick),
		Since:    id.Time(d.Int()),
		Wall:     id.Wall(d.Int()),
		Heard:    id.Time(d.Int()),
		By:       id.Fingerprint(d.String(MaxIdentity)),
	}
}

// EncodeSession writes a session's number.
func EncodeSession(e *wire.Encoder, s id.Session) {
	e.Fixed64(uint64(s.Incarnation))
	e.Uint(s.Number)
}

// DecodeSession reads a session's number.
func DecodeSession(d *wire.Decoder) id.Session {
	return id.Session{Incarnation: id.Incarnation(d.Fixed64()), Number: d.Uint()}
}

// Nick is a name as the proposer worked it out: how its owner writes it, the key
// that is the same for all spellings of it, and the two skeletons that are the
// same for all names that look like it. This package compares them as bytes.
type Nick struct {
	Display   string
	Key       string
	Skeletons [2]string
}

// Encode writes the canonical form.
func (n Nick) Encode(e *wire.Encoder) {
	for _, s := range [...]string{n.Display, n.Key, n.Skeletons[0], n.Skeletons[1]} {
		e.String(s)
	}
}

// DecodeNick reads a name.
func DecodeNick(d *wire.Decoder) Nick {
	return Nick{
		Display:   d.String(MaxNick),
		Key:       d.String(MaxNick),
		Skeletons: [2]string{d.String(MaxSkeleton), d.String(MaxSkeleton)},
	}
}

// Whole reports whether every part of the name is there.
func (n Nick) Whole() bool {
	return n.Display != "" && n.Key != "" && n.Skeletons[0] != "" && n.Skeletons[1] != ""
}

// Name is an identity's hold on a name, under a token.
type Name struct {
	Nick
	Owner      id.Identity
	Token      id.Token
	Since      id.Time // when Token was granted
	Wall       id.Wall // Since, for people
	Sessions   []id.Session
	GraceUntil id.Time // while Sessions is empty: when grace is over

	Registered    bool    // after its grace it is reserved instead of free
	ReservedUntil id.Time // while it is reserved: when it is free at last
}

// ends is when a name that nobody is on changes its state because of time.
func (n Name) ends() id.Time {
	if n.ReservedUntil > 0 {
		return n.ReservedUntil
	}
	return n.GraceUntil
}

// Encode writes the canonical form.
func (n Name) Encode(e *wire.Encoder) {
	n.Nick.Encode(e)
	e.String(string(n.Owner))
	e.Uint(uint64(n.Token))
	e.Int(int64(n.Since))
	e.Int(int64(n.Wall))
	e.Uint(uint64(len(n.Sessions)))
	for _, s := range n.Sessions {
		EncodeSession(e, s)
	}
	e.Int(int64(n.GraceUntil))
	e.Bool(n.Registered)
	e.Int(int64(n.ReservedUntil))
}

func decodeName(d *wire.Decoder) Name {
	n := Name{
		Nick:  DecodeNick(d),
		Owner: id.Identity(d.String(MaxIdentity)),
		Token: id.Token(d.Uint()),
		Since: id.Time(d.Int()),
		Wall:  id.Wall(d.Int()),
	}
	count := d.Count(maxSessions, 9)
	for range count {
		n.Sessions = append(n.Sessions, DecodeSession(d))
	}
	n.GraceUntil = id.Time(d.Int())
	n.Registered, n.ReservedUntil = d.Bool(), id.Time(d.Int())
	return n
}

// row gives a Name its place in a table: the embedded Nick has a field Key, so
// the method of that name stands on a type of its own.
type row struct{ Name }

// Key returns the name's key.
func (r row) Key() string { return r.Name.Nick.Key }
