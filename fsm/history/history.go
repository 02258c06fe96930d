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

// Message is something said. It never changes.
type Message struct {
	ID     id.Event
	Wall   id.Wall
	From   id.Identity
	Nick   string // the author's name then
	To     id.Identity
	ToNick string
	Emote  bool
	Text   string
}

// Event implements shelf.Thing.
func (m Message) Event() id.Event { return m.ID }

// Cost implements shelf.Thing.
func (m Message) Cost() int { return overhead + len(m.Text) }

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
	return t.Shelf.Append(tn, place, m, shelf.Limits{PerKey: lim.PlaceMessages, BytesPerKey: lim.PlaceBytes, All: lim.AllMessages})
}

// Clone returns a copy for Encode alone.
func (t *Table) Clone() *Table { return &Table{t.Shelf.Clone()} }

// Decode reads what Encode wrote.
func (t *Table) Decode(d *wire.Decoder) { t.Shelf.Decode(d, 9, decodeMessage) }
