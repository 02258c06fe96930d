package linear

import (
	"fmt"
	"time"

	"moniker/fsm/id"
	"moniker/fsm/lease"
)

// slack is what the law "never late" adds to leases and graces.
const slack = time.Second

// hidden is how much of cluster time a leader may have counted that nobody has
// applied, when a node falls silent: what it said last may be stamped that much later.
const hidden = 3 * time.Second

// span turns a duration into one of cluster time.
func span(d time.Duration) id.Duration { return id.Duration(d / time.Microsecond) }

// checkLate holds what was read against the law "never late", which counts in cluster
// time: a name whose sessions are all on nodes that can say nothing leaves held within
// two ttl and a second, and nobody's grace is over by more than that second.
func checkLate(h *History) []Finding {
	b := newBounds(h)
	var found []Finding
	for _, op := range h.Ops {
		if op.Kind != Read || op.Outcome != OK {
			continue
		}
		for _, s := range op.Seen {
			if s.State == lease.Grace && op.Clock > s.Until.Add(span(slack)) {
				found = append(found, Finding{By: "late", Name: s.Name, What: fmt.Sprintf(
					"%s is in grace until %.3fs, and it is %.3fs (#%d)", s.Name, seconds(s.Until), seconds(op.Clock), op.ID)})
			}
			if why, dead := b.allDead(op, s); dead {
				found = append(found, Finding{By: "late", Name: s.Name, What: fmt.Sprintf(
					"%s is held at %.3fs (#%d), though %s", s.Name, seconds(op.Clock), op.ID, why)})
			}
		}
	}
	return found
}

func seconds(t id.Time) float64 { return float64(t) / 1e6 }

// allDead reports whether every session that holds a name should have lapsed.
func (b *bounds) allDead(op Op, s Seen) (why string, dead bool) {
	for _, sid := range s.Live {
		l, known := b.lived[sid.Incarnation]
		if !known {
			return "", false
		}
		if why, dead = b.silent(op, l); !dead {
			return "", false
		}
	}
	return why, len(s.Live) > 0
}

// silent reports whether a node has been silent for so long, when somebody read, that
// its lease should have been over.
func (b *bounds) silent(op Op, l life) (string, bool) {
	for _, q := range b.h.Silences {
		over := q.Clock.Add(span(2*b.h.TTL + slack + hidden))
		if q.Node == l.node && l.process <= q.Process && op.At >= q.From && op.Done <= q.To && op.Clock > over {
			return fmt.Sprintf("%s/%d can say nothing since %.3fs, when it was %.3fs at the latest", l.node, l.process, q.From.Seconds(), seconds(q.Clock)), true
		}
	}
	return "", false
}
