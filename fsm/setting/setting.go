// Package setting is the table of what operators may turn: durations and limits,
// typed and checked. A change is never retroactive: deadlines that stand keep the
// value they were made with. It does not know what a setting is used for.
package setting

import (
	"cmp"
	"fmt"

	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Name is a setting's name, as operators write it.
type Name string

// The settings.
const (
	LeaseTTL          Name = "lease.ttl"
	LeaseGrace        Name = "lease.grace"
	KeepaliveInterval Name = "keepalive.interval"
	KeepaliveMisses   Name = "keepalive.misses"
	IdleAway          Name = "idle.away"
	RegistrationTTL   Name = "registration.ttl"
	Guests            Name = "guests"
	Allowlist         Name = "allowlist" // 1: only those on the list, and operators, may come in

	LimitNames        Name = "limit.names"            // of one identity
	LimitSessions     Name = "limit.sessions"         // of one identity
	LimitAllNames     Name = "limit.all.names"        // in the cluster
	LimitAllSessions  Name = "limit.all.sessions"     // in the cluster
	LimitPeople       Name = "limit.all.people"       // remembered by the cluster
	LimitRooms        Name = "limit.rooms"            // of one identity
	LimitAllRooms     Name = "limit.all.rooms"        // in the cluster
	LimitText         Name = "limit.text"             // characters of one message
	LimitRoomMessages Name = "limit.history.messages" // of one room
	LimitRoomBytes    Name = "limit.history.bytes"    // of one room
	LimitAllMessages  Name = "limit.all.history"      // messages in the cluster
	LimitMembers      Name = "limit.members"          // nodes, removed ones included
	LimitTokens       Name = "limit.tokens"           // join tokens not yet used
	LimitOperators    Name = "limit.operators"
	LimitTrail        Name = "limit.trail"      // changes of ownership remembered
	LimitNameTrail    Name = "limit.trail.name" // of one name
	LimitIgnored      Name = "limit.ignored"    // by one identity
	LimitGuests       Name = "limit.guests"     // in the cluster
	LimitKeys         Name = "limit.keys"       // of one identity
	LimitAllKeys      Name = "limit.all.keys"   // of identities that have, or had, several
	LimitTopic        Name = "limit.topic"      // characters
	LimitMotd         Name = "limit.motd"       // characters
	LimitInvitations  Name = "limit.room.invitations"
	LimitRoomOps      Name = "limit.room.operators"
	LimitRoomBans     Name = "limit.room.bans" // mutes included
	LimitBans         Name = "limit.bans"      // of the cluster, mutes included
	LimitAllowed      Name = "limit.allowed"   // on the list of those who may come in

	// These hold on each node by itself: it counts only what comes to it.
	LimitConnections Name = "limit.connections"      // in all
	LimitAddress     Name = "limit.address"          // connections from one address, or IPv6 /64
	LimitHandshakes  Name = "limit.handshakes"       // under way at a time
	LimitKnocks      Name = "limit.address.unproven" // connections from one address that have not said who they are
	RateLines        Name = "rate.lines"             // a minute, of one identity
	RateBurst        Name = "rate.burst"             // lines that may come at once
)

// Unit says how a value is read and written.
type Unit byte

// Units of values.
const (
	Count Unit = iota + 1
	Span       // an id.Duration
)

// Definition is what a setting is: its unit, its default, and its bounds.
type Definition struct {
	Name              Name
	Unit              Unit
	Default, Min, Max int64
	Help              string
}

// Definitions returns every setting in the order of names.
func Definitions() []Definition {
	s, m, h := int64(id.Second), int64(id.Minute), int64(id.Hour)
	return []Definition{
		{Allowlist, Count, 0, 0, 1, "1: only keys that admin allow lists, and operators, may come in"},
		{Guests, Count, 0, 0, 1, "1 lets in whoever has no key, under a name that is theirs until they leave"},
		{IdleAway, Span, 5 * m, s, 24 * h, "without input for this long, a person is shown as away"},
		{KeepaliveInterval, Span, 3 * s, s / 2, 60 * s, "how often a silent client is asked for proof of life"},
		{KeepaliveMisses, Count, 3, 1, 20, "this many intervals without proof of life end a session"},
		{LeaseGrace, Span, 10 * m, 0, 7 * 24 * h, "how long only its owner may take a name after the last session"},
		{LeaseTTL, Span, 10 * s, 3 * s, 10 * m, "how long a node that is not heard from keeps its people's names"},
		{LimitAddress, Count, 1_000, 1, 1_000_000, "connections a node takes from one address (IPv6: /64)"},
		{LimitKnocks, Count, 8, 1, 10_000, "handshakes of one address (IPv6: /64) a node works on at a time"},
		{LimitAllMessages, Count, 100_000, 100, 2_000_000, "messages kept in all"},
		{LimitAllKeys, Count, 200_000, 10, 2_000_000, "keys of people who have several, and open codes for more, in all"},
		{LimitAllNames, Count, 200_000, 10, 2_000_000, "names in all"},
		{LimitPeople, Count, 200_000, 10, 2_000_000, "people remembered in all"},
		{LimitAllRooms, Count, 2_000, 1, 100_000, "rooms in all"},
		{LimitAllSessions, Count, 200_000, 10, 2_000_000, "sessions in all"},
		{LimitAllowed, Count, 10_000, 1, 1_000_000, "keys on the list of those who may come in"},
		{LimitBans, Count, 10_000, 1, 100_000, "bans and mutes of the cluster, rooms not counted"},
		{LimitConnections, Count, 20_000, 1, 1_000_000, "connections a node takes in all"},
		{LimitGuests, Count, 1_000, 1, 10_000, "guests in all, while there may be any"},
		{LimitHandshakes, Count, 32, 1, 10_000, "handshakes a node works on at a time; 32 times as many may wait"},
		{LimitRoomBytes, Count, 256 << 10, 4 << 10, 16 << 20, "bytes of history a room keeps"},
		{LimitRoomMessages, Count, 1_000, 20, 100_000, "messages of history a room keeps"},
		{LimitIgnored, Count, 100, 1, 10_000, "people one identity may ignore"},
		{LimitKeys, Count, 10, 1, 100, "keys one identity may have; as many that it removed are denied"},
		{LimitMembers, Count, 64, 3, 1_000, "nodes, removed ones included"},
		{LimitMotd, Count, 1_000, 10, 2_000, "characters of the message of the day"},
		{LimitNames, Count, 5, 1, 100, "names one identity may have at a time"},
		{LimitOperators, Count, 100, 1, 10_000, "operators"},
		{LimitRoomBans, Count, 200, 1, 10_000, "bans and mutes of a room"},
		{LimitInvitations, Count, 100, 1, 10_000, "invitations to a room that nobody has taken up"},
		{LimitRoomOps, Count, 20, 1, 1_000, "operators of a room"},
		{LimitRooms, Count, 50, 1, 1_000, "rooms one identity may be in"},
		{LimitSessions, Count, 10, 1, 1_000, "sessions one identity may have; the one heard from longest ago gives way"},
		{LimitText, Count, 4_000, 100, 4_000, "characters of one message"},
		{LimitTokens, Count, 100, 1, 10_000, "join tokens that are not used yet"},
		{LimitTopic, Count, 300, 10, 300, "characters of a topic"},
		{LimitTrail, Count, 20_000, 100, 200_000, "changes of ownership remembered in all"},
		{LimitNameTrail, Count, 50, 5, 10_000, "changes of ownership remembered of one name"},
		{RateBurst, Count, 20, 1, 10_000, "lines a person may say at once before they are slowed down"},
		{RateLines, Count, 60, 1, 600_000, "lines a minute that go out of one who is fast"},
		{RegistrationTTL, Span, 90 * 24 * h, h, 365 * 24 * h, "how long a registered name is kept for an owner who does not come"},
	}
}

// Define returns the definition of a setting.
func Define(name Name) (Definition, bool) {
	for _, d := range Definitions() {
		if d.Name == name {
			return d, true
		}
	}
	return Definition{}, false
}

// Row is a setting that somebody has set.
type Row struct {
	Name  Name
	Value int64
	By    id.Identity
	Wall  id.Wall
}

// Key returns the setting's name.
func (r Row) Key() Name { return r.Name }

// Encode writes the canonical form.
func (r Row) Encode(e *wire.Encoder) {
	e.String(string(r.Name))
	e.Int(r.Value)
	e.String(string(r.By))
	e.Int(int64(r.Wall))
}

// Table holds the settings that differ from their defaults. All values are kept
// worked out, because every command asks for some.
type Table struct {
	rows   table.Table[Name, Row]
	values map[Name]int64
	motd   Motd
}

// New returns the defaults.
func New() *Table {
	t := &Table{rows: table.New[Name, Row](table.ShardString[Name], cmp.Compare[Name]), values: map[Name]int64{}}
	for _, d := range Definitions() {
		t.values[d.Name] = d.Default
	}
	return t
}

// Get returns a value in force; zero for a name that is no setting.
func (t *Table) Get(name Name) int64 { return t.values[name] }

// Span returns a value that is a duration.
func (t *Table) Span(name Name) id.Duration { return id.Duration(t.values[name]) }

// Rows returns the settings somebody has set, in the order of names.
func (t *Table) Rows() []Row { return t.rows.Sorted() }

// Refusal says why a value cannot be set: it is empty where it can.
type Refusal string

// Try says whether name may have value, given the others.
func (t *Table) Try(name Name, value int64) Refusal {
	d, ok := Define(name)
	if !ok {
		return "no setting has this name"
	}
	if value < d.Min || value > d.Max {
		return Refusal(fmt.Sprintf("%s is between %s and %s", name, Format(d.Unit, d.Min), Format(d.Unit, d.Max)))
	}
	with := func(n Name) int64 {
		if n == name {
			return value
		}
		return t.values[n]
	}
	if with(KeepaliveInterval)*with(KeepaliveMisses) > with(LeaseTTL) {
		return "keepalive.interval x keepalive.misses may not be longer than lease.ttl"
	}
	return ""
}

// Set stores a value that Try allows.
func (t *Table) Set(tn *turn.Turn, r Row) id.Event {
	d, _ := Define(r.Name)
	t.rows.Put(r)
	t.values[r.Name] = r.Value
	tn.Journal.Put(table.Settings, r)
	return tn.Emit(turn.Event{
		Kind: turn.SettingSet, Key: string(r.Name), Text: Format(d.Unit, r.Value), Identity: r.By,
	})
}

// Clone returns a copy for Encode alone.
func (t *Table) Clone() *Table { return &Table{rows: t.rows.Clone(), motd: t.motd} }

// Encode writes the section.
func (t *Table) Encode(e *wire.Encoder) {
	table.Encode(&t.rows, e)
}

// Decode reads what Encode wrote.
func (t *Table) Decode(d *wire.Decoder) {
	for range d.Count(len(t.values), 4) {
		r := Row{Name(d.String(64)), d.Int(), id.Identity(d.String(128)), id.Wall(d.Int())}
		if _, ok := Define(r.Name); !ok {
			d.Fail(fmt.Errorf("setting: a snapshot sets %q, which this version does not know", r.Name))
			return
		}
		t.rows.Put(r)
		t.values[r.Name] = r.Value
	}
}

// Check returns the first broken promise, or nil.
func (t *Table) Check() error {
	for _, r := range t.rows.Sorted() {
		if why := t.Try(r.Name, r.Value); why != "" {
			return fmt.Errorf("setting: %s is %d: %s", r.Name, r.Value, why)
		}
	}
	return t.checkMotd()
}
