package linear

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
)

// hold is one name in the model: who owns it, under which token, and who sits on it.
// It is compared with ==.
type hold struct {
	owner id.Identity // empty: the name is free
	token id.Token    // zero: granted by something unknown
	last  id.Token    // every later grant has a larger one
	seats seating
	at    time.Duration // what led here took until then at least
	// Nobody sits on the name, and it has an owner:
	graceLow  time.Duration // its grace did not begin before
	graceHigh id.Time       // and it had begun by then, in cluster time
}

// seating is the operations that put live sessions on a name, in order.
type seating string

const width = 4 // bytes of an operation's number in a seating

func (s seating) list() []int {
	var ids []int
	for i := 0; i < len(s); i += width {
		ids = append(ids, int(s[i])<<24|int(s[i+1])<<16|int(s[i+2])<<8|int(s[i+3]))
	}
	return ids
}

func seatingOf(ids []int) seating {
	slices.Sort(ids)
	var b []byte
	for _, i := range ids {
		b = append(b, byte(i>>24), byte(i>>16), byte(i>>8), byte(i))
	}
	return seating(b)
}

// role says what an operation does to one of the names it touches.
type role byte

const (
	takes  role = iota + 1 // Take and Again, on the name wanted
	parts                  // Take, on the name it leaves; Leave
	speaks                 // Post
	reads                  // Read
)

// step is one operation's part on one name: the input of the model.
type step struct {
	op   Op
	role role
	seen *Seen
}

// names is the model of ownership, for one history.
type names struct {
	b   *bounds
	ops map[int]Op
}

// checkNames returns, for each name whose history no correct cluster could have, what
// porcupine has found.
func checkNames(h *History, limit time.Duration) []Finding {
	m := &names{b: newBounds(h), ops: map[int]Op{}}
	for _, op := range h.Ops {
		m.ops[op.ID] = op
	}
	var found []Finding
	for name, ops := range m.partition(h) {
		model := m.model(name)
		result, info := porcupine.CheckOperationsVerbose(model, ops, limit)
		if result == porcupine.Ok {
			continue
		}
		what := fmt.Sprintf("no order of the %d operations on %s keeps the laws", len(ops), name)
		if result == porcupine.Unknown {
			what = fmt.Sprintf("the %d operations on %s could not be checked within %v", len(ops), name, limit)
		}
		found = append(found, Finding{By: "names", What: what, Undecided: result == porcupine.Unknown, Draw: func(path string) error {
			return porcupine.VisualizePath(model, info, path)
		}, Name: name})
	}
	slices.SortFunc(found, func(a, b Finding) int { return cmp.Compare(a.Name, b.Name) })
	return found
}

// partition gives every name the operations that touch it.
func (m *names) partition(h *History) map[string][]porcupine.Operation {
	parted := map[string][]porcupine.Operation{}
	add := func(name string, op Op, r role, seen *Seen) {
		end := op.Return
		if op.Outcome == Unknown {
			end, op.Done = m.b.settled(op)
		}
		parted[name] = append(parted[name], porcupine.Operation{
			ClientId: op.Lane, Input: step{op, r, seen}, Call: op.Call, Return: max(end, op.Call),
		})
	}
	for _, op := range h.Ops {
		switch op.Kind {
		case Take, Again:
			switch {
			case op.Outcome == OK, op.Outcome == Unknown:
				add(op.Name, op, takes, nil)
				for _, from := range op.From {
					if from != op.Name {
						add(from, op, parts, nil)
					}
				}
			case op.Code == fsm.Taken:
				add(op.Name, op, takes, nil)
			}
		case Leave:
			for _, from := range op.From {
				if op.Outcome == OK || op.Outcome == Unknown || op.Code == fsm.NoSession {
					add(from, op, parts, nil)
				}
			}
		case Post:
			if op.Name != "" && (op.Outcome == OK || op.Code == fsm.NoSession || op.Code == fsm.Fenced) {
				add(op.Name, op, speaks, nil)
			}
		case Read:
			for i := range op.Seen {
				if op.Outcome == OK {
					add(op.Seen[i].Name, op, reads, &op.Seen[i])
				}
			}
		}
	}
	return parted
}

func (m *names) model(name string) porcupine.Model {
	nm := porcupine.NondeterministicModel{
		Init: func() []any { return []any{hold{}} },
		Step: func(state, input, _ any) []any {
			var next []any
			s := input.(step)
			for _, h := range m.pass(state.(hold), s.op.Done) {
				for _, after := range m.apply(h, s) {
					if after.at = max(after.at, s.op.At); after.at <= s.op.Done {
						next = append(next, after)
					}
				}
			}
			return next
		},
		DescribeOperation: func(input, _ any) string { return input.(step).op.brief() },
		DescribeState:     func(state any) string { return name + " " + m.describe(state.(hold)) },
	}
	return nm.ToModel()
}

// pass returns all that a name may have become when time has passed until then, and
// nothing else has happened: nodes' leases over, then grace over.
func (m *names) pass(h hold, until time.Duration) []hold {
	all := []hold{h}
	for i := 0; i < len(all); i++ {
		now := all[i]
		if now.owner == "" {
			continue
		}
		if now.seats == "" {
			if over := now.graceLow + m.b.h.Grace; over <= until {
				all = append(all, hold{last: now.last, at: max(now.at, over)})
			}
			continue
		}
		tried := map[id.Incarnation]bool{}
		for _, seat := range now.seats.list() {
			op := m.ops[seat]
			if op.Inc != 0 && tried[op.Inc] {
				continue
			}
			tried[op.Inc] = true
			after, low := m.lapse(now, op)
			if low <= until && !slices.Contains(all, after) {
				all = append(all, after)
			}
		}
	}
	return all
}

// lapse ends the incarnation that op's session is under, and returns when that can
// have been at the earliest.
func (m *names) lapse(h hold, op Op) (hold, time.Duration) {
	var stay []int
	low := time.Duration(0)
	for _, seat := range h.seats.list() {
		if o := m.ops[seat]; seat == op.ID || op.Inc != 0 && o.Inc == op.Inc {
			low = max(low, m.b.low(o))
			continue
		}
		stay = append(stay, seat)
	}
	h.seats = seatingOf(stay)
	h.at = max(h.at, low)
	h.graceLow, h.graceHigh = max(h.graceLow, low), math.MaxInt64
	return h, low
}

// apply returns what a name may be after an operation; nothing, if it cannot be that
// the operation came out as it did.
func (m *names) apply(h hold, s step) []hold {
	if s.op.answered() && slices.ContainsFunc(h.seats.list(), func(i int) bool {
		o := m.ops[i]
		return o.Node == s.op.Node && o.Process < s.op.Process
	}) {
		return nil // the process before had ended when this one's registration was applied
	}
	switch s.role {
	case takes:
		return m.take(h, s.op)
	case parts:
		return m.part(h, s.op)
	case speaks:
		return m.speak(h, s.op)
	case reads:
		return m.read(h, s.op, *s.seen)
	}
	return nil
}

func (m *names) take(h hold, op Op) []hold {
	mine := h.owner == "" || h.owner == op.Who
	switch op.Outcome {
	case Unknown:
		if !mine {
			return []hold{h}
		}
		return []hold{h, m.sit(h, op)}
	case Refused:
		if mine {
			return nil
		}
		for _, seen := range op.Seen {
			if seen.Name == op.Name {
				return m.read(h, op, seen)
			}
		}
		return []hold{h}
	}
	if !mine {
		return nil
	}
	was := h.owner
	h = m.sit(h, op)
	if was != "" && h.token != 0 {
		if op.Token != h.token {
			return nil
		}
		return []hold{h}
	}
	return bind(h, op.Token)
}

// sit puts op's session on a name that is free or its identity's. What the same seat
// had under an earlier incarnation of its node had ended.
func (m *names) sit(h hold, op Op) hold {
	if h.owner == "" {
		h.token = 0
	}
	h.owner = op.Who
	stay := slices.DeleteFunc(h.seats.list(), func(i int) bool { return m.ops[i].Seat == op.Seat })
	h.seats = seatingOf(append(stay, op.ID))
	h.graceLow, h.graceHigh = 0, 0
	return h
}

// bind notes the token of a grant that was unknown until now.
func bind(h hold, token id.Token) []hold {
	if token <= h.last {
		return nil
	}
	h.token, h.last = token, token
	return []hold{h}
}

func (m *names) part(h hold, op Op) []hold {
	rest := slices.DeleteFunc(h.seats.list(), func(i int) bool { return m.ops[i].Seat == op.Seat })
	there := len(rest) < len(h.seats)/width
	after := h
	after.seats = seatingOf(rest)
	if len(rest) == 0 {
		if op.Quit || op.Kind != Leave {
			after = hold{last: h.last, at: h.at}
		} else {
			after.graceLow, after.graceHigh = max(h.graceLow, op.At), op.Clock
			if op.Outcome == Unknown {
				after.graceHigh = math.MaxInt64
			}
		}
	}
	sure := op.Sure || op.Kind == Leave && len(op.From) == 1
	switch {
	case op.Outcome == Unknown && there:
		return []hold{h, after}
	case op.Outcome == Unknown, op.Outcome == OK && !there && !sure, op.Outcome == Refused && !there:
		return []hold{h}
	case op.Outcome == OK && there:
		return []hold{after}
	}
	return nil
}

// speak holds a post against the name: it is accepted from a live session under the
// name's token, and from nobody else.
func (m *names) speak(h hold, op Op) []hold {
	at := slices.IndexFunc(h.seats.list(), func(i int) bool {
		o := m.ops[i]
		return o.Seat == op.Seat && (o.Inc == 0 || o.Inc == op.Inc)
	})
	if op.Outcome == Refused {
		if at >= 0 && (op.Code == fsm.NoSession || h.token == op.Token) {
			return nil
		}
		return []hold{h}
	}
	if at < 0 {
		return nil
	}
	if ids := h.seats.list(); m.ops[ids[at]].Inc == 0 { // now it is known what it is under
		ids[at] = op.ID
		h.seats = seatingOf(ids)
	}
	if h.token == 0 {
		return bind(h, op.Token)
	}
	if h.token != op.Token {
		return nil
	}
	return []hold{h}
}

// read holds what somebody was shown against the name.
func (m *names) read(h hold, op Op, s Seen) []hold {
	if s.State == lease.Free {
		if h.owner != "" {
			return nil
		}
		return []hold{h}
	}
	live := len(h.seats) / width
	switch {
	case s.Owner != h.owner,
		(s.State == lease.Held) != (live > 0),
		s.Whole && len(s.Live) != live:
		return nil
	case s.State == lease.Grace && op.Kind == Read && h.graceHigh != math.MaxInt64 && op.Clock > h.graceHigh.Add(span(m.b.h.Grace+slack)):
		return nil
	}
	if h.token == 0 {
		return bind(h, s.Token)
	}
	if h.token != s.Token {
		return nil
	}
	return []hold{h}
}

func (m *names) describe(h hold) string {
	if h.owner == "" {
		return fmt.Sprintf("is free (last token %d)", h.last)
	}
	var on []string
	for _, i := range h.seats.list() {
		on = append(on, fmt.Sprintf("seat %d by #%d", m.ops[i].Seat, i))
	}
	if len(on) == 0 {
		return fmt.Sprintf("is in grace for %s under %d, from %.3fs at the earliest", h.owner, h.token, h.graceLow.Seconds())
	}
	return fmt.Sprintf("is held by %s under %d: %s", h.owner, h.token, strings.Join(on, ", "))
}
