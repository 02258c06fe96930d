package fsm

import (
	"slices"

	"moniker/fsm/ban"
	"moniker/fsm/room"
	"moniker/fsm/turn"
)

// unseen does something behind the state's back: nobody is told.
func (r *rogue) unseen(f func(tn *turn.Turn)) {
	tn := &turn.Turn{Index: r.index, Now: r.s.meta.now}
	f(tn)
}

// letTheBannedIn forgets the bans of whoever comes.
func letTheBannedIn(r *rogue, e Entry) Outcome {
	for _, p := range e.Proposals {
		if c, ok := p.Command.(Attach); ok {
			if b, barred := r.s.Barred("", ban.Out, c.Identity); barred {
				r.unseen(func(tn *turn.Turn) { r.s.bans.End(tn, b, turn.ByOperator, "", "") })
			}
		}
	}
	return r.honestly(e)
}

// letTheUninvitedIn forgets that a room is private.
func letTheUninvitedIn(r *rogue, e Entry) Outcome {
	for _, p := range e.Proposals {
		c, ok := p.Command.(Join)
		if row, _ := r.s.rooms.Room(c.Room); ok && row.Private {
			r.unseen(func(tn *turn.Turn) { r.s.rooms.SetPrivate(tn, c.Room, false, room.Hand{}) })
		}
	}
	return r.honestly(e)
}

// hurrySlowRooms forgets that a room is slow.
func hurrySlowRooms(r *rogue, e Entry) Outcome {
	for _, p := range e.Proposals {
		if c, ok := p.Command.(Post); ok {
			if row, _ := r.s.rooms.Room(c.Room); row.Slow > 0 {
				r.unseen(func(tn *turn.Turn) { r.s.rooms.SetSlow(tn, c.Room, 0, room.Hand{}) })
			}
		}
	}
	return r.honestly(e)
}

// overlookLikeness has every room look like nothing but itself.
func overlookLikeness(r *rogue, e Entry) Outcome {
	e.Proposals = slices.Clone(e.Proposals)
	for i, p := range e.Proposals {
		if c, ok := p.Command.(Join); ok {
			c.Skeletons = [2]string{c.Room, c.Room}
			e.Proposals[i].Command = c
		}
	}
	return r.honestly(e)
}

// endBansEarly has bans end with the next Tick.
func endBansEarly(r *rogue, e Entry) Outcome {
	for _, place := range r.s.bans.Places() {
		for _, b := range r.s.bans.In(place) {
			if b.Until > r.s.meta.now {
				r.unseen(func(tn *turn.Turn) {
					b.Until = r.s.meta.now
					r.s.bans.Put(tn, b)
				})
			}
		}
	}
	return r.honestly(e)
}

// letTheMutedSpeak forgets that they are, and how long it is since others spoke.
func letTheMutedSpeak(r *rogue, e Entry) Outcome {
	for _, p := range e.Proposals {
		c, ok := p.Command.(Post)
		row, there := r.s.lease.Session(c.Session)
		if !ok || !there {
			continue
		}
		if b, barred := r.s.Barred(c.Room, ban.Mute, row.Identity); barred {
			r.unseen(func(tn *turn.Turn) { r.s.bans.End(tn, b, turn.ByOperator, "", "") })
		}
	}
	return r.honestly(e)
}
