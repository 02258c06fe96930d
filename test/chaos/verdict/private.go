package verdict

import (
	"fmt"
	"strings"

	"moniker/test/chaos/record"
)

// private: a message to one person is read by nobody but its author and one other
// identity; and every message stands under the name its author had, in one room. That
// need not be the room its author believed to be in: another terminal of hers may just
// have left it.
func private(w *world) Finding {
	f := held("Whose words", "every message stood under its author's name, and what was private stayed so")
	var all []string
	readers := map[string]string{}
	rooms := map[string]string{}
	for _, l := range w.run.Lines {
		op := w.posts[l.Text]
		if op == nil {
			if l.Text != "" {
				all = append(all, fmt.Sprintf("%s is shown %q of %s, which nobody in this run has said",
					seat{l.Client, l.Session}, l.Text, l.From))
			}
			continue
		}
		reader := w.who[l.Client]
		switch {
		case op.Kind == record.Post && !strings.EqualFold(l.From, op.Name):
			all = append(all, fmt.Sprintf("%s stands under %s, and was said as %s", l.Text, l.From, op.Name))
		case op.Kind == record.Post && rooms[l.Text] == "":
			rooms[l.Text] = l.Place
		case op.Kind == record.Post && l.Place != rooms[l.Text]:
			all = append(all, fmt.Sprintf("%s stands in %s, and in %s", l.Text, l.Place, rooms[l.Text]))
		case op.Kind == record.Direct && reader != op.Identity:
			if other := readers[l.Text]; other != "" && other != reader {
				all = append(all, fmt.Sprintf("%s was said to one person, and %s and %s have read it", l.Text, short(other), short(reader)))
			}
			readers[l.Text] = reader
		}
	}
	return broke(f, all)
}
