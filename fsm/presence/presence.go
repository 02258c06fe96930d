// Package presence keeps who is away: those who said so, with what they said, and
// the sessions at which nothing has been typed for a while. Each is one small row
// that comes and goes with the fact, so that nobody who is merely there costs the log
// anything. It does not know which sessions an identity has, nor what idle means.
package presence

import (
	"cmp"
	"fmt"

	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// MaxText is how many characters somebody may say of why they are away.
const MaxText = 120

// MaxBytes bounds what they say.
const MaxBytes = 4 * MaxText

const (
	maxIdentity = 96
	maxRows     = 1 << 24
)

// Since is from when somebody is away.
type Since struct {
	At    id.Time
	Wall  id.Wall  // At, for people
	Index id.Index // of the log entry that tells of it
}

func (s Since) encode(e *wire.Encoder) {
	e.Int(int64(s.At))
	e.Int(int64(s.Wall))
	e.Uint(uint64(s.Index))
}

func decodeSince(d *wire.Decoder) Since {
	return Since{id.Time(d.Int()), id.Wall(d.Int()), id.Index(d.Uint())}
}

// now is a moment that was so long ago.
func now(tn *turn.Turn, ago id.Duration) Since {
	ago = min(max(ago, 0), id.Duration(tn.Now))
	return Since{tn.Now.Add(-ago), tn.Wall - id.Wall(ago), tn.Index}
}

// Mark is that an identity said to be away.
type Mark struct {
	ID id.Identity
	Since
	Text string // why; may be empty
}

// Key returns the identity.
func (m Mark) Key() id.Identity { return m.ID }

// Encode writes the canonical form.
func (m Mark) Encode(e *wire.Encoder) {
	e.String(string(m.ID))
	m.Since.encode(e)
	e.String(m.Text)
}

// Idle is that nothing is typed at a session.
type Idle struct {
	Session id.Session
	Since
}

// Key returns the session.
func (i Idle) Key() id.Session { return i.Session }

// Encode writes the canonical form.
func (i Idle) Encode(e *wire.Encoder) {
	e.Fixed64(uint64(i.Session.Incarnation))
	e.Uint(i.Session.Number)
	i.Since.encode(e)
}

// Table holds both.
type Table struct {
	marks table.Table[id.Identity, Mark]
	idles table.Table[id.Session, Idle]
}

// New returns an empty table.
func New() *Table {
	return &Table{
		marks: table.New[id.Identity, Mark](table.ShardString[id.Identity], cmp.Compare[id.Identity]),
		idles: table.New[id.Session, Idle](func(k id.Session) uint32 { return uint32(k.Number) }, id.Session.Compare),
	}
}

// Mark returns what an identity said of being away; false if it did not.
func (t *Table) Mark(who id.Identity) (Mark, bool) { return t.marks.Get(who) }

// Idle returns from when nothing is typed at a session; false if something is.
func (t *Table) Idle(s id.Session) (Idle, bool) { return t.idles.Get(s) }

// Marks returns all who said that they are away, in the order of identities.
func (t *Table) Marks() []Mark { return t.marks.Sorted() }

// Idles returns all sessions at which nothing is typed, in the order of their numbers.
func (t *Table) Idles() []Idle { return t.idles.Sorted() }

// Counts returns how many have said that they are away, and how many sessions are idle.
func (t *Table) Counts() (marks, idles int) { return t.marks.Len(), t.idles.Len() }

// Leave notes that an identity is away from now on, and why.
func (t *Table) Leave(tn *turn.Turn, who id.Identity, text string) {
	m := Mark{who, now(tn, 0), text}
	t.marks.Put(m)
	tn.Journal.Put(table.Aways, m)
}

// Return notes that an identity is back. It reports whether that is news.
func (t *Table) Return(tn *turn.Turn, who id.Identity) bool {
	if !t.marks.Has(who) {
		return false
	}
	t.marks.Delete(who)
	tn.Journal.Delete(table.Aways, string(who))
	return true
}

// Rest notes that nothing has been typed at a session for so long. It reports whether
// that is news.
func (t *Table) Rest(tn *turn.Turn, s id.Session, ago id.Duration) bool {
	if t.idles.Has(s) {
		return false
	}
	i := Idle{s, now(tn, ago)}
	t.idles.Put(i)
	tn.Journal.Put(table.Idles, i)
	return true
}

// Stir notes that something is typed at a session, or that it is gone. It reports
// whether that is news.
func (t *Table) Stir(tn *turn.Turn, s id.Session) bool {
	if !t.idles.Has(s) {
		return false
	}
	t.idles.Delete(s)
	tn.Journal.Delete(table.Idles, s.Short())
	return true
}

// Clone returns a copy for Encode alone.
func (t *Table) Clone() *Table { return &Table{t.marks.Clone(), t.idles.Clone()} }

// EncodeMarks writes the section of marks.
func (t *Table) EncodeMarks(e *wire.Encoder) { table.Encode(&t.marks, e) }

// EncodeIdles writes the section of idle sessions.
func (t *Table) EncodeIdles(e *wire.Encoder) { table.Encode(&t.idles, e) }

// DecodeMarks reads what EncodeMarks wrote.
func (t *Table) DecodeMarks(d *wire.Decoder) {
	for range d.Count(maxRows, 5) {
		t.marks.Put(Mark{id.Identity(d.String(maxIdentity)), decodeSince(d), d.String(MaxBytes)})
	}
}

// DecodeIdles reads what EncodeIdles wrote.
func (t *Table) DecodeIdles(d *wire.Decoder) {
	for range d.Count(maxRows, 12) {
		t.idles.Put(Idle{id.Session{Incarnation: id.Incarnation(d.Fixed64()), Number: d.Uint()}, decodeSince(d)})
	}
}

// Check returns the first broken promise, or nil: nothing began later than it is now,
// or in an entry that has not been.
func (t *Table) Check(at id.Time, applied id.Index) error {
	for _, m := range t.marks.Sorted() {
		if m.At > at || m.At < 0 || m.Index > applied || len(m.Text) > MaxBytes {
			return fmt.Errorf("presence: %s is away since %d, by entry %d; it is %d, after entry %d", m.ID, m.At, m.Index, at, applied)
		}
	}
	for _, i := range t.idles.Sorted() {
		if i.At > at || i.At < 0 || i.Index > applied {
			return fmt.Errorf("presence: %v is idle since %d, by entry %d; it is %d, after entry %d", i.Session, i.At, i.Index, at, applied)
		}
	}
	return nil
}
