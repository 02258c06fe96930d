package linear

import (
	"fmt"
	"slices"
	"strings"

	"moniker/fsm/id"
)

// Effort is how much happened in a run.
type Effort struct {
	Operations int // of clients
	Accepted   int
	Posts      int // accepted
	Reads      int
	Unknown    int
	Handovers  int // of a name, from one identity to another
	Leaders    int // terms that began
	Expiries   int // of node leases
	Faults     map[string]int
}

// enough is what a run must come to, to prove anything.
func enough() Effort {
	return Effort{Accepted: 200, Posts: 100, Reads: 100, Handovers: 5, Leaders: 2, Expiries: 1}
}

// checkEffort finds that a run proves nothing.
func checkEffort(h *History) []Finding {
	var found []Finding
	e, least := h.Effort, enough()
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"operations accepted", e.Accepted, least.Accepted}, {"posts", e.Posts, least.Posts}, {"reads", e.Reads, least.Reads},
		{"names handed over", e.Handovers, least.Handovers}, {"leaders", e.Leaders, least.Leaders}, {"leases over", e.Expiries, least.Expiries},
	} {
		if c.got < c.want {
			found = append(found, Finding{By: "effort", What: fmt.Sprintf("only %d %s, want %d: this run proves nothing", c.got, c.what, c.want)})
		}
	}
	return found
}

// count works out what can be told from the operations.
func (e *Effort) count(h *History) {
	type granted struct {
		token id.Token
		who   id.Identity
	}
	names := map[string][]granted{}
	for _, op := range h.Ops {
		e.Operations++
		switch {
		case op.Outcome == Unknown:
			e.Unknown++
		case op.Outcome != OK:
		case op.Kind == Post:
			e.Posts++
			e.Accepted++
		case op.Kind == Read:
			e.Reads++
		default:
			e.Accepted++
		}
		if (op.Kind == Take || op.Kind == Again) && op.Outcome == OK {
			names[op.Name] = append(names[op.Name], granted{op.Token, op.Who})
		}
	}
	for _, all := range names {
		slices.SortFunc(all, func(a, b granted) int { return int(a.token) - int(b.token) })
		for i := 1; i < len(all); i++ {
			if all[i].who != all[i-1].who {
				e.Handovers++
			}
		}
	}
}

func (e Effort) String() string {
	var faults []string
	for f, n := range e.Faults {
		faults = append(faults, fmt.Sprintf("%d %s", n, f))
	}
	slices.Sort(faults)
	return fmt.Sprintf("%d operations (%d accepted, %d posts, %d reads, %d unknown), %d handovers, %d leases over, %d leaders; faults: %s",
		e.Operations, e.Accepted, e.Posts, e.Reads, e.Unknown, e.Handovers, e.Expiries, e.Leaders, strings.Join(faults, ", "))
}

// Add sums up runs.
func (e *Effort) Add(o Effort) {
	e.Operations += o.Operations
	e.Accepted += o.Accepted
	e.Posts += o.Posts
	e.Reads += o.Reads
	e.Unknown += o.Unknown
	e.Handovers += o.Handovers
	e.Leaders += o.Leaders
	e.Expiries += o.Expiries
	if e.Faults == nil {
		e.Faults = map[string]int{}
	}
	for f, n := range o.Faults {
		e.Faults[f] += n
	}
}
