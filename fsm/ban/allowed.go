package ban

import (
	"fmt"

	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Allowance lets an identity come in while that is for those on the list only.
type Allowance struct {
	Who  id.Identity
	Note string // whose key it is, for people
	By   id.Identity
	Wall id.Wall
}

// Key returns the identity.
func (a Allowance) Key() id.Identity { return a.Who }

// Encode writes the canonical form.
func (a Allowance) Encode(e *wire.Encoder) {
	e.String(string(a.Who))
	e.String(a.Note)
	e.String(string(a.By))
	e.Int(int64(a.Wall))
}

// Allowance returns an identity's place on the list.
func (t *Table) Allowance(who id.Identity) (Allowance, bool) { return t.allowed.Get(who) }

// Allowances returns the list in byte order of identities.
func (t *Table) Allowances() []Allowance { return t.allowed.Sorted() }

// AllowedLen returns how many are on the list.
func (t *Table) AllowedLen() int { return t.allowed.Len() }

// Allow puts an identity on the list, or changes the note beside it.
func (t *Table) Allow(tn *turn.Turn, a Allowance) id.Event {
	a.Wall = tn.Wall
	t.allowed.Put(a)
	tn.Journal.Put(table.Allowances, a)
	return tn.Emit(turn.Event{Kind: turn.Allowed, Identity: a.Who, Text: a.Note, By: a.By})
}

// Disallow takes an identity off the list.
func (t *Table) Disallow(tn *turn.Turn, who, by id.Identity) id.Event {
	t.allowed.Delete(who)
	tn.Journal.Delete(table.Allowances, string(who))
	return tn.Emit(turn.Event{Kind: turn.NotAllowed, Identity: who, By: by})
}

// EncodeAllowed writes the section of the list.
func (t *Table) EncodeAllowed(e *wire.Encoder) { table.Encode(&t.allowed, e) }

// DecodeAllowed reads what EncodeAllowed wrote.
func (t *Table) DecodeAllowed(d *wire.Decoder) {
	for range d.Count(maxRows, 4) {
		t.allowed.Put(Allowance{id.Identity(d.String(maxName)), d.String(maxName), id.Identity(d.String(maxName)), id.Wall(d.Int())})
	}
}

func (t *Table) checkAllowed() error {
	if _, ok := t.allowed.Get(""); ok {
		return fmt.Errorf("ban: nobody is allowed to come in")
	}
	return nil
}
