// Package history keeps what was said, per place and bounded: a room's name, or
// the conversation of two people. It evicts the oldest, here, in the state
// machine, so that every node has the same history. It does not know who may
// read a place.
package history

import (
	"moniker/fsm/id"
	"moniker/fsm/shelf"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// MaxText bounds a message's text, in bytes.
const (
	MaxText  = 16_000
	maxName  = 128
	overhead = 96 // what a message costs beside its text
)

// Message is something said. Its value never changes: one that is amended takes the
// place of the one before.
type Message struct {
	ID     id.Event
	Wall   id.Wall
	From   id.Identity
	Nick   string // the author's name then
	To     id.Identity
	ToNick string
	Emote  bool
	Text   string // empty once it is deleted
	Edited bool   // Text is not what was said at first

	Reactions []Reaction // replaced, never written into
}

// Deleted reports whether its text was taken away.
func (m Message) Deleted() bool { return m.Text == "" }

// Event implements shelf.Thing.
func (m Message) Event() id.Event { return m.ID }

// Cost implements shelf.Thing.
func (m Message) Cost() int {
	n := overhead + len(m.Text)
	for _, r := range m.Reactions {
		n += r.cost()
	}
	return n
}

// Encode writes the canonical form.
func (m Message) Encode(e *wire.Encoder) {
	e.Uint(uint64(m.ID.Index))
	e.Uint(uint64(m.ID.Sub))
	e.Int(int64(m.Wall))
	e.String(string(m.From))
	e.String(m.Nick)
	e.String(string(m.To))
	e.String(m.ToNick)
	e.Bool(m.Emote)
	e.String(m.Text)
	e.Bool(m.Edited)
	encodeReactions(e, m.Reactions)
}

func decodeMessage(d *wire.Decoder) Message {
	return Message{
		ID:     id.Event{Index: id.Index(d.Uint()), Sub: d.Uint32()},
		Wall:   id.Wall(d.Int()),
		From:   id.Identity(d.String(maxName)),
		Nick:   d.String(maxName),
		To:     id.Identity(d.String(maxName)),
		ToNick: d.String(maxName),
		Emote:  d.Bool(),
		Text:   d.String(MaxText),
		Edited: d.Bool(),

		Reactions: decodeReactions(d),
	}
}

// Limits bound the history.
type Limits struct {
	PlaceMessages, PlaceBytes, AllMessages int
}

// Table holds the history of every place.
type Table struct{ shelf.Shelf[Message] }

// New returns an empty table.
func New() *Table { return &Table{shelf.New[Message](table.Histories)} }

// Append adds m to place and evicts what is over the limits, oldest first. It
// returns the places that have nothing left.
func (t *Table) Append(tn *turn.Turn, place string, m Message, lim Limits) (emptied []string) {
	return t.Shelf.Append(tn, place, m, lim.shelf())
}

func (l Limits) shelf() shelf.Limits {
	return shelf.Limits{PerKey: l.PlaceMessages, BytesPerKey: l.PlaceBytes, All: l.AllMessages}
}

// Replace puts m in the place of the message with its ID, if that is kept; if it is
// longer than that and place has too many bytes then, the oldest go.
func (t *Table) Replace(tn *turn.Turn, place string, m Message, lim Limits) bool {
	return t.Shelf.Replace(tn, place, m, lim.shelf())
}

// Clone returns a copy for Encode alone.
func (t *Table) Clone() *Table { return &Table{t.Shelf.Clone()} }

// Decode reads what Encode wrote.
func (t *Table) Decode(d *wire.Decoder) { t.Shelf.Decode(d, 11, decodeMessage) }
