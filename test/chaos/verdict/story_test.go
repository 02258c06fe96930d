package verdict

import (
	"slices"
	"testing"
	"time"

	"moniker/test/chaos/record"
)

// The people of the story. alice has nova, and bob wants it.
const (
	alice = "SHA256:alice"
	bob   = "SHA256:bob"
)

func at(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

// story is a small run in which every law holds. Mutations of it are what judges
// must catch.
//
//	 1 s  alice is nova through n1; it has token 5
//	 2 s  bob is refused nova, and is bob
//	 5 s  alice's cable is pulled (silence 9 s: her session ends by 17 s, grace 5 s)
//	 8 s  bob is refused nova again: held; and at 15 s: grace
//	20 s  alice comes back as alice, leaves, and comes back at once
//	21 s  bob has nova, with token 9
//	30 s  n1, which leads, is killed; at 40 s it is back
//	45 s  everybody leaves
func story() *record.Run {
	r := &record.Run{
		Seed: 1, TTL: at(10), Grace: at(5), Silence: at(9), Took: at(70),
		End: record.End{
			Applied: map[string]uint64{"n1": 900, "n2": 900, "n3": 900}, Digest: map[string]string{"n1": "d", "n2": "d", "n3": "d"},
			Sessions: map[string]int{"n1": 0, "n2": 0, "n3": 0},
		},
	}
	for i := range 70 {
		s := record.Sample{
			At: at(float64(i)), Leader: "n1", Accepted: 1,
			Files: map[string]int{"n1": 40, "n2": 40, "n3": 40}, Goroutines: map[string]int{"n1": 90, "n2": 90, "n3": 90},
		}
		if i >= 30 {
			s.Leader = "n2"
		}
		r.Samples = append(r.Samples, s)
	}
	op := func(client, session int, kind, name string, call, ret float64, outcome record.Outcome, more ...func(*record.Op)) {
		who := map[int]string{0: "operator", 1: alice, 2: bob}[client]
		o := record.Op{
			ID: len(r.Ops) + 1, Client: client, Session: session, Identity: who, Kind: kind, Name: name, Node: "n1",
			Call: at(call), Return: at(ret), Outcome: outcome,
		}
		if client == 2 {
			o.Node = "n2"
		}
		if kind == record.Claim {
			o.Began = at(call - 0.1)
		}
		for _, m := range more {
			m(&o)
		}
		r.Ops = append(r.Ops, o)
	}
	owner := func(who, state, token string) func(*record.Op) {
		return func(o *record.Op) { o.Owner, o.State, o.Token = who, state, token }
	}
	text := func(t string) func(*record.Op) {
		return func(o *record.Op) { o.Text, o.Place = t, "#lobby" }
	}
	why := func(w string, proof float64) func(*record.Op) {
		return func(o *record.Op) { o.Why, o.Proof = w, at(proof) }
	}
	op(1, 1, record.Claim, "nova", 1, 1.1, record.OK)
	op(0, 0, record.Read, "nova", 1.2, 1.3, record.OK, owner(alice, "held", "5"))
	op(2, 1, record.Claim, "nova", 2, 2.1, record.Refused, owner(alice, "held", ""))
	op(2, 2, record.Claim, "bob", 2.5, 2.6, record.OK)
	op(0, 0, record.Read, "bob", 2.7, 2.8, record.OK, owner(bob, "held", "6"))
	op(1, 1, record.Post, "nova", 3, 3.1, record.OK, text("a1"))
	op(2, 2, record.Post, "bob", 4, 4.1, record.OK, text("b1"))
	op(1, 1, record.Drop, "nova", 5, 32, record.OK, why(record.Silent, 4.5))
	op(2, 3, record.Claim, "nova", 8, 8.1, record.Refused, owner(alice, "held", ""))
	op(2, 2, record.Direct, "nova", 9, 9.1, record.OK, text("b2"))
	op(2, 4, record.Claim, "nova", 15, 15.1, record.Refused, owner(alice, "grace", ""))
	op(2, 2, record.Post, "bob", 16, 16.1, record.OK, text("b3"))
	op(1, 2, record.Claim, "alice", 20, 20.1, record.OK)
	op(0, 0, record.Read, "alice", 20.2, 20.3, record.OK, owner(alice, "held", "8"))
	op(1, 2, record.Drop, "alice", 20.5, 20.6, record.OK, why(record.Closed, 20.4))
	op(1, 3, record.Claim, "alice", 20.8, 20.9, record.OK)
	op(2, 5, record.Claim, "nova", 21, 21.1, record.OK)
	op(0, 0, record.Read, "nova", 22, 22.1, record.OK, owner(bob, "held", "9"))
	op(2, 5, record.Post, "nova", 23, 23.1, record.OK, text("b4"))
	op(1, 3, record.Post, "alice", 29, 29.1, record.OK, text("a2"))
	op(1, 3, record.Drop, "alice", 30, 30.1, record.OK, why(record.Ended, 29))
	op(1, 4, record.Claim, "alice", 30.5, 31.2, record.OK)
	op(1, 4, record.Post, "alice", 31.3, 31.4, record.OK, text("a3"))
	op(2, 5, record.Post, "nova", 44, 44.1, record.OK, text("b5"))
	op(2, 5, record.Quit, "nova", 45, 45.1, record.OK)
	op(2, 2, record.Quit, "bob", 45, 45.1, record.OK)
	op(1, 4, record.Quit, "alice", 50, 50.1, record.OK)
	op(0, 0, record.Read, "nova", 51, 51.1, record.OK, owner("", "", ""))

	line := func(client, session int, seconds float64, text string, old, below bool) {
		from := map[byte]string{'a': "alice", 'b': "bob"}[text[0]]
		if text == "a1" || text == "b4" || text == "b5" {
			from = "nova"
		}
		place := "#lobby"
		if text == "b2" {
			place = "@nova"
		}
		r.Lines = append(r.Lines, record.Line{
			Client: client, Session: session, At: at(seconds), Place: place, From: from, Text: text, Old: old, Below: below, Arrival: 1,
		})
	}
	line(1, 1, 3.1, "a1", false, false)
	line(2, 2, 3.1, "a1", false, false)
	line(1, 1, 4.1, "b1", false, false)
	line(2, 2, 4.1, "b1", false, false)
	line(2, 2, 9.1, "b2", false, false)
	line(2, 2, 16.1, "b3", false, false)
	for _, session := range []int{2, 3} {
		line(1, session, 20.1, "a1", true, false)
		line(1, session, 20.1, "b1", true, false)
		line(1, session, 20.1, "b2", true, true)
		line(1, session, 20.1, "b3", true, true)
	}
	for _, t := range []string{"a1", "b1", "b2", "b3"} {
		line(2, 5, 21.1, t, true, false)
	}
	line(1, 3, 23.1, "b4", false, false)
	line(2, 2, 23.1, "b4", false, false)
	line(2, 5, 23.1, "b4", false, false)
	line(1, 3, 29.1, "a2", false, false)
	line(2, 2, 29.1, "a2", false, false)
	line(2, 5, 29.1, "a2", false, false)
	for _, t := range []string{"a1", "b1", "b2", "b3", "b4"} {
		line(1, 4, 31.2, t, true, false)
	}
	line(1, 4, 31.2, "a2", true, true)
	for _, t := range []string{"a3", "b5"} {
		when := map[string]float64{"a3": 31.4, "b5": 44.1}[t]
		line(1, 4, when, t, false, false)
		line(2, 2, when, t, false, false)
		line(2, 5, when, t, false, false)
	}
	for _, t := range []string{"a1", "b1", "b3", "b4", "a2", "a3", "b5"} {
		r.End.Final = append(r.End.Final, record.Line{Place: "#lobby", Text: t})
	}
	r.Faults = []record.Fault{
		{Kind: "client-cable", What: "alice's cable", From: at(5), To: at(32)},
		{Kind: "kill", What: "n1 is killed", Node: []string{"n1"}, From: at(30), To: at(40)},
	}
	return r
}

// find returns the first operation of a client, kind and name.
func find(r *record.Run, client int, kind, name string, outcome record.Outcome) *record.Op {
	i := slices.IndexFunc(r.Ops, func(o record.Op) bool {
		return o.Client == client && o.Kind == kind && o.Name == name && o.Outcome == outcome
	})
	return &r.Ops[i]
}

// comesBack is alice's claim of her name through another node, when hers is dead.
func comesBack(r *record.Run) *record.Op {
	return &r.Ops[slices.IndexFunc(r.Ops, func(o record.Op) bool { return o.Kind == record.Claim && o.Client == 1 && o.Session == 4 })]
}

func said(r *record.Run, text string) *record.Op {
	return &r.Ops[slices.IndexFunc(r.Ops, func(o record.Op) bool { return o.Text == text })]
}

// shown is the place of a live line in the record.
func shown(r *record.Run, client, session int, text string) int {
	return slices.IndexFunc(r.Lines, func(l record.Line) bool {
		return l.Client == client && l.Session == session && l.Text == text
	})
}

func move(o *record.Op, call, ret float64) { o.Call, o.Return = at(call), at(ret) }

func TestAGoodRunHoldsEveryLaw(t *testing.T) {
	for _, f := range Judge(story(), "") {
		if !f.Held {
			t.Errorf("%s: %s", f.Law, f.What)
		}
	}
}

// TestEverySaboteurIsCaught breaks a law in the record, and wants it found.
func TestEverySaboteurIsCaught(t *testing.T) {
	for _, s := range saboteurs() {
		t.Run(s.law+"/"+s.name, func(t *testing.T) {
			r := story()
			s.do(r)
			for _, f := range Judge(r, t.TempDir()) {
				if f.Law == s.law {
					if f.Held || f.Undecided {
						t.Errorf("%s was not caught", s.name)
					}
					return
				}
			}
			t.Fatalf("there is no law %q", s.law)
		})
	}
}

// TestLeniencyIsNotBlamed has runs that look odd and are right.
func TestLeniencyIsNotBlamed(t *testing.T) {
	for _, s := range odd() {
		t.Run(s.law+"/"+s.name, func(t *testing.T) {
			r := story()
			s.do(r)
			for _, f := range Judge(r, "") {
				if !f.Held {
					t.Errorf("%s: %s", f.Law, f.What)
				}
			}
		})
	}
}

type mutation struct {
	law, name string
	do        func(*record.Run)
}
