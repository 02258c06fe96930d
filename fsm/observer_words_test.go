package fsm

import (
	"slices"

	"moniker/fsm/room"
	"moniker/fsm/stream"
	"moniker/fsm/turn"
)

// amend judges who changes what was said: its author, or one who runs the room and takes
// it away, in either case sitting with the token of their name.
func (o *observer) amend(e turn.Event) {
	who := e.Identity
	if e.By != "" {
		who = e.By
		if !o.rooms.operators[who] && !o.rooms.runs[room.Seat{Place: e.Place, Who: who}] || e.Text != "" {
			o.broken(fenced, "%s amends what %s said in %s to %q", who, e.Identity, e.Place, e.Text)
		}
	}
	if e.Text != "" {
		o.mayUtter(who, e)
	}
	o.sits(who, e)
	said := o.said[e.Place]
	at := slices.IndexFunc(said, func(m message) bool { return m.at == e.Of })
	switch {
	case at < 0:
		o.broken(acked, "%v of %s is amended, which nobody has said", e.Of, e.Place)
	case said[at].by != e.Identity:
		o.broken(fenced, "%s amends what %s has said at %v", e.Identity, said[at].by, e.Of)
	default:
		said[at].text = e.Text
		said[at].amended = true
	}
}

// amended judges that what the author of a change was told is what everybody was told.
func (o *observer) amended(t *sight) {
	for i, prop := range t.entry.Proposals {
		a := t.out.Answers[i]
		if a.Code != OK || a.Verdict != stream.Next {
			continue
		}
		c, ok := prop.Command.(Amend)
		if !ok {
			continue
		}
		if a.Event.Index != t.index || int(a.Event.Sub) > len(t.out.Events) {
			o.broken(oneOrder, "who amends %v was told %v", c.Of, a.Event)
			continue
		}
		e := t.out.Events[a.Event.Sub-1]
		if e.Kind != turn.Amended || e.Of != c.Of || e.Text != c.Text {
			o.broken(oneOrder, "who amends %v was told %v, everybody %+v", c.Of, a.Event, e)
		}
		if e.Token != c.Token || e.Session != c.Session {
			o.broken(fenced, "%v amends under token %d, and it is told as %v's under %d", c.Session, c.Token, e.Session, e.Token)
		}
	}
}
