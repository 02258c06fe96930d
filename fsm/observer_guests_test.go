package fsm

import (
	"moniker/fsm/lease"
	"moniker/fsm/room"
	"moniker/fsm/turn"
)

// partWith closes the books of a guest whose last name is free.
func (o *observer) partWith(e turn.Event) {
	if !e.Identity.Guest() || e.Why == turn.Nick || e.Why == turn.Moved {
		return
	}
	for _, n := range o.names {
		if n.owner == e.Identity {
			return
		}
	}
	for at := range o.own {
		if at.who == e.Identity {
			delete(o.own, at)
		}
	}
	o.were = append(o.were, o.lines[e.Identity]...)
	delete(o.lines, e.Identity)
	delete(o.ignores, e.Identity)
	for _, ignored := range o.ignores {
		delete(ignored, e.Identity)
	}
	for place := range o.said {
		if a, b, private := room.Partners(place); private && (a == e.Identity || b == e.Identity) {
			delete(o.said, place)
		}
	}
}

// noGuestStays judges that a guest who has left has left nothing: not the name, which
// is free at once, nor anything else that was its own.
func (o *observer) noGuestStays(t *sight) {
	for key, n := range t.after.names {
		if n.Owner.Guest() && n.State != lease.Held {
			o.broken(neverLate, "%q is kept for %s, a guest, with %d sessions", key, n.Owner, len(n.Live))
		}
	}
	for _, who := range t.s.People().Guests() {
		if len(t.s.Lease().Of(who)) == 0 {
			o.broken(neverLate, "%s, a guest, is remembered", who)
		}
	}
	for _, r := range t.s.Profiles().Rows() {
		if r.ID.Guest() && len(t.s.Lease().Of(r.ID)) == 0 {
			o.broken(neverLate, "%s, a guest, is gone and has set %v", r.ID, r.Values)
		}
	}
}
