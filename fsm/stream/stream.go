// Package stream makes commands take effect exactly once. Each incarnation
// numbers its commands from 1; the next in turn is executed, a repeat is answered
// from memory, a gap is refused. It does not know what a command does.
// (Raft thesis, Ongaro 2014, section 6.3; here the client is a node, not a person.)
package stream

import (
	"cmp"
	"fmt"

	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Window is how many answers a stream remembers, and therefore how many commands
// a node may have unapplied: a repeat within it is answered as the first was.
const Window = 1024

// Answer is what is remembered of a command's outcome.
type Answer struct {
	Code  uint16
	Event id.Event
	Token id.Token
}

// Stream is one incarnation's.
type Stream struct {
	ID   id.Incarnation
	Last uint64   // the newest number executed
	Ring []Answer // of the numbers up to Last, oldest first. Only ever appended to: snapshots share it.
}

// Key returns the incarnation.
func (s Stream) Key() id.Incarnation { return s.ID }

// Encode writes the canonical form.
func (s Stream) Encode(e *wire.Encoder) {
	e.Fixed64(uint64(s.ID))
	e.Uint(s.Last)
	e.Uint(uint64(len(s.Ring)))
	for _, a := range s.Ring {
		a.encode(e)
	}
}

func (a Answer) encode(e *wire.Encoder) {
	e.Uint(uint64(a.Code))
	e.Uint(uint64(a.Event.Index))
	e.Uint(uint64(a.Event.Sub))
	e.Uint(uint64(a.Token))
}

// Verdict is what is to be done with a numbered command.
type Verdict byte

// Verdicts.
const (
	Next   Verdict = iota + 1 // it is the next: execute it, then Note its answer
	Repeat                    // it was executed before
	Gap                       // one before it is missing: nothing is done
	Ended                     // the stream is over: nothing ever will be
)

// Table holds the streams of live incarnations.
type Table struct {
	rows table.Table[id.Incarnation, Stream]
}

// New returns an empty table.
func New() *Table {
	return &Table{rows: table.New[id.Incarnation, Stream](
		func(k id.Incarnation) uint32 { return uint32(k) }, cmp.Compare[id.Incarnation])}
}

// Open begins inc's stream: its first command is number 1.
func (t *Table) Open(tn *turn.Turn, inc id.Incarnation) {
	s := Stream{ID: inc}
	t.rows.Put(s)
	tn.Journal.Put(table.Streams, s)
}

// Close forgets inc's stream. What was unapplied never will be.
func (t *Table) Close(tn *turn.Turn, inc id.Incarnation) {
	t.rows.Delete(inc)
	tn.Journal.Delete(table.Streams, "")
}

// Judge says what is to be done with command number n of inc. For a repeat that
// is still remembered it gives the answer it had.
func (t *Table) Judge(inc id.Incarnation, n uint64) (Verdict, Answer) {
	s, ok := t.rows.Get(inc)
	switch {
	case !ok:
		return Ended, Answer{}
	case n == s.Last+1:
		return Next, Answer{}
	case n > s.Last:
		return Gap, Answer{}
	}
	a, _ := s.at(n)
	return Repeat, a
}

// Note remembers the answer of the next command of inc.
func (t *Table) Note(tn *turn.Turn, inc id.Incarnation, a Answer) {
	s, _ := t.rows.Get(inc)
	s.Last++
	s.Ring = append(s.Ring, a)
	if len(s.Ring) > Window {
		s.Ring = s.Ring[len(s.Ring)-Window:]
	}
	t.rows.Put(s)
	tn.Journal.Put(table.Streams, entry{s.ID, s.Last, a})
}

// entry is what Note changed: the whole ring is not written for every command.
type entry struct {
	inc id.Incarnation
	n   uint64
	a   Answer
}

func (n entry) Encode(e *wire.Encoder) {
	e.Fixed64(uint64(n.inc))
	e.Uint(n.n)
	n.a.encode(e)
}

// Last returns the newest number of inc that was executed; false if its stream is over.
func (t *Table) Last(inc id.Incarnation) (uint64, bool) {
	s, ok := t.rows.Get(inc)
	return s.Last, ok
}

// Answer returns what command n of inc was answered; false if it was not
// executed or is no longer remembered.
func (t *Table) Answer(inc id.Incarnation, n uint64) (Answer, bool) {
	s, _ := t.rows.Get(inc)
	return s.at(n)
}

func (s Stream) at(n uint64) (Answer, bool) {
	first := s.Last - uint64(len(s.Ring)) + 1
	if n < first || n > s.Last {
		return Answer{}, false
	}
	return s.Ring[n-first], true
}

// Clone returns a copy for Encode alone.
func (t *Table) Clone() *Table { return &Table{rows: t.rows.Clone()} }

// Encode writes the section.
func (t *Table) Encode(e *wire.Encoder) {
	table.Encode(&t.rows, e)
}

// Decode reads what Encode wrote.
func (t *Table) Decode(d *wire.Decoder) {
	for range d.Count(1<<16, 10) {
		s := Stream{ID: id.Incarnation(d.Fixed64()), Last: d.Uint()}
		for range d.Count(Window, 4) {
			s.Ring = append(s.Ring, Answer{
				Code:  d.Uint16(),
				Event: id.Event{Index: id.Index(d.Uint()), Sub: d.Uint32()},
				Token: id.Token(d.Uint()),
			})
		}
		t.rows.Put(s)
	}
}

// Check returns the first broken promise, or nil. live tells which incarnations are.
func (t *Table) Check(live func(id.Incarnation) bool) error {
	for _, s := range t.rows.Sorted() {
		if !live(s.ID) {
			return fmt.Errorf("stream: incarnation %x has ended and its stream has not", s.ID)
		}
		if want := min(s.Last, Window); uint64(len(s.Ring)) != want {
			return fmt.Errorf("stream: incarnation %x remembers %d answers of %d", s.ID, len(s.Ring), s.Last)
		}
	}
	return nil
}
