package verdict

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
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

// rules are the laws that the model is held to.
type rules struct {
	early bool // a name goes to nobody else before its grace is over
	late  bool // and to anybody who asks after it
}

// step is one operation on the name.
type step struct {
	kind      stepKind
	op        record.Op
	stay      *stay // of enter, proof and leave
	from, by  time.Duration
	mayLinger bool // of leave: it may have ended as a drop does
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
	f := fnv.New64a()
	fmt.Fprint(f, h.owner, h.token, h.top)
	for _, s := range h.stays {
		fmt.Fprint(f, " ", s.id)
	}
	return f.Sum64()
}

func (h holding) String() string {
	if h.owner == "" {
		return "free"
	}
	return short(h.owner) + " by " + strconv.Itoa(len(h.stays))
}

// model is that of one name, with all that was ever on it.
type model struct {
	rules rules
	run   *record.Run
	clock clock
	all   []*stay
}

func (m model) porcupine() porcupine.Model {
	n := porcupine.NondeterministicModel{
		Init: func() []any { return []any{holding{}} },
		Step: func(state, input, _ any) []any {
			var next []any
			for _, h := range m.step(state.(holding), input.(step)) {
				next = append(next, h)
			}
			return next
		},
		Equal:             func(a, b any) bool { return a.(holding).equal(b.(holding)) },
		Hash:              func(a any) uint64 { return a.(holding).hash() },
		DescribeOperation: func(input, _ any) string { return input.(step).String() },
		DescribeState:     func(a any) string { return fmt.Sprint(a) },
	}
	return n.ToModel()
}

// grace is how long a name is kept at least, by the rules.
func (m model) grace() time.Duration {
	if !m.rules.early {
		return 0
	}
	return max(m.run.Grace-blur, 0)
}

// life is how long a session that does not end lives at least after a proof. Even
// without the law about time, nobody loses a name while her session is well.
func (m model) life(s *stay) time.Duration { return max(s.life-blur, 0) }

// mayBeOff and mustBeOff say whether a session is off the name when a step is taken.
func (m model) mayBeOff(s *stay, t step) bool { return t.by >= s.lost(t.from, m.life(s)) }

func (m model) mustBeOff(s *stay, t step) bool { return m.rules.late && t.from > s.goneBy }

func (m model) mayBeFree(h holding, t step) bool {
	return !slices.ContainsFunc(h.stays, func(s *stay) bool {
		return t.by < s.lost(t.from, m.life(s))+m.grace()
	})
}

func (m model) mustBeFree(h holding, t step) bool {
	return m.rules.late && !slices.ContainsFunc(h.stays, func(s *stay) bool { return !m.over(s, t) })
}

// over reports whether a session cannot hold the name any more.
func (m model) over(s *stay, t step) bool {
	return s.goneBy != forever && t.from > m.clock.after(s.goneBy, m.run.Grace+settleMost)
}

func (h holding) freed() holding { return holding{top: max(h.top, h.token)} }

// views are the states that a name may be in when a step finds it.
func (m model) views(h holding, t step) []holding {
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
	// A session that is open on a node that was cut off comes back by itself.
	free := h.freed()
	for _, s := range m.all {
		if s.claim.Call <= t.by && s.goneBy >= t.from && s.lost(t.from, m.life(s)) <= t.by {
			views = append(views, holding{owner: s.who, top: free.top, stays: []*stay{s}})
		}
	}
	return views
}

func (m model) step(h holding, t step) []holding {
	var next []holding
	for _, v := range m.views(h, t) {
		next = append(next, m.from(v, t)...)
	}
	if t.op.Outcome == record.Unknown && (t.kind == enter || t.kind == leave) {
		next = append(next, h)
	}
	for i := range next {
		next[i].stays = slices.DeleteFunc(slices.Clone(next[i].stays), func(s *stay) bool { return m.over(s, t) })
	}
	return unique(next)
}

func (m model) from(h holding, t step) []holding {
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
func (m model) leaves(h holding, t step) []holding {
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

func (m model) looks(h holding, t step) []holding {
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
func (m model) stands(h holding, t step) bool {
	switch t.op.State {
	case "held":
		return len(h.stays) == 0 && !m.rules.late || slices.ContainsFunc(h.stays, func(s *stay) bool { return !m.mustBeOff(s, t) })
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

func (t step) String() string {
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

// steps are the operations on each name.
func steps(run *record.Run, c clock, all map[string][]*stay) map[string][]step {
	by := map[string][]step{}
	bySeat := map[string]map[seat]*stay{}
	claims := map[int]*stay{}
	for name, list := range all {
		bySeat[name] = map[seat]*stay{}
		for _, s := range list {
			claims[s.claim.ID] = s
		}
	}
	ops := slices.Clone(run.Ops)
	slices.SortStableFunc(ops, func(a, b record.Op) int { return cmp.Compare(a.Call, b.Call) })
	add := func(name string, t step) {
		t.from, t.by = t.op.Call, t.op.Return
		if t.by == 0 || t.op.Outcome == record.Unknown {
			t.by = forever
			if t.stay != nil {
				t.by = max(t.stay.goneBy, t.from)
			}
		}
		by[name] = append(by[name], t)
	}
	linger := func(op record.Op) bool { return c.nodeFault(op.Call-run.TTL-run.Silence, max(op.Return, op.Call)) }
	for _, op := range ops {
		at := seat{op.Client, op.Session}
		switch op.Kind {
		case record.Claim:
			if op.Left != "" && (op.Outcome == record.OK || op.Outcome == record.Unknown) {
				if s := bySeat[op.Left][at]; s != nil {
					add(op.Left, step{kind: leave, op: op, stay: s})
				}
			}
			switch {
			case claims[op.ID] != nil:
				bySeat[op.Name][at] = claims[op.ID]
				add(op.Name, step{kind: enter, op: op, stay: claims[op.ID]})
			case op.Outcome == record.Refused && op.State != "limit":
				add(op.Name, step{kind: deny, op: op})
			}
		case record.Post:
			if s := bySeat[op.Name][at]; s != nil && op.Outcome == record.OK {
				add(op.Name, step{kind: proof, op: op, stay: s})
			}
		case record.Quit:
			if s := bySeat[op.Name][at]; s != nil {
				add(op.Name, step{kind: leave, op: op, stay: s, mayLinger: linger(op)})
			}
		case record.Read:
			if op.Outcome == record.OK {
				add(op.Name, step{kind: looking, op: op})
			}
		}
	}
	return by
}

// check holds every name to the rules. It returns the names that break them, in
// order, with what broke them, and those that could not be decided in time.
func check(run *record.Run, r rules, within time.Duration, artifacts string) (broken []breach, undecided []string, ops int) {
	c := newClock(run)
	all := stays(run, c)
	by := steps(run, c, all)
	names := make([]string, 0, len(by))
	for name := range by {
		names = append(names, name)
	}
	slices.Sort(names)
	deadline := time.Now().Add(within)
	for _, name := range names {
		m := model{rules: r, run: run, clock: c, all: all[name]}.porcupine()
		history := make([]porcupine.Operation, 0, len(by[name]))
		for _, t := range by[name] {
			history = append(history, porcupine.Operation{
				ClientId: t.op.Client, Input: t, Call: int64(t.from), Return: int64(t.by),
			})
		}
		ops += len(history)
		left := max(time.Until(deadline), time.Second)
		switch result, info := porcupine.CheckOperationsVerbose(m, history, left); result {
		case porcupine.Unknown:
			undecided = append(undecided, name)
		case porcupine.Illegal:
			b := breach{name: name, first: culprit(history, info)}
			if artifacts != "" && len(broken) < 4 {
				b.picture = strings.Join([]string{"ownership", name, r.String()}, "-") + ".html"
				if porcupine.VisualizePath(m, info, artifacts+"/"+b.picture) != nil {
					b.picture = ""
				}
			}
			broken = append(broken, b)
		}
	}
	return broken, undecided, ops
}

func (r rules) String() string {
	switch {
	case r.early:
		return "early"
	case r.late:
		return "late"
	}
	return "one"
}

// breach is a name whose history cannot be.
type breach struct {
	name, picture string
	first         step // that has no place in the longest history that can be
}

// culprit is the first operation that the longest possible history has no place for.
func culprit(history []porcupine.Operation, info porcupine.LinearizationInfo) step {
	var longest []int
	for _, part := range info.PartialLinearizations() {
		for _, l := range part {
			if len(l) > len(longest) {
				longest = l
			}
		}
	}
	in := map[int]bool{}
	for _, i := range longest {
		in[i] = true
	}
	best := -1
	for i, op := range history {
		if !in[i] && (best < 0 || op.Return < history[best].Return) {
			best = i
		}
	}
	if best < 0 {
		return step{}
	}
	return history[best].Input.(step)
}

func short(who string) string {
	who = strings.TrimPrefix(who, "SHA256:")
	return who[:min(len(who), 8)]
}
