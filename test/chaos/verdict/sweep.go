package verdict

import (
	"cmp"
	"math/bits"
	"slices"
	"time"

	"moniker/test/chaos/record"
)

// A history is held to the model from its beginning to its end. What is known on the
// way is every state that the name may be in, each with those of the open operations
// that have been taken in it: an operation is taken when its own answer, or another's,
// needs it, not before (Lowe's just-in-time linearization). Nothing is guessed and
// nothing is left out, so the answer is the one that a search of the whole would give;
// but where no operation is open, all that is left of what was before is a few states.
// There the history is cut, and a long run costs what its parts cost.

// openMost is how many operations may be open at once on one name, and possibleMost how
// much may be possible at a moment. A history with more is not decided.
const (
	openMost     = 256
	possibleMost = 200_000
)

// outcome is what became of a history.
type outcome int

const (
	legal outcome = iota + 1
	illegal
	undecided
)

// sweep holds one history to a model.
type sweep struct {
	model   model
	until   time.Time
	steps   []*step
	open    [openMost]int // by place: the step, plus one; zero: nobody's
	known   *possibilities
	leaving map[*stay]int   // how many of its ends on purpose are still to come
	hidden  map[[2]int]bool // by two stays: what hides has said since the last event
	now     time.Duration
	looks   int

	// Where the last part began, and where it broke, for whoever wants to see it.
	events  []event
	cut     []holding
	cutAt   int
	brokeAt int
}

// event is the beginning or the end of a step.
type event struct {
	at   time.Duration
	ends bool
	step int
}

// run says what became of the history, and at which step it broke.
func (s *sweep) run() result {
	s.events = events(s.steps)
	s.known = newPossibilities()
	s.known.add(possible{})
	place := make([]int, len(s.steps))
	s.leaving = map[*stay]int{}
	for _, t := range s.steps {
		if t.kind == leave {
			s.leaving[t.stay]++
		}
	}
	open := 0
	for i, e := range s.events {
		if open == 0 {
			s.cut, s.cutAt = s.known.states(), i
		}
		if !e.ends {
			place[e.step] = slices.Index(s.open[:], 0)
			if place[e.step] < 0 {
				return result{outcome: undecided, first: s.steps[e.step]}
			}
			s.open[place[e.step]] = e.step + 1
			open++
			continue
		}
		s.now, s.model.now, s.hidden = e.at, e.at, map[[2]int]bool{}
		at := place[e.step]
		if !s.take(at) {
			return result{outcome: undecided, first: s.steps[e.step]}
		}
		s.open[at] = 0
		open--
		if s.steps[e.step].kind == leave {
			s.leaving[s.steps[e.step].stay]--
		}
		s.known.close(at, s.optional())
		if len(s.known.all) == 0 {
			s.brokeAt = i
			return result{outcome: illegal, first: s.steps[e.step]}
		}
	}
	return result{outcome: legal}
}

// events are in the order of time. Of two at once, beginnings come first: whether one
// came before the other nobody can know then.
func events(steps []*step) []event {
	var all []event
	for i, t := range steps {
		all = append(all, event{t.from, false, i}, event{t.by, true, i})
	}
	slices.SortStableFunc(all, func(a, b event) int {
		switch {
		case a.at != b.at:
			return cmp.Compare(a.at, b.at)
		case a.ends == b.ends:
			return 0
		case a.ends:
			return 1
		}
		return -1
	})
	return all
}

// optional says of which places the operation may never have been.
func (s *sweep) optional() (p places) {
	for at, i := range s.open {
		if i > 0 && s.steps[i-1].optional() {
			p.set(at)
		}
	}
	return p
}

// take works out what the name may be in once the operation at a place has been
// taken, whatever else was before it: also one that may never have been, as the model
// has it. It is false if that could not be worked out.
func (s *sweep) take(at int) bool {
	may := s.optional()
	after, seen := newPossibilities(), newPossibilities()
	front := s.known.all
	for len(front) > 0 {
		var next []possible
		for _, p := range front {
			if p.taken.has(at) {
				after.addUnless(p, may)
				continue
			}
			for i, open := range s.open {
				if open == 0 || p.taken.has(i) {
					continue
				}
				t := s.steps[open-1]
				for _, h := range s.model.step(p.state, t) {
					h = s.plain(h)
					q := possible{h, p.taken}
					q.taken.set(i)
					switch {
					case i == at:
						after.addUnless(q, may)
					case t.optional() && h.equal(p.state): // then it need not have been
					case seen.addUnless(q, may):
						next = append(next, q)
					}
				}
			}
			if s.looks++; s.looks%256 == 0 && time.Now().After(s.until) || len(seen.all)+len(after.all) > possibleMost {
				return false
			}
		}
		front = next
	}
	s.known = after
	return true
}

// plain leaves out of a state the sessions that make no difference any more: the name
// waits for the one that may be off it last, and is kept at most for the one that must
// be off it last. What a session adds that is neither, nobody can tell from the state
// without it, unless the others leave on purpose.
func (s *sweep) plain(h holding) holding {
	makesNone := func(a *stay) bool {
		return s.leaving[a] == 0 && slices.ContainsFunc(h.stays, func(b *stay) bool {
			return a != b && s.leaving[b] == 0 && s.hides(b, a) && (a.id > b.id || !s.hides(a, b))
		})
	}
	if slices.ContainsFunc(h.stays, makesNone) {
		var stays []*stay
		for _, a := range h.stays {
			if !makesNone(a) {
				stays = append(stays, a)
			}
		}
		h.stays = stays
	}
	return h
}

// hides reports whether b may be off the name no sooner than a, and must be no sooner,
// for every operation that is still to be taken.
func (s *sweep) hides(b, a *stay) (does bool) {
	if a.goneBy > b.goneBy {
		return false
	}
	key := [2]int{b.id, a.id}
	if does, ok := s.hidden[key]; ok {
		return does
	}
	defer func() { s.hidden[key] = does }()
	sooner := func(before time.Duration) bool { return b.lost(before, life(b)) < a.lost(before, life(a)) }
	for _, i := range s.open {
		if i > 0 && sooner(s.steps[i-1].from) {
			return false
		}
	}
	for i := len(a.heard) - 1; i >= 0 && a.heard[i].by >= s.now; i-- {
		if sooner(a.heard[i].by + 1) {
			return false
		}
	}
	return !sooner(s.now)
}

// optional reports whether the operation may never have been: nobody was told.
func (t *step) optional() bool {
	return t.op.Outcome == record.Unknown && (t.kind == enter || t.kind == leave)
}

// places is a set of places of open operations.
type places [openMost / 64]uint64

func (p *places) set(i int)     { p[i/64] |= 1 << (i % 64) }
func (p *places) clear(i int)   { p[i/64] &^= 1 << (i % 64) }
func (p places) has(i int) bool { return p[i/64]&(1<<(i%64)) != 0 }

func (p places) count() (n int) {
	for _, word := range p {
		n += bits.OnesCount64(word)
	}
	return n
}

func (p places) without(o places) places {
	for i := range p {
		p[i] &^= o[i]
	}
	return p
}

// in reports whether all of p are in o.
func (p places) in(o places) bool { return p.without(o) == places{} }

// possible is a state that the name may be in, and which of the open operations were
// taken on the way to it.
type possible struct {
	state holding
	taken places
}

// possibilities are those that are possible, each once.
type possibilities struct {
	all []possible
	by  map[uint64][]int
}

func newPossibilities() *possibilities { return &possibilities{by: map[uint64][]int{}} }

func (k *possibilities) add(p possible) bool { return k.addUnless(p, places{}) }

// addUnless adds a possibility, unless there is one with the same state in which no
// more was taken than in this but for operations that may never have been: from there
// everything can happen that can from here.
func (k *possibilities) addUnless(p possible, may places) bool {
	must := p.taken.without(may)
	h := p.state.hash()
	for _, m := range must {
		h = h*1_000_003 ^ m
	}
	for _, i := range k.by[h] {
		o := k.all[i]
		if o.taken.without(may) == must && o.taken.in(p.taken) && o.state.equal(p.state) {
			return false
		}
	}
	k.by[h] = append(k.by[h], len(k.all))
	k.all = append(k.all, p)
	return true
}

// close forgets a place: its operation has been taken wherever it had to be.
func (k *possibilities) close(at int, may places) {
	all := k.all
	slices.SortStableFunc(all, func(a, b possible) int { return cmp.Compare(a.taken.count(), b.taken.count()) })
	*k = *newPossibilities()
	for _, p := range all {
		p.taken.clear(at)
		k.addUnless(p, may)
	}
}

func (k *possibilities) states() []holding {
	var all []holding
	for _, p := range k.all {
		all = append(all, p.state)
	}
	return all
}
