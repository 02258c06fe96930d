package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Release ends a session on its person's wish: whatever name it is on is free, or
// reserved if it is registered, if this was the last. It names the session, not what somebody believes it to hold.
type Release leave

// Detach ends a session whose connection is gone: its name is in grace if this was
// the last. Every Attach or Claim proposed is followed by one when the connection
// ends, answered or not; for a session that never came to be it changes nothing.
type Detach leave

type leave struct {
	Session id.Session
	Reads   []Position // how far it has read; Session numbers in them are its own
}

// Kind implements Command.
func (Release) Kind() Kind { return KindRelease }

// Kind implements Command.
func (Detach) Kind() Kind { return KindDetach }

func (c Release) encode(e *wire.Encoder) { leave(c).encode(e) }
func (c Detach) encode(e *wire.Encoder)  { leave(c).encode(e) }

func (c leave) encode(e *wire.Encoder) {
	encodeSession(e, c.Session)
	encodePositions(e, c.Reads)
}

func decodeLeave(d *wire.Decoder) leave { return leave{decodeSession(d), decodePositions(d)} }

func (c Release) run(t *tx) Answer {
	s, ok := t.seated(c.Session)
	if !ok {
		return refuse(NoSession)
	}
	t.readTo(c.Session.Incarnation, c.Reads)
	return done(t.lease.Release(t.Turn, s, t.keep(), turn.Quit))
}

func (c Detach) run(t *tx) Answer {
	s, ok := t.seated(c.Session)
	if !ok {
		return refuse(NoSession)
	}
	t.readTo(c.Session.Incarnation, c.Reads)
	return done(t.lease.Detach(t.Turn, s, t.keep(), turn.LinkEnded))
}
