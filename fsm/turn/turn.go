// Package turn is one log entry's turn on the state: the time it runs at, the
// events it causes, and the journal of what it changed. Tables are handed a Turn
// to write to; none of them knows another.
package turn

import (
	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/wire"
)

// Turn is what a table may know and say while one entry is applied.
type Turn struct {
	Index   id.Index
	Now     id.Time // cluster time after this entry's stamp
	Wall    id.Wall // for people; no decision may read it
	Journal table.Journal
	Events  []Event
}

// Begin makes t the turn of the next entry and keeps the journal's buffer. The
// events of the last entry have been given out: the next are made room for anew,
// for as many as there were.
func (t *Turn) Begin(index id.Index, now id.Time, wall id.Wall) {
	t.Index, t.Now, t.Wall = index, now, wall
	t.Journal.Reset()
	n := len(t.Events)
	if t.Events = nil; n > 0 {
		t.Events = make([]Event, 0, n)
	}
}

// Emit appends e to the events of this entry under the next event id, which it returns.
func (t *Turn) Emit(e Event) id.Event {
	e.ID = id.Event{Index: t.Index, Sub: uint32(len(t.Events) + 1)}
	e.At, e.Wall = t.Now, t.Wall
	t.Events = append(t.Events, e)
	return e.ID
}

// Kind says what happened. Numbers are append-only: they enter the rolling hash.
type Kind byte

// Kinds of events.
const (
	LeaderStarted   Kind = iota + 1 // Node leads
	NodeUp                          // Node's new incarnation is live
	NodeDown                        // Node's incarnation ended (Why)
	Granted                         // Key was free and is now Identity's under Token
	Attached                        // Session joined a name its identity already had
	Detached                        // Session left Key; the name may still be held (Why)
	Graced                          // Key's last live session is gone; only its owner may take it (Why)
	Freed                           // Key is nobody's (Why)
	Renamed                         // Session moved from Old to Nick
	Said                            // Identity said Text in Place
	RoomJoined                      // Identity joined Place
	RoomParted                      // Identity left Place
	SettingSet                      // Key is now Text
	MemberAdded                     // Node is a member
	MemberChanged                   // Node's role or addresses changed
	MemberRemoved                   // Node is denied for ever
	OperatorAdded                   // Identity may use admin
	OperatorRemoved                 // Identity may not any more
	TokenMade                       // a join token, Key, exists
	TokenSpent                      // Node joined with the join token Key
	TokenRevoked                    // the join token Key is of no use any more
	Reserved                        // Key is kept for Identity beyond grace (Why)
	Registered                      // Key will be reserved when nobody is on it any more
	NotRegistered                   // and this one will not
	ProfileChanged                  // Identity has Text for the value Key now; empty: the usual
	IgnoresChanged                  // Identity ignores To now, or no longer
	PresenceChanged                 // Identity may be away now, or back
	KeyAdded                        // the key Key is one of Identity's from now on
	KeyRemoved                      // and this one is no more
	Amended                         // what Identity said in Place as Of is Text now; empty: deleted (By, Old: by whom, if another)
	Reacted                         // Identity put Text behind what To said in Place as Of
	Unreacted                       // and took it away
	TopicSet                        // Place is about Text, says Identity
	RoomHidden                      // Identity made Place private
	RoomOpened                      // and this one ended that
	RoomSlowed                      // one message For each person in Place, says Identity; zero: as many as they like
	RoomGiven                       // Identity runs Place from now on
	RoomTaken                       // and this one does not any more
	Invited                         // Identity invited To to Place
	Banned                          // Key may not come into Place, or into the cluster (For, Text)
	Unbanned                        // and this one may again
	Muted                           // Key may not speak in Place, or in the cluster (For, Text)
	Unmuted                         // and this one may again
	Allowed                         // Identity is on the list of those who may come in
	NotAllowed                      // and this one is not any more
	MotdSet                         // whoever comes is told Text first, says Identity; empty: nothing
	Uninvited                       // To is not invited to Place any more, says Identity
)

// Why says what caused a change of ownership. Numbers are append-only.
type Why byte

// Reasons for a change of ownership.
const (
	WasFree      Why = iota + 1 // nobody had it
	ItsOwner                    // its owner came back, or came once more
	LinkEnded                   // the connection ended or gave no proof of life
	Quit                        // /quit
	Nick                        // /nick
	NodeExpired                 // the node's lease is over
	NodeReplaced                // the node started again
	NodeExited                  // the node was stopped on purpose
	NodeRemoved                 // the node was removed from the cluster
	GraceOver                   // the owner did not come back in time
	ByOperator                  // an operator's hand
	GaveWay                     // the identity's limit of sessions; the one heard from longest ago
	WasReserved                 // its owner came back, to a name that was reserved
	Unused                      // registered, and its owner did not come for too long
	Unregistered                // its owner, or an operator, does not want it kept
	KeyMoved                    // its owner's key is another identity's from now on
	KeyGone                     // the key that the session came by was removed
	Kicked                      // whoever runs the room wanted them out
	Barred                      // they, or where they come from, are banned
	Over                        // its time is over
	Moved                       // an operator's hand: to another name
)

// Event is one thing that happened, as every replica tells it. Fields that do
// not belong to its kind are zero. Events are never changed after Emit.
type Event struct {
	ID       id.Event
	Kind     Kind
	Why      Why
	Emote    bool // Said as /me
	At       id.Time
	Wall     id.Wall
	Token    id.Token
	Session  id.Session
	Node     id.Node
	Identity id.Identity
	Key      string   // the name's key, or what else the event is about
	Nick     string   // the name as its owner writes it
	Old      string   // the name before, for Renamed
	Of       id.Event // the message, for Amended and such
	Place    string   // a room ("#lobby") or a conversation
	To       id.Identity
	By       id.Identity // the operator whose hand it was; empty through a node's own socket
	ByNick   string
	ToNick   string
	Text     string
	For      id.Duration // how long it lasts; zero: until it is undone
}

// OfOwnership reports whether e tells of a change of who has, or is on, the name Key.
func (e Event) OfOwnership() bool {
	switch e.Kind {
	case Granted, Attached, Detached, Graced, Freed, Reserved, Registered, NotRegistered:
		return true
	}
	return false
}

// Encode writes e in its canonical form, for the rolling hash.
func (e Event) Encode(enc *wire.Encoder) {
	enc.Byte(byte(e.Kind))
	enc.Byte(byte(e.Why))
	enc.Bool(e.Emote)
	enc.Uint(uint64(e.Token))
	enc.Fixed64(uint64(e.Session.Incarnation))
	enc.Uint(e.Session.Number)
	enc.Uint(uint64(e.Of.Index))
	enc.Uint(uint64(e.Of.Sub))
	for _, s := range [...]string{string(e.Node), string(e.Identity), e.Key, e.Nick, e.Old, e.Place, string(e.To), string(e.By), e.ByNick, e.ToNick, e.Text} {
		enc.String(s)
	}
	enc.Int(int64(e.For))
}
