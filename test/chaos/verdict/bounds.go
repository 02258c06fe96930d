package verdict

import (
	"cmp"
	"slices"
	"time"

	"moniker/test/chaos/record"
)

// What a run is held against, beside its own TTL, Grace and Silence. They are for a
// machine that runs the nodes, the people and perhaps other things beside them.
const (
	// electionMost is for posts to be accepted again after a fault that leaves a
	// majority, or after one is mended that did not.
	electionMost = 5 * time.Second
	// calmMost is the slowest post while only clients misbehave.
	calmMost = 3 * time.Second
	// backMost is from a reconnection to the name, where no fault is in the way.
	backMost = 3 * time.Second
	// settleMost is for something that is due to be seen: a commit, a Tick, a screen.
	settleMost = 3 * time.Second
	// deathExtra is what DESIGN.md allows beyond the lease of a node that died.
	deathExtra = time.Second
	// stopMost is from a node's goodbye to its process's end, where the record does not
	// have when it was asked to stop: the stage kills what takes longer.
	stopMost = 20 * time.Second
	// stallMost is how long an entry may be unapplied before cluster time stands still.
	stallMost = time.Second
	// blur is by how much two clocks of a run may differ in telling what came first.
	blur = 100 * time.Millisecond
	// aftermath is for how long a fault that is mended may still be felt.
	aftermath = 5 * time.Second

	filesMost      = 24 // more open files of a node at the end than in the beginning
	goroutinesMost = 40 // likewise
)

// clock is what is known of cluster time in a run: it stands still without a leader.
type clock struct {
	run    *record.Run
	frozen []span // when it may have stood still, in order, apart
}

type span struct{ from, to time.Duration }

func newClock(run *record.Run) clock {
	c := clock{run: run}
	var last time.Duration
	for _, s := range run.Samples {
		// Where no leader is known, or nobody could post during a fault, time may
		// have stood still since the sample before.
		if s.Leader == "" && known(run) || s.Accepted == 0 && c.nodeFault(last, s.At) {
			c.frozen = append(c.frozen, span{last, s.At})
		}
		last = s.At
	}
	// Nor does it pass while an entry waits to be applied for too long.
	for _, op := range run.Ops {
		if commits(op) && op.Return-op.Call > stallMost && c.nodeFault(op.Call, op.Return) {
			c.frozen = append(c.frozen, span{op.Call, op.Return})
		}
	}
	c.merge()
	return c
}

// merge brings the frozen spans in order, and those that meet into one.
func (c *clock) merge() {
	slices.SortFunc(c.frozen, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var apart []span
	for _, s := range c.frozen {
		if n := len(apart); n > 0 && apart[n-1].to >= s.from {
			apart[n-1].to = max(apart[n-1].to, s.to)
			continue
		}
		apart = append(apart, s)
	}
	c.frozen = apart
}

// known reports whether the samples tell who leads at all.
func known(run *record.Run) bool {
	return slices.ContainsFunc(run.Samples, func(s record.Sample) bool { return s.Leader != "" })
}

// nodeFault reports whether a fault of nodes, or its aftermath, meets a span.
func (c clock) nodeFault(from, to time.Duration) bool {
	return slices.ContainsFunc(c.run.Faults, func(f record.Fault) bool {
		return !ofClients(f) && f.From <= to && mended(c.run, f)+aftermath >= from
	})
}

// after is when a span of cluster time that begins at from has passed for certain.
func (c clock) after(from, need time.Duration) time.Duration {
	end := from + need
	for _, f := range c.frozen {
		if f.to > from && f.from < end {
			end += f.to - max(f.from, from)
		}
	}
	return end
}

func ofClients(f record.Fault) bool { return len(f.Node) == 0 }

// mended is when a fault was over; one that never was lasts as long as the run.
func mended(run *record.Run, f record.Fault) time.Duration {
	if f.To == 0 {
		return run.Took
	}
	return f.To
}
