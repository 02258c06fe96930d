package linear

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Step is one fault of a plan: what, when, for how long, and the seed of its choices.
type Step struct {
	At, For time.Duration
	Fault   string
	Seed    uint64
}

// draw makes a plan from a seed: faults that begin one after the other, may overlap,
// and of which some are sure to replace a leader and to outlast a lease.
func draw(seed uint64) Plan {
	r := rand.New(rand.NewPCG(seed, 0))
	p := Plan{Seed: seed, Nodes: 3}
	if seed%3 == 0 {
		p.Nodes = 5
	}
	// The first comes alone, and lasts until somebody else can have had the names.
	first := []string{"crash", "crash leader", "isolate", "isolate leader"}[r.IntN(4)]
	p.Steps = []Step{{At: time.Second, For: 2*ttl + grace + 2*time.Second, Fault: first, Seed: r.Uint64()}}
	at := p.Steps[0].At + p.Steps[0].For
	what := []string{"isolate leader"}
	for range 7 {
		what = append(what, weighted(r))
	}
	r.Shuffle(len(what), func(i, j int) { what[i], what[j] = what[j], what[i] })
	for _, f := range what {
		at += time.Duration(300+r.IntN(2000)) * time.Millisecond
		long := time.Duration(300+r.IntN(3000)) * time.Millisecond
		if r.IntN(4) == 0 {
			long += ttl + grace
		}
		p.Steps = append(p.Steps, Step{At: at, For: long, Fault: f, Seed: r.Uint64()})
		if r.IntN(3) > 0 {
			at += long
		}
	}
	for _, s := range p.Steps {
		p.Length = max(p.Length, s.At+s.For)
	}
	p.Length += time.Second
	return p
}

// weighted draws a fault, by its weight.
func weighted(r *rand.Rand) string {
	var names []string
	for name, f := range faults() {
		for range f.weight {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names[r.IntN(len(names))]
}
