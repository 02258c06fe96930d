package fsm

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/wire"
)

const (
	snapshotMagic   = "moniker snapshot"
	snapshotVersion = 1
)

// Image is the state as it was at one index: taken in microseconds, because it
// shares all rows with the state, and encoded at leisure while the state goes on.
type Image struct{ s State }

// Image takes one.
func (s *State) Image() *Image {
	return &Image{State{
		meta: s.meta, hashes: s.hashes,
		lease: s.lease.Clone(), streams: s.streams.Clone(), rooms: s.rooms.Clone(), history: s.history.Clone(),
		people: s.people.Clone(), members: s.members.Clone(), setting: s.setting.Clone(),
		trail: s.trail.Clone(), profiles: s.profiles.Clone(), presence: s.presence.Clone(),
		keys: s.keys.Clone(), bans: s.bans.Clone(),
	}}
}

// Digest returns the SHA-256 of the state's canonical form. Replicas that have
// applied the same entries have the same.
func (s *State) Digest() [32]byte { return sha256.Sum256(s.Image().body()) }

// Encode returns the snapshot: magic, version, sections, SHA-256 of all that.
func (im *Image) Encode() []byte {
	b := im.body()
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

func (im *Image) body() []byte {
	e := wire.NewEncoder(nil)
	e.Raw([]byte(snapshotMagic))
	e.Byte(snapshotVersion)
	var body wire.Encoder
	for _, sec := range im.s.sections() {
		body.Reset()
		sec.encode(&body)
		e.Byte(byte(sec.number))
		e.Blob(body.Bytes())
	}
	return e.Bytes()
}

type section struct {
	number table.Section
	encode func(*wire.Encoder)
	decode func(*wire.Decoder)
}

// sections lists every part of the snapshot in its order.
func (s *State) sections() []section {
	return []section{
		{table.Meta, s.encodeMeta, s.decodeMeta},
		{table.Settings, s.setting.Encode, s.setting.Decode},
		{table.Members, s.members.EncodeMembers, s.members.DecodeMembers},
		{table.Tokens, s.members.EncodeTokens, s.members.DecodeTokens},
		{table.Operators, s.members.EncodeOperators, s.members.DecodeOperators},
		{table.Incarnations, s.lease.EncodeIncarnations, s.lease.DecodeIncarnations},
		{table.Streams, s.streams.Encode, s.streams.Decode},
		{table.Sessions, s.lease.EncodeSessions, s.lease.DecodeSessions},
		{table.Names, s.lease.EncodeNames, s.lease.DecodeNames},
		{table.People, s.people.Encode, s.people.Decode},
		{table.Rooms, s.rooms.EncodeRooms, s.rooms.DecodeRooms},
		{table.Memberships, s.rooms.EncodeMembers, s.rooms.DecodeMembers},
		{table.Reads, s.rooms.EncodeReads, s.rooms.DecodeReads},
		{table.Histories, s.history.Encode, s.history.Decode},
		{table.Trail, s.trail.Encode, s.trail.Decode},
		{table.Profiles, s.profiles.Encode, s.profiles.Decode},
		{table.Aways, s.presence.EncodeMarks, s.presence.DecodeMarks},
		{table.Idles, s.presence.EncodeIdles, s.presence.DecodeIdles},
		{table.Keys, s.keys.EncodeKeys, s.keys.DecodeKeys},
		{table.Codes, s.keys.EncodeCodes, s.keys.DecodeCodes},
		{table.Invitations, s.rooms.EncodeInvitations, s.rooms.DecodeInvitations},
		{table.Bans, s.bans.Encode, s.bans.Decode},
		{table.Allowances, s.bans.EncodeAllowed, s.bans.DecodeAllowed},
		{table.Notices, s.setting.EncodeMotd, s.setting.DecodeMotd},
	}
}

// Restore reads a snapshot. It returns an error for one that is damaged, of a
// version it does not know, or that breaks a promise of the state: such a node
// must not go on.
func Restore(data []byte) (*State, error) {
	if len(data) < len(snapshotMagic)+1+sha256.Size || string(data[:len(snapshotMagic)]) != snapshotMagic {
		return nil, fmt.Errorf("fsm: these %d bytes are no snapshot", len(data))
	}
	body, sum := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	if got := sha256.Sum256(body); string(got[:]) != string(sum) {
		return nil, fmt.Errorf("fsm: the checksum of the snapshot does not fit its %d bytes: it is damaged", len(data))
	}
	d := wire.NewDecoder(body[len(snapshotMagic):])
	if v := d.Byte(); v != snapshotVersion {
		return nil, fmt.Errorf("fsm: a snapshot of version %d; this moniker reads version %d", v, snapshotVersion)
	}
	s := New()
	for _, sec := range s.sections() {
		if got := d.Byte(); got != byte(sec.number) {
			return nil, fmt.Errorf("fsm: the snapshot has section %d where %d belongs", got, sec.number)
		}
		if err := sec.read(d.Blob(d.Left())); err != nil {
			return nil, fmt.Errorf("fsm: section %d of the snapshot: %w", sec.number, err)
		}
	}
	if err := d.Done(); err != nil {
		return nil, fmt.Errorf("fsm: the snapshot: %w", err)
	}
	if err := s.Invariants(); err != nil {
		return nil, fmt.Errorf("fsm: the snapshot breaks a promise: %w", err)
	}
	return s, nil
}

// read decodes a section, and takes it only if it is what encode would have
// written: rows in order and none twice, so that no index is built on sand.
func (sec section) read(data []byte) error {
	d := wire.NewDecoder(data)
	sec.decode(d)
	if err := d.Done(); err != nil {
		return err
	}
	again := wire.NewEncoder(make([]byte, 0, len(data)))
	sec.encode(again)
	if !bytes.Equal(again.Bytes(), data) {
		return wire.ErrCanonical
	}
	return nil
}

func (s *State) encodeMeta(e *wire.Encoder) {
	m := s.meta
	e.String(m.cluster)
	e.Uint(uint64(m.epoch))
	e.Uint(uint64(m.applied))
	e.Uint(m.term)
	e.Int(int64(m.now))
	e.Int(int64(m.wall))
	e.Raw(m.hash[:])
	e.Uint(uint64(len(s.hashes)))
	for _, c := range s.hashes {
		e.Uint(uint64(c.Index))
		e.Fixed64(c.Hash)
	}
}

func (s *State) decodeMeta(d *wire.Decoder) {
	s.meta.cluster = d.String(maxShort)
	s.meta.epoch = d.Uint16()
	s.meta.applied = id.Index(d.Uint())
	s.meta.term = d.Uint()
	s.meta.now = id.Time(d.Int())
	s.meta.wall = id.Wall(d.Int())
	copy(s.meta.hash[:], d.Raw(32))
	for range d.Count(hashesKept, 9) {
		s.hashes = append(s.hashes, Check{id.Index(d.Uint()), d.Fixed64()})
	}
}
