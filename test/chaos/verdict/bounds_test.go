package verdict

import (
	"testing"
	"time"

	"moniker/test/chaos/record"
)

// Where commits take over a second, cluster time adds nothing: what is due is due later.
// While nothing is broken, a post that takes long is no excuse.
func TestClusterTimeStandsStillWhileCommitsTakeLong(t *testing.T) {
	post := func(call, ret float64) record.Op {
		return record.Op{Kind: record.Post, Outcome: record.OK, Call: at(call), Return: at(ret)}
	}
	run := &record.Run{
		Took:   at(100),
		Ops:    []record.Op{post(12, 14), post(10, 13), post(16, 16.5), post(50, 53)},
		Faults: []record.Fault{{Kind: "disk-slow", Node: []string{"n2"}, From: at(9), To: at(20)}},
	}
	c := newClock(run)
	for _, w := range []struct{ from, need, want float64 }{
		{0, 5, 5}, {8, 5, 17}, {13, 2, 16}, {15, 2, 17}, {49, 5, 54},
	} {
		if got := c.after(at(w.from), at(w.need)); got != at(w.want) {
			t.Errorf("%v s of cluster time after %v s are over at %v, want %v s", w.need, w.from, got.Round(time.Millisecond), w.want)
		}
	}
}
