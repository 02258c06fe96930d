package verdict

import (
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"moniker/test/chaos/record"
)

const (
	decideWithin = time.Minute      // for all names, by each of the rules
	drawWithin   = 10 * time.Second // for a picture
	picturesMost = 4
)

// ownership is what became of every name, by each of the rules.
type ownership struct {
	names   map[string][]*step
	run     *record.Run
	results map[rules]map[string]result
}

// result is what became of one name's history.
type result struct {
	outcome outcome
	first   *step // that broke it, or could not be decided
	picture string
}

// judgeOwnership holds every name to all rules at once, and those that do not keep to
// them to each alone, to know which. Pictures go to artifacts.
func judgeOwnership(run *record.Run, artifacts string) ownership {
	c := newClock(run)
	o := ownership{names: steps(run, c, stays(run, c)), run: run, results: map[rules]map[string]result{}}
	names := make([]string, 0, len(o.names))
	for name := range o.names {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, r := range []rules{allRules, noEarly, noLate, lenient} {
		left := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return o.settled(name, r) })
		o.results[r] = o.decide(left, r, artifacts)
	}
	return o
}

// settled reports whether stricter rules have found nothing against a name.
func (o ownership) settled(name string, r rules) bool {
	for stricter, results := range o.results {
		if stricter&r == r && results[name].outcome == legal {
			return true
		}
	}
	return false
}

// decide holds names to rules, as many at a time as there are processors.
func (o ownership) decide(names []string, r rules, artifacts string) map[string]result {
	until := time.Now().Add(decideWithin)
	results := map[string]result{}
	pictures := 0
	var mu sync.Mutex
	var all sync.WaitGroup
	next := make(chan string)
	for range min(runtime.GOMAXPROCS(0), len(names)) {
		all.Go(func() {
			for name := range next {
				s := sweep{model: model{rules: r, run: o.run}, until: until, steps: o.names[name]}
				was := s.run()
				mu.Lock()
				draw := was.outcome == illegal && r != allRules && artifacts != "" && pictures < picturesMost
				if draw {
					pictures++
				}
				mu.Unlock()
				if draw {
					was.picture = s.draw(filepath.Join(artifacts, "ownership-"+name+"-"+r.String()+".html"))
				}
				mu.Lock()
				results[name] = was
				mu.Unlock()
			}
		})
	}
	for _, name := range names {
		next <- name
	}
	close(next)
	all.Wait()
	return results
}

// broken and undecided are names, in order.
func (o ownership) broken(r rules) []string    { return o.with(r, illegal) }
func (o ownership) undecided(r rules) []string { return o.with(r, undecided) }

func (o ownership) with(r rules, what outcome) []string {
	var names []string
	for name, was := range o.results[r] {
		if was.outcome == what {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (o ownership) operations() (n int) {
	for _, list := range o.names {
		n += len(list)
	}
	return n
}

func (r rules) String() string {
	switch r {
	case noEarly:
		return "early"
	case noLate:
		return "late"
	case allRules:
		return "all"
	}
	return "one"
}

// draw has porcupine draw the part of the history that broke: from where it was cut
// last before that. It returns the picture's name; none if there is none to be had.
func (s *sweep) draw(path string) string {
	m := s.model.porcupine(s.cut...)
	_, info := porcupine.CheckOperationsVerbose(m, operations(s.part()), drawWithin)
	if porcupine.VisualizePath(m, info, path) != nil {
		return ""
	}
	return filepath.Base(path)
}

// part are the steps that began between the last cut and where the history broke.
func (s *sweep) part() []*step {
	var from time.Duration
	if s.cutAt > 0 {
		from = s.moments[s.cutAt-1].at + 1
	}
	var part []*step
	for _, t := range s.steps {
		if t.from >= from && t.from <= s.moments[s.broken].at {
			part = append(part, t)
		}
	}
	return part
}

func operations(steps []*step) []porcupine.Operation {
	history := make([]porcupine.Operation, 0, len(steps))
	for _, t := range steps {
		history = append(history, porcupine.Operation{ClientId: t.op.Client, Input: t, Call: int64(t.from), Return: int64(t.by)})
	}
	return history
}
