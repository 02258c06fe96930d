package verdict

import (
	"fmt"
	"time"

	"moniker/test/chaos/record"
)

// comeback is an owner's return to a name of hers.
type comeback struct {
	op    record.Op
	began time.Duration
}

// returns are the logins by which somebody got a name again that she had had.
func returns(run *record.Run) []comeback {
	had := map[string]string{} // by name, who had it last
	var all []comeback
	for _, op := range run.Ops {
		if op.Kind != record.Claim || op.Outcome != record.OK {
			continue
		}
		if had[op.Name] == op.Identity && op.Left == "" && op.Began > 0 {
			all = append(all, comeback{op, op.Began})
		}
		had[op.Name] = op.Identity
	}
	return all
}

// ownerReturns: whoever owns a name has it again at once.
func ownerReturns(run *record.Run) Finding {
	f := held("The owner returns at once", "every owner who came back had her name within "+backMost.String())
	c := newClock(run)
	var all []string
	var calm, rough []time.Duration
	for _, r := range returns(run) {
		took := r.op.Return - r.began
		if c.nodeFault(r.began, r.op.Return) {
			rough = append(rough, took)
			continue
		}
		calm = append(calm, took)
		if took > backMost {
			all = append(all, fmt.Sprintf("client %d had %s %s after it had begun to reconnect at %s",
				r.op.Client, r.op.Name, round(took), round(r.began)))
		}
	}
	for _, op := range run.Ops {
		if op.Kind == record.Claim && op.Outcome == record.Refused && op.Owner == op.Identity && op.Owner != "" {
			all = append(all, fmt.Sprintf("client %d was refused %s at %s because it is its own", op.Client, op.Name, round(op.Return)))
		}
	}
	f.Numbers = numbers("reconnect to name", calm) + "; " + numbers("during faults of nodes", rough)
	return broke(f, all)
}
