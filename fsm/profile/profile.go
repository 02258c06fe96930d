// Package profile keeps what a person has said of themselves and wants of their
// terminals: a few named values, and whom they ignore. It is a row for each identity
// that differs from the usual, the same on every node. It does not know what a value
// is used for, nor whether an identity has ever been here.
package profile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

const (
	maxIdentity = 96
	maxIgnores  = 1 << 16 // of one row; the settings keep it far lower
	maxRows     = 1 << 24
)

// Value is one that somebody has set.
type Value struct {
	Name Name
	Text string
}

// Row is an identity's profile. Both lists are replaced, never written into.
type Row struct {
	ID      id.Identity
	Values  []Value       // in the order of names; none is empty
	Ignores []id.Identity // in order
}

// Key returns the identity.
func (r Row) Key() id.Identity { return r.ID }

// Encode writes the canonical form.
func (r Row) Encode(e *wire.Encoder) {
	e.String(string(r.ID))
	e.Uint(uint64(len(r.Values)))
	for _, v := range r.Values {
		e.String(string(v.Name))
		e.String(v.Text)
	}
	e.Uint(uint64(len(r.Ignores)))
	for _, who := range r.Ignores {
		e.String(string(who))
	}
}

// Own returns a value that was set; false if it was not.
func (r Row) Own(name Name) (string, bool) {
	i, found := r.find(name)
	if !found {
		return "", false
	}
	return r.Values[i].Text, true
}

// Get returns a value, or the usual one if none was set.
func (r Row) Get(name Name) string {
	if v, ok := r.Own(name); ok {
		return v
	}
	d, _ := Define(name)
	return d.Default
}

// Ignoring reports whether whose row it is ignores who.
func (r Row) Ignoring(who id.Identity) bool {
	_, found := slices.BinarySearch(r.Ignores, who)
	return found
}

func (r Row) find(name Name) (int, bool) {
	return slices.BinarySearchFunc(r.Values, name, func(v Value, n Name) int { return cmp.Compare(v.Name, n) })
}

// Table holds the profiles of all who have one.
type Table struct {
	rows table.Table[id.Identity, Row]
	// worked out from the rows: who ignores a guest
	against map[id.Identity]map[id.Identity]struct{}
}

// New returns an empty table.
func New() *Table {
	return &Table{
		rows:    table.New[id.Identity, Row](table.ShardString[id.Identity], cmp.Compare[id.Identity]),
		against: map[id.Identity]map[id.Identity]struct{}{},
	}
}

// Of returns an identity's profile, which must not be written to.
func (t *Table) Of(who id.Identity) Row {
	r, ok := t.rows.Get(who)
	if !ok {
		return Row{ID: who}
	}
	return r
}

// Rows returns all that differ from the usual, in the order of identities.
func (t *Table) Rows() []Row { return t.rows.Sorted() }

// Len returns how many differ from the usual.
func (t *Table) Len() int { return t.rows.Len() }

// Set gives an identity a value that its definition allows; empty takes it away. It
// reports whether that changed anything.
func (t *Table) Set(tn *turn.Turn, who id.Identity, v Value) bool {
	r := t.Of(who)
	i, found := r.find(v.Name)
	switch {
	case found && r.Values[i].Text == v.Text, !found && v.Text == "":
		return false
	case v.Text == "":
		r.Values = slices.Delete(slices.Clone(r.Values), i, i+1)
	case found:
		r.Values = slices.Clone(r.Values)
		r.Values[i] = v
	default:
		r.Values = slices.Insert(slices.Clone(r.Values), i, v)
	}
	t.put(tn, r)
	return true
}

// Ignore has an identity ignore another, or no longer. It reports whether that
// changed anything.
func (t *Table) Ignore(tn *turn.Turn, who, other id.Identity, on bool) bool {
	r := t.Of(who)
	i, found := slices.BinarySearch(r.Ignores, other)
	switch {
	case found == on:
		return false
	case on:
		r.Ignores = slices.Insert(slices.Clone(r.Ignores), i, other)
	default:
		r.Ignores = slices.Delete(slices.Clone(r.Ignores), i, i+1)
	}
	t.note(who, other, on)
	t.put(tn, r)
	return true
}

// IgnoredNoMore has nobody ignore a guest any more: nobody will ever be it again.
func (t *Table) IgnoredNoMore(tn *turn.Turn, guest id.Identity) {
	for _, who := range slices.Sorted(maps.Keys(t.against[guest])) {
		t.Ignore(tn, who, guest, false)
	}
}

// note keeps who ignores a guest.
func (t *Table) note(who, other id.Identity, on bool) {
	switch {
	case !other.Guest():
	case !on:
		if delete(t.against[other], who); len(t.against[other]) == 0 {
			delete(t.against, other)
		}
	default:
		if t.against[other] == nil {
			t.against[other] = map[id.Identity]struct{}{}
		}
		t.against[other][who] = struct{}{}
	}
}

// Forget drops an identity's profile. That others ignore it stays: the same key may
// come back.
func (t *Table) Forget(tn *turn.Turn, who id.Identity) {
	if r, has := t.rows.Get(who); has {
		for _, other := range r.Ignores {
			t.note(who, other, false)
		}
		t.rows.Delete(who)
		tn.Journal.Delete(table.Profiles, string(who))
	}
}

// put stores a row; one that says nothing any more is none.
func (t *Table) put(tn *turn.Turn, r Row) {
	if len(r.Values)+len(r.Ignores) == 0 {
		t.Forget(tn, r.ID)
		return
	}
	t.rows.Put(r)
	tn.Journal.Put(table.Profiles, r)
}

// Clone returns a copy for Encode alone.
func (t *Table) Clone() *Table { return &Table{rows: t.rows.Clone()} }

// Encode writes the section.
func (t *Table) Encode(e *wire.Encoder) { table.Encode(&t.rows, e) }

// Decode reads what Encode wrote.
func (t *Table) Decode(d *wire.Decoder) {
	for range d.Count(maxRows, 3) {
		r := Row{ID: id.Identity(d.String(maxIdentity))}
		for range d.Count(len(Definitions()), 2) {
			r.Values = append(r.Values, Value{Name(d.String(maxIdentity)), d.String(MaxValue)})
		}
		for range d.Count(maxIgnores, 1) {
			r.Ignores = append(r.Ignores, id.Identity(d.String(maxIdentity)))
		}
		t.rows.Put(r)
		for _, other := range r.Ignores {
			t.note(r.ID, other, true)
		}
	}
}

// Check returns the first broken promise, or nil.
func (t *Table) Check() error {
	for _, r := range t.rows.Sorted() {
		if len(r.Values)+len(r.Ignores) == 0 {
			return fmt.Errorf("profile: the row of %s says nothing", r.ID)
		}
		for i, v := range r.Values {
			d, known := Define(v.Name)
			if !known || v.Text == "" || !d.Allows(v.Text) {
				return fmt.Errorf("profile: %s has %q for %q", r.ID, v.Text, v.Name)
			}
			if i > 0 && r.Values[i-1].Name >= v.Name {
				return fmt.Errorf("profile: %s has %q before %q", r.ID, r.Values[i-1].Name, v.Name)
			}
		}
		for i, who := range r.Ignores {
			if who == "" || who == r.ID || i > 0 && r.Ignores[i-1] >= who {
				return fmt.Errorf("profile: %s ignores %q, as number %d", r.ID, who, i+1)
			}
		}
	}
	return nil
}
