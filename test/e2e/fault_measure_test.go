package e2e

import (
	"cmp"
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var faultRuns = flag.Int("fault.runs", 1, "how often each client is hurt; more than once also keeps the tests from each other's way, for measuring")

// inParallel lets a test that mostly waits run beside others, unless it measures.
func inParallel(t *testing.T) {
	if *faultRuns == 1 {
		t.Parallel()
	}
}

// faults is what the tests of faults have measured. It is printed at the end of a
// verbose run, as README.md has it.
var faults tally

// Columns of the table.
const (
	staysHeld  = "name stays `held`"
	ghostBack  = "owner back, ghost standing"
	graceBack  = "owner back, ghost gone"
	othersLate = "others' lines late"
)

// tally keeps samples, by row and column.
type tally struct {
	mu      sync.Mutex
	rows    []string
	samples map[string]map[string][]time.Duration
}

func (y *tally) add(row, column string, took ...time.Duration) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.samples == nil {
		y.samples = map[string]map[string][]time.Duration{}
	}
	if y.samples[row] == nil {
		y.samples[row] = map[string][]time.Duration{}
		y.rows = append(y.rows, row)
	}
	y.samples[row][column] = append(y.samples[row][column], took...)
}

// String is the table in Markdown; empty if nothing was measured.
func (y *tally) String() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	if len(y.rows) == 0 {
		return ""
	}
	columns := []string{staysHeld, ghostBack, graceBack, othersLate}
	var out strings.Builder
	fmt.Fprintf(&out, "\n| what happens to her client | %s |\n|---|---|---|---|---|\n", strings.Join(columns, " | "))
	for _, row := range y.rows {
		fmt.Fprintf(&out, "| %s ", row)
		for _, c := range columns {
			fmt.Fprintf(&out, "| %s ", cell(c, y.samples[row][c]))
		}
		fmt.Fprintln(&out, "|")
	}
	return out.String()
}

func cell(column string, took []time.Duration) string {
	switch {
	case len(took) == 0:
		return "-"
	case column == othersLate:
		return spread(took)
	}
	return fmt.Sprintf("%s, at most %s (%d)", short(quantile(took, 0.5)), short(slices.Max(took)), len(took))
}

// spread is how lateness is told.
func spread(took []time.Duration) string {
	return fmt.Sprintf("p50 %s, p99 %s, max %s (%d lines)", short(quantile(took, 0.5)), short(quantile(took, 0.99)), short(slices.Max(took)), len(took))
}

func quantile(took []time.Duration, q float64) time.Duration {
	if len(took) == 0 {
		return 0
	}
	sorted := slices.SortedFunc(slices.Values(took), cmp.Compare[time.Duration])
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}

func short(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
