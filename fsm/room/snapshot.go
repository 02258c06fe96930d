package room

import (
	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/wire"
)

const (
	maxRows  = 1 << 24
	maxPlace = 200
)

// Clone returns a copy for Encode alone: it has no indexes.
func (t *Table) Clone() *Table {
	return &Table{rooms: t.rooms.Clone(), members: t.members.Clone(), reads: t.reads.Clone(), invited: t.invited.Clone()}
}

// EncodeRooms writes the section of rooms.
func (t *Table) EncodeRooms(e *wire.Encoder) {
	table.Encode(&t.rooms, e)
}

// EncodeMembers writes the section of members.
func (t *Table) EncodeMembers(e *wire.Encoder) {
	table.Encode(&t.members, e)
}

// EncodeReads writes the section of read positions.
func (t *Table) EncodeReads(e *wire.Encoder) {
	table.Encode(&t.reads, e)
}

// DecodeRooms reads what EncodeRooms wrote.
func (t *Table) DecodeRooms(d *wire.Decoder) {
	for range d.Count(maxRows, 11) {
		t.addRoom(Room{
			d.String(MaxName), id.Identity(d.String(maxPlace)), id.Wall(d.Int()), decodeTopic(d), d.Bool(), id.Duration(d.Int()),
			DecodeSkeletons(d),
		})
	}
}

// EncodeSkeletons writes what a room looks like.
func EncodeSkeletons(e *wire.Encoder, skeletons [2]string) {
	e.String(skeletons[0])
	e.String(skeletons[1])
}

// DecodeSkeletons reads what a room looks like.
func DecodeSkeletons(d *wire.Decoder) [2]string {
	return [2]string{d.String(maxSkeleton), d.String(maxSkeleton)}
}

// DecodeMembers reads what EncodeMembers wrote.
func (t *Table) DecodeMembers(d *wire.Decoder) {
	for range d.Count(maxRows, 7) {
		m := Member{
			Seat{d.String(maxPlace), id.Identity(d.String(maxPlace))}, id.Wall(d.Int()),
			id.Event{Index: id.Index(d.Uint()), Sub: d.Uint32()}, d.Bool(), id.Time(d.Int()),
		}
		t.members.Put(m)
		t.addMember(m)
	}
}

// DecodeReads reads what EncodeReads wrote.
func (t *Table) DecodeReads(d *wire.Decoder) {
	for range d.Count(maxRows, 4) {
		r := Read{
			Seat{d.String(maxPlace), id.Identity(d.String(maxPlace))},
			id.Event{Index: id.Index(d.Uint()), Sub: d.Uint32()},
		}
		t.reads.Put(r)
		t.addRead(r.Seat)
	}
}
