package fsm

import (
	"fmt"
	"slices"

	"moniker/fsm/ban"
	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/fsm/keyring"
	"moniker/fsm/lease"
	"moniker/fsm/member"
	"moniker/fsm/people"
	"moniker/fsm/presence"
	"moniker/fsm/profile"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/stream"
	"moniker/fsm/trail"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// State is the whole replicated state. It is not safe for concurrent use: whoever
// reads it while another applies must hold a lock against that. What its methods
// give out must not be written to; only Apply changes anything.
type State struct {
	meta     meta
	lease    *lease.Table
	streams  *stream.Table
	rooms    *room.Table
	history  *history.Table
	people   *people.Table
	members  *member.Table
	setting  *setting.Table
	trail    *trail.Table
	profiles *profile.Table
	presence *presence.Table
	keys     *keyring.Table
	bans     *ban.Table
	hashes   []Check // of the last entries applied, oldest first; only ever appended to
	turn     turn.Turn
	scratch  wire.Encoder // of roll: its buffer outlives the entry
}

// meta is what the state knows of itself.
type meta struct {
	cluster string // the cluster's id, from Found
	epoch   uint16
	applied id.Index
	term    uint64
	now     id.Time
	wall    id.Wall
	hash    [32]byte // rolling
}

// hashesKept is how far back a leader's Check can be compared.
const hashesKept = 1024

// New returns the state before the first entry.
func New() *State {
	return &State{
		lease: lease.New(0), streams: stream.New(), rooms: room.New(), history: history.New(),
		people: people.New(), members: member.New(), setting: setting.New(),
		trail: trail.New(), profiles: profile.New(), presence: presence.New(), keys: keyring.New(), bans: ban.New(),
	}
}

// Cluster returns the cluster's id; empty before Found.
func (s *State) Cluster() string { return s.meta.cluster }

// Applied returns the index of the newest entry applied.
func (s *State) Applied() id.Index { return s.meta.applied }

// Term returns the newest term a stamp was taken from.
func (s *State) Term() uint64 { return s.meta.term }

// Time returns cluster time.
func (s *State) Time() id.Time { return s.meta.now }

// Clock returns the newest leader's wall clock, for people.
func (s *State) Clock() id.Wall { return s.meta.wall }

// Lease gives the table of names, sessions and node leases to read.
func (s *State) Lease() *lease.Table { return s.lease }

// Streams gives the table of streams to read.
func (s *State) Streams() *stream.Table { return s.streams }

// Rooms gives the table of rooms to read.
func (s *State) Rooms() *room.Table { return s.rooms }

// History gives the table of what was said to read.
func (s *State) History() *history.Table { return s.history }

// People gives the table of people to read.
func (s *State) People() *people.Table { return s.people }

// Keys gives the table of whose keys are whose to read.
func (s *State) Keys() *keyring.Table { return s.keys }

// Members gives the table of nodes, join tokens and operators to read.
func (s *State) Members() *member.Table { return s.members }

// Settings gives the table of settings to read.
func (s *State) Settings() *setting.Table { return s.setting }

// Trail gives the table of how names changed hands to read.
func (s *State) Trail() *trail.Table { return s.trail }

// Profiles gives the table of what people have set and whom they ignore to read.
func (s *State) Profiles() *profile.Table { return s.profiles }

// Presence gives the table of who said that they are away, and of idle sessions, to
// read. Away puts them together.
func (s *State) Presence() *presence.Table { return s.presence }

// Bans gives the table of who may not come in or speak, and of who may come in, to read.
func (s *State) Bans() *ban.Table { return s.bans }

// Check returns the rolling hash at the newest entry applied.
func (s *State) Check() Check {
	if len(s.hashes) == 0 {
		return Check{}
	}
	return s.hashes[len(s.hashes)-1]
}

// Invariants returns the first promise that the state breaks, or nil. It visits
// everything: it is for tests and for those in doubt.
func (s *State) Invariants() error {
	for _, check := range []func() error{
		s.lease.Check, s.rooms.Check, s.people.Check, s.members.Check, s.setting.Check, s.profiles.Check, s.keys.Check,
		s.bans.Check,
		func() error { return s.presence.Check(s.meta.now, s.meta.applied) },
		func() error { return s.history.Check(s.meta.applied) },
		func() error { return s.trail.Check(s.meta.applied) },
		func() error { return s.streams.Check(s.lease.Live) },
		s.crossCheck, s.checkHashes,
	} {
		if err := check(); err != nil {
			return fmt.Errorf("after entry %d: %w", s.meta.applied, err)
		}
	}
	return nil
}

// crossCheck holds promises that lie between tables.
func (s *State) crossCheck() error {
	for _, i := range s.lease.Incarnations() {
		m, ok := s.members.Member(i.Node)
		if !i.Ended && (!ok || m.Incarnation != i.ID || m.Role == member.Removed) {
			return fmt.Errorf("fsm: incarnation %x is live on %s, whose newest is %x", i.ID, i.Node, m.Incarnation)
		}
		if _, open := s.streams.Last(i.ID); open == i.Ended {
			return fmt.Errorf("fsm: incarnation %x: ended %v, stream open %v", i.ID, i.Ended, open)
		}
	}
	for _, n := range s.lease.Names() {
		if _, ok := s.people.Get(n.Owner); !ok {
			return fmt.Errorf("fsm: %q is owned by %s, who is not remembered", n.Nick.Key, n.Owner)
		}
	}
	for _, r := range s.rooms.Rooms() {
		for _, who := range slices.Concat(s.rooms.Members(r.Name), s.rooms.Invited(r.Name)) {
			if _, ok := s.people.Get(who); !ok {
				return fmt.Errorf("fsm: %s is in %s, or invited, and not remembered", who, r.Name)
			}
		}
	}
	return s.checkBans()
}

// checkBans holds that the rooms that have bans exist, and keep out whom they ban.
func (s *State) checkBans() error {
	for _, place := range s.bans.Places() {
		if _, ok := s.rooms.Room(place); !ok && place != "" {
			return fmt.Errorf("fsm: %s has bans and does not exist", place)
		}
		for _, b := range s.bans.In(place) {
			if who := id.Identity(b.ID.Subject); b.ID.Kind == ban.Out && place != "" && s.rooms.In(place, who) && !s.operator(who) {
				return fmt.Errorf("fsm: %s is banned from %s and in it", who, place)
			}
		}
	}
	return s.crossCheckPersons()
}

// crossCheckPersons holds what lies between people and what they have set and said.
func (s *State) crossCheckPersons() error {
	for _, r := range s.profiles.Rows() {
		if _, ok := s.people.Get(r.ID); !ok {
			return fmt.Errorf("fsm: %s has a profile and is not remembered", r.ID)
		}
	}
	t := &tx{State: s}
	for _, m := range s.presence.Marks() {
		if !t.around(m.ID) {
			return fmt.Errorf("fsm: %s is away and has no name that is held or in grace", m.ID)
		}
	}
	for _, i := range s.presence.Idles() {
		if _, ok := s.lease.Session(i.Session); !ok {
			return fmt.Errorf("fsm: %v is idle and there is no such session", i.Session)
		}
	}
	if err := s.checkGuests(); err != nil {
		return err
	}
	return s.checkKeys()
}

// checkKeys holds that whoever is here came by a key of theirs, and that nobody is
// by themselves whose key is another's.
func (s *State) checkKeys() error {
	for _, row := range s.lease.Sessions() {
		if who, ok := s.keys.Who(row.Print()); !ok || who != row.Identity {
			return fmt.Errorf("fsm: session %v of %s came by %s, which is %s's: %v", row.ID, row.Identity, row.Print(), who, ok)
		}
	}
	for _, k := range s.keys.Moved() {
		own := k.Print.Own()
		_, known := s.people.Get(own)
		_, operator := s.members.Operator(own)
		if known || operator || len(s.lease.Owned(own)) > 0 {
			return fmt.Errorf("fsm: %s is a key of %s and somebody of its own", k.Print, k.Who)
		}
	}
	return nil
}

// checkHashes holds that the entries' hashes are in order and end at the newest.
func (s *State) checkHashes() error {
	var last id.Index
	for _, c := range s.hashes {
		if c.Index <= last {
			return fmt.Errorf("fsm: the hash of entry %d follows that of %d", c.Index, last)
		}
		last = c.Index
	}
	if last != s.meta.applied {
		return fmt.Errorf("fsm: the newest hash is of entry %d, the newest entry is %d", last, s.meta.applied)
	}
	return nil
}
