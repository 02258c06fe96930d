package fsm

import (
	"fmt"
	"testing"
	"time"

	"moniker/fsm/id"
	"moniker/fsm/setting"
	"moniker/fsm/trail"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// BenchmarkAttachWithTrail is what the trail costs an Attach of somebody new: with as
// little of it as can be set, and with 20,000 and 200,000 changes remembered, which it
// has reached. "worst" is the longest entry of 256 commands.
func BenchmarkAttachWithTrail(b *testing.B) {
	for _, limit := range []int64{100, 20_000, 200_000} {
		b.Run(fmt.Sprint("limit.trail=", limit), func(b *testing.B) {
			st := newStory(b)
			st.set(setting.LimitTrail, limit)
			st.set(setting.LimitAllNames, 2_000_000)
			st.set(setting.LimitAllSessions, 2_000_000)
			st.set(setting.LimitPeople, 2_000_000)
			n := 0
			entry := func() []byte {
				var body []byte
				for range MaxBatch {
					a := somebody(n)
					n++
					body = st.proposal(a.Session.Incarnation, a).Encode(body)
				}
				st.index++
				return EncodeEntry(nil, Stamp{Term: 1, Check: st.s.Check()}, MaxBatch, body)
			}
			apply := func(data []byte) {
				if _, err := st.s.Apply(st.index, 1, data); err != nil {
					b.Fatal(err)
				}
			}
			for int64(st.s.Trail().Len()) < limit {
				apply(entry())
			}
			b.ReportAllocs()
			var worst time.Duration
			for b.Loop() {
				b.StopTimer()
				data := entry()
				b.StartTimer()
				began := time.Now()
				apply(data)
				worst = max(worst, time.Since(began))
			}
			perCommand(b, b.N)
			b.ReportMetric(float64(worst.Microseconds()), "worst-us")
		})
	}
}

// BenchmarkTrailAdd is one change of a name, of as many as are remembered.
func BenchmarkTrailAdd(b *testing.B) {
	for _, all := range []int{20_000, 200_000, 1_000_000} {
		b.Run(fmt.Sprint(all), func(b *testing.B) {
			t := trail.New()
			var tn turn.Turn
			n := 0
			add := func() {
				tn.Journal.Reset()
				t.Add(&tn, fmt.Sprintf("somebody%06d", n%(all*3/4)), trail.Entry{
					ID: id.Event{Index: id.Index(n + 1), Sub: 1}, Kind: turn.Granted, Why: turn.WasFree, Token: id.Token(n),
					Identity: "SHA256:0123456789012345678901234567890123456789012", Node: "n1", Nick: "Somebody",
				}, 50, all)
				n++
			}
			for range 2 * all {
				add()
			}
			b.ReportAllocs()
			var worst time.Duration
			for b.Loop() {
				began := time.Now()
				add()
				worst = max(worst, time.Since(began))
			}
			b.ReportMetric(float64(worst.Microseconds()), "worst-us")
		})
	}
}

// BenchmarkTrailOfOneWhoFlaps is one name that changes all the time, among as many
// others: what is overtaken is dropped now and then, all at once.
func BenchmarkTrailOfOneWhoFlaps(b *testing.B) {
	for _, others := range []int{20_000, 200_000, 1_000_000} {
		b.Run(fmt.Sprint(others), func(b *testing.B) {
			var worst time.Duration
			for b.Loop() {
				b.StopTimer()
				t := trail.New()
				var tn turn.Turn
				n := 0
				add := func(key string) {
					n++
					tn.Journal.Reset()
					t.Add(&tn, key, trail.Entry{ID: id.Event{Index: id.Index(n), Sub: 1}, Kind: turn.Granted, Identity: "SHA256:x", Nick: key}, 50, others+50)
				}
				for i := range others {
					add(fmt.Sprintf("somebody%06d", i))
				}
				b.StartTimer()
				for range others + 2000 {
					began := time.Now()
					add("flap")
					worst = max(worst, time.Since(began))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*(others+2000)), "ns/change")
			b.ReportMetric(float64(worst.Microseconds()), "worst-us")
		})
	}
}

// BenchmarkSnapshotWithTrail prints how large the snapshot of 100,000 leases is, and
// how much of it is the trail.
func BenchmarkSnapshotWithTrail(b *testing.B) {
	for _, limit := range []int64{100, 20_000, 200_000} {
		b.Run(fmt.Sprint("limit.trail=", limit), func(b *testing.B) {
			st := crowded(b, 2*MaxBatch)
			st.set(setting.LimitTrail, limit)
			for n := 2 * MaxBatch; n < crowd; n += MaxBatch {
				var body []byte
				for i := range MaxBatch {
					a := somebody(n + i)
					body = st.proposal(a.Session.Incarnation, a).Encode(body)
				}
				st.index++
				if _, err := st.s.Apply(st.index, 1, EncodeEntry(nil, Stamp{Term: 1, Check: st.s.Check()}, MaxBatch, body)); err != nil {
					b.Fatal(err)
				}
			}
			im := st.s.Image()
			var all []byte
			for b.Loop() {
				all = im.Encode()
			}
			var part wire.Encoder
			st.s.trail.Encode(&part)
			b.ReportMetric(float64(len(all))/1e6, "MB")
			b.ReportMetric(float64(part.Len())/1e6, "MB-of-trail")
		})
	}
}
