package stage

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"moniker/test/chaos/record"
)

// Kind is one way to break things.
type Kind struct {
	Name  string // as -faults has it: "kill-leader"; what stands before the - is its family
	Says  string // what it does, in a line
	Short time.Duration
	Long  time.Duration // it lasts between Short and Long; in long runs up to ten times Long

	can func(*Stage) string // why this machine cannot; nil: every machine can
	do  func(context.Context, *Stage, *dice) (*Broken, error)
}

// Kinds are all there are, a file of them each.
func Kinds() []Kind {
	return slices.Concat(kills(), powers(), pauses(), cuts(), slownesses(), clocks(), disks(), damages(), upkeep())
}

// Can says why a kind cannot be on this stage; empty: it can.
func (s *Stage) Can(k Kind) string {
	if k.can == nil {
		return ""
	}
	return k.can(s)
}

// atLeast is for what would leave fewer nodes nothing.
func atLeast(nodes int) func(*Stage) string {
	return func(s *Stage) string {
		if s.cfg.Nodes < nodes {
			return fmt.Sprintf("that takes %d nodes", nodes)
		}
		return ""
	}
}

// ErrBusy means that what a fault would break is broken already.
var ErrBusy = errors.New("broken already, by another fault")

// Broken is a fault in force.
type Broken struct {
	What  string
	Nodes []string

	kind string
	from time.Duration
	held []*node
	mend func(context.Context) error // nil: there is nothing to do
	turn int
}

// Break does what a kind does, as the seed has it. The fault is in force until Mend.
func (s *Stage) Break(ctx context.Context, k Kind, seed int64) (*Broken, error) {
	d := &dice{rand.New(rand.NewPCG(uint64(seed), 0x6d6f6e696b6572))}
	from := s.now()
	b, err := k.do(ctx, s, d)
	if err != nil {
		return nil, err
	}
	b.kind, b.from = k.Name, from
	slices.Sort(b.Nodes)
	s.mu.Lock()
	s.next++
	b.turn = s.next
	s.active[b.turn] = b
	s.mu.Unlock()
	s.cfg.Note("%s: %s", b.kind, b.What)
	return b, nil
}

// Mend undoes a fault. What was broken is sound when it returns, or is being repaired.
func (s *Stage) Mend(ctx context.Context, b *Broken) (record.Fault, error) {
	s.mu.Lock()
	_, there := s.active[b.turn]
	delete(s.active, b.turn)
	s.mu.Unlock()
	var err error
	if there && b.mend != nil {
		err = b.mend(ctx)
	}
	for _, n := range b.held {
		s.release(n)
	}
	s.cfg.Note("%s is over: %s", b.kind, b.What)
	if err != nil {
		err = fmt.Errorf("mend %s (%s): %w", b.kind, b.What, err)
	}
	return record.Fault{Kind: b.kind, What: b.What, Node: b.Nodes, From: b.from, To: s.now()}, err
}

// MendAll undoes whatever is in force, and returns what that was.
func (s *Stage) MendAll(ctx context.Context) (faults []record.Fault, err error) {
	s.mu.Lock()
	var all []*Broken
	for _, b := range s.active {
		all = append(all, b)
	}
	s.mu.Unlock()
	slices.SortFunc(all, func(a, b *Broken) int { return a.turn - b.turn })
	for _, b := range all {
		f, e := s.Mend(ctx, b)
		faults, err = append(faults, f), errors.Join(err, e)
	}
	return faults, err
}

// Whole waits until nothing is being repaired any more and all nodes agree.
func (s *Stage) Whole(ctx context.Context) error {
	if err := poll(ctx, func(context.Context) bool { return s.owing() == 0 }); err != nil {
		return errors.New("a node that was damaged could not be brought back")
	}
	return s.Settled(ctx)
}

func (s *Stage) now() time.Duration { return time.Since(s.cfg.Began) }

// dice are a fault's.
type dice struct{ *rand.Rand }

// between is a span in [low, high).
func (d *dice) between(low, high time.Duration) time.Duration {
	return low + time.Duration(d.Int64N(int64(high-low)))
}

// take holds count nodes for a fault: none that another fault has. With first, it is
// the one, if it is free.
func (s *Stage) take(d *dice, why string, count int, first *node) ([]*node, error) {
	all := s.members()
	d.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	if first != nil {
		all = slices.Insert(slices.DeleteFunc(all, func(n *node) bool { return n == first }), 0, first)
	}
	var taken []*node
	for _, n := range all {
		n.mu.Lock()
		if len(taken) < count && n.holder == "" && n.run != nil && !n.run.ended() {
			n.holder = why
			taken = append(taken, n)
		}
		n.mu.Unlock()
	}
	if len(taken) < count || first != nil && taken[0] != first {
		for _, n := range taken {
			s.release(n)
		}
		return nil, ErrBusy
	}
	return taken, nil
}

// release gives a node back, unless it is in repair.
func (s *Stage) release(n *node) {
	s.mu.Lock()
	_, owed := s.debts[n]
	s.mu.Unlock()
	if owed {
		return
	}
	n.mu.Lock()
	n.holder = ""
	n.mu.Unlock()
}

// minority is how many nodes may be lost.
func (s *Stage) minority() int { return max((len(s.members())-1)/2, 1) }

func names(nodes []*node) []string {
	var all []string
	for _, n := range nodes {
		all = append(all, n.name)
	}
	slices.Sort(all)
	return all
}

// list is names in words: n1, n2 and n3.
func list(nodes []*node) string {
	all := names(nodes)
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
}

// is is the verb for so many.
func is(nodes []*node) string {
	if len(nodes) == 1 {
		return " is "
	}
	return " are "
}

// round does something again and again, beside, until stop: which waits for it.
func (s *Stage) round(do func(ctx context.Context) (next time.Duration)) (stop func()) {
	ctx, cancel := context.WithCancel(s.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			pause(ctx, do(ctx))
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// pause waits, but not past the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// startAll starts nodes, all of them even if one cannot be.
func startAll(nodes []*node) (err error) {
	for _, n := range nodes {
		err = errors.Join(err, n.start())
	}
	return err
}
