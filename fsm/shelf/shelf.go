// Package shelf keeps things that happened, per key and in order, and bounded: so
// many of one key, so many bytes of one key, so many in all. It forgets the oldest
// first, here, in the state machine, so that every replica forgets the same. It does
// not know what the things mean.
package shelf

import (
	"cmp"
	"fmt"
	"slices"

	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Bounds of a snapshot section.
const (
	MaxKey  = 256 // bytes
	maxRows = 1 << 22
)

// Thing is kept on a shelf. It never changes.
type Thing interface {
	Event() id.Event // that made it: things are put in this order
	Cost() int       // in bytes
	table.Encodable
}

// Limits bound a shelf. Bytes may be zero, which is no limit; the newest thing of a
// key is kept however many it has.
type Limits struct{ PerKey, BytesPerKey, All int }

// Shelf holds the things of every key. It is not safe for concurrent use; what Clone
// returns may be encoded while this one is written.
type Shelf[T Thing] struct {
	section table.Section
	logs    table.Table[string, log[T]]
	total   int
	order   []spot // every thing, oldest first; those already forgotten are passed over
}

// log is a key's things in order. They are only ever appended to and cut at the
// front, or copied, so a snapshot may share them.
type log[T Thing] struct {
	key    string
	bytes  int
	things []T
}

// Key implements table.Row.
func (l log[T]) Key() string { return l.key }

type spot struct {
	key string
	at  id.Event
}

// New returns an empty shelf whose changes are journaled under section.
func New[T Thing](section table.Section) Shelf[T] {
	return Shelf[T]{section: section, logs: table.New[string, log[T]](table.ShardString[string], cmp.Compare[string])}
}

// Append adds a thing and forgets what is over the limits, oldest first. It returns
// the other keys that have nothing left.
func (s *Shelf[T]) Append(tn *turn.Turn, key string, thing T, lim Limits) (emptied []string) {
	l, _ := s.logs.Get(key)
	l.key = key
	l.things = append(l.things, thing)
	l.bytes += thing.Cost()
	s.total++
	s.order = append(s.order, spot{key, thing.Event()})
	tn.Journal.Put(s.section, thing)
	for len(l.things) > 1 && (len(l.things) > lim.PerKey || lim.BytesPerKey > 0 && l.bytes > lim.BytesPerKey) {
		l = s.forget(tn, l)
	}
	s.logs.Put(l)
	for s.total > lim.All {
		emptied = append(emptied, s.forgetOldest(tn)...)
	}
	if len(s.order) > 2*s.total+1024 { // those passed over outnumber the others
		s.order = slices.DeleteFunc(s.order, func(o spot) bool { // what is left is in order
			l, ok := s.logs.Get(o.key)
			return !ok || l.things[0].Event().After(o.at)
		})
	}
	return emptied
}

// Replace puts thing in the place of the one of key that has its event; false if that
// is not kept. Whoever was given the one before, or has a clone, keeps it. What is over
// the limits of the key then is forgotten, oldest first.
func (s *Shelf[T]) Replace(tn *turn.Turn, key string, thing T, lim Limits) bool {
	l, _ := s.logs.Get(key)
	i := place(l.things, thing.Event())
	if i == len(l.things) || l.things[i].Event() != thing.Event() {
		return false
	}
	l.bytes += thing.Cost() - l.things[i].Cost()
	l.things = slices.Clone(l.things)
	l.things[i] = thing
	tn.Journal.Put(s.section, thing)
	for len(l.things) > 1 && lim.BytesPerKey > 0 && l.bytes > lim.BytesPerKey {
		l = s.forget(tn, l)
	}
	s.logs.Put(l)
	return true
}

func (s *Shelf[T]) forget(tn *turn.Turn, l log[T]) log[T] {
	tn.Journal.Delete(s.section, l.key)
	l.bytes -= l.things[0].Cost()
	l.things = l.things[1:]
	s.total--
	return l
}

func (s *Shelf[T]) forgetOldest(tn *turn.Turn) []string {
	for {
		o := s.order[0]
		s.order = s.order[1:]
		l, ok := s.logs.Get(o.key)
		if !ok || l.things[0].Event() != o.at {
			continue
		}
		l = s.forget(tn, l)
		if len(l.things) > 0 {
			s.logs.Put(l)
			return nil
		}
		s.logs.Delete(o.key)
		return []string{o.key}
	}
}

func (s *Shelf[T]) reorder() {
	s.order = make([]spot, 0, s.total)
	for _, l := range s.logs.Sorted() {
		for _, t := range l.things {
			s.order = append(s.order, spot{l.key, t.Event()})
		}
	}
	slices.SortFunc(s.order, func(a, b spot) int { return a.at.Compare(b.at) })
}

// Drop forgets a key.
func (s *Shelf[T]) Drop(tn *turn.Turn, key string) {
	if l, ok := s.logs.Get(key); ok {
		s.total -= len(l.things)
		s.logs.Delete(key)
		tn.Journal.Delete(s.section, key)
	}
}

// Last returns up to n of the newest things of key, oldest first. The slice is
// shared and must not be written to.
func (s *Shelf[T]) Last(key string, n int) []T {
	l, _ := s.logs.Get(key)
	return l.things[max(0, len(l.things)-n):]
}

// After returns the things of key that came after e, oldest first. The slice is
// shared and must not be written to.
func (s *Shelf[T]) After(key string, e id.Event) []T {
	l, _ := s.logs.Get(key)
	i := place(l.things, e)
	if i < len(l.things) && l.things[i].Event() == e {
		i++
	}
	return l.things[i:]
}

// From returns what happened to key at e, and what came after it, oldest first. The
// slice is shared and must not be written to.
func (s *Shelf[T]) From(key string, e id.Event) []T {
	l, _ := s.logs.Get(key)
	return l.things[place(l.things, e):]
}

// place is where a thing that happened at e stands, or would.
func place[T Thing](things []T, e id.Event) int {
	i, _ := slices.BinarySearchFunc(things, e, func(t T, e id.Event) int { return t.Event().Compare(e) })
	return i
}

// Len returns how many things are kept in all.
func (s *Shelf[T]) Len() int { return s.total }

// Clone returns a copy for Encode alone.
func (s *Shelf[T]) Clone() Shelf[T] {
	return Shelf[T]{section: s.section, logs: s.logs.Clone(), total: s.total}
}

// Encode writes the section.
func (s *Shelf[T]) Encode(e *wire.Encoder) {
	logs := s.logs.Sorted()
	e.Uint(uint64(len(logs)))
	for _, l := range logs {
		e.String(l.key)
		e.Uint(uint64(len(l.things)))
		for _, t := range l.things {
			t.Encode(e)
		}
	}
}

// Decode reads what Encode wrote; least is how many bytes a thing has at least.
func (s *Shelf[T]) Decode(d *wire.Decoder, least int, decode func(*wire.Decoder) T) {
	for range d.Count(maxRows, 2) {
		l := log[T]{key: d.String(MaxKey)}
		for range d.Count(maxRows, least) {
			t := decode(d)
			l.things = append(l.things, t)
			l.bytes += t.Cost()
		}
		s.total += len(l.things)
		s.logs.Put(l)
	}
	if d.Err() == nil {
		s.reorder()
	}
}

// Check returns the first broken promise, or nil. Nothing happened after newest.
func (s *Shelf[T]) Check(newest id.Index) error {
	total := 0
	for _, l := range s.logs.Sorted() {
		if len(l.things) == 0 {
			return fmt.Errorf("shelf %d: %q is kept and empty", s.section, l.key)
		}
		bytes := 0
		for i, t := range l.things {
			bytes += t.Cost()
			if t.Event().Index > newest || i > 0 && !t.Event().After(l.things[i-1].Event()) {
				return fmt.Errorf("shelf %d: %q has %v out of its place; the newest entry is %d", s.section, l.key, t.Event(), newest)
			}
		}
		if bytes != l.bytes {
			return fmt.Errorf("shelf %d: %q counts %d bytes, has %d", s.section, l.key, l.bytes, bytes)
		}
		total += len(l.things)
	}
	if total != s.total {
		return fmt.Errorf("shelf %d: counts %d things, has %d", s.section, s.total, total)
	}
	return nil
}
