package fsm

import (
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/wire"
)

// Allow puts an identity on the list of those who may come in while the setting
// allowlist is 1. For one that is on it, it changes the note.
type Allow struct {
	Identity id.Identity
	Note     string
	By       id.Identity // empty through a node's own socket
}

// Kind implements Command.
func (Allow) Kind() Kind { return KindAllow }

func (c Allow) encode(e *wire.Encoder) {
	e.String(string(c.Identity))
	e.String(c.Note)
	e.String(string(c.By))
}

func decodeAllow(d *wire.Decoder) Allow {
	return Allow{decodeIdentity(d), d.String(maxShort), decodeIdentity(d)}
}

func (c Allow) run(t *tx) Answer {
	if !room.Sound(c.Identity) {
		return refuse(BadName)
	}
	who, a, ok := t.person(c.Identity)
	if !ok {
		return a
	}
	c.Identity = who
	was, listed := t.bans.Allowance(c.Identity)
	if listed && was.Note == c.Note {
		return Answer{Code: OK}
	}
	if limit := t.setting.Get(setting.LimitAllowed); !listed && int64(t.bans.AllowedLen()) >= limit {
		return tooMany(limit)
	}
	return done(t.bans.Allow(t.Turn, ban.Allowance{Who: c.Identity, Note: c.Note, By: c.By}))
}

// Disallow takes an identity off the list, by whatever key of theirs. Sessions it has go on.
type Disallow struct{ Identity, By id.Identity }

// Kind implements Command.
func (Disallow) Kind() Kind { return KindDisallow }

func (c Disallow) encode(e *wire.Encoder) {
	e.String(string(c.Identity))
	e.String(string(c.By))
}

func decodeDisallow(d *wire.Decoder) Disallow { return Disallow{decodeIdentity(d), decodeIdentity(d)} }

func (c Disallow) run(t *tx) Answer {
	if _, listed := t.bans.Allowance(c.Identity); !listed {
		c.Identity, _, _ = t.person(c.Identity)
	}
	if _, listed := t.bans.Allowance(c.Identity); !listed {
		return refuse(NotThere)
	}
	return done(t.bans.Disallow(t.Turn, c.Identity, c.By))
}
