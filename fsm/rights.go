package fsm

import (
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/room"
	"moniker/fsm/setting"
)

// Runs reports whether an identity runs a room: as one of its operators, or as one of
// the cluster's, who run all of them.
func (s *State) Runs(name string, who id.Identity) bool {
	_, exists := s.rooms.Room(name)
	return exists && (s.operator(who) || s.rooms.Runs(room.Seat{Place: name, Who: who}))
}

// Sees reports whether an identity is to know of a room: all know of those that are not
// private; of the others those in it, those invited, and the cluster's operators.
func (s *State) Sees(name string, who id.Identity) bool {
	r, exists := s.rooms.Room(name)
	return exists && (!r.Private || s.rooms.In(name, who) || s.mayJoin(name, who))
}

// mayJoin reports whether an identity may come into a private room.
func (s *State) mayJoin(name string, who id.Identity) bool {
	_, invited := s.rooms.Invitation(room.Seat{Place: name, Who: who})
	return invited || s.operator(who)
}

// Barred returns what keeps an identity from coming in, or from speaking: a row of the
// cluster's, else one of the room's. place is empty where no room is concerned. Nothing
// keeps an operator of the cluster.
func (s *State) Barred(place string, kind ban.Kind, who id.Identity) (ban.Ban, bool) {
	if s.operator(who) {
		return ban.Ban{}, false
	}
	b, ok := s.bans.Get(ban.Key{Kind: kind, Subject: string(who)})
	if !ok && place != "" {
		b, ok = s.bans.Get(ban.Key{Place: place, Kind: kind, Subject: string(who)})
	}
	return b, ok
}

// Unlisted reports whether an identity may not come in because it is not on the list.
func (s *State) Unlisted(who id.Identity) bool {
	_, allowed := s.bans.Allowance(who)
	return s.setting.Get(setting.Allowlist) == 1 && !allowed && !s.operator(who)
}

func (s *State) operator(who id.Identity) bool {
	_, ok := s.members.Operator(who)
	return ok
}

// mayComeIn says whether an identity may be here at all.
func (t *tx) mayComeIn(who id.Identity) (Answer, bool) {
	if b, barred := t.Barred("", ban.Out, who); barred {
		return Answer{Code: Barred, Refusal: &Refusal{Ban: b}}, false
	}
	if t.Unlisted(who) {
		return refuse(NotAllowed), false
	}
	return Answer{}, true
}

// mayEnter says whether an identity may come into a room, which may not exist yet.
func (t *tx) mayEnter(name string, who id.Identity) (Answer, bool) {
	if b, barred := t.Barred(name, ban.Out, who); barred {
		return Answer{Code: Barred, Refusal: &Refusal{Ban: b}}, false
	}
	if r, _ := t.rooms.Room(name); r.Private && !t.mayJoin(name, who) {
		return refuse(Uninvited), false
	}
	return Answer{}, true
}

// muted reports whether an identity may not speak in a room or in a conversation, and
// if so answers it.
func (t *tx) muted(place string, who id.Identity, a *Answer) bool {
	if _, _, private := room.Partners(place); private {
		place = ""
	}
	b, barred := t.Barred(place, ban.Mute, who)
	if barred {
		*a = Answer{Code: Silenced, Refusal: &Refusal{Ban: b}}
	}
	return barred
}

// maySpeak says whether an identity may speak in a room that it is in, or, if place is
// empty, in private; in a slow room, from when on. If so, it takes note that it does.
func (t *tx) maySpeak(who id.Identity, place string) (Answer, bool) {
	var a Answer
	if t.muted(place, who, &a) {
		return a, false
	}
	r, _ := t.rooms.Room(place)
	if r.Slow == 0 || t.Runs(place, who) {
		return Answer{}, true
	}
	seat := room.Seat{Place: place, Who: who}
	if spoke := t.rooms.Spoke(seat); spoke > 0 && t.Now < spoke.Add(r.Slow) {
		return Answer{Code: TooSoon, Refusal: &Refusal{Wait: spoke.Add(r.Slow).Sub(t.Now)}}, false
	}
	t.rooms.Speak(t.Turn, seat)
	return Answer{}, true
}

// ruler returns the session, and in whose name it acts, of somebody who runs a room and
// is not muted there; otherwise the refusal. Whoever is not in a room is not told whether it exists.
func (t *tx) ruler(s id.Session, token id.Token, name string) (room.Hand, Answer, bool) {
	row, a, ok := t.fenced(s, token)
	switch {
	case !ok:
		return room.Hand{}, a, false
	case t.Runs(name, row.Identity):
		if t.muted(name, row.Identity, &a) { // topics and reasons are read, too
			return room.Hand{}, a, false
		}
		return t.hand(row), Answer{}, true
	case !t.rooms.In(name, row.Identity):
		return room.Hand{}, refuse(NotInRoom), false
	}
	return room.Hand{}, refuse(NotOperator), false
}

func (t *tx) hand(s lease.Session) room.Hand {
	return room.Hand{Who: s.Identity, Nick: t.lease.Name(s.Nick).Display}
}

// nickOf is the name somebody last had; empty if they are not remembered.
func (t *tx) nickOf(who id.Identity) string {
	p, _ := t.people.Get(who)
	return p.Nick
}

// shelter puts somebody who is in no room into the lobby, which nobody is put out of.
func (t *tx) shelter(who id.Identity, nick string) {
	if len(t.rooms.Of(who)) == 0 {
		t.enterRoom(room.Seat{Place: room.Lobby, Who: who}, [2]string{}, nick)
	}
}
