package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/room"
	"moniker/fsm/wire"
)

// MaxReads is how many read positions one command may carry: with the longest
// places that there are, they fit into MaxCommand.
const MaxReads = 128

const maxPlace = 200 // a conversation: two identities and two signs

// Position is how far a session has read a place.
type Position struct {
	Session uint64 // its number under the incarnation that says so
	Place   string
	At      id.Event
}

func encodePositions(e *wire.Encoder, ps []Position) {
	e.Uint(uint64(len(ps)))
	for _, p := range ps {
		e.Uint(p.Session)
		e.String(p.Place)
		e.Uint(uint64(p.At.Index))
		e.Uint(uint64(p.At.Sub))
	}
}

func decodePositions(d *wire.Decoder) []Position {
	n := d.Count(MaxReads, 4)
	if n == 0 {
		return nil
	}
	ps := make([]Position, 0, n)
	for range n {
		ps = append(ps, Position{d.Uint(), d.String(maxPlace), id.Event{Index: id.Index(d.Uint()), Sub: d.Uint32()}})
	}
	return ps
}

// readTo takes the read positions that incarnation inc reports for its sessions.
// One for a place its identity is not in, or beyond what has happened, is passed
// over: it is a hint that came too late, not a fault.
func (t *tx) readTo(inc id.Incarnation, ps []Position) {
	for _, p := range ps {
		s, ok := t.lease.Session(id.Session{Incarnation: inc, Number: p.Session})
		if !ok || p.At.Index >= t.Index || !t.mayRead(s.Identity, p.Place) {
			continue
		}
		t.rooms.ReadTo(t.Turn, room.Read{Seat: room.Seat{Place: p.Place, Who: s.Identity}, At: p.At})
	}
}

func (t *tx) mayRead(who id.Identity, place string) bool {
	if a, b, private := room.Partners(place); private {
		return (who == a || who == b) && len(t.history.Last(place, 1)) > 0
	}
	return t.rooms.In(place, who)
}

// Renew moves an incarnation's deadline to a ttl from now, and the read positions
// of its sessions with it. There is one a node and ttl/3, however many sessions it
// carries. It stands outside the stream: a renewal must never wait behind a
// backlog. Counter rises with each, so that a late copy renews nothing.
type Renew struct {
	Incarnation id.Incarnation
	Counter     uint64
	Reads       []Position
}

// Kind implements Command.
func (Renew) Kind() Kind { return KindRenew }

func (c Renew) encode(e *wire.Encoder) {
	e.Fixed64(uint64(c.Incarnation))
	e.Uint(c.Counter)
	encodePositions(e, c.Reads)
}

func decodeRenew(d *wire.Decoder) Renew {
	return Renew{id.Incarnation(d.Fixed64()), d.Uint(), decodePositions(d)}
}

func (c Renew) run(t *tx) Answer {
	if !t.lease.Live(c.Incarnation) {
		return refuse(Stale)
	}
	if t.lease.Renew(t.Turn, c.Incarnation, c.Counter, t.ttl()) {
		t.readTo(c.Incarnation, c.Reads)
	}
	return Answer{Code: OK}
}
