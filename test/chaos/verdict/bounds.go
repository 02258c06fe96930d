package verdict

import (
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
			c.add(span{last, s.At})
		}
		last = s.At
	}
	return c
}

// known reports whether the samples tell who leads at all.
func known(run *record.Run) bool {
	return slices.ContainsFunc(run.Samples, func(s record.Sample) bool { return s.Leader != "" })
}

func (c *clock) add(s span) {
	if n := len(c.frozen); n > 0 && c.frozen[n-1].to >= s.from {
		c.frozen[n-1].to = s.to
		return
	}
	c.frozen = append(c.frozen, s)
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
