package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/wire"
)

// Version is the newest set of commands this code knows. A node tells its version
// when it registers; a kind is proposed only when every member knows it.
const Version = 1

// Kind is a command's number on the wire. Numbers are append-only and never reused.
type Kind byte

// Kinds of commands.
const (
	KindLeaderStart Kind = iota + 1
	KindTick
	KindFound
	KindRegister
	KindRenew
	KindExit
	KindAttach
	KindClaim
	KindRelease
	KindDetach
	KindPost
	KindJoin
	KindPart
	KindSetSetting
	KindAddOperator
	KindRemoveOperator
	KindMakeToken
	KindRevokeToken
	KindAddMember
	KindSetRole
	KindRemoveMember
	KindKick
	KindFreeName
	KindKeepName
	KindGiveUp
	KindReserveName
	KindSetKept
	KindSetOwn
	KindSetIgnored
	KindSetAway
	KindSetIdle
	KindOpenCode
	KindAddKey
	KindRemoveKey
	KindAmend
	KindReact
	KindSetTopic
	KindSetPrivate
	KindSetSlow
	KindInvite
	KindRoomOperator
	KindRoomKick
	KindRoomBan
	KindRoomUnban
	KindBan
	KindUnban
	KindAllow
	KindDisallow
	KindRenameName
	KindSetMotd
)

// Bounds, in bytes.
const (
	MaxCommand = 32 << 10
	MaxEntry   = 1 << 20
	maxRoom    = 64
	MaxNote    = maxShort // beside an operator's key, or one on the list of those who may come in
	maxShort   = 128
)

// Command is something to be done to the state. Each is a file of its own.
type Command interface {
	Kind() Kind
	encode(*wire.Encoder)
	run(*tx) Answer
}

// Proposal is a command and its place in its proposer's stream. Number is zero
// for the few commands that stand outside of streams, because they begin or end
// one or may not wait behind one: LeaderStart, Tick, Found, Register, Renew, Exit.
type Proposal struct {
	From    id.Incarnation
	Number  uint64
	Command Command
}

// outside reports whether k is proposed without a stream.
func (k Kind) outside() bool { return k >= KindLeaderStart && k <= KindExit }

// Encode appends p's canonical form to dst: kind, stream, length, payload.
func (p Proposal) Encode(dst []byte) []byte {
	var body wire.Encoder
	p.Command.encode(&body)
	e := wire.NewEncoder(dst)
	e.Byte(byte(p.Command.Kind()))
	e.Fixed64(uint64(p.From))
	e.Uint(p.Number)
	e.Blob(body.Bytes())
	return e.Bytes()
}

// Readable reports whether replicas can read a command: nothing in it is longer than
// its kind may hold. One that cannot be read must not come into the log, because it
// would stop them all, again and again.
func Readable(c Command) bool {
	var body wire.Encoder
	c.encode(&body)
	d := wire.NewDecoder(body.Bytes())
	return len(body.Bytes()) <= MaxCommand && decode(c.Kind(), d) != nil && d.Done() == nil
}

// UnknownKind is the fault of a command that this version does not know. A replica
// that meets one must stop: it cannot tell what the others did with it.
type UnknownKind Kind

func (k UnknownKind) Error() string {
	return "fsm: a command of kind " + id.Token(k).String() + ", which this version does not know: it was written by a newer moniker; run that here too"
}

// DecodeProposal reads one proposal from d; d.Err tells of faults.
func DecodeProposal(d *wire.Decoder) Proposal {
	kind := Kind(d.Byte())
	p := Proposal{From: id.Incarnation(d.Fixed64()), Number: d.Uint()}
	body := wire.NewDecoder(d.Blob(MaxCommand))
	if d.Err() != nil {
		return p
	}
	p.Command = decode(kind, body)
	switch {
	case p.Command == nil:
		d.Fail(UnknownKind(kind))
	case body.Done() != nil:
		d.Fail(body.Err())
	case kind.outside() != (p.Number == 0):
		d.Fail(wire.ErrCanonical)
	}
	return p
}

// decode, with decodeRuling, is the only switch over kinds.
func decode(k Kind, d *wire.Decoder) Command {
	switch k {
	case KindLeaderStart:
		return decodeLeaderStart(d)
	case KindTick:
		return Tick{}
	case KindFound:
		return decodeFound(d)
	case KindRegister:
		return decodeRegister(d)
	case KindRenew:
		return decodeRenew(d)
	case KindExit:
		return decodeExit(d)
	case KindAttach:
		return decodeAttach(d)
	case KindClaim:
		return decodeClaim(d)
	case KindRelease:
		return Release(decodeLeave(d))
	case KindDetach:
		return Detach(decodeLeave(d))
	case KindPost:
		return decodePost(d)
	case KindJoin:
		return decodeJoin(d)
	case KindPart:
		return Part(decodeVisit(d))
	case KindSetSetting:
		return decodeSetSetting(d)
	case KindAddOperator:
		return decodeAddOperator(d)
	case KindRemoveOperator:
		return decodeRemoveOperator(d)
	case KindMakeToken:
		return decodeMakeToken(d)
	case KindRevokeToken:
		return decodeRevokeToken(d)
	case KindAddMember:
		return decodeAddMember(d)
	case KindSetRole:
		return decodeSetRole(d)
	case KindRemoveMember:
		return decodeRemoveMember(d)
	case KindKick:
		return decodeKick(d)
	case KindFreeName:
		return decodeFreeName(d)
	case KindKeepName:
		return decodeKeepName(d)
	case KindGiveUp:
		return decodeGiveUp(d)
	case KindReserveName:
		return decodeReserveName(d)
	case KindSetKept:
		return decodeSetKept(d)
	case KindSetOwn:
		return decodeSetOwn(d)
	case KindSetIgnored:
		return decodeSetIgnored(d)
	case KindSetAway:
		return decodeSetAway(d)
	case KindSetIdle:
		return decodeSetIdle(d)
	case KindOpenCode:
		return decodeOpenCode(d)
	case KindAddKey:
		return decodeAddKey(d)
	case KindRemoveKey:
		return decodeRemoveKey(d)
	case KindAmend:
		return decodeAmend(d)
	case KindReact:
		return decodeReact(d)
	}
	return decodeRuling(k, d)
}

// decodeRuling is the rest of that switch: who runs rooms, and who may be where.
func decodeRuling(k Kind, d *wire.Decoder) Command {
	switch k {
	case KindSetTopic:
		return decodeSetTopic(d)
	case KindSetPrivate:
		return decodeSetPrivate(d)
	case KindSetSlow:
		return decodeSetSlow(d)
	case KindInvite:
		return decodeInvite(d)
	case KindRoomOperator:
		return decodeRoomOperator(d)
	case KindRoomKick:
		return decodeRoomKick(d)
	case KindRoomBan:
		return decodeRoomBan(d)
	case KindRoomUnban:
		return decodeRoomUnban(d)
	case KindBan:
		return decodeBan(d)
	case KindUnban:
		return decodeUnban(d)
	case KindAllow:
		return decodeAllow(d)
	case KindDisallow:
		return decodeDisallow(d)
	case KindRenameName:
		return decodeRenameName(d)
	case KindSetMotd:
		return decodeSetMotd(d)
	}
	return nil
}

func encodeSession(e *wire.Encoder, s id.Session) { lease.EncodeSession(e, s) }
func decodeSession(d *wire.Decoder) id.Session    { return lease.DecodeSession(d) }

func decodeIdentity(d *wire.Decoder) id.Identity { return id.Identity(d.String(lease.MaxIdentity)) }
func decodePrint(d *wire.Decoder) id.Fingerprint { return id.Fingerprint(d.String(lease.MaxIdentity)) }
func decodeNode(d *wire.Decoder) id.Node         { return id.Node(d.String(lease.MaxNode)) }
