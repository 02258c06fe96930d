package fsm

import (
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/keyring"
	"moniker/fsm/lease"
	"moniker/fsm/room"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// AddKey makes a key, which has authenticated on the node that says so, one of the
// identity that has opened the code: whoever comes by it is that person from then on.
// What the key had been by itself is given up: its sessions end, its names are free,
// nobody is remembered. It is refused for a key that was removed from somebody else,
// that has others beside it, that lets an operator in who the identity is not, or that is
// banned from the cluster.
type AddKey struct {
	Key   id.Fingerprint
	Proof keyring.Proof
}

// Kind implements Command.
func (AddKey) Kind() Kind { return KindAddKey }

func (c AddKey) encode(e *wire.Encoder) {
	e.String(string(c.Key))
	e.Raw(c.Proof[:])
}

func decodeAddKey(d *wire.Decoder) AddKey { return AddKey{decodePrint(d), decodeProof(d)} }

func (c AddKey) run(t *tx) Answer {
	if !room.Sound(c.Key.Own()) {
		return refuse(BadName)
	}
	if c.Key.Own().Guest() {
		return refuse(NoKey)
	}
	code, open := t.keys.Code(c.Proof, t.Now)
	if !open {
		return refuse(NoSuchCode)
	}
	is, admitted := t.keys.Who(c.Key)
	if admitted && is == code.Who {
		return refuse(Exists)
	}
	_, known := t.keys.Key(c.Key)
	_, operator := t.members.Operator(c.Key.Own())
	_, already := t.members.Operator(code.Who)
	if known && is != code.Who || !known && operator && !already {
		return refuse(KeyTaken)
	}
	if b, barred := t.Barred("", ban.Out, c.Key.Own()); barred {
		return Answer{Code: Barred, Refusal: &Refusal{Ban: b}}
	}
	if a, ok := t.roomForKey(code.Who, t.keys.Codes()); !ok {
		return a
	}
	if own := c.Key.Own(); own != code.Who {
		t.giveUp(own)
	}
	return done(t.keys.Add(t.Turn, code, c.Key))
}

// giveUp ends all that an identity has and is, because its key is another's now.
func (t *tx) giveUp(who id.Identity) {
	var nick string
	for _, key := range append([]string(nil), t.lease.Owned(who)...) {
		if n := t.lease.Name(key); n.State != lease.Reserved {
			nick = n.Display
		}
		t.lease.Expel(t.Turn, key, turn.KeyMoved, "")
	}
	t.forget(who, nick)
	t.keys.Forget(t.Turn, who) // it may have a code open
	if _, operator := t.members.Operator(who); operator {
		t.members.DropOperator(t.Turn, who)
	}
}

// person returns whom an operator means by a fingerprint: the identity that is made
// from it, or the one it is a key of.
func (t *tx) person(named id.Identity) (id.Identity, Answer, bool) {
	if named.Guest() {
		return "", refuse(NoKey), false
	}
	is, admitted := t.keys.Who(named.First())
	if !admitted && is != named {
		return "", refuse(KeyDenied), false
	}
	return is, Answer{}, true
}
