// Package trail remembers how names changed hands: who had one, from when, why and
// under which token. It is bounded, for each name and in all, and forgets the oldest
// first. It does not know who has a name now, and decides nothing.
package trail

import (
	"moniker/fsm/id"
	"moniker/fsm/shelf"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

const maxName = 128

// Entry is one change. Fields that do not belong to its kind are zero.
type Entry struct {
	ID       id.Event
	Kind     turn.Kind
	Why      turn.Why
	At       id.Time // cluster time
	Wall     id.Wall // At, for people
	Token    id.Token
	Identity id.Identity // whose the name was, or became
	Session  id.Session
	Node     string // the name of the node that carries, or carried, the session
	By       id.Identity
	Nick     string // as its owner wrote it
}

// Event implements shelf.Thing.
func (en Entry) Event() id.Event { return en.ID }

// Cost implements shelf.Thing; entries are bounded by their number.
func (en Entry) Cost() int { return 1 }

// Encode writes the canonical form.
func (en Entry) Encode(e *wire.Encoder) {
	e.Uint(uint64(en.ID.Index))
	e.Uint(uint64(en.ID.Sub))
	e.Byte(byte(en.Kind))
	e.Byte(byte(en.Why))
	e.Int(int64(en.At))
	e.Int(int64(en.Wall))
	e.Uint(uint64(en.Token))
	e.Fixed64(uint64(en.Session.Incarnation))
	e.Uint(en.Session.Number)
	for _, s := range [...]string{string(en.Identity), en.Node, string(en.By), en.Nick} {
		e.String(s)
	}
}

func decodeEntry(d *wire.Decoder) Entry {
	return Entry{
		ID:       id.Event{Index: id.Index(d.Uint()), Sub: d.Uint32()},
		Kind:     turn.Kind(d.Byte()),
		Why:      turn.Why(d.Byte()),
		At:       id.Time(d.Int()),
		Wall:     id.Wall(d.Int()),
		Token:    id.Token(d.Uint()),
		Session:  id.Session{Incarnation: id.Incarnation(d.Fixed64()), Number: d.Uint()},
		Identity: id.Identity(d.String(maxName)),
		Node:     d.String(maxName),
		By:       id.Identity(d.String(maxName)),
		Nick:     d.String(maxName),
	}
}

// Table holds the trail of every name.
type Table struct{ shelf.Shelf[Entry] }

// New returns an empty table.
func New() *Table { return &Table{shelf.New[Entry](table.Trail)} }

// Add remembers a change of a name, and forgets what is over the limits: perName of
// one name, all of all.
func (t *Table) Add(tn *turn.Turn, key string, en Entry, perName, all int) {
	t.Append(tn, key, en, shelf.Limits{PerKey: perName, All: all})
}

// Of returns what is remembered of a name, oldest first. The slice is shared and
// must not be written to.
func (t *Table) Of(key string) []Entry { return t.After(key, id.Event{}) }

// Clone returns a copy for Encode alone.
func (t *Table) Clone() *Table { return &Table{t.Shelf.Clone()} }

// Decode reads what Encode wrote.
func (t *Table) Decode(d *wire.Decoder) { t.Shelf.Decode(d, 15, decodeEntry) }
