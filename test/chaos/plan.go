package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"moniker/test/chaos/load"
	"moniker/test/chaos/record"
	"moniker/test/chaos/sabotage"
	"moniker/test/chaos/stage"
)

// fault is one that a run may do: to nodes and what is between them, or by clients.
type fault struct {
	name, says  string
	kind        stage.Kind // of nodes
	client      string     // of clients: load's name for it
	short, long time.Duration
}

const clients = "client-"

// all are the faults there are.
func all() []fault {
	var list []fault
	for _, k := range stage.Kinds() {
		list = append(list, fault{name: k.Name, says: k.Says, kind: k, short: k.Short, long: k.Long})
	}
	says := map[string]string{
		"kill": "clients are killed", "pause": "clients stand still (SIGSTOP)", "cable": "clients' cables are pulled",
		"half-open": "clients close one half of their connections", "flood": "a stranger types without end and reads nothing",
		"garbage": "strangers send what is no SSH", "many": "strangers connect at once, many of them, and say nothing",
		"slow": "clients read slowly",
	}
	for _, name := range load.Kinds() {
		list = append(list, fault{name: clients + name, says: says[name], client: name})
	}
	return list
}

func listFaults(w io.Writer) {
	for _, f := range all() {
		fmt.Fprintf(w, "%-16s %s\n", f.name, f.says)
	}
	fmt.Fprintln(w, "\nSaboteurs (-sabotage):")
	for _, s := range sabotage.All() {
		fmt.Fprintf(w, "%-16s %s; shows under -faults %s\n", s.Name, s.Says, s.Faults)
	}
}

// choose takes those that are wanted: "all", "kill,cut-leader", "all,-damage".
func choose(from []fault, wanted string) ([]fault, error) {
	in := map[string]bool{}
	for i, word := range strings.Split(wanted, ",") {
		word, not := strings.CutPrefix(strings.TrimSpace(word), "-")
		found := false
		for _, f := range from {
			if i == 0 && not || word == "all" && !not || word == f.name || strings.HasPrefix(f.name, word+"-") {
				in[f.name] = !not || word != f.name && !strings.HasPrefix(f.name, word+"-")
				found = true
			}
		}
		if !found && word != "none" {
			return nil, fmt.Errorf("there is no fault %q; all there are: -list", word)
		}
	}
	return slices.DeleteFunc(slices.Clone(from), func(f fault) bool { return !in[f.name] }), nil
}

// storm breaks and mends, by the seed's plan.
type storm struct {
	stage  *stage.Stage
	crowd  *load.Crowd
	dice   *rand.Rand
	faults []fault
	bag    []fault // those that have not had their turn
	brief  bool
	ends   time.Time // when all must be mended
	begun  time.Time // of the run
	note   func(string, ...any)

	mu    sync.Mutex
	now   map[int]string // what is broken
	turns int
	done  []record.Fault
	trial []error // what could not be mended
}

// run breaks one thing, or some at once, mends them, lets the cluster breathe, and
// goes on until time is up or ctx ends. Nothing is broken when it returns.
func (s *storm) run(ctx context.Context) {
	for turn := 0; ctx.Err() == nil && time.Until(s.ends) > 2*time.Second && len(s.faults) > 0; turn++ {
		width := []int{1, 1, 2, 3}[s.dice.IntN(4)]
		var all sync.WaitGroup
		for range width {
			if begun := s.next(ctx); begun != nil {
				all.Go(begun)
			}
			s.wait(ctx, time.Duration(s.dice.Int64N(int64(1500*time.Millisecond))))
		}
		all.Wait()
		s.wait(ctx, s.breath())
	}
}

// breath is how long the cluster is left alone between two turns: mostly too short to
// recover at leisure, now and then long enough for the verdict to see that it did.
func (s *storm) breath() time.Duration {
	short := 500*time.Millisecond + time.Duration(s.dice.Int64N(int64(2500*time.Millisecond)))
	if s.dice.IntN(6) == 0 && !s.brief {
		return short + 6*time.Second
	}
	return short
}

// next begins the next fault that can be begun, and returns what waits for its end.
func (s *storm) next(ctx context.Context) func() {
	for range len(s.faults) {
		if len(s.bag) == 0 {
			s.bag = slices.Clone(s.faults)
			s.dice.Shuffle(len(s.bag), func(i, j int) { s.bag[i], s.bag[j] = s.bag[j], s.bag[i] })
		}
		f := s.bag[0]
		s.bag = s.bag[1:]
		seed := s.dice.Int64()
		span := s.span(f)
		if f.client != "" {
			return s.byClients(ctx, f, seed)
		}
		b, err := s.stage.Break(ctx, f.kind, seed)
		if err == nil {
			return s.until(ctx, b, f.name, span)
		}
		if !errors.Is(err, stage.ErrBusy) {
			s.note("%s cannot be now: %v", f.name, err)
		}
		if len(s.bag) > 0 {
			s.bag = append(s.bag, f) // after the others
		}
		if ctx.Err() != nil {
			return nil
		}
	}
	return nil
}

// span is how long a fault lasts.
func (s *storm) span(f fault) time.Duration {
	if f.long == 0 {
		return 0
	}
	span := f.short + time.Duration(s.dice.Int64N(int64(f.long-f.short)))
	rare := s.dice.IntN(8) == 0
	switch {
	case s.brief:
		span = f.short + (span-f.short)/4
	case rare && s.ends.Sub(s.begun) > 5*time.Minute:
		span *= 10
	}
	return max(min(span, time.Until(s.ends)-time.Second), 100*time.Millisecond)
}

func (s *storm) until(ctx context.Context, b *stage.Broken, name string, span time.Duration) func() {
	turn := s.show(name + ": " + b.What)
	return func() {
		s.wait(ctx, span)
		mending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		f, err := s.stage.Mend(mending, b)
		s.hide(turn, f, err)
	}
}

// byClients begins a fault that ends by itself.
func (s *storm) byClients(ctx context.Context, f fault, seed int64) func() {
	did := s.crowd.Break(f.client, seed)
	s.note("%s: %s", f.name, did.What)
	turn := s.show(f.name + ": " + did.What)
	return func() {
		s.wait(ctx, time.Until(s.begun.Add(min(did.To, s.ends.Sub(s.begun)))))
		s.hide(turn, did, nil)
	}
}

func (s *storm) show(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turns++
	s.now[s.turns] = what
	return s.turns
}

func (s *storm) hide(turn int, f record.Fault, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.now, turn)
	s.done = append(s.done, f)
	if err != nil {
		s.trial = append(s.trial, err)
	}
}

// broken is what is, in the order in which it was.
func (s *storm) broken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var turns []int
	for t := range s.now {
		turns = append(turns, t)
	}
	slices.Sort(turns)
	var what []string
	for _, t := range turns {
		what = append(what, s.now[t])
	}
	return what
}

func (s *storm) wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
