package lease

import (
	"slices"

	"moniker/fsm/id"
	"moniker/fsm/turn"
)

// Seat is who sits down on which name: the session is live, its identity is
// sound, and Rival has found nobody in the way.
type Seat struct {
	Session  id.Session
	Identity id.Identity
	By       id.Fingerprint // the key it comes by; empty: its identity's first
	Nick     Nick
}

// Attach puts a new session on a name: one its identity has already, with the
// token it has, or a free one under a new token. It returns the token and the
// event that tells of it.
func (t *Table) Attach(tn *turn.Turn, seat Seat) (id.Token, id.Event) {
	t.putSession(tn, Session{
		ID: seat.Session, Identity: seat.Identity, Nick: seat.Nick.Key,
		Since: tn.Now, Wall: tn.Wall, Heard: tn.Now, By: seat.By,
	})
	return t.sit(tn, seat, turn.Attached, turn.WasFree)
}

// Move takes a session off its name and puts it on another, both or neither. The
// old name is free, or reserved, if this was its last session. Moved to the name it is on, it
// writes it the new way: alice becomes Alice, under the token she has.
func (t *Table) Move(tn *turn.Turn, s Session, to Nick, keep Keep) (id.Token, id.Event) {
	if s.Nick == to.Key {
		return t.respell(tn, s, to, turn.Nick, "")
	}
	return t.move(tn, s, to, standing{free: true, keep: keep, why: turn.Nick})
}

func (t *Table) move(tn *turn.Turn, s Session, to Nick, how standing) (id.Token, id.Event) {
	was, _ := t.names.Get(s.Nick)
	t.stand(tn, s, how)
	s.Nick, s.Heard = to.Key, tn.Now
	t.putSession(tn, s)
	token, _ := t.sit(tn, Seat{Session: s.ID, Identity: s.Identity, Nick: to}, turn.Attached, how.why)
	at := tn.Emit(turn.Event{
		Kind: turn.Renamed, Why: how.why, Identity: s.Identity, Session: s.ID,
		Key: to.Key, Nick: to.Display, Old: was.Display, Token: token, By: how.by,
	})
	return token, at
}

// Rename moves all sessions of a name that is held to another, by an operator's hand.
// The old one is free; if it was registered, the new one is instead.
func (t *Table) Rename(tn *turn.Turn, was Status, to Nick, keep Keep, by id.Identity) (token id.Token, at id.Event) {
	if was.Nick.Key == to.Key {
		s, _ := t.sessions.Get(was.Live[0])
		return t.respell(tn, s, to, turn.Moved, by)
	}
	if n := was.Name; n.Registered {
		n.Registered = false
		t.putName(tn, n)
	}
	for _, sid := range was.Live {
		s, _ := t.sessions.Get(sid)
		token, at = t.move(tn, s, to, standing{free: true, keep: keep, why: turn.Moved, by: by})
	}
	if was.Registered {
		t.Register(tn, to.Key, true, by)
	}
	return token, at
}

// respell changes how a name is written. Rival has found nobody in the way of the
// new skeletons either.
func (t *Table) respell(tn *turn.Turn, s Session, to Nick, why turn.Why, by id.Identity) (id.Token, id.Event) {
	r, _ := t.names.Get(to.Key)
	n := r.Name
	if n.Nick == to {
		return n.Token, id.Event{}
	}
	e := turn.Event{
		Kind: turn.Renamed, Why: why, Identity: s.Identity, Session: s.ID,
		Key: to.Key, Nick: to.Display, Old: n.Display, Token: n.Token, By: by,
	}
	t.ix.removeName(n)
	n.Nick = to
	t.ix.addName(n)
	t.putName(tn, n)
	return n.Token, tn.Emit(e)
}

// sit adds the session to the name's row.
func (t *Table) sit(tn *turn.Turn, seat Seat, joined turn.Kind, granted turn.Why) (id.Token, id.Event) {
	e := turn.Event{
		Kind: joined, Why: turn.ItsOwner, Identity: seat.Identity, Session: seat.Session,
		Node: t.node(seat.Session), Key: seat.Nick.Key,
	}
	r, ok := t.names.Get(seat.Nick.Key)
	n := r.Name
	switch {
	case !ok:
		n = t.grant(tn, Name{Nick: seat.Nick, Owner: seat.Identity})
		e.Kind, e.Why = turn.Granted, granted
	case n.ReservedUntil > 0:
		n = t.grant(tn, n)
		e.Kind, e.Why = turn.Granted, turn.WasReserved
	default:
		n = t.prune(tn, n)
	}
	n.Sessions = insert(n.Sessions, seat.Session, id.Session.Compare)
	n.GraceUntil = 0
	t.putName(tn, n)
	e.Nick, e.Token = n.Display, n.Token
	return n.Token, tn.Emit(e)
}

// Expel ends every session on a name and frees it, registered or not, and returns
// the event that tells so; false if nobody has it. by is the operator's, if why is.
func (t *Table) Expel(tn *turn.Turn, key string, why turn.Why, by id.Identity) (id.Event, bool) {
	r, ok := t.names.Get(key)
	if !ok {
		return id.Event{}, false
	}
	n := t.prune(tn, r.Name)
	e := turn.Event{Why: why, Identity: n.Owner, Key: key, Nick: n.Display, Token: n.Token, By: by}
	for _, sid := range n.Sessions {
		s, _ := t.sessions.Get(sid)
		t.deleteSession(tn, s)
		e.Kind, e.Session, e.Node = turn.Detached, sid, t.node(sid)
		tn.Emit(e)
	}
	t.deleteName(tn, n)
	e.Kind, e.Session, e.Node = turn.Freed, id.Session{}, ""
	return tn.Emit(e), true
}

// grant gives a name a new token.
func (t *Table) grant(tn *turn.Turn, n Name) Name {
	t.last++
	n.Token, n.Since, n.Wall, n.ReservedUntil = t.last, tn.Now, tn.Wall, 0
	return n
}

// Keep is for how long a name that nobody is on any more is kept for its owner.
type Keep struct {
	Grace    id.Duration
	Reserved id.Duration // if it is registered: after its grace, or after /quit
}

// standing says how a session leaves its name.
type standing struct {
	free bool // the last one leaves the name free, or reserved, and not in grace
	keep Keep
	from id.Time // grace counts from here
	why  turn.Why
	by   id.Identity // the operator, if why says so
}

// Release ends a session; the name is free, or reserved, if this was its last.
func (t *Table) Release(tn *turn.Turn, s Session, keep Keep, why turn.Why) id.Event {
	t.deleteSession(tn, s)
	return t.stand(tn, s, standing{free: true, keep: keep, why: why})
}

// Drop ends the sessions of an identity that came by a key, which is let in no more.
// Their names are in grace where those were the last.
func (t *Table) Drop(tn *turn.Turn, who id.Identity, by id.Fingerprint, keep Keep) {
	for _, sid := range t.Of(who) {
		if s, _ := t.sessions.Get(sid); s.Print() == by {
			t.Detach(tn, s, keep, turn.KeyGone)
		}
	}
}

// Detach ends a session; the name is in grace if this was its last.
func (t *Table) Detach(tn *turn.Turn, s Session, keep Keep, why turn.Why) id.Event {
	t.deleteSession(tn, s)
	return t.stand(tn, s, standing{keep: keep, from: tn.Now, why: why})
}

// Kick is Detach by an operator's hand, for whatever reason.
func (t *Table) Kick(tn *turn.Turn, s Session, keep Keep, why turn.Why, by id.Identity) id.Event {
	t.deleteSession(tn, s)
	return t.stand(tn, s, standing{keep: keep, from: tn.Now, why: why, by: by})
}

// stand takes the session off its name's row. A guest leaves a name free in whatever
// way it goes.
func (t *Table) stand(tn *turn.Turn, s Session, how standing) id.Event {
	r, _ := t.names.Get(s.Nick)
	n := r.Name
	how.free = how.free || n.Owner.Guest()
	n.Sessions = remove(n.Sessions, s.ID, id.Session.Compare)
	e := turn.Event{
		Kind: turn.Detached, Why: how.why, Identity: n.Owner, Session: s.ID,
		Node: t.node(s.ID), Key: n.Nick.Key, Nick: n.Display, Token: n.Token, By: how.by,
	}
	at := tn.Emit(e)
	live := slices.ContainsFunc(n.Sessions, func(s id.Session) bool { return t.Live(s.Incarnation) })
	if !live && t.Live(s.ID.Incarnation) {
		n = t.prune(tn, n)
	}
	if !live && !how.free {
		n.GraceUntil = max(n.GraceUntil, how.from.Add(how.keep.Grace))
	}
	if len(n.Sessions) > 0 {
		t.putName(tn, n)
		return at
	}
	e.Session = id.Session{}
	switch {
	case how.free && n.Registered:
		n.ReservedUntil = tn.Now.Add(how.keep.Reserved)
		t.putName(tn, n)
		e.Kind = turn.Reserved
	case how.free:
		t.deleteName(tn, n)
		e.Kind = turn.Freed
	default:
		t.putName(tn, n)
		e.Kind = turn.Graced
	}
	tn.Emit(e)
	return at
}

// prune drops a name's sessions under ended incarnations, ahead of Tick. The row
// is the caller's to put; GraceUntil keeps what those sessions had earned it.
func (t *Table) prune(tn *turn.Turn, n Name) Name {
	for _, sid := range n.Sessions {
		inc, _ := t.incarnations.Get(sid.Incarnation)
		if !inc.Ended {
			continue
		}
		if s, ok := t.sessions.Get(sid); ok {
			t.deleteSession(tn, s)
		}
		n.Sessions = remove(n.Sessions, sid, id.Session.Compare)
		n.GraceUntil = max(n.GraceUntil, inc.EndedAt.Add(inc.Grace))
		tn.Emit(turn.Event{
			Kind: turn.Detached, Why: inc.Why, Identity: n.Owner, Session: sid, Node: inc.Node,
			Key: n.Nick.Key, Nick: n.Display, Token: n.Token,
		})
	}
	return n
}

// Touch notes that a command came from the session: its proof of life is this one.
func (t *Table) Touch(tn *turn.Turn, s Session) {
	s.Heard = tn.Now
	t.putSession(tn, s)
}

// Weakest returns the live session of an identity that was heard from longest
// ago: the one that gives way when there are too many. A session's node vouches
// for it with every renewal, so that counts as hearing from it.
func (t *Table) Weakest(who id.Identity) (Session, bool) {
	var worst Session
	var heard id.Time
	for _, sid := range t.Of(who) {
		s, _ := t.sessions.Get(sid)
		inc, _ := t.incarnations.Get(sid.Incarnation)
		if worst.ID == (id.Session{}) || inc.Renewed < heard || inc.Renewed == heard && s.Heard < worst.Heard {
			worst, heard = s, inc.Renewed
		}
	}
	return worst, worst.ID != id.Session{}
}

func (t *Table) node(s id.Session) id.Node {
	i, _ := t.incarnations.Get(s.Incarnation)
	return i.Node
}
