// Package keyring is the table of whose a key is where the key alone does not tell:
// every key that was added to an identity beside its first, and every key that was
// removed from one. A key without a row is its own identity's. It also keeps the
// codes by which the owner of an identity lets another key in: never a code itself,
// only what a node has derived from it. It does not know who is connected.
package keyring

import (
	"cmp"
	"slices"

	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// CodeLife is for how long a code is of use.
const CodeLife = 10 * id.Minute

const (
	maxName = 128
	maxRows = 1 << 24
)

// Key is a key of an identity that has, or had, several.
type Key struct {
	Print   id.Fingerprint
	Who     id.Identity
	Since   id.Time // when it was added, or removed; zero for a first key
	Wall    id.Wall // Since, for people
	Used    id.Wall // when somebody last came by it, for people
	Removed bool    // it is let in no more, until its identity adds it again
}

// Key returns the fingerprint.
func (k Key) Key() id.Fingerprint { return k.Print }

// First reports whether the identity is made from this key.
func (k Key) First() bool { return k.Print == k.Who.First() }

// Encode writes the canonical form.
func (k Key) Encode(e *wire.Encoder) {
	e.String(string(k.Print))
	e.String(string(k.Who))
	e.Int(int64(k.Since))
	e.Int(int64(k.Wall))
	e.Int(int64(k.Used))
	e.Bool(k.Removed)
}

// Proof is what a node derives from a code. Whoever has the proof has not the code.
type Proof [32]byte

// Code is an identity's open invitation to one more key.
type Code struct {
	Who   id.Identity
	Proof Proof
	Until id.Time
}

// Key returns the identity.
func (c Code) Key() id.Identity { return c.Who }

// Encode writes the canonical form.
func (c Code) Encode(e *wire.Encoder) {
	e.String(string(c.Who))
	e.Raw(c.Proof[:])
	e.Int(int64(c.Until))
}

// Table holds keys and codes.
type Table struct {
	keys  table.Table[id.Fingerprint, Key]
	codes table.Table[id.Identity, Code]
	// worked out from the rows
	of map[id.Identity][]id.Fingerprint // in byte order, those removed included
	by map[Proof]id.Identity
}

// New returns an empty table.
func New() *Table {
	return &Table{
		keys:  table.New[id.Fingerprint, Key](table.ShardString[id.Fingerprint], cmp.Compare[id.Fingerprint]),
		codes: table.New[id.Identity, Code](table.ShardString[id.Identity], cmp.Compare[id.Identity]),
		of:    map[id.Identity][]id.Fingerprint{},
		by:    map[Proof]id.Identity{},
	}
}

// Who returns whose a key is; false if it was removed, and is nobody's now.
func (t *Table) Who(print id.Fingerprint) (id.Identity, bool) {
	k, ok := t.keys.Get(print)
	if !ok {
		return print.Own(), true
	}
	return k.Who, !k.Removed
}

// Key returns the row of a key that has one.
func (t *Table) Key(print id.Fingerprint) (Key, bool) { return t.keys.Get(print) }

// Of returns the keys by which an identity is let in: its first, if that was not
// removed, then the others as they were added.
func (t *Table) Of(who id.Identity) []Key {
	if len(t.of[who]) == 0 {
		return []Key{{Print: who.First(), Who: who}}
	}
	return t.some(who, func(k Key) bool { return !k.Removed })
}

// some returns the keys of an identity for which that holds, oldest first.
func (t *Table) some(who id.Identity, that func(Key) bool) []Key {
	var all []Key
	for _, print := range t.of[who] {
		if k, _ := t.keys.Get(print); that(k) {
			all = append(all, k)
		}
	}
	slices.SortStableFunc(all, func(a, b Key) int { return cmp.Compare(a.Since, b.Since) })
	return all
}

// Moved returns the keys that are another's than their own, in byte order, those
// removed included.
func (t *Table) Moved() []Key {
	all := t.keys.Sorted()
	return slices.DeleteFunc(all, Key.First)
}

// Len returns how many keys have a row.
func (t *Table) Len() int { return t.keys.Len() }

// Codes returns how many codes are kept, those that are over included.
func (t *Table) Codes() int { return t.codes.Len() }

// Code returns the code that a proof was derived from, if it is still of use.
func (t *Table) Code(p Proof, now id.Time) (Code, bool) {
	who, ok := t.by[p]
	if !ok {
		return Code{}, false
	}
	c, _ := t.codes.Get(who)
	return c, now < c.Until
}

// Open keeps a code for CodeLife, in place of one its identity had. What is over is
// forgotten.
func (t *Table) Open(tn *turn.Turn, who id.Identity, p Proof) {
	for _, c := range t.codes.Sorted() {
		if c.Who == who || c.Until <= tn.Now {
			t.spend(tn, c)
		}
	}
	c := Code{Who: who, Proof: p, Until: tn.Now.Add(CodeLife)}
	t.codes.Put(c)
	t.by[p] = who
	tn.Journal.Put(table.Codes, c)
}

func (t *Table) spend(tn *turn.Turn, c Code) {
	t.codes.Delete(c.Who)
	delete(t.by, c.Proof)
	tn.Journal.Delete(table.Codes, string(c.Who))
}

// Add makes a key one of its identity's, and spends the code that let it in. The key
// has no row, or one that says that this identity removed it.
func (t *Table) Add(tn *turn.Turn, c Code, print id.Fingerprint) id.Event {
	t.spend(tn, c)
	if len(t.of[c.Who]) == 0 {
		t.put(tn, Key{Print: c.Who.First(), Who: c.Who})
	}
	k, _ := t.keys.Get(print)
	k.Print, k.Who, k.Removed = print, c.Who, false
	if !k.First() {
		k.Since, k.Wall = tn.Now, tn.Wall
	}
	k.Used = tn.Wall
	t.put(tn, k)
	return tn.Emit(turn.Event{Kind: turn.KeyAdded, Identity: c.Who, Key: string(print)})
}

// Remove denies a key that its identity has beside others, on the word of one of its
// sessions. Of the keys that an
// identity has removed at most keep are denied, and its first one: who comes by one
// that was forgotten is somebody new.
func (t *Table) Remove(tn *turn.Turn, k Key, keep int, from id.Session) id.Event {
	k.Removed = true
	if !k.First() {
		k.Since, k.Wall = tn.Now, tn.Wall
	}
	t.put(tn, k)
	gone := t.some(k.Who, func(k Key) bool { return k.Removed && !k.First() })
	for _, old := range gone[:max(0, len(gone)-keep)] {
		t.drop(tn, old)
	}
	return tn.Emit(turn.Event{Kind: turn.KeyRemoved, Identity: k.Who, Key: string(k.Print), Session: from})
}

// Use notes that somebody came by a key.
func (t *Table) Use(tn *turn.Turn, print id.Fingerprint) {
	if k, ok := t.keys.Get(print); ok && k.Used != tn.Wall {
		k.Used = tn.Wall
		t.put(tn, k)
	}
}

// Forget drops the keys of an identity that is forgotten, unless its first was
// removed: that one must not come to be it again.
func (t *Table) Forget(tn *turn.Turn, who id.Identity) {
	if first, ok := t.keys.Get(who.First()); ok && first.Removed {
		return
	}
	if c, ok := t.codes.Get(who); ok {
		t.spend(tn, c)
	}
	for _, print := range slices.Clone(t.of[who]) {
		k, _ := t.keys.Get(print)
		t.drop(tn, k)
	}
}

func (t *Table) put(tn *turn.Turn, k Key) {
	t.keys.Put(k)
	t.index(k)
	tn.Journal.Put(table.Keys, k)
}

func (t *Table) index(k Key) {
	if at, found := slices.BinarySearch(t.of[k.Who], k.Print); !found {
		t.of[k.Who] = slices.Insert(t.of[k.Who], at, k.Print)
	}
}

func (t *Table) drop(tn *turn.Turn, k Key) {
	t.keys.Delete(k.Print)
	if at, found := slices.BinarySearch(t.of[k.Who], k.Print); found {
		t.of[k.Who] = slices.Delete(t.of[k.Who], at, at+1)
	}
	if len(t.of[k.Who]) == 0 {
		delete(t.of, k.Who)
	}
	tn.Journal.Delete(table.Keys, string(k.Print))
}
