package fsm

import (
	"fmt"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
)

func TestDeadNodesNamesGoToGraceThenFree(t *testing.T) {
	st := newStory(t)
	st.attach(sess(incA, 1), alice, nick("alice"))
	st.pass(ttl - 1)
	st.renew(incB)
	st.tick()
	st.is("alice", lease.Held, alice)
	st.pass(1)
	st.tick()
	st.told(turn.NodeDown, turn.Detached, turn.Graced)
	if got := st.is("alice", lease.Grace, alice); got.Until != st.now.Add(grace) {
		t.Fatalf("grace lasts until %d at %d", got.Until, st.now)
	}
	st.pass(grace - 1)
	st.renew(incB)
	st.tick()
	st.is("alice", lease.Grace, alice)
	st.pass(1)
	st.tick()
	st.told(turn.Freed)
	st.is("alice", lease.Free, "")
}

func TestNeverEarlyOnlyTickEnds(t *testing.T) {
	st := newStory(t)
	st.attach(sess(incA, 1), alice, nick("alice"))
	st.attach(sess(incB, 1), bob, nick("bob"))
	st.ok(incB, Detach{Session: sess(incB, 1)})
	st.pass(10 * grace)
	st.lead()
	st.ok(incB, AddOperator{bob, "x", ""})
	st.is("alice", lease.Held, alice)
	st.is("bob", lease.Grace, bob)
	st.refused(incA, Attach{Session: sess(incA, 2), Identity: alice, Nick: nick("bob")}, Taken)
}

func TestNeverEarlyRenewals(t *testing.T) {
	st := newStory(t)
	s := sess(incA, 1)
	token := st.attach(s, alice, nick("alice")).Token
	for name, c := range map[string]Command{
		"post":       Post{Session: s, Token: token, Room: "#lobby", Text: "x"},
		"refused":    Post{Session: s, Token: token + 9, Room: "#lobby", Text: "x"},
		"no session": Detach{Session: sess(incA, 99)},
		"setting":    SetSetting{setting.LimitNames, 4, alice},
	} {
		st.pass(id.Second)
		st.do(incA, c)
		if got, want := st.deadline(incA), st.now.Add(ttl); got != want {
			t.Fatalf("%s: the deadline is %d, want %d", name, got, want)
		}
	}
	before := st.deadline(incA)
	st.pass(id.Second)
	n := st.next[incA]
	for name, number := range map[string]uint64{"repeat": n, "old repeat": 1, "gap": n + 2, "far gap": n + 2000} {
		st.entry(Proposal{From: incA, Number: number, Command: Release{Session: s}})
		if got := st.deadline(incA); got != before {
			t.Fatalf("a %s renewed: the deadline is %d, was %d", name, got, before)
		}
	}
	st.is("alice", lease.Held, alice)
}

func TestNeverEarlyLateCopyOfARenewal(t *testing.T) {
	st := newStory(t)
	st.ok(0, Renew{Incarnation: incA, Counter: 5})
	before := st.deadline(incA)
	st.pass(id.Second)
	for _, counter := range []uint64{5, 4, 1, 0} {
		st.ok(0, Renew{Incarnation: incA, Counter: counter})
		if got := st.deadline(incA); got != before {
			t.Fatalf("a late copy (%d) moved the deadline to %d from %d", counter, got, before)
		}
	}
	st.reload()
	st.ok(0, Renew{Incarnation: incA, Counter: 5})
	if got := st.deadline(incA); got != before {
		t.Fatalf("after a restore a late copy moved the deadline to %d from %d", got, before)
	}
	st.ok(0, Renew{Incarnation: incA, Counter: 6})
	if got, want := st.deadline(incA), st.now.Add(ttl); got != want {
		t.Fatalf("the deadline is %d, want %d", got, want)
	}
}

func TestNeverEarlySettingsAreNotRetroactive(t *testing.T) {
	st := newStory(t)
	st.set(setting.KeepaliveMisses, 1)
	st.renew(incA)
	st.attach(sess(incB, 1), bob, nick("bob"))
	st.ok(incB, Detach{Session: sess(incB, 1)})
	graced := st.is("bob", lease.Grace, bob).Until
	stands := st.deadline(incA)
	st.pass(id.Second)
	st.ok(incB, SetSetting{setting.LeaseTTL, int64(5 * id.Second), alice})
	st.ok(incB, SetSetting{setting.LeaseGrace, int64(id.Second), alice})
	if got := st.deadline(incA); got != stands {
		t.Fatalf("the deadline moved to %d from %d with the setting", got, stands)
	}
	if got := st.is("bob", lease.Grace, bob).Until; got != graced {
		t.Fatalf("grace moved to %d from %d with the setting", got, graced)
	}
	st.renew(incA) // a node cut off now believes what it was promised, so that must hold
	if got := st.deadline(incA); got != stands {
		t.Fatalf("a renewal under a shorter ttl moved the deadline to %d from %d", got, stands)
	}
	st.pass(6 * id.Second)
	st.renew(incA, incB)
	if got, want := st.deadline(incA), st.now.Add(5*id.Second); got != want {
		t.Fatalf("renewed under the new ttl the deadline is %d, want %d", got, want)
	}
	// The grace of an incarnation's names is that of its end, not of the sweep.
	st.attach(sess(incA, 1), alice, nick("alice"))
	st.ok(0, Exit{incA})
	ended := st.now
	st.ok(incB, SetSetting{setting.LeaseGrace, int64(id.Hour), alice})
	st.pass(id.Second / 2)
	st.tick()
	if got, want := st.is("alice", lease.Grace, alice).Until, ended.Add(id.Second); got != want {
		t.Fatalf("grace lasts until %d, want %d", got, want)
	}
}

func TestNeverEarlyGraceIsTheLongestEarned(t *testing.T) {
	st := newStory(t)
	st.attach(sess(incA, 1), alice, nick("alice"))
	st.attach(sess(incB, 1), alice, nick("alice"))
	st.set(setting.LeaseGrace, int64(id.Hour))
	st.ok(0, Exit{incA}) // earns an hour
	st.ok(incB, SetSetting{setting.LeaseGrace, int64(id.Second), alice})
	st.is("alice", lease.Held, alice)
	st.pass(id.Second)
	st.ok(0, Register{Node: nodeA, Incarnation: 77, Replaces: incA})
	ended := st.now - id.Time(id.Second)
	st.ok(0, Exit{incB}) // earns a second more than nothing
	if got, want := st.is("alice", lease.Grace, alice).Until, ended.Add(id.Hour); got != want {
		t.Fatalf("before the sweep grace lasts until %d, want %d", got, want)
	}
	st.tick()
	if got, want := st.is("alice", lease.Grace, alice).Until, ended.Add(id.Hour); got != want {
		t.Fatalf("after it, until %d, want %d", got, want)
	}
	st.pass(id.Hour - id.Second - 1)
	st.ok(0, Renew{Incarnation: 77, Counter: 1})
	st.tick()
	st.is("alice", lease.Grace, alice)
	st.pass(1)
	st.tick()
	st.is("alice", lease.Free, "")
}

func TestNeverEarlyLeaderStart(t *testing.T) {
	st := newStory(t)
	st.renew(incA, incB)
	st.pass(8 * id.Second)
	st.renew(incB)
	st.lead()
	want := st.now.Add(ttl)
	if got := st.deadline(incA); got != want {
		t.Fatalf("a new leader moved the deadline to %d, want %d", got, want)
	}
	st.pass(8 * id.Second)
	st.lead() // and another, before any renewal
	if got := st.deadline(incA); got != want {
		t.Fatalf("a second leader moved it again, to %d from %d", got, want)
	}
	st.reload()
	st.lead()
	if got := st.deadline(incA); got != want {
		t.Fatalf("a third one, restored, moved it to %d from %d", got, want)
	}
	if !st.s.Restless() {
		t.Fatal("a lease is not renewed under this leader, and the state is at rest")
	}
	st.pass(2 * id.Second)
	st.tick()
	if st.s.Lease().Live(incA) {
		t.Fatal("leaders that come and go keep a dead node's names")
	}
	// A renewal earns one more extension; a longer ttl that stands is not cut.
	st2 := newStory(t)
	st2.set(setting.LeaseTTL, int64(id.Minute))
	st2.renew(incA, incB)
	st2.set(setting.LeaseTTL, int64(ttl))
	st2.renew(incB)
	long := st2.deadline(incA) // set renewed A: under the old ttl until then
	st2.pass(id.Second)
	st2.lead()
	if got := st2.deadline(incA); got < long {
		t.Fatalf("a new leader cut the deadline to %d from %d", got, long)
	}
	st2.renew(incA)
	st2.pass(55 * id.Second)
	st2.lead()
	if got, want := st2.deadline(incA), st2.now.Add(ttl); got != want {
		t.Fatalf("after a renewal the deadline is %d, want %d", got, want)
	}
}

func TestRestless(t *testing.T) {
	st := newStory(t)
	st.renew(incA, incB)
	if st.s.Restless() {
		t.Fatal("all is renewed and the state is restless")
	}
	st.pass(ttl/2 + 1)
	st.entry()
	if !st.s.Restless() {
		t.Fatal("leases are older than half their ttl and the state is at rest")
	}
	st.renew(incA)
	if !st.s.Restless() {
		t.Fatal("one lease is older than half its ttl and the state is at rest")
	}
	st.renew(incB)
	if st.s.Restless() {
		t.Fatal("all is renewed again and the state is restless")
	}
}

// many attaches n people through incA, 250 an entry.
func (st *story) many(n int) {
	st.t.Helper()
	for i := 0; i < n; {
		var ps []Proposal
		for ; len(ps) < 250 && i < n; i++ {
			name := fmt.Sprintf("p%05d", n-i) // against the order of sessions
			ps = append(ps, st.proposal(incA, Attach{Session: sess(incA, uint64(i+1)), Identity: id.Identity("SHA256:" + name), Nick: nick(name)}))
		}
		for _, a := range st.entry(ps...).Answers {
			if a.Code != OK {
				st.t.Fatalf("refused with %d", a.Code)
			}
		}
	}
}

func TestNeverLate(t *testing.T) {
	const people = 2*TickBudget + 500
	st := newStory(t)
	st.many(people)
	st.renew(incB)
	st.pass(ttl)
	if due, ok := st.s.Due(); !ok || due > st.now {
		t.Fatalf("a Tick is due at %d, %v; it is %d", due, ok, st.now)
	}
	st.renew(incB)
	st.tick()
	ended := st.now
	if len(st.last.Events) != 1+2*TickBudget {
		t.Fatalf("the first Tick caused %d events", len(st.last.Events))
	}
	for _, n := range st.s.Lease().Names() {
		if n.State != lease.Grace || n.Until != ended.Add(grace) || len(n.Live) > 0 {
			t.Fatalf("after the first Tick %s is %+v", n.Nick.Key, n)
		}
	}
	if live := st.s.Lease().Sessions(); len(live) > 0 {
		t.Fatalf("%d sessions are shown as live", len(live))
	}
	left := people - TickBudget
	for left > 0 {
		if due, ok := st.s.Due(); !ok || due > st.now {
			t.Fatalf("%d are left and a Tick is due at %d, %v", left, due, ok)
		}
		st.pass(3 * id.Minute) // however late the sweep comes
		st.renew(incB)
		var was uint64
		st.tick()
		for _, e := range st.last.Events {
			if e.Kind != turn.Detached {
				continue
			}
			left--
			if e.Session.Number <= was {
				t.Fatalf("session %d was swept after %d", e.Session.Number, was)
			}
			was = e.Session.Number
		}
		if _, sessions := st.s.Lease().Counts(); sessions != left || was == 0 {
			t.Fatalf("%d sessions are left, want %d", sessions, left)
		}
		st.reload()
	}
	if _, ok := st.s.Lease().Incarnation(incA); ok {
		t.Fatal("the incarnation is not forgotten")
	}
	// Graces: all over at once, freed in the order of names, a budget at a time.
	st.now = ended.Add(grace)
	st.renew(incB)
	free := 0
	for free < people {
		st.tick()
		was := ""
		if got, want := len(st.last.Events), min(TickBudget, people-free); got != want {
			t.Fatalf("one Tick freed %d, want %d", got, want)
		}
		for _, e := range st.last.Events {
			if e.Kind != turn.Freed || e.Key <= was {
				t.Fatalf("%+v came after %s", e, was)
			}
			was = e.Key
			free++
		}
		st.reload()
	}
	if names, _ := st.s.Lease().Counts(); names != 0 {
		t.Fatalf("%d names are left", names)
	}
	if due, ok := st.s.Due(); !ok || due != st.deadline(incB) {
		t.Fatalf("a Tick is due at %d, %v", due, ok)
	}
}

// A Tick whose budget ends where only sessions are left that their owners took
// back already must do the same on a replica that was restored meanwhile.
func TestSweepIsTheSameAfterARestore(t *testing.T) {
	st := newStory(t)
	st.many(TickBudget + 1)
	st.ok(0, Exit{incA})
	st.attach(sess(incB, 1), "SHA256:p00001", nick("p00001")) // session 1001's owner is back
	twin, err := Restore(st.s.Image().Encode())
	if err != nil {
		t.Fatal(err)
	}
	st.tick()
	other := &story{t: t, s: twin, index: st.index - 1, term: st.term, now: st.now}
	other.tick()
	if st.s.Check() != twin.Check() || st.s.Digest() != twin.Digest() {
		t.Fatal("the restored replica swept something else")
	}
	if _, ok := st.s.Lease().Incarnation(incA); ok {
		t.Fatal("nothing is left of the incarnation but itself")
	}
}

func TestTimeIsTheLogs(t *testing.T) {
	st := newStory(t)
	st.term = 5
	st.now = 1000
	st.entry()
	for i, c := range []struct {
		stamp Stamp
		term  uint64
		want  id.Time
		wall  id.Wall
	}{
		{Stamp{Term: 4, Now: 2000, Wall: 7}, 5, 1000, 1001}, // made by a leader of the past
		{Stamp{Term: 6, Now: 2000, Wall: 7}, 5, 1000, 1001},
		{Stamp{Term: 5, Now: 999, Wall: 7}, 5, 1000, 1001}, // an anchor that lags
		{Stamp{Term: 5, Now: -5, Wall: 7}, 5, 1000, 1001},
		{Stamp{Term: 5, Now: 1001, Wall: 8}, 5, 1001, 8},
		{Stamp{Term: 6, Now: 500, Wall: 9}, 6, 1001, 8}, // a new leader's, earlier: never back
		{Stamp{Term: 6, Now: 1002, Wall: 3}, 6, 1002, 3},
	} {
		s := sess(incA, uint64(i+1))
		out := st.stamped(c.stamp, c.term, st.proposal(incA, Attach{Session: s, Identity: alice, Nick: nick("alice")}))
		if out.Answers[0].Code != OK {
			t.Fatalf("%+v: the command got %d: commands run either way", c.stamp, out.Answers[0].Code)
		}
		if st.s.Time() != c.want || st.s.Clock() != c.wall {
			t.Fatalf("%+v in term %d: it is %d (%d), want %d (%d)", c.stamp, c.term, st.s.Time(), st.s.Clock(), c.want, c.wall)
		}
		if row, _ := st.s.Lease().Session(s); row.Since != c.want {
			t.Fatalf("the session began at %d, want %d", row.Since, c.want)
		}
	}
	if st.s.Term() != 6 {
		t.Fatalf("the term is %d", st.s.Term())
	}
}
