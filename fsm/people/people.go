// Package people remembers identities: the name they last went by, the lines they
// sent lately, so that a line sent again through another node is said once, and what
// befell them while they were not here, so that they are told.
// It does not know who is connected.
package people

import (
	"cmp"
	"fmt"
	"slices"

	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Lines is how many of an identity's last lines are remembered.
const Lines = 64

// MaxLine bounds a line id, in bytes.
const MaxLine = 32

const maxName = 128

// Line is a line that was said, under the id its sender gave it.
type Line struct {
	ID string
	At id.Event
}

// News is how many things that befell somebody who was not here are remembered.
const News = 8

const (
	maxPlace  = 200
	maxReason = 480
)

// PutOut is that somebody who was not here was put out of a room.
type PutOut struct {
	Place  string
	Barred bool // they may not come back in
	By     id.Identity
	ByNick string
	Reason string
	Wall   id.Wall
}

// Person is an identity that has been here.
type Person struct {
	ID    id.Identity
	Nick  string // the name it last had, as it writes it
	Seen  id.Time
	Wall  id.Wall  // Seen, for people
	Lines []Line   // newest last; replaced, never written into
	News  []PutOut // since they left, oldest first; replaced, never written into
}

// Key returns the identity.
func (p Person) Key() id.Identity { return p.ID }

// Encode writes the canonical form.
func (p Person) Encode(e *wire.Encoder) {
	e.String(string(p.ID))
	e.String(p.Nick)
	e.Int(int64(p.Seen))
	e.Int(int64(p.Wall))
	e.Uint(uint64(len(p.Lines)))
	for _, l := range p.Lines {
		e.String(l.ID)
		e.Uint(uint64(l.At.Index))
		e.Uint(uint64(l.At.Sub))
	}
	e.Uint(uint64(len(p.News)))
	for _, n := range p.News {
		n.encode(e)
	}
}

func (n PutOut) encode(e *wire.Encoder) {
	e.String(n.Place)
	e.Bool(n.Barred)
	e.String(string(n.By))
	e.String(n.ByNick)
	e.String(n.Reason)
	e.Int(int64(n.Wall))
}

func decodePutOut(d *wire.Decoder) PutOut {
	return PutOut{d.String(maxPlace), d.Bool(), id.Identity(d.String(maxName)), d.String(maxName), d.String(maxReason), id.Wall(d.Int())}
}

// Table holds everybody who is remembered.
type Table struct {
	rows table.Table[id.Identity, Person]
}

// New returns an empty table.
func New() *Table {
	return &Table{table.New[id.Identity, Person](table.ShardString[id.Identity], cmp.Compare[id.Identity])}
}

// Get returns a person.
func (t *Table) Get(who id.Identity) (Person, bool) { return t.rows.Get(who) }

// Len returns how many are remembered.
func (t *Table) Len() int { return t.rows.Len() }

// See notes that an identity is here now, as nick.
func (t *Table) See(tn *turn.Turn, who id.Identity, nick string) {
	p, _ := t.rows.Get(who)
	p.ID, p.Nick, p.Seen, p.Wall = who, nick, tn.Now, tn.Wall
	t.put(tn, p)
}

// Left notes that an identity was here until now: what befell it before is no news.
func (t *Table) Left(tn *turn.Turn, who id.Identity) {
	p, ok := t.rows.Get(who)
	if !ok || p.Seen == tn.Now && p.Wall == tn.Wall && len(p.News) == 0 {
		return
	}
	p.Seen, p.Wall, p.News = tn.Now, tn.Wall, nil
	t.put(tn, p)
}

// Tell remembers what befalls somebody who is not here, in place of the oldest if it is
// much.
func (t *Table) Tell(tn *turn.Turn, who id.Identity, n PutOut) {
	p, ok := t.rows.Get(who)
	if !ok {
		return
	}
	keep := p.News[max(0, len(p.News)-News+1):]
	p.News = append(slices.Clone(keep), n)
	t.put(tn, p)
}

// Said returns where the line was said, if it was.
func (t *Table) Said(who id.Identity, line string) (id.Event, bool) {
	p, _ := t.rows.Get(who)
	for _, l := range p.Lines {
		if l.ID == line {
			return l.At, true
		}
	}
	return id.Event{}, false
}

// Say remembers a line.
func (t *Table) Say(tn *turn.Turn, who id.Identity, l Line) {
	p, _ := t.rows.Get(who)
	p.ID = who
	keep := p.Lines[max(0, len(p.Lines)-Lines+1):]
	p.Lines = append(slices.Clone(keep), l)
	t.put(tn, p)
}

// Crowd returns up to n of the people seen longest ago for whom gone holds: those
// to forget when there are too many.
func (t *Table) Crowd(n int, gone func(id.Identity) bool) []id.Identity {
	rows := t.rows.Sorted()
	slices.SortStableFunc(rows, func(a, b Person) int { return cmp.Compare(a.Seen, b.Seen) })
	var out []id.Identity
	for _, p := range rows {
		if len(out) == n {
			break
		}
		if gone(p.ID) {
			out = append(out, p.ID)
		}
	}
	return out
}

// Guests returns the guests who are remembered, in order.
func (t *Table) Guests() []id.Identity {
	var all []id.Identity
	for _, p := range t.rows.Sorted() {
		if p.ID.Guest() {
			all = append(all, p.ID)
		}
	}
	return all
}

// Forget drops a person.
func (t *Table) Forget(tn *turn.Turn, who id.Identity) {
	t.rows.Delete(who)
	tn.Journal.Delete(table.People, string(who))
}

func (t *Table) put(tn *turn.Turn, p Person) {
	t.rows.Put(p)
	tn.Journal.Put(table.People, p)
}

// Clone returns a copy for Encode alone.
func (t *Table) Clone() *Table { return &Table{t.rows.Clone()} }

// Encode writes the section.
func (t *Table) Encode(e *wire.Encoder) {
	table.Encode(&t.rows, e)
}

// Decode reads what Encode wrote.
func (t *Table) Decode(d *wire.Decoder) {
	for range d.Count(1<<24, 6) {
		p := Person{
			ID: id.Identity(d.String(maxName)), Nick: d.String(maxName),
			Seen: id.Time(d.Int()), Wall: id.Wall(d.Int()),
		}
		for range d.Count(Lines, 3) {
			p.Lines = append(p.Lines, Line{d.String(MaxLine), id.Event{Index: id.Index(d.Uint()), Sub: d.Uint32()}})
		}
		for range d.Count(News, 6) {
			p.News = append(p.News, decodePutOut(d))
		}
		t.rows.Put(p)
	}
}

// Check returns the first broken promise, or nil.
func (t *Table) Check() error {
	for _, p := range t.rows.Sorted() {
		if len(p.Lines) > Lines || len(p.News) > News {
			return fmt.Errorf("people: of %s %d lines are remembered, and %d things that befell them", p.ID, len(p.Lines), len(p.News))
		}
	}
	return nil
}
