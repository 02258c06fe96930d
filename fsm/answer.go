package fsm

import (
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/stream"
	"moniker/fsm/wire"
)

// Code is the outcome of a command. Numbers are append-only.
type Code uint16

// Outcomes. All but OK are refusals: deterministic, and nothing was changed.
const (
	OK           Code = iota + 1
	Stale             // the incarnation has ended; none of its commands will ever run
	Superseded        // Register: the node's present incarnation is not the one to be replaced
	Denied            // the node is no member, or was removed
	NoSession         // the session is not attached
	Fenced            // the token is not the name's
	BadName           // a name, room or address that is empty, too long or malformed
	Taken             // the name, or one that looks like it, is another identity's
	TooMany           // a limit is reached (Refusal.Limit)
	TooLong           // a text is over its limit (Refusal.Limit)
	NotInRoom         // the identity is not in the room
	NoSuchName        // nobody has the name
	NoSuchNode        // no such member
	NoSuchToken       // the join token is unknown, used, or has expired
	NotThere          // there is nothing to remove
	Exists            // it is there already, and differs
	BadValue          // the setting cannot have this value (Refusal.Why)
	LastVoter         // the cluster would be left without a voter
	InUse             // somebody is on the name
	NotTheirs         // the name is another identity's than was meant
	KeyDenied         // the key was removed from its identity
	NotByKey          // the key is another identity's
	NoSuchCode        // no code like it is open: it is mistyped, used, or has expired
	LastKey           // the identity would be left without a key
	KeyTaken          // the key has others beside it, or is an operator's
	NotAuthor         // the message is another's
	TooOld            // the message is older than what may be changed (Refusal.Limit)
	NoGuests          // whoever has no key is not let in
	NoKey             // the identity is a guest's, which has and keeps nothing of the kind
	Barred            // the identity is banned there (Refusal.Ban)
	Silenced          // the identity is muted there (Refusal.Ban)
	TooSoon           // the room is slow (Refusal.Wait)
	Uninvited         // the room is private
	NotOperator       // the identity does not run the room
	LastOperator      // nobody would be left who runs the room
	IsOperator        // it is meant for somebody who may use admin
	NotAllowed        // the identity is not on the list of those who may come in
	Alike             // another room looks like it (Refusal.Room)
)

// String returns the code in words, for logs.
func (c Code) String() string {
	words := [...]string{
		OK: "ok", Stale: "its incarnation has ended", Superseded: "another incarnation is registered", Denied: "no member",
		NoSession: "no such session", Fenced: "stale token", BadName: "malformed", Taken: "another's", TooMany: "limit reached",
		TooLong: "too long", NotInRoom: "not in the room", NoSuchName: "nobody has it", NoSuchNode: "no such node",
		NoSuchToken: "no such join token", NotThere: "not there", Exists: "exists", BadValue: "out of range",
		LastVoter: "the last voter", InUse: "in use", NotTheirs: "another's by now",
		KeyDenied: "the key was removed", NotByKey: "the key is another's", NoSuchCode: "no such code", LastKey: "the last key",
		KeyTaken:  "the key is bound already",
		NotAuthor: "another's words", TooOld: "too old", NoGuests: "no guests", NoKey: "a guest's",
		Barred: "banned", Silenced: "muted", TooSoon: "too soon", Uninvited: "not invited", NotOperator: "does not run the room",
		LastOperator: "the last who runs the room", IsOperator: "an operator", NotAllowed: "not on the list",
		Alike: "looks like another",
	}
	if int(c) < len(words) && words[c] != "" {
		return words[c]
	}
	return "unknown code"
}

// Refusal is what a person must be told beside the code.
type Refusal struct {
	Rival lease.Status // Taken: the name that stands in the way
	Limit int64        // TooMany, TooLong
	Why   string       // BadValue
	Ban   ban.Ban      // Barred, Silenced
	Wait  id.Duration  // TooSoon: for at least this long
	Room  string       // Alike: the other; empty if the identity is not to know of it
}

// Answer is what came of a proposal. Only a Verdict of stream.Next, or a command
// outside of streams, means that it was executed now.
type Answer struct {
	From    id.Incarnation
	Number  uint64
	Verdict stream.Verdict
	Code    Code
	Event   id.Event // the event that tells of it, if one does
	Token   id.Token // the name's, where one is concerned
	Refusal *Refusal
}

func (a Answer) encode(e *wire.Encoder) {
	e.Byte(byte(a.Verdict))
	e.Uint(uint64(a.Code))
	e.Uint(uint64(a.Event.Index))
	e.Uint(uint64(a.Event.Sub))
	e.Uint(uint64(a.Token))
}

func refuse(c Code) Answer { return Answer{Code: c} }

func tooMany(limit int64) Answer { return Answer{Code: TooMany, Refusal: &Refusal{Limit: limit}} }

func done(at id.Event) Answer { return Answer{Code: OK, Event: at} }
