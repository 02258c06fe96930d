package verdict

import (
	"cmp"
	"slices"
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
	life             time.Duration // after which without proof it may be given up
}

type seat struct{ client, session int }

// stays gathers them from a record, by name.
func stays(run *record.Run, c clock) map[string][]*stay {
	ops := slices.Clone(run.Ops)
	slices.SortStableFunc(ops, func(a, b record.Op) int { return cmp.Compare(a.Call, b.Call) })
	all := map[string][]*stay{}
	on := map[seat][]*stay{} // those that have not ended: two, while a /nick is not answered
	n := 0
	for _, op := range ops {
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
	return all
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
	if op.Why == record.Silent { // its node's end takes it along, and another start of it does so at once
		from = min(from, max(nodeEnds(run, s.claim.Node, s.claim.Call), s.claim.Call))
	}
	s.goneFrom = min(s.goneFrom, from)
	if c.nodeFault(seen-2*run.TTL, seen+need) {
		need = max(run.Silence, 2*run.TTL+deathExtra) + run.TTL + settleMost
	}
	s.goneBy = c.after(seen, need)
}

// lost is from when on the session may be off the name, as seen from before: by its
// end, or because nothing proves that its node is still heard.
func (s *stay) lost(before, life time.Duration) time.Duration {
	proof := s.claim.Call
	for i := 0; i < len(s.proofs); i += 2 {
		if s.proofs[i+1] < before {
			proof = max(proof, s.proofs[i])
		}
	}
	return min(s.goneFrom, proof+life)
}

// nodeEnds is when a node's process first ended after a moment, as far as is known;
// forever if it did not.
func nodeEnds(run *record.Run, node string, after time.Duration) time.Duration {
	end := forever
	for _, l := range run.Lives {
		if l.Node == node && l.To > after {
			end = min(end, l.To)
		}
	}
	for _, f := range run.Faults {
		if len(run.Lives) == 0 && slices.Contains(f.Node, node) && mended(run, f) > after {
			end = min(end, max(f.From, after))
		}
	}
	return end
}
