package room

import (
	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// MaxTopic bounds a topic, in bytes.
const MaxTopic = 1200

// Topic is what a room is about, and who said so.
type Topic struct {
	Text string
	By   id.Identity
	Nick string  // their name then
	Wall id.Wall // when, for people
}

func (c Topic) encode(e *wire.Encoder) {
	e.String(c.Text)
	e.String(string(c.By))
	e.String(c.Nick)
	e.Int(int64(c.Wall))
}

func decodeTopic(d *wire.Decoder) Topic {
	return Topic{d.String(MaxTopic), id.Identity(d.String(maxPlace)), d.String(maxPlace), id.Wall(d.Int())}
}

// Hand is whose doing something is.
type Hand struct {
	Who  id.Identity
	Nick string
}

// SetTopic says what a room is about; nothing, if text is empty. It must exist.
func (t *Table) SetTopic(tn *turn.Turn, name, text string, by Hand) id.Event {
	r, _ := t.rooms.Get(name)
	r.Topic = Topic{Text: text, By: by.Who, Nick: by.Nick, Wall: tn.Wall}
	t.putRoom(tn, r)
	return tn.Emit(turn.Event{Kind: turn.TopicSet, Place: name, Identity: by.Who, Nick: by.Nick, Text: text})
}

// SetPrivate hides a room from those outside, or shows it to them. It must exist and
// not be the lobby.
func (t *Table) SetPrivate(tn *turn.Turn, name string, on bool, by Hand) id.Event {
	r, _ := t.rooms.Get(name)
	r.Private = on
	t.putRoom(tn, r)
	kind := turn.RoomOpened
	if on {
		kind = turn.RoomHidden
	}
	return tn.Emit(turn.Event{Kind: kind, Place: name, Identity: by.Who, Nick: by.Nick})
}

// SetSlow makes one span pass between two messages of one person; zero ends that. The
// room must exist.
func (t *Table) SetSlow(tn *turn.Turn, name string, span id.Duration, by Hand) id.Event {
	r, _ := t.rooms.Get(name)
	r.Slow = span
	t.putRoom(tn, r)
	return tn.Emit(turn.Event{Kind: turn.RoomSlowed, Place: name, Identity: by.Who, Nick: by.Nick, For: span})
}

// Operators returns who runs a room, in byte order of identities: always somebody who
// is in it, and of every room at least one, but of the lobby none.
func (t *Table) Operators(name string) []id.Identity { return t.runs[name] }

// Runs reports whether an identity runs a room.
func (t *Table) Runs(s Seat) bool {
	m, _ := t.members.Get(s)
	return m.Operator
}

// SetOperator lets somebody in a room run it, or takes that away.
func (t *Table) SetOperator(tn *turn.Turn, s Seat, on bool, nick string, by Hand) id.Event {
	m, _ := t.members.Get(s)
	m.Operator = on
	t.putMember(tn, m)
	kind := turn.RoomGiven
	t.runs[s.Place] = without(t.runs[s.Place], s.Who)
	if on {
		t.runs[s.Place] = with(t.runs[s.Place], s.Who)
	} else {
		kind = turn.RoomTaken
	}
	return tn.Emit(turn.Event{Kind: kind, Place: s.Place, Identity: s.Who, Nick: nick, By: by.Who, ByNick: by.Nick})
}

// inherit has whoever has been in a room longest run it, if nobody does.
func (t *Table) inherit(tn *turn.Turn, name string) {
	if name == Lobby || len(t.runs[name]) > 0 {
		return
	}
	var heir Member
	for who := range t.in[name] { // in whatever order: no two came by the same event
		if m, _ := t.members.Get(Seat{name, who}); heir.Who == "" || heir.Since.After(m.Since) {
			heir = m
		}
	}
	t.SetOperator(tn, heir.Seat, true, "", Hand{})
}

// Spoke returns when somebody in a room last spoke there while it was slow.
func (t *Table) Spoke(s Seat) id.Time {
	m, _ := t.members.Get(s)
	return m.Spoke
}

// Speak notes that somebody in a slow room speaks.
func (t *Table) Speak(tn *turn.Turn, s Seat) {
	m, _ := t.members.Get(s)
	m.Spoke = tn.Now
	t.putMember(tn, m)
}
