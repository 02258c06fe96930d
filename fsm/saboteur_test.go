package fsm

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"moniker/fsm/id"
	"moniker/fsm/keyring"
)

// A fault is a replica that is wrong on purpose. The product has no switch for it:
// it is wrapped round an honest State, which it may hand other entries than came,
// change behind its back, or restore from a snapshot that was tampered with.
type fault struct {
	name string
	law  string
	// apply does with an entry what an honest replica would not; nil: what it would.
	apply func(r *rogue, e Entry) Outcome
	// snapshot changes the sections of a snapshot, which is sealed again.
	snapshot func(r *rogue, bodies [][]byte) [][]byte
	// noticed says who must notice it. Whoever is not named may, too.
	noticed []string
}

// Who may notice a fault, beside the observer, who names the law.
const (
	byInvariants = "the state's own invariants"
	byTwin       = "the twin"
	byReplica    = "the comparison with an honest replica"
	byRestore    = "the restore of a snapshot"
)

// rogue is a replica with a fault.
type rogue struct {
	s     *State
	fault fault
	index id.Index
	term  uint64
	spent map[keyring.Proof]id.Identity // codes that were used
}

// honestly applies an entry as it should be.
func (r *rogue) honestly(e Entry) Outcome {
	var body []byte
	for _, p := range e.Proposals {
		body = p.Encode(body)
	}
	out, err := r.s.Apply(r.index, r.term, EncodeEntry(nil, e.Stamp, len(e.Proposals), body))
	if err != nil {
		panic(err)
	}
	return out
}

func (r *rogue) apply(index id.Index, term uint64, e Entry) Outcome {
	r.index, r.term = index, term
	e.Stamp.Check = r.s.Check() // as a leader with the same fault would
	if r.fault.apply == nil {
		return r.honestly(e)
	}
	return r.fault.apply(r, e)
}

// restart goes on from a snapshot of its own.
func (r *rogue) restart() error {
	bodies := bodiesOf(r.s)
	if r.fault.snapshot != nil {
		bodies = r.fault.snapshot(r, bodies)
	}
	back, err := Restore(snapshotOf(bodies, -1, nil))
	if err == nil {
		r.s = back
	}
	return err
}

// watch plays a log that is drawn against a replica, with everybody watching, and
// returns who noticed what.
func watch(t testing.TB, draw func(string) uint64, f fault, m mood, entries int) map[string]string {
	begin := openStory(t)
	honest, err := Restore(begin.s.Image().Encode())
	if err != nil {
		t.Fatal(err)
	}
	c := newChaos(draw, begin)
	c.mood = m
	r := &rogue{s: begin.s, fault: f}
	eye, w := observe(begin.s), newTwin()
	noticed := map[string]string{}
	note := func(who string, entry id.Index, what any) {
		if _, already := noticed[who]; !already {
			noticed[who] = fmt.Sprintf("entry %d: %v", entry, what)
		}
	}
	for index := begin.index + 1; index <= begin.index+id.Index(entries); index++ {
		c.s = r.s
		term, data, ps, stamp := c.entry()
		e, err := DecodeEntry(data)
		if err != nil {
			t.Fatal(err)
		}
		out := r.apply(index, term, e)
		if b := eye.entry(index, term, e, out, r.s); b != nil {
			note(b.law, index, b.how)
		}
		if err := r.s.Invariants(); err != nil {
			note(byInvariants, index, err)
		}
		if w.apply(term, stamp, ps); m == ownership || m == keyed {
			if d := w.differs(r.s); d != "" {
				note(byTwin, index, d)
			}
		}
		if noticed[byReplica] == "" {
			compare(honest, r.s, index, term, data, out, note)
		}
		if c.one(12) {
			if err := r.restart(); err != nil {
				note(byRestore, index, err)
				break
			}
		}
	}
	return noticed
}

// compare holds a replica against an honest one that was handed the same entry, with
// the hash that the other, if it leads, has put in.
func compare(honest, other *State, index id.Index, term uint64, data []byte, out Outcome, note func(string, id.Index, any)) {
	want, err := honest.Apply(index, term, data)
	switch {
	case err != nil:
		note(byReplica, index, err)
	case told(want) != told(out):
		note(byReplica, index, "it answers or tells something else")
	case honest.Check() != other.Check():
		note(byReplica, index, "its hash is another")
	case honest.Digest() != other.Digest():
		note(byReplica, index, "its digest is another")
	}
}

// On any log, however unsound, nobody has anything to say against an honest replica.
func TestLawsHoldOnAnyLog(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		if noticed := watch(t, drawn(rt), fault{}, mood(rapid.IntRange(0, int(moods)-1).Draw(rt, "mood")), 80); len(noticed) > 0 {
			rt.Fatalf("an honest replica is suspected: %v", noticed)
		}
	})
}

// No law is without a fault, and the observer, who knows the laws, sees each broken by
// one. (That nobody waits for anybody is no matter of the state machine: test/saboteur
// has that. Replicas are compared by others than the observer, who sees but one.)
func TestEveryLawHasAFault(t *testing.T) {
	for _, law := range []string{
		oneOwner, neverEarly, neverLate, returns, fenced, logsTime, oneState, acked, exactlyOnce, oneOrder, bounded,
	} {
		if !slices.ContainsFunc(faults(), func(f fault) bool {
			return f.law == law && (law == oneState || slices.Contains(f.noticed, law))
		}) {
			t.Errorf("%s: no fault shows that a breach would be seen", law)
		}
	}
}

// Every fault is noticed by those who must, within so many logs of so many entries.
func TestSaboteursAreCaught(t *testing.T) {
	const logs, entries = 400, 80
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			noticed := map[string]string{}
			missing := func() []string {
				return slices.DeleteFunc(slices.Clone(f.noticed), func(who string) bool { return noticed[who] != "" })
			}
			seed := uint64(1)
			for ; seed <= logs && len(missing()) > 0; seed++ {
				for who, what := range watch(t, seeded(seed), f, mood(seed%uint64(moods)), entries) {
					noticed[who] = cmp.Or(noticed[who], fmt.Sprintf("log %d, %s", seed, what))
				}
			}
			for _, who := range missing() {
				t.Errorf("in %d logs %q did not notice; noticed: %v", logs, who, noticed)
			}
			for _, who := range slices.Sorted(maps.Keys(noticed)) {
				t.Logf("%s: %s", who, strings.SplitN(noticed[who], "\n", 2)[0])
			}
		})
	}
}
