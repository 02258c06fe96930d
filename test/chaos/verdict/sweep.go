package verdict

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"moniker/test/chaos/record"
)

// A history is held to the model from its beginning to its end. On the way the name may be
// in this state or in that, each with those of the open operations that have been taken in
// it: an operation is taken when its own answer, or another's, needs it, not before (Lowe's
// just-in-time linearization). What is likely is followed to its end first, and what leads
// nowhere is left for what was possible last; what has been looked at once, or allows no
// more than what has been, is not looked at again. Nothing is guessed and nothing is left
// out, so the answer is the one that a search of the whole would give; but a history that
// can have been is mostly found to be so by going straight through it.

// openMost is how many operations may be open at once on one name, and possibleMost how
// much may be looked at in all. A history with more is not decided.
const (
	openMost     = 256
	possibleMost = 1_000_000
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
	moments []moment
	left    map[*stay]int // by which moment it has ended on purpose for the last time
	looks   int

	// Where the last part began, and where it broke, for whoever wants to see it.
	cut    []holding
	cutAt  int
	broken int
}

// moment is the end of a step, by when it has been taken.
type moment struct {
	number   int
	at       time.Duration
	step     int
	place    int      // of the step among the open ones
	open     []placed // those that have begun and not ended, this one among them, those that end soonest first
	may      places   // of which the operation may never have been
	token    uint64   // that the next look tells, from this moment on; zero: none does
	known    *possibilities
	outlasts map[[2]int]bool // by two stays: what hides has said
}

// placed is a step that is open, and its place.
type placed struct{ step, place int }

// front is something that is possible, and before which moment. What is done first with it
// is to take the step of that moment; all else that may come before that is left for later.
type front struct {
	moment int
	possible
	later bool
}

// run says what became of the history, and at which step it broke.
func (s *sweep) run() result {
	if t := s.prepare(); t != nil {
		return result{outcome: undecided, first: t}
	}
	if len(s.moments) == 0 {
		return result{outcome: legal}
	}
	furthest := 0
	s.moments[0].known.add(possible{})
	for stack := []front{{}}; len(stack) > 0; {
		f := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		furthest = max(furthest, f.moment)
		if s.looks++; s.looks%256 == 0 && time.Now().After(s.until) || s.looks > possibleMost {
			return result{outcome: undecided, first: s.steps[s.moments[furthest].step]}
		}
		next, done := s.after(f)
		if done {
			return result{outcome: legal}
		}
		stack = append(stack, next...)
	}
	s.broken = furthest
	for s.cutAt = furthest; s.cutAt > 0 && len(s.moments[s.cutAt-1].open) > 1; s.cutAt-- { // until none but its own was open
	}
	for _, p := range s.moments[s.cutAt].known.all {
		if p.taken == (places{}) {
			s.cut = append(s.cut, p.state)
		}
	}
	return result{outcome: illegal, first: s.steps[s.moments[furthest].step]}
}

// prepare works out what is known of every moment beforehand. It returns a step for which
// there was no place.
func (s *sweep) prepare() *step {
	place := make([]int, len(s.steps))
	var taken [openMost]bool
	var open []placed
	s.left = map[*stay]int{}
	for _, e := range events(s.steps) {
		t := s.steps[e.step]
		if !e.ends {
			p := slices.Index(taken[:], false)
			if p < 0 {
				return t
			}
			taken[p], place[e.step] = true, p
			open = append(open, placed{e.step, p})
			continue
		}
		m := moment{
			number: len(s.moments), at: e.at, step: e.step, place: place[e.step], open: slices.Clone(open),
			known: newPossibilities(), outlasts: map[[2]int]bool{},
		}
		slices.SortStableFunc(m.open, func(a, b placed) int { return cmp.Compare(s.steps[a.step].by, s.steps[b.step].by) })
		for _, o := range open {
			if s.steps[o.step].optional() {
				m.may.set(o.place)
			}
		}
		s.moments = append(s.moments, m)
		taken[m.place] = false
		open = slices.DeleteFunc(open, func(o placed) bool { return o.place == m.place })
		if t.kind == leave {
			s.left[t.stay] = m.number
		}
	}
	var told uint64
	for i := range slices.Backward(s.moments) {
		if t := s.steps[s.moments[i].step]; t.kind == looking && t.op.Token != "" {
			told, _ = strconv.ParseUint(t.op.Token, 10, 64)
		}
		s.moments[i].token = told
	}
	return nil
}

// after is what follows from something possible before a moment, the likeliest last: the
// step of that moment is taken, or another is first. done reports that the history is over.
func (s *sweep) after(f front) (next []front, done bool) {
	m := &s.moments[f.moment]
	past := func(p possible) {
		if p.taken.clear(m.place); f.moment+1 == len(s.moments) {
			done = true
		} else if o := &s.moments[f.moment+1]; o.known.addUnless(p, o.may) {
			next = append(next, front{f.moment + 1, p, false})
		}
	}
	if f.taken.has(m.place) {
		past(f.possible)
		return next, done
	}
	if f.later {
		return s.before(m, f), false
	}
	next = append(next, front{f.moment, f.possible, true})
	for _, h := range slices.Backward(m.likeliest(s.by(m).step(f.state, s.steps[m.step]))) {
		p := possible{s.plain(m, h), f.taken}
		p.taken.set(m.place)
		past(p)
	}
	return next, done
}

// by is the model of what is taken by a moment.
func (s *sweep) by(m *moment) model {
	by := s.model
	by.now = m.at
	return by
}

// before is what may be once another step than that of the moment has been taken.
func (s *sweep) before(m *moment, f front) (next []front) {
	for _, o := range slices.Backward(m.open) {
		if f.taken.has(o.place) || o.place == m.place {
			continue
		}
		t := s.steps[o.step]
		for _, h := range slices.Backward(m.likeliest(s.by(m).step(f.state, t))) {
			p := possible{s.plain(m, h), f.taken}
			p.taken.set(o.place)
			if t.optional() && p.state.equal(f.state) {
				continue // then it need not have been
			}
			if m.known.addUnless(p, m.may) {
				next = append(next, front{f.moment, p, false})
			}
		}
	}
	return next
}

// likeliest puts first what the next look agrees with: that a name has not changed hands
// since it had the token that is told, or has since it had another.
func (m *moment) likeliest(all []holding) []holding {
	against := func(h holding) int {
		switch {
		case m.token == 0 || h.token == m.token:
			return 0
		case h.token == 0 && h.top < m.token:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(all, func(a, b holding) int { return cmp.Compare(against(a), against(b)) })
	return all
}

// event is the beginning or the end of a step.
type event struct {
	at   time.Duration
	ends bool
	step int
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

// plain leaves out of a state the sessions that make no difference any more: the name
// waits for the one that may be off it last, and is kept at most for the one that must
// be off it last. What a session adds that is neither, nobody can tell from the state
// without it, unless the others leave on purpose.
func (s *sweep) plain(m *moment, h holding) holding {
	leaves := func(a *stay) bool { by, ok := s.left[a]; return ok && by >= m.number }
	makesNone := func(a *stay) bool {
		return !leaves(a) && slices.ContainsFunc(h.stays, func(b *stay) bool {
			return a != b && !leaves(b) && s.hides(m, b, a) && (a.id > b.id || !s.hides(m, a, b))
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
func (s *sweep) hides(m *moment, b, a *stay) (does bool) {
	if a.goneBy > b.goneBy {
		return false
	}
	key := [2]int{b.id, a.id}
	if does, ok := m.outlasts[key]; ok {
		return does
	}
	defer func() { m.outlasts[key] = does }()
	sooner := func(before time.Duration) bool { return b.lost(before, life(b)) < a.lost(before, life(a)) }
	for _, o := range m.open {
		if sooner(s.steps[o.step].from) {
			return false
		}
	}
	for i := len(a.heard) - 1; i >= 0 && a.heard[i].by >= m.at; i-- {
		if sooner(a.heard[i].by + 1) {
			return false
		}
	}
	return !sooner(m.at)
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
