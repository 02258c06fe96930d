package fsm

import (
	"slices"

	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/member"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// AddOperator lets an identity use admin, by whichever of its keys. For one that may already, it changes the note.
type AddOperator struct {
	Identity id.Identity
	Note     string
	By       id.Identity
}

// Kind implements Command.
func (AddOperator) Kind() Kind { return KindAddOperator }

func (c AddOperator) encode(e *wire.Encoder) {
	e.String(string(c.Identity))
	e.String(c.Note)
	e.String(string(c.By))
}

func decodeAddOperator(d *wire.Decoder) AddOperator {
	return AddOperator{decodeIdentity(d), d.String(maxShort), decodeIdentity(d)}
}

func (c AddOperator) run(t *tx) Answer {
	if c.Identity == "" {
		return refuse(BadName)
	}
	who, a, ok := t.person(c.Identity)
	if !ok {
		return a
	}
	c.Identity = who
	old, ok := t.members.Operator(c.Identity)
	if ok && old.Note == c.Note {
		return Answer{Code: OK}
	}
	if limit := t.setting.Get(setting.LimitOperators); !ok && int64(len(t.members.Operators())) >= limit {
		return tooMany(limit)
	}
	return done(t.members.PutOperator(t.Turn, member.Operator{ID: c.Identity, Note: c.Note, By: c.By, Wall: t.Wall}))
}

// RemoveOperator takes that away. What does not hold an operator holds from now on: bans.
type RemoveOperator struct{ Identity id.Identity }

// Kind implements Command.
func (RemoveOperator) Kind() Kind { return KindRemoveOperator }

func (c RemoveOperator) encode(e *wire.Encoder) { e.String(string(c.Identity)) }

func decodeRemoveOperator(d *wire.Decoder) RemoveOperator { return RemoveOperator{decodeIdentity(d)} }

func (c RemoveOperator) run(t *tx) Answer {
	who, _ := t.keys.Who(c.Identity.First())
	if _, ok := t.members.Operator(who); !ok {
		return refuse(NotThere)
	}
	at := t.members.DropOperator(t.Turn, who)
	if _, barred := t.Barred("", ban.Out, who); barred {
		t.endSessions(who, "")
	}
	for _, name := range slices.Clone(t.rooms.Of(who)) {
		if b, barred := t.bans.Get(ban.Key{Place: name, Kind: ban.Out, Subject: string(who)}); barred {
			t.putOut(name, who, turn.Barred, room.Hand{Who: b.By, Nick: b.ByNick}, b.Reason)
		}
	}
	return done(at)
}
