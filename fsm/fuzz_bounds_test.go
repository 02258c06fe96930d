package fsm

import (
	"bytes"
	"runtime"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/trail"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// spends holds that f takes no more memory than so many bytes of input are worth.
func spends(t *testing.T, input int, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	if spent := after.TotalAlloc - before.TotalAlloc; spent > uint64(400*input+1<<20) {
		t.Fatalf("%d bytes of input took %d of memory", input, spent)
	}
}

// Each section alone: its reader neither falls nor takes more memory than there are
// bytes, and what it takes it would write again, byte for byte, or it is refused.
func FuzzDecodeSection(f *testing.F) {
	for i, body := range bodiesOf(specimenState(f)) {
		f.Add(byte(i), body)
	}
	f.Fuzz(func(t *testing.T, which byte, data []byte) {
		s := New()
		secs := s.sections()
		sec := secs[int(which)%len(secs)]
		var err error
		spends(t, len(data), func() { err = sec.read(data) })
		if err != nil {
			return
		}
		var again wire.Encoder
		if sec.encode(&again); !bytes.Equal(again.Bytes(), data) {
			t.Fatalf("section %d was taken as %x and is written as %x", sec.number, data, again.Bytes())
		}
	})
}

// An entry's checksum may be right and the rest lies.
func FuzzEntrySpendsNoMoreThanItIs(f *testing.F) {
	f.Add(specimenEntry()[:len(specimenEntry())-4])
	f.Add(EncodeEntry(nil, Stamp{}, MaxBatch, nil))
	f.Fuzz(func(t *testing.T, body []byte) {
		data := sealed(body)
		spends(t, len(data), func() { _, _ = DecodeEntry(data) })
	})
}

// What is added to a trail comes back from a snapshot, in every field, and a table
// that was restored goes on to forget the same.
func FuzzTrailGoesOnTheSame(f *testing.F) {
	f.Add([]byte{1, 2, 3, 1, 2, 3, 255, 0, 7}, byte(2), byte(5))
	f.Fuzz(func(t *testing.T, script []byte, perName, all byte) {
		kept, other := trail.New(), trail.New()
		for i, b := range script {
			en := trail.Entry{
				ID: id.Event{Index: id.Index(i + 1), Sub: uint32(b)}, Kind: turn.Kind(b), Why: turn.Why(b >> 4), At: id.Time(i) << (b % 40),
				Wall: -id.Wall(b), Token: id.Token(b) << 40, Identity: id.Identity(script[:i%90]), Session: id.Session{Incarnation: id.Incarnation(b), Number: uint64(i)},
				Node: string(script[:i%60]), By: "x", Nick: string(rune(b)),
			}
			key := string('a' + rune(b%5))
			for _, tab := range []*trail.Table{kept, other} {
				tab.Add(&turn.Turn{}, key, en, 1+int(perName), 1+int(all))
			}
			var was, is wire.Encoder
			kept.Encode(&was)
			if b%7 == 0 {
				d := wire.NewDecoder(was.Bytes())
				other = trail.New()
				if other.Decode(d); d.Done() != nil {
					t.Fatal(d.Err())
				}
			}
			if other.Encode(&is); !bytes.Equal(was.Bytes(), is.Bytes()) {
				t.Fatalf("after %d changes one has\n%x\nthe other\n%x", i+1, was.Bytes(), is.Bytes())
			}
			if err := kept.Check(id.Index(i + 1)); err != nil {
				t.Fatal(err)
			}
			if n := kept.Len(); n > 1+int(all) || len(kept.Of(key)) > 1+int(perName) {
				t.Fatalf("%d are kept, %d of %s", n, len(kept.Of(key)), key)
			}
		}
	})
}
