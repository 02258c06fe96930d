package cluster

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"sync/atomic"
	"testing"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
)

const crowd = 100_000

// crowded is the state with so many people here, each by a key of their own.
func crowded(t testing.TB) *fsm.State {
	s := fsm.New()
	const inc = id.Incarnation(0x1a2b3c4d5e6f7788)
	var body []byte
	number, index, n := uint64(0), id.Index(0), 0
	flush := func() {
		index++
		data := fsm.EncodeEntry(nil, fsm.Stamp{Term: 1, Now: id.Time(index) * 1000, Wall: id.Wall(1_800_000_000_000_000 + int64(index)), Check: s.Check()}, n, body)
		if _, err := s.Apply(index, 1, data); err != nil {
			t.Fatal(err)
		}
		body, n = body[:0], 0
	}
	put := func(p fsm.Proposal) {
		body = p.Encode(body)
		if n++; n == fsm.MaxBatch {
			flush()
		}
	}
	put(fsm.Proposal{Command: fsm.Found{Cluster: "c", Node: "SHA256:n1", Name: "n1", Peer: "p", SSH: "s"}})
	flush()
	put(fsm.Proposal{Command: fsm.Register{Node: "SHA256:n1", Incarnation: inc, Version: 1}})
	for i := range crowd {
		sum := sha256.Sum256(fmt.Append(nil, i))
		name := base64.RawURLEncoding.EncodeToString(sum[:])[:6+i%6]
		number++
		put(fsm.Proposal{From: inc, Number: number, Command: fsm.Attach{
			Session:  id.Session{Incarnation: inc, Number: number},
			Identity: id.Identity("SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])),
			Nick:     lease.Nick{Display: name, Key: fmt.Sprint(name, i), Skeletons: [2]string{fmt.Sprint(name, i), fmt.Sprint(name, i)}},
		}})
	}
	flush()
	if names, _ := s.Lease().Counts(); names != crowd {
		t.Fatalf("%d names", names)
	}
	return s
}

// BenchmarkSnapshot is of a state with 100,000 leases: what is written and how long that
// takes, beside a node that goes on meanwhile, and how long reading it takes.
func BenchmarkSnapshot(b *testing.B) {
	im := &image{crowded(b).Image(), new(atomic.Int64)}
	var s sink
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			s = sink{}
			if err := im.Persist(&s); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(s.Len())/1e6, "MB")
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, err := ReadSnapshot(bytes.NewReader(s.Bytes())); err != nil {
				b.Fatal(err)
			}
		}
	})
}
