package verdict

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"moniker/test/chaos/record"
)

// oneState: at the end, all replicas have applied the same and are the same.
func oneState(run *record.Run) Finding {
	f := held("One log, one state", "all replicas ended with the same digest")
	var all []string
	if len(run.End.Digest) < 2 {
		return blind(f, "nobody was asked for digests")
	}
	names := slices.Sorted(maps.Keys(run.End.Digest))
	for _, n := range names[1:] {
		if run.End.Digest[n] != run.End.Digest[names[0]] {
			all = append(all, fmt.Sprintf("%s ended with digest %s, %s with %s", names[0], run.End.Digest[names[0]], n, run.End.Digest[n]))
		}
		if run.End.Applied[n] != run.End.Applied[names[0]] {
			all = append(all, fmt.Sprintf("%s ended at entry %d, %s at %d", names[0], run.End.Applied[names[0]], n, run.End.Applied[n]))
		}
	}
	f.Numbers = fmt.Sprintf("%d replicas at entry %d", len(names), run.End.Applied[names[0]])
	return broke(f, all)
}

// nothingLeaks: once everybody is gone, nodes are as they were.
func nothingLeaks(run *record.Run) Finding {
	f := held("Everything is bounded", "nothing was left: no session, no lease, no file")
	var all []string
	for _, n := range slices.Sorted(maps.Keys(run.End.Sessions)) {
		if count := run.End.Sessions[n]; count > 0 {
			all = append(all, fmt.Sprintf("%s still has %d sessions", n, count))
		}
	}
	if n := len(run.End.Held); n > 0 {
		all = append(all, fmt.Sprintf("%d names are still held, the first is %s", n, run.End.Held[0]))
	}
	measured := run.End.Sessions != nil
	grown := func(what string, most int, of func(record.Sample) map[string]int) {
		first, last := map[string]int{}, map[string]int{}
		for _, s := range run.Samples {
			for n, v := range of(s) {
				if _, ok := first[n]; !ok {
					first[n] = v
				}
				if s.At > quietFrom(run) {
					last[n] = v
				}
			}
		}
		for _, n := range slices.Sorted(maps.Keys(last)) {
			measured = true
			if last[n] > first[n]+most {
				all = append(all, fmt.Sprintf("%s began with %d %s and ends with %d", n, first[n], what, last[n]))
			}
		}
	}
	grown("open files", filesMost, func(s record.Sample) map[string]int { return s.Files })
	grown("goroutines", goroutinesMost, func(s record.Sample) map[string]int { return s.Goroutines })
	if !measured && len(all) == 0 {
		return blind(f, "nobody looked for what was left")
	}
	return broke(f, all)
}

// quietFrom is when nobody has been there for long enough to be forgotten.
func quietFrom(run *record.Run) time.Duration {
	var last time.Duration
	for _, op := range run.Ops {
		last = max(last, op.Return)
	}
	return last + run.Silence
}

// logsAreClean: no panic and no data race.
func logsAreClean(run *record.Run) Finding {
	f := held("No panic, no race", "the logs have nothing that no log may have")
	return broke(f, run.End.Logs)
}
