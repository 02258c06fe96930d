// Package history keeps what was said, per place and bounded: a room's name, or
// the conversation of two people. It evicts the oldest, here, in the state
// machine, so that every node has the same history. It does not know who may
// read a place.
package history

import (
	"cmp"
	"fmt"
	"slices"

	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// MaxText and MaxPlace bound a message's text and a place's name, in bytes.
const (
	MaxText  = 16_000
	MaxPlace = 256
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

func (m Message) cost() int { return overhead + len(m.Text) }

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

// log is a place's messages in order. Messages is only ever appended to and cut
// at the front, so a snapshot may share it.
type log struct {
	place    string
	bytes    int
	messages []Message
}

// Key returns the place.
func (l log) Key() string { return l.place }

// Limits bound the history.
type Limits struct {
	PlaceMessages, PlaceBytes, AllMessages int
}

// Table holds the history of every place.
type Table struct {
	logs  table.Table[string, log]
	total int
	order []spot // every message, oldest first; those already evicted are passed over
}

type spot struct {
	place string
	id    id.Event
}

// New returns an empty table.
func New() *Table {
	return &Table{logs: table.New[string, log](table.ShardString[string], cmp.Compare[string])}
}

// Append adds m to place and evicts what is over the limits, oldest first. It
// returns the places that have nothing left.
func (t *Table) Append(tn *turn.Turn, place string, m Message, lim Limits) (emptied []string) {
	l, _ := t.logs.Get(place)
	l.place = place
	l.messages = append(l.messages, m)
	l.bytes += m.cost()
	t.total++
	t.order = append(t.order, spot{place, m.ID})
	tn.Journal.Put(table.Histories, m)
	for len(l.messages) > lim.PlaceMessages || l.bytes > lim.PlaceBytes && len(l.messages) > 1 {
		l = t.evict(tn, l)
	}
	t.logs.Put(l)
	for t.total > lim.AllMessages {
		emptied = append(emptied, t.evictOldest(tn)...)
	}
	t.trimOrder()
	return emptied
}

func (t *Table) evict(tn *turn.Turn, l log) log {
	tn.Journal.Delete(table.Histories, l.place)
	l.bytes -= l.messages[0].cost()
	l.messages = l.messages[1:]
	t.total--
	return l
}

func (t *Table) evictOldest(tn *turn.Turn) []string {
	for {
		s := t.order[0]
		t.order = t.order[1:]
		l, ok := t.logs.Get(s.place)
		if !ok || l.messages[0].ID != s.id {
			continue
		}
		l = t.evict(tn, l)
		if len(l.messages) > 0 {
			t.logs.Put(l)
			return nil
		}
		t.logs.Delete(s.place)
		return []string{s.place}
	}
}

// trimOrder drops overtaken spots once they outnumber the messages.
func (t *Table) trimOrder() {
	if len(t.order) > 2*t.total+1024 {
		t.reorder()
	}
}

func (t *Table) reorder() {
	t.order = make([]spot, 0, t.total)
	for _, l := range t.logs.Sorted() {
		for _, m := range l.messages {
			t.order = append(t.order, spot{l.place, m.ID})
		}
	}
	slices.SortFunc(t.order, func(a, b spot) int { return a.id.Compare(b.id) })
}

// Drop forgets a place.
func (t *Table) Drop(tn *turn.Turn, place string) {
	if l, ok := t.logs.Get(place); ok {
		t.total -= len(l.messages)
		t.logs.Delete(place)
		tn.Journal.Delete(table.Histories, place)
	}
}

// Last returns up to n of the newest messages of place, oldest first. The slice
// is shared and must not be written to.
func (t *Table) Last(place string, n int) []Message {
	l, _ := t.logs.Get(place)
	return l.messages[max(0, len(l.messages)-n):]
}

// After returns the messages of place that came after e, oldest first. The slice
// is shared and must not be written to.
func (t *Table) After(place string, e id.Event) []Message {
	l, _ := t.logs.Get(place)
	i, _ := slices.BinarySearchFunc(l.messages, e, func(m Message, e id.Event) int {
		if m.ID.After(e) {
			return 1
		}
		return -1
	})
	return l.messages[i:]
}

// Len returns how many messages are kept in all.
func (t *Table) Len() int { return t.total }

// Clone returns a copy for Encode alone.
func (t *Table) Clone() *Table { return &Table{logs: t.logs.Clone(), total: t.total} }

// Encode writes the section.
func (t *Table) Encode(e *wire.Encoder) {
	logs := t.logs.Sorted()
	e.Uint(uint64(len(logs)))
	for _, l := range logs {
		e.String(l.place)
		e.Uint(uint64(len(l.messages)))
		for _, m := range l.messages {
			m.Encode(e)
		}
	}
}

// Decode reads what Encode wrote.
func (t *Table) Decode(d *wire.Decoder) {
	for range d.Count(1<<22, 2) {
		l := log{place: d.String(MaxPlace)}
		for range d.Count(1<<22, 9) {
			m := decodeMessage(d)
			l.messages = append(l.messages, m)
			l.bytes += m.cost()
		}
		t.total += len(l.messages)
		t.logs.Put(l)
	}
	if d.Err() == nil {
		t.reorder()
	}
}

// Check returns the first broken promise, or nil. Nothing was said after newest.
func (t *Table) Check(newest id.Index) error {
	total := 0
	for _, l := range t.logs.Sorted() {
		if len(l.messages) == 0 {
			return fmt.Errorf("history: %q is kept and empty", l.place)
		}
		if m := l.messages[len(l.messages)-1]; m.ID.Index > newest {
			return fmt.Errorf("history: %q has %v, of after entry %d", l.place, m.ID, newest)
		}
		bytes := 0
		for i, m := range l.messages {
			bytes += m.cost()
			if i > 0 && !m.ID.After(l.messages[i-1].ID) {
				return fmt.Errorf("history: %q has %v after %v", l.place, m.ID, l.messages[i-1].ID)
			}
		}
		if bytes != l.bytes {
			return fmt.Errorf("history: %q counts %d bytes, has %d", l.place, l.bytes, bytes)
		}
		total += len(l.messages)
	}
	if total != t.total {
		return fmt.Errorf("history: counts %d messages, has %d", t.total, total)
	}
	return nil
}
