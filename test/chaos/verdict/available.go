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

// available: something is accepted again soon after the faults have changed, if a majority
// is well then and nothing changes for long enough to see it. What changes again before
// is judged from there on: a cluster whose leader is killed every two seconds owes nobody
// more than a cluster that is left alone.
func available(run *record.Run) Finding {
	f := held("Available", "something was accepted again soon after every fault")
	var done []record.Op
	for _, op := range run.Ops {
		if commits(op) && op.Outcome == record.OK {
			done = append(done, op)
		}
	}
	slices.SortFunc(done, func(a, b record.Op) int { return cmp.Compare(a.Return, b.Return) })
	var all []string
	out := map[string][]time.Duration{}
	judged, nodes := 0, len(allNodes(run))
	for _, s := range stretches(run) {
		if 2*len(s.hit) >= nodes {
			continue
		}
		gap, seen := s.to-s.from, false
		if i := slices.IndexFunc(done, func(op record.Op) bool { return op.Call >= s.from }); i >= 0 && done[i].Return <= s.to {
			gap, seen = done[i].Return-s.from, true
		}
		if seen {
			out[s.kind] = append(out[s.kind], gap)
		}
		if s.to-s.from > s.most {
			judged++
		}
		if gap > s.most {
			all = append(all, fmt.Sprintf("nothing was accepted for %s from %s on (%s); %s are allowed", round(gap), round(s.from), s.what, s.most))
		}
	}
	said := []string{fmt.Sprintf("%d stretches were long enough to judge", judged)}
	for _, kind := range slices.Sorted(maps.Keys(out)) {
		said = append(said, numbers(kind, out[kind]))
	}
	f.Numbers = strings.Join(said, "; ")
	return broke(f, all)
}

// stretch is a time in which no fault of nodes begins or is mended.
type stretch struct {
	from, to   time.Duration
	hit        map[string]bool // nodes that are in some fault
	kind, what string          // of the fault that began it, or was over then
	most       time.Duration   // that nothing may be accepted, at its beginning
}

// stretches are those of a run, from its first fault on, in order.
func stretches(run *record.Run) []stretch {
	var edges []time.Duration
	for _, f := range run.Faults {
		if !ofClients(f) {
			edges = append(edges, f.From, mended(run, f))
		}
	}
	slices.Sort(edges)
	edges = append(slices.Compact(edges), lastTry(run)) // people leave before a run is over
	var all []stretch
	for i, from := range edges[:len(edges)-1] {
		s := stretch{from: from, to: edges[i+1], hit: map[string]bool{}}
		for _, f := range run.Faults {
			began, over := f.From == from, mended(run, f) == from
			if ofClients(f) || f.From > from || mended(run, f) < from {
				continue
			}
			s.most = max(s.most, recovery(f.Kind))
			if began || over {
				s.kind, s.what = f.Kind, f.What
			}
			for _, n := range f.Node {
				s.hit[n] = s.hit[n] || !over
			}
		}
		maps.DeleteFunc(s.hit, func(_ string, hit bool) bool { return !hit })
		all = append(all, s)
	}
	return all
}

// commits reports whether an operation is done by an entry of the log.
func commits(op record.Op) bool {
	switch op.Kind {
	case record.Post, record.Direct, record.Claim:
		return true
	}
	return false
}

// lastTry is when somebody last wanted something to be done.
func lastTry(run *record.Run) (at time.Duration) {
	for _, op := range run.Ops {
		if commits(op) {
			at = max(at, op.Call)
		}
	}
	return at
}

// allNodes are the nodes that a run has seen.
func allNodes(run *record.Run) map[string]bool {
	nodes := map[string]bool{}
	for _, op := range run.Ops {
		if op.Node != "" {
			nodes[op.Node] = true
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
	return nodes
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
