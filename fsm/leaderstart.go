package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// LeaderStart is the first thing a new leader says. It extends every node lease by
// a ttl, once per renewal: renewals that died with the last leader cost nobody a
// name, and leaders that come and go cannot keep a dead node's for ever.
type LeaderStart struct{ Node id.Node }

// Kind implements Command.
func (LeaderStart) Kind() Kind { return KindLeaderStart }

func (c LeaderStart) encode(e *wire.Encoder) { e.String(string(c.Node)) }

func decodeLeaderStart(d *wire.Decoder) LeaderStart { return LeaderStart{decodeNode(d)} }

func (c LeaderStart) run(t *tx) Answer {
	t.lease.Extend(t.Turn, t.ttl())
	return done(t.Emit(turn.Event{Kind: turn.LeaderStarted, Node: c.Node}))
}
