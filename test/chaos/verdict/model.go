package verdict

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/anishathalye/porcupine"

	"moniker/test/chaos/record"
)

// The model of one name, for porcupine. A name is free or somebody's; somebody's it
// is until the last of her sessions has left it on purpose, or has been off it for
// the grace. When a session was off is not seen by anybody: it is bounded by what the
// record knows, see stay. So a step may find the name lost that may have been lost by
// the step's end, and must find it lost that was lost for sure before its beginning.
//
// What nobody was told is an operation that may have happened or not. It can only
// add a session to those that hold the name, so it never lets a name end earlier.

// rules are the laws that the model is held to, beside that of one owner. Whatever
// happens by more of them happens by fewer, so a history that keeps to all has kept
// to each.
type rules byte

const (
	noEarly  rules = 1 << iota // a name goes to nobody else before its grace is over
	noLate                     // and to anybody who asks after it
	lenient  rules = 0
	allRules       = noEarly | noLate
)

func (r rules) early() bool { return r&noEarly != 0 }
func (r rules) late() bool  { return r&noLate != 0 }

// step is one operation on the name.
type step struct {
	kind      stepKind
	op        record.Op
	stay      *stay // of enter, proof and leave
	from, by  time.Duration
	mayLinger bool    // of leave: it may have ended as a drop does
	back      []*stay // those that may be on the name again by the step, had they been off it
}

type stepKind int

const (
	enter   stepKind = iota + 1 // a session is on the name
	deny                        // it was refused, because it is another's
	proof                       // something was said under it
	leave                       // a session left it on purpose
	looking                     // somebody looked whose it is
)

// holding is the state of a name. Stays are in the order of their ids.
type holding struct {
	owner string // empty: free
	token uint64 // zero: not known
	top   uint64 // the largest known of those before
	stays []*stay
}

func (h holding) equal(o holding) bool {
	return h.owner == o.owner && h.token == o.token && h.top == o.top && slices.Equal(h.stays, o.stays)
}

func (h holding) hash() uint64 {
	const prime = 1_099_511_628_211
	sum := uint64(len(h.owner))
	for i := range len(h.owner) {
		sum = (sum ^ uint64(h.owner[i])) * prime
	}
	sum = ((sum^h.token)*prime ^ h.top) * prime
	for _, s := range h.stays {
		sum = (sum ^ uint64(s.id)) * prime
	}
	return sum
}

func (h holding) String() string {
	if h.owner == "" {
		return "free"
	}
	return short(h.owner) + " by " + strconv.Itoa(len(h.stays))
}

// model is that of one name.
type model struct {
	rules rules
	run   *record.Run
	now   time.Duration // by which steps are taken; zero: by no time that is known
}

// porcupine is the model as porcupine wants it, of a name that is in one of some
// states at first; it is free if none is given.
func (m model) porcupine(first ...holding) porcupine.Model {
	if len(first) == 0 {
		first = []holding{{}}
	}
	n := porcupine.NondeterministicModel{
		Init: func() (states []any) {
			for _, h := range unique(first) {
				states = append(states, h)
			}
			return states
		},
		Step: func(state, input, _ any) []any {
			var next []any
			for _, h := range m.step(state.(holding), input.(*step)) {
				next = append(next, h)
			}
			return next
		},
		Equal:             func(a, b any) bool { return a.(holding).equal(b.(holding)) },
		Hash:              func(a any) uint64 { return a.(holding).hash() },
		DescribeOperation: func(input, _ any) string { return input.(*step).String() },
		DescribeState:     func(a any) string { return fmt.Sprint(a) },
	}
	return n.ToModel()
}

// grace is how long a name is kept at least, by the rules.
func (m model) grace() time.Duration {
	if !m.rules.early() {
		return 0
	}
	return max(m.run.Grace-blur, 0)
}

// life is how long a session that does not end lives at least after a proof. Even
// without the law about time, nobody loses a name while her session is well.
func life(s *stay) time.Duration { return max(s.life-blur, 0) }

// mayBeOff and mustBeOff say whether a session is off the name when a step is taken.
func (m model) mayBeOff(s *stay, t *step) bool { return t.by >= s.lost(t.from, life(s)) }

func (m model) mustBeOff(s *stay, t *step) bool { return m.rules.late() && t.from > s.goneBy }

func (m model) mayBeFree(h holding, t *step) bool {
	return !slices.ContainsFunc(h.stays, func(s *stay) bool {
		return t.by < s.lost(t.from, life(s))+m.grace()
	})
}

func (m model) mustBeFree(h holding, t *step) bool {
	return m.rules.late() && !slices.ContainsFunc(h.stays, func(s *stay) bool { return !m.over(s, t) })
}

// over reports whether a session cannot hold the name any more.
func (m model) over(s *stay, t *step) bool {
	return s.goneBy != forever && t.from > s.overBy
}

func (h holding) freed() holding { return holding{top: max(h.top, h.token)} }

// views are the states that a name may be in when a step finds it.
func (m model) views(h holding, t *step) []holding {
	var views []holding
	switch {
	case h.owner == "":
		views = []holding{h}
	case m.mustBeFree(h, t):
		views = []holding{h.freed()}
	case m.mayBeFree(h, t):
		views = []holding{h, h.freed()}
	default:
		return []holding{h}
	}
	free := h.freed()
	for _, s := range t.back {
		if m.now > 0 && s.claim.Call > m.now {
			continue // nobody is on a name that they have not asked for yet
		}
		views = append(views, holding{owner: s.who, top: free.top, stays: []*stay{s}})
	}
	return views
}

func (m model) step(h holding, t *step) []holding {
	var next []holding
	for _, v := range m.views(h, t) {
		next = append(next, m.from(v, t)...)
	}
	if t.optional() {
		next = append(next, h)
	}
	over := func(s *stay) bool { return m.over(s, t) }
	for i := range next {
		if slices.ContainsFunc(next[i].stays, over) {
			next[i].stays = slices.DeleteFunc(slices.Clone(next[i].stays), over)
		}
	}
	return unique(next)
}

func (m model) from(h holding, t *step) []holding {
	switch t.kind {
	case enter:
		switch h.owner {
		case "":
			return []holding{{owner: t.stay.who, top: h.top, stays: []*stay{t.stay}}}
		case t.stay.who:
			return []holding{h.with(t.stay)}
		}
	case deny:
		if h.owner != "" && h.owner != t.op.Identity && (t.op.Owner == "" || t.op.Owner == h.owner) && m.stands(h, t) {
			return []holding{h}
		}
	case proof:
		if h.owner == t.stay.who {
			return []holding{h.with(t.stay)}
		}
	case leave:
		return m.leaves(h, t)
	case looking:
		return m.looks(h, t)
	}
	return nil
}

// leaves is a session's end on purpose: the name is free if no other is on it.
func (m model) leaves(h holding, t *step) []holding {
	if h.owner != t.stay.who {
		if t.mayLinger || m.mayBeOff(t.stay, t) {
			return []holding{h}
		}
		return nil
	}
	others := slices.DeleteFunc(slices.Clone(h.stays), func(s *stay) bool { return s == t.stay })
	var next []holding
	if !slices.ContainsFunc(others, func(s *stay) bool { return !m.mayBeOff(s, t) }) {
		next = append(next, h.freed())
	}
	if slices.ContainsFunc(others, func(s *stay) bool { return !m.mustBeOff(s, t) }) {
		left := h
		left.stays = others
		next = append(next, left)
	}
	if t.mayLinger {
		next = append(next, h)
	}
	return next
}

func (m model) looks(h holding, t *step) []holding {
	if h.owner != t.op.Owner {
		return nil
	}
	if h.owner == "" {
		return []holding{h}
	}
	token, err := strconv.ParseUint(t.op.Token, 10, 64)
	switch {
	case !m.stands(h, t):
		return nil
	case t.op.Token == "":
		return []holding{h}
	case err != nil, h.token == 0 && token <= h.top, h.token != 0 && h.token != token:
		return nil
	}
	h.token = token
	return []holding{h}
}

// stands reports whether held or grace, if that was told, can be.
func (m model) stands(h holding, t *step) bool {
	switch t.op.State {
	case "held":
		return len(h.stays) == 0 && !m.rules.late() || slices.ContainsFunc(h.stays, func(s *stay) bool { return !m.mustBeOff(s, t) })
	case "grace":
		return !slices.ContainsFunc(h.stays, func(s *stay) bool { return !m.mayBeOff(s, t) })
	}
	return true
}

func (h holding) with(s *stay) holding {
	if !slices.Contains(h.stays, s) {
		h.stays = append(slices.Clone(h.stays), s)
		slices.SortFunc(h.stays, func(a, b *stay) int { return cmp.Compare(a.id, b.id) })
	}
	return h
}

func unique(all []holding) []holding {
	var out []holding
	for _, h := range all {
		if !slices.ContainsFunc(out, h.equal) {
			out = append(out, h)
		}
	}
	return out
}

func (t *step) String() string {
	who := short(t.op.Identity)
	switch t.kind {
	case enter:
		return fmt.Sprintf("%s comes: %s", who, t.op.Outcome)
	case deny:
		return fmt.Sprintf("%s is refused: %s's, %s", who, short(t.op.Owner), t.op.State)
	case proof:
		return who + " says " + t.op.Text
	case leave:
		return fmt.Sprintf("%s leaves: %s", who, t.op.Outcome)
	}
	if t.op.Owner == "" {
		return "free"
	}
	return fmt.Sprintf("%s's, %s, token %s", short(t.op.Owner), t.op.State, t.op.Token)
}
