package verdict

import (
	"fmt"
	"strings"
	"time"
)

// oneOwner: the history of every name is that of a name with one owner at a time.
func (o ownership) oneOwner() Finding {
	return o.finding("One owner", "every name had one owner at a time, whatever order answers came in", lenient)
}

// neverEarly: and nobody lost a name before its time.
func (o ownership) neverEarly() Finding {
	return o.finding("Never early", "no name went to another before silence or ttl, and grace, had passed", noEarly)
}

// neverLate: and no name was kept for longer than its time.
func (o ownership) neverLate() Finding {
	return o.finding("Never late", "no name was kept beyond its time", noLate)
}

func (o ownership) finding(law, good string, r rules) Finding {
	f := Finding{Law: law, Held: true, What: good, Numbers: fmt.Sprintf("%d operations on %d names", o.operations(), len(o.names))}
	broken, undecided := o.broken(r), o.undecided(r)
	switch {
	case len(broken) > 0:
		b := o.results[r][broken[0]]
		f.Held, f.Picture = false, b.picture
		f.What = fmt.Sprintf("%s: no history of one owner has room for %q, %s to %s (operation %d)",
			broken[0], b.first, round(b.first.from), round(b.first.by), b.first.op.ID)
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

func short(who string) string {
	who = strings.TrimPrefix(who, "SHA256:")
	return who[:min(len(who), 8)]
}
