package setting

import (
	"fmt"

	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// MaxMotd bounds the message of the day, in bytes.
const MaxMotd = 8000

// Motd is the message of the day, and who said so.
type Motd struct {
	Text string // empty: there is none
	By   id.Identity
	Nick string  // their name then
	Wall id.Wall // when, for people
}

// Encode writes the canonical form.
func (m Motd) Encode(e *wire.Encoder) {
	e.String(m.Text)
	e.String(string(m.By))
	e.String(m.Nick)
	e.Int(int64(m.Wall))
}

// Motd returns the message of the day.
func (t *Table) Motd() Motd { return t.motd }

// SetMotd makes it another; an empty text takes it away.
func (t *Table) SetMotd(tn *turn.Turn, m Motd) id.Event {
	m.Wall = tn.Wall
	t.motd = m
	tn.Journal.Put(table.Notices, m)
	return tn.Emit(turn.Event{Kind: turn.MotdSet, Text: m.Text, Identity: m.By, Nick: m.Nick})
}

// EncodeMotd writes the section of the message of the day.
func (t *Table) EncodeMotd(e *wire.Encoder) { t.motd.Encode(e) }

// DecodeMotd reads what EncodeMotd wrote.
func (t *Table) DecodeMotd(d *wire.Decoder) {
	t.motd = Motd{d.String(MaxMotd), id.Identity(d.String(128)), d.String(128), id.Wall(d.Int())}
}

func (t *Table) checkMotd() error {
	if len(t.motd.Text) > MaxMotd {
		return fmt.Errorf("setting: the message of the day has %d bytes", len(t.motd.Text))
	}
	return nil
}
