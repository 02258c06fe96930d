// Package member is the table of who makes up the cluster: its nodes, the one-time
// tokens that let new ones in, and the operators. It does not know raft: which
// nodes raft counts as voters is brought in line with this table by whoever leads.
package member

import (
	"cmp"
	"fmt"

	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Bounds on what a row may hold, in bytes.
const (
	MaxName = 64
	MaxAddr = 260
	maxID   = 128
)

// Role is what a node is to the cluster.
type Role byte

// Roles.
const (
	Voter    Role = iota + 1 // counts for the majority once it has caught up
	NonVoter                 // serves people and does not count
	Removed                  // denied for ever; the row stays so that it cannot come back
)

// Member is a node of the cluster.
type Member struct {
	ID          id.Node
	Name        string // as people see it: n1
	Peer        string // where other nodes reach it
	SSH         string // where people reach it
	Role        Role
	Version     uint64         // the newest commands it knows
	Incarnation id.Incarnation // the newest it registered, live or not
	Wall        id.Wall        // since when, for people
}

// Key returns the node's id.
func (m Member) Key() id.Node { return m.ID }

// Encode writes the canonical form.
func (m Member) Encode(e *wire.Encoder) {
	e.String(string(m.ID))
	e.String(m.Name)
	e.String(m.Peer)
	e.String(m.SSH)
	e.Byte(byte(m.Role))
	e.Uint(m.Version)
	e.Fixed64(uint64(m.Incarnation))
	e.Int(int64(m.Wall))
}

// Token is a one-time join token: its key, never its secret.
type Token struct {
	ID      string
	Key256  [32]byte // derived from the secret, which stays with whoever made it
	Role    Role     // of the node that uses it
	Expires id.Time
	By      id.Identity
	Wall    id.Wall
	Used    id.Node // by whom, once it is; that node may use it again
}

// Key returns the token's id.
func (t Token) Key() string { return t.ID }

// Encode writes the canonical form.
func (t Token) Encode(e *wire.Encoder) {
	e.String(t.ID)
	e.Raw(t.Key256[:])
	e.Byte(byte(t.Role))
	e.Int(int64(t.Expires))
	e.String(string(t.By))
	e.Int(int64(t.Wall))
	e.String(string(t.Used))
}

// Operator is an identity that may use admin.
type Operator struct {
	ID   id.Identity
	Note string // whose key it is, for people
	By   id.Identity
	Wall id.Wall
}

// Key returns the identity.
func (o Operator) Key() id.Identity { return o.ID }

// Encode writes the canonical form.
func (o Operator) Encode(e *wire.Encoder) {
	e.String(string(o.ID))
	e.String(o.Note)
	e.String(string(o.By))
	e.Int(int64(o.Wall))
}

// Table holds members, join tokens and operators.
type Table struct {
	members   table.Table[id.Node, Member]
	tokens    table.Table[string, Token]
	operators table.Table[id.Identity, Operator]
}

// New returns an empty table.
func New() *Table {
	return &Table{
		members:   table.New[id.Node, Member](table.ShardString[id.Node], cmp.Compare[id.Node]),
		tokens:    table.New[string, Token](table.ShardString[string], cmp.Compare[string]),
		operators: table.New[id.Identity, Operator](table.ShardString[id.Identity], cmp.Compare[id.Identity]),
	}
}

// Member returns a node, removed or not.
func (t *Table) Member(n id.Node) (Member, bool) { return t.members.Get(n) }

// Members returns every node that ever was a member, in byte order of ids.
func (t *Table) Members() []Member { return t.members.Sorted() }

// Len returns how many there ever were.
func (t *Table) Len() int { return t.members.Len() }

// Named returns the member with this name that has not been removed.
func (t *Table) Named(name string) (Member, bool) {
	for _, m := range t.members.Sorted() {
		if m.Name == name && m.Role != Removed {
			return m, true
		}
	}
	return Member{}, false
}

// PutMember stores a member and tells of it as kind.
func (t *Table) PutMember(tn *turn.Turn, m Member, kind turn.Kind) id.Event {
	t.members.Put(m)
	tn.Journal.Put(table.Members, m)
	return tn.Emit(turn.Event{Kind: kind, Node: m.ID, Nick: m.Name, Text: m.SSH})
}

// NoteIncarnation stores a member whose incarnation, version or addresses are
// new; NodeUp tells of that.
func (t *Table) NoteIncarnation(tn *turn.Turn, m Member) {
	t.members.Put(m)
	tn.Journal.Put(table.Members, m)
}

// Token returns a join token.
func (t *Table) Token(tid string) (Token, bool) { return t.tokens.Get(tid) }

// Tokens returns all join tokens in byte order of their ids.
func (t *Table) Tokens() []Token { return t.tokens.Sorted() }

// PutToken stores a token and tells of it as kind.
func (t *Table) PutToken(tn *turn.Turn, k Token, kind turn.Kind) id.Event {
	t.tokens.Put(k)
	tn.Journal.Put(table.Tokens, k)
	return tn.Emit(turn.Event{Kind: kind, Key: k.ID, Node: k.Used, Identity: k.By})
}

// DropToken forgets a token; revoked tells whether that is news.
func (t *Table) DropToken(tn *turn.Turn, k Token, revoked bool) id.Event {
	t.tokens.Delete(k.ID)
	tn.Journal.Delete(table.Tokens, k.ID)
	if !revoked {
		return id.Event{}
	}
	return tn.Emit(turn.Event{Kind: turn.TokenRevoked, Key: k.ID})
}

// Operator returns an operator.
func (t *Table) Operator(who id.Identity) (Operator, bool) { return t.operators.Get(who) }

// Operators returns all, in byte order of identities.
func (t *Table) Operators() []Operator { return t.operators.Sorted() }

// PutOperator stores an operator.
func (t *Table) PutOperator(tn *turn.Turn, o Operator) id.Event {
	t.operators.Put(o)
	tn.Journal.Put(table.Operators, o)
	return tn.Emit(turn.Event{Kind: turn.OperatorAdded, Identity: o.ID, Text: o.Note})
}

// DropOperator forgets an operator.
func (t *Table) DropOperator(tn *turn.Turn, who id.Identity) id.Event {
	t.operators.Delete(who)
	tn.Journal.Delete(table.Operators, string(who))
	return tn.Emit(turn.Event{Kind: turn.OperatorRemoved, Identity: who})
}

// Check returns the first broken promise, or nil.
func (t *Table) Check() error {
	names := map[string]id.Node{}
	for _, k := range t.tokens.Sorted() {
		if k.Role != Voter && k.Role != NonVoter {
			return fmt.Errorf("member: join token %q is for role %d", k.ID, k.Role)
		}
	}
	for _, m := range t.members.Sorted() {
		if m.Role < Voter || m.Role > Removed {
			return fmt.Errorf("member: %s has role %d", m.ID, m.Role)
		}
		if m.Role == Removed {
			continue
		}
		if other, ok := names[m.Name]; ok {
			return fmt.Errorf("member: %s and %s are both called %s", other, m.ID, m.Name)
		}
		names[m.Name] = m.ID
	}
	return nil
}
