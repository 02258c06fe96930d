package verdict

import (
	"fmt"

	"moniker/test/chaos/record"
)

// exactlyOnce: what was said takes effect once, and what was refused or not sent
// never.
func exactlyOnce(w *world) Finding {
	f := held("Exactly once", "nothing was said twice, and nothing that was refused was said")
	var all []string
	kept := map[string]bool{}
	for _, l := range w.run.End.Final {
		if kept[l.Text] {
			all = append(all, fmt.Sprintf("the final history of %s has %s twice", l.Place, l.Text))
		}
		kept[l.Text] = true
	}
	shown := map[string]bool{}
	for _, l := range w.run.Lines {
		shown[l.Text] = true
	}
	for i := range w.run.Ops {
		op := &w.run.Ops[i]
		if op.Text == "" || op.Outcome != record.Refused && op.Outcome != record.Unsent {
			continue
		}
		if kept[op.Text] || shown[op.Text] {
			all = append(all, fmt.Sprintf("%s was %s, and yet it was said: %s", op.Text, op.Outcome, op.Why))
		}
	}
	if len(w.run.End.Final) == 0 && len(all) == 0 {
		return blind(f, noHistory)
	}
	return broke(f, all)
}
