package fsm

import (
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/room"
	"moniker/fsm/stream"
	"moniker/fsm/turn"
)

// rulings are the observer's books of rooms: who may not come in or speak until when,
// which rooms are private or slow, who runs them and who is invited.
type rulings struct {
	bans      map[ban.Key]id.Time // zero: until it is undone
	operators map[id.Identity]bool
	private   map[string]bool
	slow      map[string]id.Duration
	runs      map[room.Seat]bool
	invited   map[room.Seat]bool
	people    map[string]int
	spoke     map[room.Seat]id.Time
}

func ruled(s *State) rulings {
	r := rulings{
		bans: map[ban.Key]id.Time{}, operators: map[id.Identity]bool{}, private: map[string]bool{}, slow: map[string]id.Duration{},
		runs: map[room.Seat]bool{}, invited: map[room.Seat]bool{}, people: map[string]int{}, spoke: map[room.Seat]id.Time{},
	}
	for _, o := range s.Members().Operators() {
		r.operators[o.ID] = true
	}
	for _, x := range s.Rooms().Rooms() {
		r.private[x.Name], r.slow[x.Name], r.people[x.Name] = x.Private, x.Slow, s.Rooms().Size(x.Name)
		for _, who := range s.Rooms().Operators(x.Name) {
			r.runs[room.Seat{Place: x.Name, Who: who}] = true
		}
	}
	return r
}

// barred reports whether somebody may not come in, or speak, by what was told.
func (r *rulings) barred(place string, kind ban.Kind, who id.Identity) bool {
	if r.operators[who] {
		return false
	}
	_, everywhere := r.bans[ban.Key{Kind: kind, Subject: string(who)}]
	_, there := r.bans[ban.Key{Place: place, Kind: kind, Subject: string(who)}]
	return everywhere || there
}

// rule judges one event about rooms and keeps the books.
func (o *observer) rule(t *sight, e turn.Event) {
	r, seat := &o.rooms, room.Seat{Place: e.Place, Who: e.Identity}
	switch e.Kind {
	case turn.OperatorAdded, turn.OperatorRemoved:
		if r.operators[e.Identity] = e.Kind == turn.OperatorAdded; !r.operators[e.Identity] {
			delete(r.operators, e.Identity)
		}
	case turn.Granted, turn.Attached:
		if e.Why != turn.Nick && e.Why != turn.Moved && e.Session != (id.Session{}) && r.barred("", ban.Out, e.Identity) {
			o.broken(fenced, "%s, who is banned, is on %q", e.Identity, e.Key)
		}
	case turn.RoomJoined:
		o.comes(seat)
	case turn.RoomParted:
		delete(r.runs, seat)
		delete(r.spoke, seat)
		if r.people[e.Place]--; r.people[e.Place] == 0 && e.Place != room.Lobby {
			o.forgetRoom(e.Place)
		}
	case turn.RoomHidden, turn.RoomOpened:
		r.private[e.Place] = e.Kind == turn.RoomHidden
		o.ruler(e)
	case turn.RoomSlowed:
		r.slow[e.Place] = e.For
		o.ruler(e)
	case turn.TopicSet:
		o.ruler(e)
		o.mayUtter(e.Identity, e)
	case turn.RoomGiven, turn.RoomTaken:
		if r.runs[seat] = e.Kind == turn.RoomGiven; !r.runs[seat] {
			delete(r.runs, seat)
		}
	case turn.Invited:
		r.invited[room.Seat{Place: e.Place, Who: e.To}] = true
	case turn.Uninvited:
		o.ruler(e)
		o.mayUtter(e.Identity, e)
		if seat.Who = e.To; !r.invited[seat] {
			o.broken(fenced, "%s loses an invitation to %s and had none", e.To, e.Place)
		}
		delete(r.invited, seat)
	case turn.Banned, turn.Muted, turn.Unbanned, turn.Unmuted:
		o.bans(t, e)
	case turn.Said:
		o.maySpeak(e)
	}
}

// ruler judges that whoever changes a room runs it.
func (o *observer) ruler(e turn.Event) {
	if !o.rooms.operators[e.Identity] && !o.rooms.runs[room.Seat{Place: e.Place, Who: e.Identity}] {
		o.broken(fenced, "%s changes %s and does not run it", e.Identity, e.Place)
	}
}

func (o *observer) comes(seat room.Seat) {
	r := &o.rooms
	switch {
	case r.barred(seat.Place, ban.Out, seat.Who):
		o.broken(fenced, "%s, who is banned from %s, comes in", seat.Who, seat.Place)
	case r.private[seat.Place] && !r.invited[seat] && !r.operators[seat.Who]:
		o.broken(fenced, "%s, who is not invited to %s, comes in", seat.Who, seat.Place)
	}
	for other, people := range r.people {
		a, b := resembles(other), resembles(seat.Place)
		if other != seat.Place && people > 0 && (a[0] == b[0] || a[1] == b[1]) {
			o.broken(oneOwner, "%s is made while %s, which looks like it, is there", seat.Place, other)
		}
	}
	delete(r.invited, seat)
	if r.people[seat.Place]++; r.people[seat.Place] == 1 && seat.Place != room.Lobby {
		r.runs[seat] = true
	}
	if r.slow[seat.Place] > 0 {
		r.spoke[seat] = o.now
	}
}

func (o *observer) forgetRoom(name string) {
	r := &o.rooms
	delete(o.said, name) // if it is made again, even within this entry, nothing was said in it
	delete(r.private, name)
	delete(r.slow, name)
	for seat := range r.invited {
		if seat.Place == name {
			delete(r.invited, seat)
		}
	}
	for k := range r.bans {
		if k.Place == name {
			delete(r.bans, k)
		}
	}
}

// bans keeps who is banned and muted, and judges that none of it ends early.
func (o *observer) bans(t *sight, e turn.Event) {
	k := ban.Key{Place: e.Place, Kind: ban.Out, Subject: e.Key}
	if e.Kind == turn.Muted || e.Kind == turn.Unmuted {
		k.Kind = ban.Mute
	}
	until, was := o.rooms.bans[k]
	switch {
	case e.Kind == turn.Banned || e.Kind == turn.Muted:
		o.rooms.bans[k] = 0
		if e.For > 0 {
			o.rooms.bans[k] = o.now.Add(e.For)
		}
		if k.Kind == ban.Out {
			delete(o.rooms.invited, room.Seat{Place: e.Place, Who: e.Identity})
		}
		return
	case !was || e.Why == turn.Over && (!t.ticked || until == 0 || until > o.now):
		o.broken(neverEarly, "what keeps %s from %s ends at %d, and was to last until %d", e.Key, e.Place, o.now, until)
	}
	delete(o.rooms.bans, k)
}

// mayUtter judges that whoever speaks, or changes what they have said, is not muted.
func (o *observer) mayUtter(who id.Identity, e turn.Event) {
	if o.rooms.barred(e.Place, ban.Mute, who) {
		o.broken(fenced, "%s, who is muted, is heard in %s", who, e.Place)
	}
}

// maySpeak judges that whoever speaks is neither muted nor too fast.
func (o *observer) maySpeak(e turn.Event) {
	r, seat := &o.rooms, room.Seat{Place: e.Place, Who: e.Identity}
	o.mayUtter(e.Identity, e)
	if slow := r.slow[e.Place]; slow > 0 && !r.runs[seat] && !r.operators[e.Identity] {
		if spoke := r.spoke[seat]; spoke > 0 && o.now < spoke.Add(slow) {
			o.broken(fenced, "%s speaks in %s at %d, having spoken at %d", e.Identity, e.Place, o.now, spoke)
		}
		r.spoke[seat] = o.now
	}
}

// overdue judges that no ban outlives a Tick.
func (o *observer) overdue(t *sight) {
	for i, p := range t.entry.Proposals {
		if _, ticks := p.Command.(Tick); !ticks || t.out.Answers[i].Verdict != stream.Next || i < len(t.entry.Proposals)-1 {
			continue
		}
		for _, place := range t.s.Bans().Places() {
			for _, b := range t.s.Bans().In(place) {
				if b.Until > 0 && b.Until <= o.now {
					o.broken(neverLate, "what keeps %s from %s was to end at %d, and it is %d", b.ID.Subject, place, b.Until, o.now)
				}
			}
		}
	}
}
