package fsm

import (
	"unicode/utf8"

	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Bounds on what may still be changed.
const (
	AmendOwn  = 20    // the last of one's own messages in a place that can be amended
	AmendBack = 1_000 // messages of a place, the newest: older ones stay as they are
)

// Amend gives a message another text, or none: then it is deleted. The old text is
// gone from the state, and with it from later snapshots and whatever anybody reads
// there. A message is its author's to amend, while it is among their last 20 in its
// place; one that is deleted stays so. Whoever is muted may only delete. Those who run a
// room may delete what is said there.
type Amend struct {
	Session id.Session
	Token   id.Token
	Place   string // a room, or a conversation
	Of      id.Event
	Text    string
}

// Kind implements Command.
func (Amend) Kind() Kind { return KindAmend }

func (c Amend) encode(e *wire.Encoder) {
	encodeSession(e, c.Session)
	e.Uint(uint64(c.Token))
	e.String(c.Place)
	encodeEvent(e, c.Of)
	e.String(c.Text)
}

func decodeAmend(d *wire.Decoder) Amend {
	return Amend{decodeSession(d), id.Token(d.Uint()), d.String(maxPlace), decodeEvent(d), d.String(history.MaxText)}
}

func encodeEvent(e *wire.Encoder, at id.Event) {
	e.Uint(uint64(at.Index))
	e.Uint(uint64(at.Sub))
}

func decodeEvent(d *wire.Decoder) id.Event {
	return id.Event{Index: id.Index(d.Uint()), Sub: d.Uint32()}
}

func (c Amend) run(t *tx) Answer {
	s, a, ok := t.fenced(c.Session, c.Token)
	if !ok {
		return a
	}
	if limit := t.setting.Get(setting.LimitText); int64(utf8.RuneCountInString(c.Text)) > limit {
		return Answer{Code: TooLong, Refusal: &Refusal{Limit: limit}}
	}
	m, since, a, ok := t.message(c.Place, c.Of, s.Identity)
	if !ok {
		return a
	}
	e := turn.Event{
		Kind: turn.Amended, Emote: m.Emote, Session: s.ID, Token: c.Token, Key: s.Nick, Place: c.Place, Of: m.ID,
		Identity: m.From, Nick: m.Nick, To: m.To, ToNick: m.ToNick, Text: c.Text,
	}
	switch {
	case c.Text != "" && t.muted(c.Place, s.Identity, &a):
		return a
	case m.From == s.Identity && theirs(since, s.Identity) > AmendOwn:
		return Answer{Code: TooOld, Refusal: &Refusal{Limit: AmendOwn}}
	case m.From == s.Identity:
	case c.Text == "" && t.mayDelete(c.Place, s.Identity):
		e.By, e.Old = s.Identity, t.lease.Name(s.Nick).Display
	default:
		return refuse(NotAuthor)
	}
	t.lease.Touch(t.Turn, s)
	m.Text, m.Edited = c.Text, true
	if c.Text == "" {
		m.Reactions = nil
	}
	t.history.Replace(t.Turn, c.Place, m, t.historyLimits())
	return done(t.Emit(e))
}

// message finds one that is not deleted, in a place that who belongs to; since is it
// and all that was said there after it.
func (t *tx) message(place string, of id.Event, who id.Identity) (m history.Message, since []history.Message, a Answer, ok bool) {
	if !t.mayRead(who, place) {
		return m, nil, refuse(NotInRoom), false
	}
	since = t.history.From(place, of)
	switch {
	case len(since) == 0 || since[0].ID != of || since[0].Deleted():
		return m, nil, refuse(NotThere), false
	case len(since) > AmendBack:
		return m, nil, Answer{Code: TooOld, Refusal: &Refusal{Limit: AmendBack}}, false
	}
	return since[0], since, Answer{}, true
}

func theirs(all []history.Message, who id.Identity) (n int) {
	for _, m := range all {
		if m.From == who {
			n++
		}
	}
	return n
}

// mayDelete reports whether somebody keeps order in a place. Nobody does where two
// people talk alone.
func (t *tx) mayDelete(place string, who id.Identity) bool {
	_, _, private := room.Partners(place)
	return !private && t.Runs(place, who)
}
