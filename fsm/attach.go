package fsm

import (
	"cmp"

	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Attach makes a session and puts it on a name, in one commit: the owner returns
// at once, with the token she had; a free name is granted under a new one. It is
// refused if the identity is banned, or not on the list while that counts; and if the
// name, or one that looks like it, is another identity's: with whose, since when, until
// when. At her limit of sessions the one of hers that was heard from longest ago gives
// way. A node may not have heard yet whose the key is that somebody came by, so the state
// machine looks itself.
type Attach struct {
	Session  id.Session
	Identity id.Identity
	Nick     lease.Nick
	By       id.Fingerprint // the key that authenticated; empty: the identity's first
}

// Kind implements Command.
func (Attach) Kind() Kind { return KindAttach }

func (c Attach) encode(e *wire.Encoder) {
	encodeSession(e, c.Session)
	e.String(string(c.Identity))
	c.Nick.Encode(e)
	e.String(string(c.By))
}

func decodeAttach(d *wire.Decoder) Attach {
	return Attach{decodeSession(d), decodeIdentity(d), lease.DecodeNick(d), decodePrint(d)}
}

func (c Attach) run(t *tx) Answer {
	if c.Session.Incarnation != t.from || !room.Sound(c.Identity) || !c.Nick.Whole() {
		return refuse(BadName)
	}
	if _, ok := t.lease.Session(c.Session); ok {
		return refuse(Exists)
	}
	if a, ok := t.admits(c.By, c.Identity); !ok {
		return a
	}
	if a, ok := t.receives(c.Identity); !ok {
		return a
	}
	if a, ok := t.mayComeIn(c.Identity); !ok {
		return a
	}
	if a, ok := t.mayHave(c.Identity, c.Nick, ""); !ok {
		return a
	}
	if _, sessions := t.lease.Counts(); int64(sessions) >= t.setting.Get(setting.LimitAllSessions) {
		return tooMany(t.setting.Get(setting.LimitAllSessions))
	}
	if a, ok := t.remember(c.Identity); !ok {
		return a
	}
	t.makeWay(c.Identity)
	token, at := t.lease.Attach(t.Turn, lease.Seat{Session: c.Session, Identity: c.Identity, By: c.By, Nick: c.Nick})
	t.people.See(t.Turn, c.Identity, c.Nick.Display)
	t.keys.Use(t.Turn, cmp.Or(c.By, c.Identity.First()))
	t.shelter(c.Identity, c.Nick.Display)
	return Answer{Code: OK, Event: at, Token: token}
}

// admits says whether a key lets somebody in as an identity; empty is its first.
func (t *tx) admits(by id.Fingerprint, who id.Identity) (Answer, bool) {
	switch is, ok := t.keys.Who(cmp.Or(by, who.First())); {
	case !ok:
		return refuse(KeyDenied), false
	case is != who:
		return refuse(NotByKey), false
	}
	return Answer{}, true
}

// mayHave says whether an identity may be on a name: nobody is in the way, and it
// has not too many. leaving is a name that will be free when it is.
func (t *tx) mayHave(who id.Identity, n lease.Nick, leaving string) (Answer, bool) {
	if rival, ok := t.lease.Rival(n, who); ok {
		return Answer{Code: Taken, Refusal: &Refusal{Rival: rival}}, false
	}
	if t.lease.Name(n.Key).State != lease.Free {
		return Answer{}, true // hers already
	}
	owned := int64(len(t.lease.Owned(who)))
	if leaving != "" {
		owned--
	}
	if limit := t.setting.Get(setting.LimitNames); owned >= limit {
		return tooMany(limit), false
	}
	names, _ := t.lease.Counts()
	if leaving != "" {
		names--
	}
	if limit := t.setting.Get(setting.LimitAllNames); int64(names) >= limit {
		return tooMany(limit), false
	}
	return Answer{}, true
}

// makeWay ends sessions of an identity until there is room for one more.
func (t *tx) makeWay(who id.Identity) {
	limit := int(t.setting.Get(setting.LimitSessions))
	for len(t.lease.Of(who)) >= limit {
		weakest, ok := t.lease.Weakest(who)
		if !ok {
			return
		}
		t.lease.Detach(t.Turn, weakest, t.keep(), turn.GaveWay)
	}
}

// remember makes room for one more person, by forgetting those who have been gone
// longest: a sixteenth of them at a time, so that it is seldom done.
func (t *tx) remember(who id.Identity) (Answer, bool) {
	limit := int(t.setting.Get(setting.LimitPeople))
	if _, known := t.people.Get(who); known || t.people.Len() < limit {
		return Answer{}, true
	}
	gone := t.people.Crowd(limit/16+1, func(p id.Identity) bool { return len(t.lease.Owned(p)) == 0 })
	for _, p := range gone {
		t.forget(p, "")
		if _, operator := t.members.Operator(p); !operator {
			t.keys.Forget(t.Turn, p)
		}
	}
	if len(gone) == 0 {
		return tooMany(int64(limit)), false
	}
	return Answer{}, true
}

// forget drops what is known of somebody who has no name: the rooms they are in, how
// far they have read, and that they were here. nick is what they were called by those
// who see them leave, if they are seen.
func (t *tx) forget(who id.Identity, nick string) {
	for _, name := range t.rooms.Of(who) {
		t.leaveRoom(room.Departure{Seat: room.Seat{Place: name, Who: who}, Nick: nick})
	}
	for _, name := range t.rooms.InvitedTo(who) {
		t.rooms.Uninvite(t.Turn, room.Seat{Place: name, Who: who})
	}
	for _, place := range t.rooms.Reads(who) {
		t.rooms.Forget(t.Turn, room.Seat{Place: place, Who: who})
	}
	if _, known := t.people.Get(who); known {
		t.profiles.Forget(t.Turn, who)
		t.people.Forget(t.Turn, who)
	}
}
