package verdict

import (
	"fmt"
	"strings"

	"moniker/test/chaos/record"
)

const noHistory = "nobody was asked for the final history"

// acknowledgedIsKept: what an author saw accepted is in the end still there, but for
// what was evicted before everything behind it. A room that all have left is gone with
// what was said in it: only the lobby stays for certain.
func acknowledgedIsKept(w *world) Finding {
	f := held("Acknowledged is kept", "every post that was accepted is in the final history")
	if len(w.run.End.Final) == 0 {
		return blind(f, noHistory)
	}
	final := map[string]bool{}
	oldest := map[string]int{}
	for _, l := range w.run.End.Final {
		if _, ok := oldest[l.Place]; !ok {
			oldest[l.Place] = w.rank[l.Text]
		}
		final[l.Text] = true
	}
	var all []string
	accepted := 0
	for i := range w.run.Ops {
		op := &w.run.Ops[i]
		if op.Kind != record.Post || op.Outcome != record.OK || !strings.HasPrefix(op.Place, "#") {
			continue
		}
		accepted++
		from, ok := oldest[op.Place]
		rank, seen := w.rank[op.Text]
		switch {
		case final[op.Text]:
		case !ok && op.Place != "#lobby":
		case ok && seen && rank < from:
			// evicted, or of the room's earlier life
		default:
			all = append(all, fmt.Sprintf("%s was accepted at %s in %s, and is gone", op.Text, round(op.Return), op.Place))
		}
	}
	f.Numbers = fmt.Sprintf("%d accepted", accepted)
	return broke(f, all)
}
