package linear

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"time"
)

var (
	seeds = flag.Int("seeds", fewSeeds, "how many seeds TestSeeds runs")
	from  = flag.Uint64("from", 1, "the first of them")
	again = flag.Int("again", 20, "how often a failing seed is run again")
)

// running leaves a file for as long as a seed runs: a panic in a goroutine of a node
// ends the process and does not say which seed it was.
func running(t *testing.T, seed uint64) (done func()) {
	if *seeds < 100 {
		return func() {}
	}
	path := filepath.Join(os.TempDir(), fmt.Sprintf("moniker-linear-%d-runs-seed-%d", os.Getpid(), seed))
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return func() { os.Remove(path) }
}

// folder is where what was found is left: it outlives the test.
func folder(t *testing.T, seed uint64) string {
	if f := flag.Lookup("test.artifacts"); f != nil && f.Value.String() == "true" {
		return t.ArtifactDir()
	}
	dir, err := os.MkdirTemp("", fmt.Sprintf("moniker-linear-seed-%d-", seed))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSeeds(t *testing.T) {
	var mu sync.Mutex
	var sum Effort
	var passed, done, undecided int
	began := time.Now()
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	t.Run("all", func(t *testing.T) {
		for seed := *from; seed < *from+uint64(*seeds); seed++ {
			t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
				t.Parallel()
				defer running(t, seed)()
				h := Run(t, draw(seed))
				if testing.Verbose() {
					t.Log(h.Effort)
				}
				found := Check(h)
				open := len(found) > 0 && !slices.ContainsFunc(found, func(f Finding) bool { return !f.Undecided })
				switch {
				case open:
					fmt.Fprintf(os.Stderr, "seed %d: %v\n", h.Seed, found[0])
				case len(found) > 0:
					fails(t, h, found)
				}
				mu.Lock()
				defer mu.Unlock()
				sum.Add(h.Effort)
				switch {
				case open:
					undecided++
				case len(found) == 0:
					passed++
				}
				if done++; done%50 == 0 {
					fmt.Fprintf(os.Stderr, "%d seeds, %d passed, %.0f a minute\n", done, passed, float64(done)/time.Since(began).Minutes())
				}
			})
		}
	})
	took := time.Since(began)
	if undecided > 1+*seeds/20 { // a busy machine decides a few in a hundred too late
		t.Errorf("%d of %d seeds could not be decided: they prove nothing", undecided, *seeds)
	}
	t.Logf("%d of %d seeds passed, %.0f a minute: %v", passed, *seeds, float64(*seeds)/took.Minutes(), sum)
}

// fails tells what is wrong with a history, leaves all that is known of it, and finds
// out how often that seed fails.
func fails(t *testing.T, h *History, found []Finding) {
	dir := folder(t, h.Seed)
	if err := Write(dir, h, found); err != nil {
		t.Error(err)
	}
	for _, f := range found {
		t.Error(f)
	}
	fmt.Fprintf(os.Stderr, "seed %d: %v; see %s\n", h.Seed, found[0], dir) // at once: the test's own words come in the end
	bad := 0
	for range *again {
		h := Run(t, draw(h.Seed))
		found := Check(h)
		if len(found) == 0 {
			continue
		}
		if bad++; bad <= 3 {
			if err := Write(filepath.Join(dir, fmt.Sprintf("again-%d", bad)), h, found); err != nil {
				t.Error(err)
			}
		}
	}
	t.Errorf("seed %d, of %d more runs %d failed; the history is in %s; run it again with\n\tgo test ./test/linear -run Seeds -seeds 1 -from %d", h.Seed, *again, bad, dir, h.Seed)
}
