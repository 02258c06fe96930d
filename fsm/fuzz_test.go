package fsm

import (
	"bytes"
	"crypto/sha256"
	"hash/crc32"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/wire"
)

// sealed gives an entry the checksum it should have.
func sealed(body []byte) []byte {
	sum := crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli))
	return append(bytes.Clone(body), byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum))
}

func FuzzDecodeProposal(f *testing.F) {
	for _, c := range specimens() {
		f.Add(propose(c).Encode(nil))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := wire.NewDecoder(data)
		p := DecodeProposal(d)
		if d.Done() != nil {
			return
		}
		if again := p.Encode(nil); !bytes.Equal(again, data) {
			t.Fatalf("%x was decoded to %+v and encoded to %x", data, p, again)
		}
	})
}

// Any entry that decodes can be applied: nothing in it makes a replica fall.
func FuzzDecodeEntry(f *testing.F) {
	f.Add(specimenEntry()[:len(specimenEntry())-4])
	for _, c := range specimens() {
		e := EncodeEntry(nil, Stamp{Term: 1, Now: 1 << 40}, 1, propose(c).Encode(nil))
		f.Add(e[:len(e)-4])
	}
	state := specimenState(f).Image().Encode()
	f.Fuzz(func(t *testing.T, body []byte) {
		data := sealed(body)
		e, err := DecodeEntry(data)
		if err != nil {
			return
		}
		var proposals []byte
		for _, p := range e.Proposals {
			proposals = p.Encode(proposals)
		}
		if again := EncodeEntry(nil, e.Stamp, len(e.Proposals), proposals); !bytes.Equal(again, data) {
			t.Fatalf("%x was decoded to %+v and encoded to %x", data, e, again)
		}
		s, err := Restore(state)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Apply(s.Applied()+1, 1, data); err != nil {
			return
		}
		if err := s.Invariants(); err != nil {
			t.Fatal(err)
		}
		if _, err := Restore(s.Image().Encode()); err != nil {
			t.Fatal(err)
		}
	})
}

// Whatever has a right checksum is either refused or is a sound state that is
// encoded to the same bytes, and that goes on.
func FuzzRestore(f *testing.F) {
	good := specimenState(f).Image().Encode()
	f.Add(good[:len(good)-sha256.Size])
	empty := New().Image().Encode()
	f.Add(empty[:len(empty)-sha256.Size])
	f.Fuzz(func(t *testing.T, body []byte) {
		sum := sha256.Sum256(body)
		data := append(bytes.Clone(body), sum[:]...)
		s, err := Restore(data)
		if err != nil {
			return
		}
		if !bytes.Equal(s.Image().Encode(), data) {
			t.Fatal("it is encoded otherwise")
		}
		ticks(t, s)
	})
}

// ticks lets everything end that can.
func ticks(t *testing.T, s *State) {
	index := s.Applied()
	if index > 1<<60 {
		return
	}
	for range 4 {
		due, ok := s.Due()
		if !ok || due > 1<<60 {
			return
		}
		index++
		e := EncodeEntry(nil, Stamp{Term: s.Term(), Now: max(due, s.Time()) + id.Time(id.Hour)}, 1, propose(Tick{}).Encode(nil))
		if _, err := s.Apply(index, s.Term(), e); err != nil {
			t.Fatal(err)
		}
		if err := s.Invariants(); err != nil {
			t.Fatal(err)
		}
	}
}

// bodiesOf returns the sections of a snapshot.
func bodiesOf(s *State) (bodies [][]byte) {
	for _, sec := range s.Image().s.sections() {
		var e wire.Encoder
		sec.encode(&e)
		bodies = append(bodies, e.Bytes())
	}
	return bodies
}

// snapshotOf puts sections together again, one of them replaced.
func snapshotOf(bodies [][]byte, which int, section []byte) []byte {
	e := wire.NewEncoder([]byte(snapshotMagic))
	e.Byte(snapshotVersion)
	for i, body := range bodies {
		if i == which {
			body = section
		}
		e.Byte(byte(i + 1))
		e.Blob(body)
	}
	sum := sha256.Sum256(e.Bytes())
	return append(bytes.Clone(e.Bytes()), sum[:]...)
}

// Sections are where it gets interesting: one is replaced, the rest is sound.
func FuzzRestoreSection(f *testing.F) {
	bodies := bodiesOf(specimenState(f))
	for i, body := range bodies {
		f.Add(byte(i), body)
	}
	f.Fuzz(func(t *testing.T, which byte, section []byte) {
		data := snapshotOf(bodies, int(which)%len(bodies), section)
		s, err := Restore(data)
		if err != nil {
			return
		}
		if !bytes.Equal(s.Image().Encode(), data) {
			t.Fatal("it is encoded otherwise")
		}
		ticks(t, s)
	})
}
