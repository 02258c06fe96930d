package table

import "moniker/fsm/wire"

// Section is the number of a table: its place in the snapshot and its tag in the
// journal. Numbers start at 1, are only ever appended, and never change.
type Section byte

// Sections of the state.
const (
	Meta Section = iota + 1
	Settings
	Members
	Tokens
	Operators
	Incarnations
	Streams
	Sessions
	Names
	People
	Rooms
	Memberships
	Reads
	Histories
	Trail
	Profiles
	Aways
	Idles
	Keys
	Codes
	Invitations
	Bans
	Allowances
	Notices
)

// Journal collects, in order, what one log entry changed, for the rolling hash:
// two replicas that end in the same answer by different changes are caught at once.
type Journal struct{ enc wire.Encoder }

// Encodable is a row that can be written in its canonical form.
type Encodable interface{ Encode(*wire.Encoder) }

// Put notes that row now stands in s.
func (j *Journal) Put(s Section, row Encodable) {
	j.enc.Byte(byte(s))
	j.enc.Byte(1)
	row.Encode(&j.enc)
}

// Delete notes that the row under key is gone from s.
func (j *Journal) Delete(s Section, key string) {
	j.enc.Byte(byte(s))
	j.enc.Byte(2)
	j.enc.String(key)
}

// Bytes returns what has been noted since the last Reset.
func (j *Journal) Bytes() []byte { return j.enc.Bytes() }

// Reset forgets it.
func (j *Journal) Reset() { j.enc.Reset() }

// Encode writes a table: how many rows it has, and they, in the order of their keys.
func Encode[K comparable, R interface {
	Row[K]
	Encodable
}](t *Table[K, R], e *wire.Encoder) {
	rows := t.Sorted()
	e.Uint(uint64(len(rows)))
	for _, r := range rows {
		r.Encode(e)
	}
}
