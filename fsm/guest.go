package fsm

import (
	"fmt"

	"moniker/fsm/id"
	"moniker/fsm/room"
	"moniker/fsm/setting"
)

// A guest is somebody without a key. Its identity is its connection's, so there is
// nobody to keep anything for: its name is free with its last session (package lease
// sees to that), and then it is as if it had never been here, but for what it said in
// rooms and for the trail of the name.

// receives says whether an identity may come in, though it may be a guest's.
func (t *tx) receives(who id.Identity) (Answer, bool) {
	if !who.Guest() {
		return Answer{}, true
	}
	if t.setting.Get(setting.Guests) == 0 {
		return refuse(NoGuests), false
	}
	if limit := t.setting.Get(setting.LimitGuests); int64(t.lease.Guests()) >= limit {
		return tooMany(limit), false
	}
	return Answer{}, true
}

// partWith forgets a guest that has no name any more, wholly: what was said in private
// to and by it, too, that others ignore it, and where it may not be or speak. Of anybody else it forgets nothing.
func (t *tx) partWith(who id.Identity) {
	if !who.Guest() || len(t.lease.Owned(who)) > 0 {
		return
	}
	for _, place := range t.rooms.Reads(who) {
		if a, b, private := room.Partners(place); private {
			t.history.Drop(t.Turn, place)
			t.rooms.Forget(t.Turn, room.Seat{Place: place, Who: a})
			t.rooms.Forget(t.Turn, room.Seat{Place: place, Who: b})
		}
	}
	p, _ := t.people.Get(who)
	t.forget(who, p.Nick)
	t.profiles.IgnoredNoMore(t.Turn, who)
	t.bans.Forget(t.Turn, string(who))
}

// checkGuests holds that no guest is known who is not here, and that none has what
// takes a key.
func (s *State) checkGuests() error {
	for _, p := range s.people.Guests() {
		if len(s.lease.Owned(p)) == 0 {
			return fmt.Errorf("fsm: %s is remembered and has no name", p)
		}
		if _, bound := s.keys.Key(p.First()); bound {
			return fmt.Errorf("fsm: %s has a key", p)
		}
	}
	for _, o := range s.members.Operators() {
		if o.ID.Guest() {
			return fmt.Errorf("fsm: %s is an operator", o.ID)
		}
	}
	for _, r := range s.profiles.Rows() {
		for _, who := range r.Ignores {
			if _, here := s.people.Get(who); who.Guest() && !here {
				return fmt.Errorf("fsm: %s ignores %s, who has gone", r.ID, who)
			}
		}
	}
	for _, place := range s.bans.Places() {
		for _, b := range s.bans.In(place) {
			who := id.Identity(b.ID.Subject)
			if _, here := s.people.Get(who); who.Guest() && !here {
				return fmt.Errorf("fsm: %s is kept from %q, and has gone", who, place)
			}
		}
	}
	for _, a := range s.bans.Allowances() {
		if a.Who.Guest() {
			return fmt.Errorf("fsm: %s is on the list of those who may come in", a.Who)
		}
	}
	return nil
}
