package verdict

import "fmt"

// oneOrder: all screens show the same messages in the same order.
func oneOrder(w *world) Finding {
	f := held("One order", "every screen and the final history agree on one order")
	f.Numbers = fmt.Sprintf("%d messages on %d screens", len(w.rank), len(w.segments))
	var all []string
	for _, s := range w.segments {
		shown := map[string]bool{}
		for _, lines := range s.strands() {
			for i := 1; i < len(lines); i++ {
				a, b := lines[i-1].Text, lines[i].Text
				shown[a] = true
				if !shown[b] && w.rank[a] > w.rank[b] {
					all = append(all, fmt.Sprintf("%s is shown %s before %s, others see it behind", s.seat, a, b))
				}
			}
		}
	}
	last := map[string]string{}
	for _, l := range w.run.End.Final {
		if a := last[l.Place]; a != "" && w.rank[a] > w.rank[l.Text] {
			all = append(all, fmt.Sprintf("the final history of %s has %s before %s, screens show it behind", l.Place, a, l.Text))
		}
		last[l.Place] = l.Text
	}
	if w.cycle && len(all) == 0 {
		all = append(all, "what stands before what goes round in a circle")
	}
	return broke(f, all)
}

func (s seat) String() string { return fmt.Sprintf("session %d of client %d", s.session, s.client) }
