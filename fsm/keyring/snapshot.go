package keyring

import (
	"fmt"

	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/wire"
)

// Clone returns a copy for the encoders alone.
func (t *Table) Clone() *Table { return &Table{keys: t.keys.Clone(), codes: t.codes.Clone()} }

// EncodeKeys writes the section of keys.
func (t *Table) EncodeKeys(e *wire.Encoder) { table.Encode(&t.keys, e) }

// EncodeCodes writes the section of codes.
func (t *Table) EncodeCodes(e *wire.Encoder) { table.Encode(&t.codes, e) }

// DecodeKeys reads what EncodeKeys wrote.
func (t *Table) DecodeKeys(d *wire.Decoder) {
	for range d.Count(maxRows, 6) {
		k := Key{
			Print: id.Fingerprint(d.String(maxName)), Who: id.Identity(d.String(maxName)),
			Since: id.Time(d.Int()), Wall: id.Wall(d.Int()), Used: id.Wall(d.Int()), Removed: d.Bool(),
		}
		t.keys.Put(k)
		t.index(k)
	}
}

// DecodeCodes reads what EncodeCodes wrote.
func (t *Table) DecodeCodes(d *wire.Decoder) {
	for range d.Count(maxRows, 34) {
		c := Code{Who: id.Identity(d.String(maxName))}
		copy(c.Proof[:], d.Raw(len(c.Proof)))
		c.Until = id.Time(d.Int())
		t.codes.Put(c)
		t.by[c.Proof] = c.Who
	}
}

// Check returns the first broken promise, or nil.
func (t *Table) Check() error {
	in := map[id.Identity]int{}
	for _, k := range t.keys.Sorted() {
		if !k.Removed {
			in[k.Who]++
		}
		if first, ok := t.keys.Get(k.Who.First()); !ok || first.Who != k.Who {
			return fmt.Errorf("keyring: %s is %s's, whose first key is %+v", k.Print, k.Who, first)
		}
	}
	for _, k := range t.keys.Sorted() {
		if in[k.Who] == 0 {
			return fmt.Errorf("keyring: %s has no key left of %d", k.Who, len(t.of[k.Who]))
		}
	}
	for _, c := range t.codes.Sorted() {
		if first, ok := t.keys.Get(c.Who.First()); ok && first.Who != c.Who {
			return fmt.Errorf("keyring: %s has a code, and its key is %s's", c.Who, first.Who)
		}
	}
	if len(t.by) != t.codes.Len() {
		return fmt.Errorf("keyring: %d codes have %d proofs", t.codes.Len(), len(t.by))
	}
	return nil
}
