package verdict

import (
	"fmt"
	"strings"
	"time"

	"moniker/test/chaos/record"
)

const porcupineWithin = 60 * time.Second // for each of the three

// oneOwner: the history of every name is that of a name with one owner at a time.
func oneOwner(run *record.Run, artifacts string) Finding {
	return owned("One owner", "every name had one owner at a time, whatever order answers came in", run, rules{}, artifacts)
}

// neverEarly: and nobody lost a name before its time.
func neverEarly(run *record.Run, artifacts string) Finding {
	return owned("Never early", "no name went to another before silence or ttl, and grace, had passed", run, rules{early: true}, artifacts)
}

// neverLate: and no name was kept for longer than its time.
func neverLate(run *record.Run, artifacts string) Finding {
	return owned("Never late", "no name was kept beyond its time", run, rules{late: true}, artifacts)
}

func owned(law, good string, run *record.Run, r rules, artifacts string) Finding {
	f := Finding{Law: law, Held: true, What: good}
	broken, undecided, ops := check(run, r, porcupineWithin, artifacts)
	f.Numbers = fmt.Sprintf("%d operations", ops)
	switch {
	case len(broken) > 0:
		b := broken[0]
		f.Held, f.Picture = false, b.picture
		f.What = fmt.Sprintf("%s: no history of one owner has room for %q, %s to %s (operation %d)",
			b.name, b.first, round(b.first.from), round(b.first.by), b.first.op.ID)
		if len(broken) > 1 {
			f.What += fmt.Sprintf("; %d other names likewise", len(broken)-1)
		}
	case len(undecided) > 0:
		f.Held, f.Undecided = false, true
		f.What = "not decided in time: " + strings.Join(undecided, ", ")
	}
	return f
}

func round(d time.Duration) string { return d.Round(time.Millisecond).String() }
