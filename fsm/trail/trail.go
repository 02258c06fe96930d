// Package trail remembers how names changed hands: who had one, from when, why and
// under which token. It is bounded, for each name and in all, and forgets the oldest
// first. It does not know who has a name now, and decides nothing.
package trail

import (
	"cmp"
	"fmt"
	"slices"

	"moniker/fsm/id"
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

// path is a name's changes, oldest first. Entries are only ever appended and cut at
// the front, so a snapshot may share them.
type path struct {
	key     string
	entries []Entry
}

// Key returns the name's key.
func (p path) Key() string { return p.key }

// Table holds the trail of every name.
type Table struct {
	paths table.Table[string, path]
	total int
	order []spot // every entry, oldest first; those already forgotten are passed over
}

type spot struct {
	key string
	id  id.Event
}

// New returns an empty table.
func New() *Table {
	return &Table{paths: table.New[string, path](table.ShardString[string], cmp.Compare[string])}
}

// Add remembers a change of a name, and forgets what is over the limits: perName of
// one name, all of all.
func (t *Table) Add(tn *turn.Turn, key string, en Entry, perName, all int) {
	p, _ := t.paths.Get(key)
	p.key = key
	p.entries = append(p.entries, en)
	t.total++
	t.order = append(t.order, spot{key, en.ID})
	tn.Journal.Put(table.Trail, en)
	if over := len(p.entries) - perName; over > 0 {
		p.entries = p.entries[over:]
		t.total -= over
	}
	t.paths.Put(p)
	for t.total > all {
		t.forgetOldest()
	}
	if len(t.order) > 2*t.total+1024 {
		t.reorder()
	}
}

func (t *Table) forgetOldest() {
	for {
		s := t.order[0]
		t.order = t.order[1:]
		p, ok := t.paths.Get(s.key)
		if !ok || p.entries[0].ID != s.id {
			continue
		}
		p.entries = p.entries[1:]
		t.total--
		if len(p.entries) == 0 {
			t.paths.Delete(s.key)
		} else {
			t.paths.Put(p)
		}
		return
	}
}

func (t *Table) reorder() {
	t.order = make([]spot, 0, t.total)
	for _, p := range t.paths.Sorted() {
		for _, en := range p.entries {
			t.order = append(t.order, spot{p.key, en.ID})
		}
	}
	slices.SortFunc(t.order, func(a, b spot) int { return a.id.Compare(b.id) })
}

// Of returns what is remembered of a name, oldest first. The slice is shared and
// must not be written to.
func (t *Table) Of(key string) []Entry {
	p, _ := t.paths.Get(key)
	return p.entries
}

// Len returns how many changes are remembered in all.
func (t *Table) Len() int { return t.total }

// Clone returns a copy for Encode alone.
func (t *Table) Clone() *Table { return &Table{paths: t.paths.Clone(), total: t.total} }

// Encode writes the section.
func (t *Table) Encode(e *wire.Encoder) {
	paths := t.paths.Sorted()
	e.Uint(uint64(len(paths)))
	for _, p := range paths {
		e.String(p.key)
		e.Uint(uint64(len(p.entries)))
		for _, en := range p.entries {
			en.Encode(e)
		}
	}
}

// Decode reads what Encode wrote.
func (t *Table) Decode(d *wire.Decoder) {
	for range d.Count(1<<22, 2) {
		p := path{key: d.String(maxName)}
		for range d.Count(1<<20, 24) {
			p.entries = append(p.entries, decodeEntry(d))
		}
		t.total += len(p.entries)
		t.paths.Put(p)
	}
	if d.Err() == nil {
		t.reorder()
	}
}

// Check returns the first broken promise, or nil. Nothing changed after newest.
func (t *Table) Check(newest id.Index) error {
	total := 0
	for _, p := range t.paths.Sorted() {
		if len(p.entries) == 0 {
			return fmt.Errorf("trail: %q is kept and empty", p.key)
		}
		for i, en := range p.entries {
			if en.ID.Index > newest || i > 0 && !en.ID.After(p.entries[i-1].ID) {
				return fmt.Errorf("trail: %q has %v out of its place; the newest entry is %d", p.key, en.ID, newest)
			}
		}
		total += len(p.entries)
	}
	if total != t.total {
		return fmt.Errorf("trail: counts %d changes, has %d", t.total, total)
	}
	return nil
}
