package verdict

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"moniker/test/chaos/record"
)

// recovery is how long nothing may be accepted after a fault of a kind.
func recovery(kind string) time.Duration {
	switch {
	case strings.HasPrefix(kind, "disk"):
		return 12 * time.Second // the watchdog's 5 s, and an election
	case strings.HasPrefix(kind, "slow"):
		return 2 * electionMost
	}
	return electionMost
}

// available: while a majority is well, posts are accepted again soon after a fault;
// where none was, soon after it is mended.
func available(run *record.Run) Finding {
	f := held("Available", "posts were accepted again soon after every fault")
	var posts []record.Op
	nodes := map[string]bool{}
	for _, op := range run.Ops {
		if op.Node != "" {
			nodes[op.Node] = true
		}
		if op.Kind == record.Post && op.Outcome == record.OK {
			posts = append(posts, op)
		}
	}
	for _, s := range run.Samples {
		for n := range s.Files {
			nodes[n] = true
		}
	}
	for n := range run.End.Applied {
		nodes[n] = true
	}
	slices.SortFunc(posts, func(a, b record.Op) int { return cmp.Compare(a.Return, b.Return) })
	var all []string
	out := map[string][]time.Duration{}
	for _, fault := range run.Faults {
		if ofClients(fault) {
			continue
		}
		from := fault.From
		if hit, until := together(run, fault); 2*len(hit) >= len(nodes) {
			from = until
		}
		i := slices.IndexFunc(posts, func(op record.Op) bool { return op.Call >= from })
		if i < 0 {
			if from+recovery(fault.Kind) < run.Took-settleMost {
				all = append(all, fmt.Sprintf("nothing was accepted after %s (%s)", round(from), fault.What))
			}
			continue
		}
		gap := posts[i].Return - from
		out[fault.Kind] = append(out[fault.Kind], gap)
		if gap > recovery(fault.Kind) {
			all = append(all, fmt.Sprintf("nothing was accepted for %s from %s on (%s); %s are allowed",
				round(gap), round(from), fault.What, recovery(fault.Kind)))
		}
	}
	var said []string
	for _, kind := range slices.Sorted(maps.Keys(out)) {
		said = append(said, numbers(kind, out[kind]))
	}
	f.Numbers = strings.Join(said, "; ")
	return broke(f, all)
}

// together are the nodes that are hit by a fault and those that overlap with it, and
// when the last of these is mended.
func together(run *record.Run, fault record.Fault) (map[string]bool, time.Duration) {
	hit := map[string]bool{}
	from, until := fault.From, mended(run, fault)
	for range run.Faults { // as one overlaps with the next
		for _, f := range run.Faults {
			if !ofClients(f) && f.From <= until && mended(run, f) >= from {
				from, until = min(from, f.From), max(until, mended(run, f))
				for _, n := range f.Node {
					hit[n] = true
				}
			}
		}
	}
	return hit, until
}

// nobodyWaits: while only clients misbehave, everybody else's posts go on.
func nobodyWaits(run *record.Run) Finding {
	f := held("Nobody waits for anybody", "no post took longer than "+calmMost.String()+" while only clients misbehaved")
	c := newClock(run)
	bad := func(op record.Op) bool { // its own client may have been the one that misbehaved
		return slices.ContainsFunc(run.Ops, func(o record.Op) bool {
			return o.Kind == record.Drop && o.Client == op.Client && o.Session == op.Session && o.Why != record.Closed
		})
	}
	var all []string
	var calm, rough []time.Duration
	for _, op := range run.Ops {
		if op.Kind != record.Post || op.Outcome != record.OK {
			continue
		}
		took := op.Return - op.Call
		switch {
		case c.nodeFault(op.Call, op.Return):
			rough = append(rough, took)
		case c.stalled(op):
		default:
			calm = append(calm, took)
			if took > calmMost && !bad(op) {
				all = append(all, fmt.Sprintf("%s took %s at %s", op.Text, round(took), round(op.Call)))
			}
		}
	}
	f.Numbers = numbers("post", calm) + "; " + numbers("during faults of nodes", rough)
	return broke(f, all)
}

// stalled reports whether clients were suspended or slow then: the one that said op
// may be of them.
func (c clock) stalled(op record.Op) bool {
	return slices.ContainsFunc(c.run.Faults, func(f record.Fault) bool {
		return (f.Kind == "client-pause" || f.Kind == "client-slow") && f.From <= op.Return && mended(c.run, f)+blur >= op.Call
	})
}
