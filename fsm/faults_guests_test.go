package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/turn"
)

// keepGuestsNames has what a guest leaves be in no other's reach.
func keepGuestsNames(r *rogue, e Entry) Outcome {
	out := r.honestly(e)
	for _, ev := range out.Events {
		if ev.Kind == turn.Freed && ev.Identity.Guest() && r.s.lease.Name(ev.Key).State == lease.Free {
			r.s.people.See(&r.s.turn, ev.Identity, ev.Nick)
			n := lease.Nick{Display: ev.Nick, Key: ev.Key, Skeletons: [2]string{ev.Key, ev.Key}}
			r.s.lease.Reserve(&r.s.turn, n, ev.Identity, lease.Keep{Reserved: id.Hour}, "")
		}
	}
	return out
}

// rememberGuests forgets nobody.
func rememberGuests(r *rogue, e Entry) Outcome {
	out := r.honestly(e)
	for _, ev := range out.Events {
		if ev.Kind == turn.Freed && ev.Identity.Guest() {
			r.s.people.See(&r.s.turn, ev.Identity, ev.Nick)
		}
	}
	return out
}
