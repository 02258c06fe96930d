package member

import (
	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/wire"
)

const maxRows = 1 << 16

// Clone returns a copy for Encode alone.
func (t *Table) Clone() *Table {
	return &Table{t.members.Clone(), t.tokens.Clone(), t.operators.Clone()}
}

// EncodeMembers writes the section of members.
func (t *Table) EncodeMembers(e *wire.Encoder) {
	table.Encode(&t.members, e)
}

// EncodeTokens writes the section of join tokens.
func (t *Table) EncodeTokens(e *wire.Encoder) {
	table.Encode(&t.tokens, e)
}

// EncodeOperators writes the section of operators.
func (t *Table) EncodeOperators(e *wire.Encoder) {
	table.Encode(&t.operators, e)
}

// DecodeMembers reads what EncodeMembers wrote.
func (t *Table) DecodeMembers(d *wire.Decoder) {
	for range d.Count(maxRows, 15) {
		t.members.Put(Member{
			ID: id.Node(d.String(maxID)), Name: d.String(MaxName), Peer: d.String(MaxAddr), SSH: d.String(MaxAddr),
			Role: Role(d.Byte()), Version: d.Uint(), Incarnation: id.Incarnation(d.Fixed64()), Wall: id.Wall(d.Int()),
		})
	}
}

// DecodeTokens reads what EncodeTokens wrote.
func (t *Table) DecodeTokens(d *wire.Decoder) {
	for range d.Count(maxRows, 38) {
		k := Token{ID: d.String(maxID)}
		copy(k.Key256[:], d.Raw(32))
		k.Role, k.Expires = Role(d.Byte()), id.Time(d.Int())
		k.By, k.Wall, k.Used = id.Identity(d.String(maxID)), id.Wall(d.Int()), id.Node(d.String(maxID))
		t.tokens.Put(k)
	}
}

// DecodeOperators reads what EncodeOperators wrote.
func (t *Table) DecodeOperators(d *wire.Decoder) {
	for range d.Count(maxRows, 4) {
		t.operators.Put(Operator{
			ID: id.Identity(d.String(maxID)), Note: d.String(MaxAddr),
			By: id.Identity(d.String(maxID)), Wall: id.Wall(d.Int()),
		})
	}
}
