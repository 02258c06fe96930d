package lease

import (
	"fmt"
	"slices"

	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Bounds on what a snapshot section may hold.
const (
	maxRows         = 1 << 24
	maxIncarnations = 1 << 16
)

// EncodeIncarnations writes the section of node leases, and the newest token.
func (t *Table) EncodeIncarnations(e *wire.Encoder) {
	e.Uint(uint64(t.last))
	table.Encode(&t.incarnations, e)
}

// EncodeSessions writes the section of sessions.
func (t *Table) EncodeSessions(e *wire.Encoder) {
	table.Encode(&t.sessions, e)
}

// EncodeNames writes the section of names.
func (t *Table) EncodeNames(e *wire.Encoder) {
	table.Encode(&t.names, e)
}

// DecodeIncarnations reads what EncodeIncarnations wrote.
func (t *Table) DecodeIncarnations(d *wire.Decoder) {
	t.last = id.Token(d.Uint())
	for range d.Count(maxIncarnations, 16) {
		t.incarnations.Put(decodeIncarnation(d))
	}
}

// DecodeSessions reads what EncodeSessions wrote.
func (t *Table) DecodeSessions(d *wire.Decoder) {
	for range d.Count(maxRows, 15) {
		t.sessions.Put(decodeSession(d))
	}
}

// DecodeNames reads what EncodeNames wrote, the last of the three, and makes the
// indexes anew.
func (t *Table) DecodeNames(d *wire.Decoder) {
	for range d.Count(maxRows, 10) {
		t.names.Put(row{decodeName(d)})
	}
	if d.Err() == nil {
		t.rebuild()
	}
}

// Check returns the first broken promise, with its numbers, or nil.
func (t *Table) Check() error {
	if err := t.checkNames(); err != nil {
		return err
	}
	for _, s := range t.sessions.Sorted() {
		if _, ok := t.incarnations.Get(s.ID.Incarnation); !ok {
			return fmt.Errorf("lease: session %v is under no incarnation", s.ID)
		}
		if s.Identity.Guest() && !t.Live(s.ID.Incarnation) {
			return fmt.Errorf("lease: session %v of %s, a guest, is under an incarnation that has ended", s.ID, s.Identity)
		}
		n, ok := t.names.Get(s.Nick)
		if !ok || n.Owner != s.Identity || !slices.Contains(n.Sessions, s.ID) {
			return fmt.Errorf("lease: session %v of %s is not on %q, which is %s's", s.ID, s.Identity, s.Nick, n.Owner)
		}
	}
	return t.checkIncarnations()
}

func (t *Table) checkNames() error {
	tokens := map[id.Token]string{}
	looks := map[string]id.Identity{}
	seats := 0
	for _, n := range t.names.Sorted() {
		if other, taken := tokens[n.Token]; taken || n.Token > t.last || n.Token == 0 {
			return fmt.Errorf("lease: %q has token %d (also %q; newest is %d)", n.Key(), n.Token, other, t.last)
		}
		tokens[n.Token] = n.Key()
		if !n.Whole() || n.Owner == "" {
			return fmt.Errorf("lease: %q of %q is not whole", n.Key(), n.Owner)
		}
		if n.Owner.Guest() && (n.Registered || len(n.Sessions) == 0) {
			return fmt.Errorf("lease: %q is kept for %s, a guest: registered %v, with %d sessions", n.Key(), n.Owner, n.Registered, len(n.Sessions))
		}
		for _, sk := range n.Skeletons {
			if owner, ok := looks[sk]; ok && owner != n.Owner {
				return fmt.Errorf("lease: %q looks like a name of %s and is %s's", n.Key(), owner, n.Owner)
			}
			looks[sk] = n.Owner
		}
		if n.ReservedUntil > 0 && (!n.Registered || len(n.Sessions) > 0) {
			return fmt.Errorf("lease: %q is reserved until %d: registered %v, with %d sessions", n.Key(), n.ReservedUntil, n.Registered, len(n.Sessions))
		}
		if !slices.IsSortedFunc(n.Sessions, id.Session.Compare) {
			return fmt.Errorf("lease: %q has its sessions out of order: %v", n.Key(), n.Sessions)
		}
		seats += len(n.Sessions)
	}
	if seats != t.sessions.Len() {
		return fmt.Errorf("lease: names count %d sessions, there are %d", seats, t.sessions.Len())
	}
	return nil
}

func (t *Table) checkIncarnations() error {
	live := map[id.Node]id.Incarnation{}
	for _, i := range t.incarnations.Sorted() {
		if i.ID == 0 || i.Ended != (i.Why != 0) || i.Why > turn.Moved {
			return fmt.Errorf("lease: incarnation %x of %s: ended %v for reason %d", i.ID, i.Node, i.Ended, i.Why)
		}
		if i.Ended {
			continue
		}
		if other, ok := live[i.Node]; ok {
			return fmt.Errorf("lease: %s has two live incarnations, %x and %x", i.Node, other, i.ID)
		}
		live[i.Node] = i.ID
	}
	return nil
}
