// Package table is the map under every table of the state machine: rows that
// never change once put, in shards that a snapshot shares and the next write to
// a shard copies. A snapshot therefore costs the apply loop a few microseconds,
// at any size. It knows nothing of what the rows mean, and gives them out in the
// order of their keys only.
package table

import (
	"maps"
	"slices"
)

const shards = 128

// Row is what a table holds: immutable once put, and able to name its key.
type Row[K comparable] interface{ Key() K }

// Table maps keys to rows. It is not safe for concurrent use; a Clone may be read
// while the original is written.
type Table[K comparable, R Row[K]] struct {
	shard   func(K) uint32
	compare func(a, b K) int
	parts   [shards]part[K, R]
	n       int
	// order lists all keys as long as they came in order and none went: as they do when a
	// snapshot is read, which then need not be sorted, again and again, to be checked.
	order   []K
	ordered bool
}

type part[K comparable, R Row[K]] struct {
	rows   map[K]R
	shared bool // a clone reads these rows: copy before the next write
}

// New returns an empty table. shard spreads keys (any function will do) and
// compare orders them.
func New[K comparable, R Row[K]](shard func(K) uint32, compare func(a, b K) int) Table[K, R] {
	return Table[K, R]{shard: shard, compare: compare, ordered: true}
}

// Get returns the row under k.
func (t *Table[K, R]) Get(k K) (R, bool) {
	r, ok := t.parts[t.shard(k)%shards].rows[k]
	return r, ok
}

// Has reports whether there is a row under k.
func (t *Table[K, R]) Has(k K) bool {
	_, ok := t.Get(k)
	return ok
}

// Len returns the number of rows.
func (t *Table[K, R]) Len() int { return t.n }

// Put stores r under its key, over any row that is there.
func (t *Table[K, R]) Put(r R) {
	k := r.Key()
	p := t.own(k)
	before := len(p.rows)
	p.rows[k] = r
	if len(p.rows) == before {
		return
	}
	t.n++
	if t.ordered && (len(t.order) == 0 || t.compare(t.order[len(t.order)-1], k) < 0) {
		t.order = append(t.order, k)
	} else {
		t.disorder()
	}
}

func (t *Table[K, R]) disorder() { t.order, t.ordered = nil, false }

// Delete removes the row under k, if there is one.
func (t *Table[K, R]) Delete(k K) {
	if !t.Has(k) {
		return
	}
	delete(t.own(k).rows, k)
	t.n--
	t.disorder()
}

// own returns k's part, copied first if a clone reads it.
func (t *Table[K, R]) own(k K) *part[K, R] {
	p := &t.parts[t.shard(k)%shards]
	switch {
	case p.rows == nil:
		p.rows = make(map[K]R)
	case p.shared:
		p.rows = maps.Clone(p.rows)
	}
	p.shared = false
	return p
}

// Clone returns a table with the same rows. Neither sees the other's later writes.
func (t *Table[K, R]) Clone() Table[K, R] {
	for i := range t.parts {
		t.parts[i].shared = true
	}
	c := *t
	c.order = slices.Clip(c.order) // it does not append to what the original has; that may, behind it
	return c
}

// Sorted returns all rows in the order of their keys.
func (t *Table[K, R]) Sorted() []R {
	keys := t.order
	if !t.ordered {
		keys = t.sortedKeys()
	}
	rows := make([]R, len(keys))
	for i, k := range keys {
		rows[i], _ = t.Get(k)
	}
	return rows
}

func (t *Table[K, R]) sortedKeys() []K {
	keys := make([]K, 0, t.n) // sorted alone: rows are large to move about
	for i := range t.parts {
		for k := range t.parts[i].rows {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, t.compare)
	return keys
}

// Any reports whether f holds for some row. It visits rows in no particular
// order, so f must not care: it may count, or look for one that is wrong.
func (t *Table[K, R]) Any(f func(R) bool) bool {
	for i := range t.parts {
		for _, r := range t.parts[i].rows {
			if f(r) {
				return true
			}
		}
	}
	return false
}

// ShardString spreads strings (FNV-1a).
func ShardString[S ~string](s S) uint32 {
	h := uint32(2166136261)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}
