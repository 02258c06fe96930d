package fsm

import (
	"errors"
	"fmt"
	"hash/crc32"

	"moniker/fsm/id"
	"moniker/fsm/wire"
)

// MaxBatch is how many commands an entry may carry.
const MaxBatch = 256

const entryVersion = 1

// ErrDamaged is the fault of an entry whose checksum does not fit: the disk or the
// memory it came from changed it. bbolt has no checksum of its own.
const ErrDamaged wire.Error = "the checksum of a log entry does not fit its bytes"

// Stamp is what a leader says of the time, and of the state it had.
type Stamp struct {
	Term  uint64
	Now   id.Time
	Wall  id.Wall
	Check Check
}

// Check is the rolling hash that a leader had at an index: a replica whose own is
// different there has diverged, and stops.
type Check struct {
	Index id.Index
	Hash  uint64
}

// Entry is what one log entry holds: a leader's stamp and the commands of its batch.
type Entry struct {
	Stamp
	Proposals []Proposal
}

// EncodeEntry appends the canonical form of an entry. body holds count proposals,
// each encoded by Proposal.Encode: a leader forwards bytes it has checked with
// DecodeProposal without encoding them anew.
func EncodeEntry(dst []byte, s Stamp, count int, body []byte) []byte {
	start := len(dst)
	e := wire.NewEncoder(dst)
	e.Byte(entryVersion)
	e.Uint(s.Term)
	e.Int(int64(s.Now))
	e.Int(int64(s.Wall))
	e.Uint(uint64(s.Check.Index))
	e.Fixed64(s.Check.Hash)
	e.Uint(uint64(count))
	e.Raw(body)
	sum := crc32.Checksum(e.Bytes()[start:], crc32.MakeTable(crc32.Castagnoli))
	e.Raw([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	return e.Bytes()
}

// DecodeEntry reads an entry. It refuses one that is damaged, malformed, or holds
// a command this version does not know (UnknownKind).
func DecodeEntry(data []byte) (Entry, error) {
	if len(data) < 5 || len(data) > MaxEntry {
		return Entry{}, fmt.Errorf("fsm: an entry of %d bytes", len(data))
	}
	body, tail := data[:len(data)-4], data[len(data)-4:]
	sum := uint32(tail[0])<<24 | uint32(tail[1])<<16 | uint32(tail[2])<<8 | uint32(tail[3])
	if crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)) != sum {
		return Entry{}, ErrDamaged
	}
	d := wire.NewDecoder(body)
	if v := d.Byte(); v != entryVersion {
		return Entry{}, fmt.Errorf("fsm: an entry of version %d; this moniker reads version %d", v, entryVersion)
	}
	e := Entry{Stamp: Stamp{
		Term: d.Uint(), Now: id.Time(d.Int()), Wall: id.Wall(d.Int()),
		Check: Check{Index: id.Index(d.Uint()), Hash: d.Fixed64()},
	}}
	n := d.Count(MaxBatch, 11)
	e.Proposals = make([]Proposal, 0, n)
	for range n {
		p := DecodeProposal(d)
		if d.Err() != nil {
			break
		}
		e.Proposals = append(e.Proposals, p)
	}
	if err := d.Done(); err != nil {
		if unknown := UnknownKind(0); errors.As(err, &unknown) {
			return Entry{}, err
		}
		return Entry{}, fmt.Errorf("fsm: a malformed entry: %w", err)
	}
	return e, nil
}
