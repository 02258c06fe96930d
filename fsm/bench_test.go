package fsm

import (
	"fmt"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/setting"
)

const crowd = 100_000

// crowded is a state with so many people attached through both nodes.
func crowded(b *testing.B, n int) *story {
	st := newStory(b)
	var body []byte
	count := 0
	flush := func() {
		if count == 0 {
			return
		}
		st.index++
		stamp := Stamp{Term: 1, Now: st.now, Check: st.s.Check()}
		if _, err := st.s.Apply(st.index, 1, EncodeEntry(nil, stamp, count, body)); err != nil {
			b.Fatal(err)
		}
		body, count = body[:0], 0
	}
	for i := range n {
		body = st.proposal([]id.Incarnation{incA, incB}[i%2], somebody(i)).Encode(body)
		if count++; count == MaxBatch {
			flush()
		}
	}
	flush()
	if names, _ := st.s.Lease().Counts(); names != n {
		b.Fatalf("%d names", names)
	}
	return st
}

// somebody is the Attach of one of many.
func somebody(i int) Attach {
	name := fmt.Sprintf("somebody%06d", i)
	n := like(name, "s"+name, "t"+name)
	n.Display = "S" + name[1:]
	who := id.Identity(fmt.Sprintf("SHA256:%043d", i))
	return Attach{Session: sess([]id.Incarnation{incA, incB}[i%2], uint64(i/2+1)), Identity: who, Nick: n}
}

// perCommand reports what one command of a batch costs.
func perCommand(b *testing.B, entries int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(entries*MaxBatch), "ns/command")
}

func BenchmarkApplyAttach(b *testing.B) {
	b.ReportAllocs()
	var st *story
	const room = 300 // entries until the state is begun anew
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		if n%room == 0 {
			st = newStory(b)
		}
		var body []byte
		for i := range MaxBatch {
			a := somebody(n%room*MaxBatch + i)
			body = st.proposal(a.Session.Incarnation, a).Encode(body)
		}
		st.index++
		data := EncodeEntry(nil, Stamp{Term: 1, Check: st.s.Check()}, MaxBatch, body)
		b.StartTimer()
		if _, err := st.s.Apply(st.index, 1, data); err != nil {
			b.Fatal(err)
		}
	}
	perCommand(b, b.N)
}

// Owners who are known return to their names, and go again.
func BenchmarkApplyReturn(b *testing.B) {
	st := crowded(b, 20_000)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		var body []byte
		for i := range MaxBatch / 2 {
			a := somebody((n*MaxBatch/2 + i) % 20_000)
			a.Session.Number += 1 << 20
			body = st.proposal(a.Session.Incarnation, a).Encode(body)
			body = st.proposal(a.Session.Incarnation, Detach{Session: a.Session}).Encode(body)
		}
		st.index++
		data := EncodeEntry(nil, Stamp{Term: 1, Check: st.s.Check()}, MaxBatch, body)
		b.StartTimer()
		out, err := st.s.Apply(st.index, 1, data)
		if err != nil || out.Answers[7].Code != OK {
			b.Fatal(err, out.Answers[7])
		}
	}
	perCommand(b, b.N)
}

func benchmarkPost(b *testing.B, line bool) {
	st := crowded(b, 10_000)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		var body []byte
		for i := range MaxBatch {
			a := somebody((n*MaxBatch + i) % 10_000)
			p := Post{Session: a.Session, Token: st.s.Lease().Name(a.Nick.Key).Token, Room: "#lobby", Text: "a line of some sixty bytes, as people write them on any day"}
			if line {
				p.Line = fmt.Sprint(n, i)
			}
			body = st.proposal(a.Session.Incarnation, p).Encode(body)
		}
		st.index++
		data := EncodeEntry(nil, Stamp{Term: 1, Check: st.s.Check()}, MaxBatch, body)
		b.StartTimer()
		out, err := st.s.Apply(st.index, 1, data)
		if err != nil || out.Answers[7].Code != OK {
			b.Fatal(err, out.Answers[7])
		}
	}
	perCommand(b, b.N)
}

func BenchmarkApplyPost(b *testing.B)         { benchmarkPost(b, false) }
func BenchmarkApplyPostWithLine(b *testing.B) { benchmarkPost(b, true) }

// The first entry after a snapshot was taken copies what it writes to.
func BenchmarkApplyPostAfterImage(b *testing.B) {
	st := crowded(b, crowd)
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		var body []byte
		for i := range MaxBatch {
			a := somebody((n*MaxBatch + i) % crowd)
			body = st.proposal(a.Session.Incarnation, Post{Session: a.Session, Token: st.s.Lease().Name(a.Nick.Key).Token, Room: "#lobby", Text: "x"}).Encode(body)
		}
		st.index++
		data := EncodeEntry(nil, Stamp{Term: 1, Check: st.s.Check()}, MaxBatch, body)
		im := st.s.Image()
		b.StartTimer()
		if _, err := st.s.Apply(st.index, 1, data); err != nil {
			b.Fatal(err)
		}
		_ = im
	}
}

func BenchmarkImage(b *testing.B) {
	st := crowded(b, crowd)
	b.ReportAllocs()
	for b.Loop() {
		st.s.Image()
	}
}

func BenchmarkImageEncode(b *testing.B) {
	im := crowded(b, crowd).s.Image()
	for b.Loop() {
		b.SetBytes(int64(len(im.Encode())))
	}
	b.ReportMetric(float64(len(im.Encode()))/1e6, "MB")
}

func BenchmarkRestore(b *testing.B) {
	data := crowded(b, crowd).s.Image().Encode()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Restore(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDue(b *testing.B) {
	st := crowded(b, crowd)
	for b.Loop() {
		st.s.Due()
		st.s.Restless()
	}
}

// A node with half of the people dies: the Tick that ends it, and one that sweeps.
func BenchmarkTickEndsANode(b *testing.B) {
	data := crowded(b, crowd).s.Image().Encode()
	for b.Loop() {
		b.StopTimer()
		s, err := Restore(data)
		if err != nil {
			b.Fatal(err)
		}
		e := EncodeEntry(nil, Stamp{Term: 1, Now: id.Time(ttl)}, 2,
			Proposal{Command: Tick{}}.Encode(Proposal{Command: Renew{Incarnation: incB, Counter: 1}}.Encode(nil)))
		b.StartTimer()
		if _, err := s.Apply(s.Applied()+1, 1, e); err != nil {
			b.Fatal(err)
		}
	}
}

// People are at their limit: one in so many arrivals pays for forgetting.
func BenchmarkForgettingPeople(b *testing.B) {
	st := crowded(b, 20_000)
	st.ok(incA, SetSetting{setting.LimitPeople, 20_000, alice})
	for n := uint64(1); b.Loop(); n++ {
		i := int(n)
		st.index++
		a := Attach{Session: sess(incA, 1<<20+n), Identity: id.Identity(fmt.Sprintf("SHA256:new%d", i)), Nick: nick(fmt.Sprintf("new%d", i))}
		body := st.proposal(incA, a).Encode(nil)
		body = st.proposal(incA, Release{Session: a.Session}).Encode(body)
		if _, err := st.s.Apply(st.index, 1, EncodeEntry(nil, Stamp{Term: 1}, 2, body)); err != nil {
			b.Fatal(err)
		}
	}
}
