package verdict

import "moniker/test/chaos/record"

// steps are the operations on each name.
func steps(run *record.Run, c clock, all map[string][]*stay) map[string][]*step {
	by := map[string][]*step{}
	bySeat := map[string]map[seat]*stay{}
	claims := map[int]*stay{}
	for name, list := range all {
		bySeat[name] = map[seat]*stay{}
		for _, s := range list {
			claims[s.claim.ID] = s
		}
	}
	add := func(name string, t step) {
		t.from, t.by = t.op.Call, t.op.Return
		if t.by == 0 || t.op.Outcome == record.Unknown {
			t.by = forever
			if t.stay != nil {
				t.by = max(t.stay.goneBy, t.from)
			}
		}
		for _, s := range all[name] {
			if t.from <= s.goneBy && s.claim.Call <= t.by && s.lost(t.from, life(s)) <= t.by {
				t.back = append(t.back, s)
			}
		}
		by[name] = append(by[name], &t)
	}
	linger := func(op record.Op) bool { return c.nodeFault(op.Call-run.TTL-run.Silence, max(op.Return, op.Call)) }
	for _, op := range inOrder(run.Ops) {
		at := seat{op.Client, op.Session}
		switch op.Kind {
		case record.Claim:
			if op.Left != "" && (op.Outcome == record.OK || op.Outcome == record.Unknown) {
				if s := bySeat[op.Left][at]; s != nil {
					add(op.Left, step{kind: leave, op: op, stay: s})
				}
			}
			switch {
			case claims[op.ID] != nil:
				bySeat[op.Name][at] = claims[op.ID]
				add(op.Name, step{kind: enter, op: op, stay: claims[op.ID]})
			case op.Outcome == record.Refused && op.State != "limit":
				add(op.Name, step{kind: deny, op: op})
			}
		case record.Post:
			if s := bySeat[op.Name][at]; s != nil && op.Outcome == record.OK {
				add(op.Name, step{kind: proof, op: op, stay: s})
			}
		case record.Quit:
			if s := bySeat[op.Name][at]; s != nil {
				add(op.Name, step{kind: leave, op: op, stay: s, mayLinger: linger(op)})
			}
		case record.Read:
			if op.Outcome == record.OK {
				add(op.Name, step{kind: looking, op: op})
			}
		}
	}
	return by
}
