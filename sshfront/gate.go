package sshfront

import (
	"cmp"
	"slices"
	"time"
)

const (
	// roomEach is how many may wait in the room for each that may take a turn.
	roomEach = 32
	// enoughQuiet is how long nothing has to come of a visitor, before another takes
	// the place of one. It is longer than a round trip to anywhere.
	enoughQuiet = 1500 * time.Millisecond
)

// bounds are the settings of admission.
type bounds struct {
	all, address         int // connections
	turns, addressesTurn int // handshakes that may be worked on at a time: in all, and of one address
}

func (b bounds) room() int          { return b.turns * roomEach }
func (b bounds) addressesRoom() int { return b.addressesTurn * roomEach }

// gate decides which connections are let in, which of them is worked on next, and
// which gives way. It knows neither time nor sockets; calls do not overlap.
//
// A visitor who is let in stands in the room until it has said who it is. There it
// costs a socket and some kilobytes. What costs more is the key exchange, and for
// that it takes a turn: only when all that the work needs has arrived, and only
// until the work is done. So whoever keeps the server waiting holds no turn, and a
// turn is never long in coming. Turns go round the addresses, whatever number of
// visitors each has.
//
// When the room is full, somebody gives way, or the one who comes is refused:
//
//   - Where the address itself has its fill, the one of its own that has been quiet
//     longest gives way, if that is at least enoughQuiet.
//   - Else the quietest of the address with the most visitors, if that is at least
//     enoughQuiet, or if that address has more by at least two: no address is kept
//     out by another that takes more than its share.
//
// So somebody who is asked for a passphrase or a touch loses nothing while there is
// room, and then only to those of the same address or to addresses with fewer.
type gate struct {
	origins map[source]*origin
	crowded []*origin // those with visitors in the room
	line    []*origin // those with visitors who wait for a turn, the next first
	open    int       // connections, those in the room included
	room    int
	turns   int
}

// origin is a source that has connections.
type origin struct {
	source source
	open   int
	turns  int
	room   []*visitor
	queue  []*visitor // who wait for a turn
}

// visitor is a connection that was let in.
type visitor struct {
	from  *origin
	moved time.Time // when its handshake last went on
	room  bool      // it has not said who it is
	turn  bool
	gone  bool

	// For whoever runs the gate; the gate does not touch them.
	granted chan struct{} // takes one when the turn comes
	giveWay func()
}

// refusal says why a connection is not let in; zero: it is.
type refusal byte

const (
	tooMany            refusal = iota + 1 // connections in all
	tooManyFromAddress                    // connections
	tooManyUnproven                       // in the room
	tooManyUnprovenFromAddress
)

func newGate() *gate { return &gate{origins: map[source]*origin{}} }

// arrive lets v in or refuses it. Another may give way to it, which is then out of
// the gate already.
func (g *gate) arrive(b bounds, from source, v *visitor, now time.Time) (why refusal, out *visitor) {
	o := g.origins[from]
	if o == nil {
		o = &origin{source: from}
	}
	why, out = g.judge(b, o, now)
	if why != 0 {
		return why, nil
	}
	if out != nil {
		g.leave(out)
	}
	g.origins[from] = o
	if len(o.room) == 0 {
		g.crowded = append(g.crowded, o)
	}
	v.from, v.moved, v.room = o, now, true
	o.room = append(o.room, v)
	o.open++
	g.open++
	g.room++
	return 0, out
}

// judge says who gives way to one more of o, if somebody has to.
func (g *gate) judge(b bounds, o *origin, now time.Time) (refusal, *visitor) {
	quiet := func(v *visitor) bool { return now.Sub(v.moved) >= enoughQuiet }
	switch {
	case len(o.room) >= b.addressesRoom():
		if v := o.quietest(); quiet(v) {
			return 0, v
		}
		return tooManyUnprovenFromAddress, nil
	case o.open >= b.address:
		return tooManyFromAddress, nil
	case g.room >= b.room():
		most := slices.MaxFunc(g.crowded, func(x, y *origin) int {
			return cmp.Or(cmp.Compare(len(x.room), len(y.room)), y.quietest().moved.Compare(x.quietest().moved))
		})
		if v := most.quietest(); quiet(v) || len(most.room) >= len(o.room)+2 {
			return 0, v
		}
		return tooManyUnproven, nil
	case g.open >= b.all:
		return tooMany, nil
	}
	return 0, nil
}

func (o *origin) quietest() *visitor {
	return slices.MinFunc(o.room, func(x, y *visitor) int { return x.moved.Compare(y.moved) })
}

// ask has v wait for a turn. It has none, and does not wait already.
func (g *gate) ask(v *visitor) {
	if v.gone || !v.room {
		return
	}
	if len(v.from.queue) == 0 {
		g.line = append(g.line, v.from)
	}
	v.from.queue = append(v.from.queue, v)
}

// next gives a turn to whoever it is for; nil while nobody can have one.
func (g *gate) next(b bounds) *visitor {
	if g.turns >= b.turns {
		return nil
	}
	i := slices.IndexFunc(g.line, func(o *origin) bool { return o.turns < b.addressesTurn })
	if i < 0 {
		return nil
	}
	o := g.line[i]
	v := o.queue[0]
	o.queue = o.queue[1:]
	g.line = slices.Delete(g.line, i, i+1)
	if len(o.queue) > 0 {
		g.line = append(g.line, o)
	}
	v.turn = true
	o.turns++
	g.turns++
	return v
}

// rest takes v's turn back, if it has one.
func (g *gate) rest(v *visitor) {
	if v.turn {
		v.turn = false
		v.from.turns--
		g.turns--
	}
}

// move notes that v's handshake goes on.
func (g *gate) move(v *visitor, now time.Time) { v.moved = now }

// prove takes v out of the room: it has said who it is.
func (g *gate) prove(v *visitor) {
	if !v.room {
		return
	}
	g.rest(v)
	o := v.from
	without := func(list []*visitor) []*visitor {
		return slices.DeleteFunc(list, func(w *visitor) bool { return w == v })
	}
	if waited := len(o.queue) > 0; waited {
		if o.queue = without(o.queue); len(o.queue) == 0 {
			g.line = slices.DeleteFunc(g.line, func(p *origin) bool { return p == o })
		}
	}
	v.room = false
	g.room--
	if o.room = without(o.room); len(o.room) == 0 {
		g.crowded = slices.DeleteFunc(g.crowded, func(p *origin) bool { return p == o })
	}
}

// leave takes v out of the gate, once: its connection is over.
func (g *gate) leave(v *visitor) {
	if v.gone || v.from == nil {
		return
	}
	g.prove(v)
	v.gone = true
	g.open--
	if v.from.open--; v.from.open == 0 {
		delete(g.origins, v.from.source)
	}
}
