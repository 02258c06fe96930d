package verdict

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"moniker/test/chaos/record"
)

const forever = time.Duration(1<<62 - 1)

// stay is one session's time on one name, as the record bounds it.
type stay struct {
	id     int
	who    string // the identity
	name   string
	seat   seat
	claim  record.Op
	sure   bool            // it came to be
	proofs []time.Duration // pairs (call, return) of posts accepted, in order
	end    record.Op       // what ended it; zero: nothing has
	// The session is off the name not before goneFrom, and by goneBy at the latest,
	// unless its node is cut off before: see lost.
	goneFrom, goneBy time.Duration
	overBy           time.Duration // the grace after goneBy is over by then, if there is a goneBy
	life             time.Duration // after which without proof it may be given up
	heard            []proven      // the proofs, in the order of their answers
}

// proven says that by some time a session had been proved to live at another.
type proven struct{ by, at time.Duration }

type seat struct{ client, session int }

// stays gathers them from a record, by name.
func stays(run *record.Run, c clock) map[string][]*stay {
	all := map[string][]*stay{}
	on := map[seat][]*stay{} // those that have not ended: two, while a /nick is not answered
	n := 0
	for _, op := range inOrder(run.Ops) {
		at := seat{op.Client, op.Session}
		switch op.Kind {
		case record.Claim:
			if op.Outcome != record.OK && op.Outcome != record.Unknown {
				continue
			}
			n++
			s := &stay{
				id: n, who: op.Identity, name: op.Name, seat: at, claim: op, sure: op.Outcome == record.OK,
				goneFrom: forever, goneBy: forever, life: min(run.TTL, run.Silence),
			}
			if op.Left != "" && s.sure {
				for _, old := range on[at] {
					old.end, old.goneFrom, old.goneBy = op, op.Call, op.Return
				}
				on[at] = nil
			} else {
				for _, old := range on[at] { // it may have left from then on
					old.goneFrom = min(old.goneFrom, op.Call)
				}
			}
			on[at] = append(on[at], s)
			all[op.Name] = append(all[op.Name], s)
		case record.Post:
			if op.Outcome == record.OK {
				for _, s := range on[at] {
					if s.name == op.Name {
						s.proofs = append(s.proofs, op.Call, op.Return)
					}
				}
			}
		case record.Drop, record.Quit:
			for _, s := range on[at] {
				s.close(run, c, op)
			}
			delete(on, at)
		}
	}
	for _, open := range on {
		for _, s := range open {
			s.endWithNode(run, false)
		}
	}
	for _, list := range all {
		for _, s := range list {
			s.settle(run, c)
		}
	}
	return all
}

// inOrder are operations in the order of their calls, and what ended a session after
// all that was done in it: a connection may have been lost since before it was used last.
func inOrder(all []record.Op) []record.Op {
	last := map[seat]time.Duration{}
	ends := func(op record.Op) bool { return op.Kind == record.Drop || op.Kind == record.Quit }
	for _, op := range all {
		if at := (seat{op.Client, op.Session}); !ends(op) {
			last[at] = max(last[at], op.Call)
		}
	}
	from := func(op record.Op) time.Duration {
		if ends(op) {
			return max(op.Call, last[seat{op.Client, op.Session}])
		}
		return op.Call
	}
	ops := slices.Clone(all)
	slices.SortStableFunc(ops, func(a, b record.Op) int {
		switch c := cmp.Compare(from(a), from(b)); {
		case c != 0 || ends(a) == ends(b):
			return c
		case ends(a):
			return 1
		}
		return -1
	})
	return ops
}

// close bounds when the session was off the name, from how it ended.
func (s *stay) close(run *record.Run, c clock, op record.Op) {
	s.end = op
	returned := op.Return
	if returned == 0 {
		returned = run.Took
	}
	from, seen, need := op.Call, returned, settleMost
	switch op.Why {
	case record.Silent:
		from, seen, need = s.claim.Call+s.life, op.Call, run.Silence+settleMost
		from = max(from, op.Proof+s.life)
	case record.Ended:
		from = max(op.Proof, s.claim.Call)
	}
	for i := 0; i < len(s.proofs); i += 2 {
		if op.Why == record.Silent {
			from = max(from, s.proofs[i]+s.life)
		} else {
			from = max(from, s.proofs[i])
		}
	}
	s.goneFrom = min(s.goneFrom, from)
	s.endWithNode(run, op.Why == record.Silent)
	if c.nodeFault(seen-2*run.TTL, seen+need) {
		need = max(run.Silence, 2*run.TTL+deathExtra) + run.TTL + settleMost
	}
	s.goneBy = c.after(seen, need)
}

// settle works out what is asked for again and again.
func (s *stay) settle(run *record.Run, c clock) {
	if s.goneBy != forever {
		s.overBy = c.after(s.goneBy, run.Grace+settleMost)
	}
	for i := 0; i < len(s.proofs); i += 2 {
		s.heard = append(s.heard, proven{s.proofs[i+1], s.proofs[i]})
	}
	slices.SortFunc(s.heard, func(a, b proven) int { return cmp.Compare(a.by, b.by) })
	for i := range s.heard {
		s.heard[i].at = max(s.heard[i].at, s.claim.Call)
		if i > 0 {
			s.heard[i].at = max(s.heard[i].at, s.heard[i-1].at)
		}
	}
}

// lost is from when on the session may be off the name, as seen from before: by its
// end, or because nothing proves that its node is still heard.
func (s *stay) lost(before, life time.Duration) time.Duration {
	proof := s.claim.Call
	if i, _ := slices.BinarySearchFunc(s.heard, before, func(p proven, t time.Duration) int { return cmp.Compare(p.by, t) }); i > 0 {
		proof = s.heard[i-1].at
	}
	return min(s.goneFrom, proof+life)
}

// endWithNode bounds when the session was off the name by its node's end, which takes
// it along, whatever the client makes of it. What was said under the name after that
// moment proves that it was not yet.
func (s *stay) endWithNode(run *record.Run, silent bool) {
	last := s.claim.Call
	for i := 0; i < len(s.proofs); i += 2 {
		last = max(last, s.proofs[i])
	}
	switch {
	case len(run.Lives) > 0:
		s.goneFrom = min(s.goneFrom, max(nodeOff(run, s.claim.Node, last), last))
	case silent: // an old record: no more is known than when faults were
		for _, f := range run.Faults {
			if slices.Contains(f.Node, s.claim.Node) && mended(run, f) > s.claim.Call {
				s.goneFrom = min(s.goneFrom, max(f.From, s.claim.Call))
			}
		}
	}
}

// nodeOff is from when on the names may be in grace of people whose node's process ran
// at a moment; forever if it did not end. The record has when the process was gone.
// Killed, it says nothing: its names wait for its lease, or for its next life, which
// replaces it at once. Else it says goodbye: that may be as early as it was asked to
// stop, which is not known of a process that ended by itself.
func nodeOff(run *record.Run, node string, at time.Duration) time.Duration {
	var life record.Life
	next := forever
	for _, l := range run.Lives {
		if l.Node == node && l.To > at && (life.To == 0 || l.To < life.To) {
			life = l
		}
	}
	if life.To == 0 {
		return forever
	}
	for _, l := range run.Lives {
		if l.Node == node && l.From >= life.To {
			next = min(next, l.From)
		}
	}
	off := next
	switch {
	case life.Asked > 0:
		off = life.Asked
	case life.End != "killed":
		off = max(life.To-stopMost, life.From)
	}
	for _, f := range run.Faults { // a node that is removed, as some repairs do, ends there and then
		if strings.HasPrefix(f.Kind, "repair-") && slices.Contains(f.Node, node) && f.From < next && mended(run, f) > at {
			off = min(off, max(f.From, at))
		}
	}
	return off
}
