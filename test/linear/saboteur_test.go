package linear

import (
	"slices"
	"testing"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
)

// sound are histories of correct clusters, by their seeds: in each, most of what saboteurs
// need happens. What people do when depends on the machine.
var sound = map[uint64]*History{}

// recorded returns a copy of a history that no checker has anything against, with two
// nodes silent for so long that their leases are over.
func recorded(t *testing.T) *History { return recordedBy(t, 7) }

func recordedBy(t *testing.T, seed uint64) *History {
	t.Helper()
	h := sound[seed]
	for try := 0; h == nil; try++ {
		made := Run(t, Plan{Seed: seed, Nodes: 3, Length: 40 * time.Second, Steps: []Step{
			{At: time.Second, For: 16 * time.Second, Fault: "crash", Seed: 3},
			{At: 19 * time.Second, For: 8 * time.Second, Fault: "isolate leader", Seed: 4},
			{At: 30 * time.Second, For: 2 * time.Second, Fault: "flap", Seed: 5},
		}})
		found := Check(made)
		switch decided := func(f Finding) bool { return !f.Undecided }; {
		case len(found) == 0:
			h, sound[seed] = made, made
		case try == 3 || slices.ContainsFunc(found, decided): // else a busy machine decides some too late
			t.Fatalf("a sound history is found fault with: %v", found)
		}
	}
	c := *h
	c.Ops, c.Room = slices.Clone(h.Ops), slices.Clone(h.Room)
	for i := range c.Ops {
		c.Ops[i].Seen = slices.Clone(c.Ops[i].Seen)
	}
	c.Tales = slices.Clone(h.Tales)
	for i := range c.Tales {
		c.Tales[i].Lines = slices.Clone(c.Tales[i].Lines)
	}
	return &c
}

// caughtInSome fails unless the checker finds fault with one of the first histories, for
// what not every one has the evidence for.
func caughtInSome(t *testing.T, by string, sabotage func(*History)) {
	t.Helper()
	for seed := uint64(7); seed < 15; seed++ {
		h := recordedBy(t, seed)
		sabotage(h)
		for _, f := range Check(h) {
			if f.By == by {
				t.Logf("as it must, with seed %d: %v", seed, f)
				return
			}
		}
	}
	t.Errorf("in eight histories, %s found nothing", by)
}

// caught fails unless the checker finds fault with a history.
func caught(t *testing.T, h *History, by string) {
	t.Helper()
	found := Check(h)
	if got := checkers(found); !slices.Contains(got, by) {
		t.Errorf("found by %v, want %s", got, by)
	}
	for _, f := range found {
		if f.By == by {
			t.Log("as it must:", f)
			return
		}
	}
}

// some returns the middle one of the operations that fit.
func some(t *testing.T, h *History, fits func(*Op) bool) *Op {
	t.Helper()
	var all []*Op
	for i := range h.Ops {
		if fits(&h.Ops[i]) {
			all = append(all, &h.Ops[i])
		}
	}
	if len(all) == 0 {
		t.Fatal("the history has nothing to break")
	}
	return all[len(all)/2]
}

func posted(op *Op) bool { return op.Kind == Post && op.Outcome == OK }

// A reader that takes its node's word, and nodes that were cut off. This one is no
// mutation: the histories are what people with such a client would have seen.
func TestSaboteurStaleRead(t *testing.T) {
	h := Run(t, Plan{Seed: 11, Nodes: 3, Length: 30 * time.Second, StaleReads: true, Steps: []Step{
		{At: time.Second, For: 6 * time.Second, Fault: "isolate", Seed: 1},
		{At: 9 * time.Second, For: 6 * time.Second, Fault: "isolate leader", Seed: 2},
		{At: 17 * time.Second, For: 8 * time.Second, Fault: "crash", Seed: 3},
	}})
	caught(t, h, "room")
	caught(t, h, "names")
}

func TestSaboteurLosesAcceptedPost(t *testing.T) {
	h := recorded(t)
	op := some(t, h, posted)
	lost := func(l Line) bool { return l.Text == op.Text }
	h.Room = slices.DeleteFunc(h.Room, lost)
	for i := range h.Tales {
		h.Tales[i].Lines = slices.DeleteFunc(h.Tales[i].Lines, lost)
	}
	caught(t, h, "room")
}

func TestSaboteurDoublesPost(t *testing.T) {
	h := recorded(t)
	l := h.Room[len(h.Room)/2]
	l.ID = h.Room[len(h.Room)-1].ID
	l.ID.Sub++
	h.Room = append(h.Room, l)
	caught(t, h, "room")
}

func TestSaboteurSwapsPostsOnOneNode(t *testing.T) {
	h := recorded(t)
	lines := h.Tales[1].Lines
	lines[3], lines[4] = lines[4], lines[3]
	caught(t, h, "room")
}

// The swap is the same everywhere: only real time tells.
func TestSaboteurSwapsPostsOnAllNodes(t *testing.T) {
	h := recorded(t)
	i := slices.IndexFunc(h.Room, func(l Line) bool {
		op := some(t, h, func(op *Op) bool { return op.Kind == Post && op.Text == l.Text })
		next := slices.IndexFunc(h.Ops, func(o Op) bool {
			return o.Kind == Post && o.Outcome == OK && o.Call > op.Return && o.Who != op.Who && o.Text == after(h, l).Text
		})
		return op.Outcome == OK && next >= 0
	})
	a, b := h.Room[i], h.Room[i+1]
	swap := func(l *Line) {
		switch l.Text {
		case a.Text:
			*l = Line{a.ID, b.Who, b.Nick, b.Text}
		case b.Text:
			*l = Line{b.ID, a.Who, a.Nick, a.Text}
		}
	}
	for i := range h.Room {
		swap(&h.Room[i])
	}
	for _, tale := range h.Tales {
		for i := range tale.Lines {
			swap(&tale.Lines[i])
		}
	}
	for i := range h.Ops {
		swap(&h.Ops[i].Last)
		switch op := &h.Ops[i]; op.Text {
		case a.Text:
			op.Event = b.ID
		case b.Text:
			op.Event = a.ID
		}
	}
	caught(t, h, "room")
}

// after returns the line of the room that follows another.
func after(h *History, l Line) Line {
	i := slices.Index(h.Room, l)
	return h.Room[min(i+1, len(h.Room)-1)]
}

func TestSaboteurGrantsWhatAnotherHolds(t *testing.T) {
	h := recorded(t)
	op := some(t, h, func(op *Op) bool {
		return op.Kind == Take && op.Code == fsm.Taken && len(op.Seen) == 1 && op.Seen[0].State == lease.Held
	})
	op.Outcome, op.Code, op.Seen, op.Token = OK, 0, nil, 1_000_000
	caught(t, h, "names")
}

// handover returns a grant of a name to somebody else than had it before, and the token
// of that.
func handover(t *testing.T, h *History) (op *Op, before id.Token) {
	t.Helper()
	op = some(t, h, func(op *Op) bool { return op.Kind == Take && op.Outcome == OK && earlier(h, *op) != 0 })
	return op, earlier(h, *op)
}

// earlier returns the newest token of another identity for the name, before op's.
func earlier(h *History, op Op) (token id.Token) {
	var who id.Identity
	for _, o := range h.Ops {
		if o.Kind == Take && o.Outcome == OK && o.Name == op.Name && o.Token < op.Token && o.Token > token {
			token, who = o.Token, o.Who
		}
	}
	if who == op.Who {
		return 0
	}
	return token
}

// retoken replaces tokens wherever anybody saw them.
func retoken(h *History, by map[id.Token]id.Token) {
	change := func(t *id.Token) {
		if to, ok := by[*t]; ok {
			*t = to
		}
	}
	for i := range h.Ops {
		change(&h.Ops[i].Token)
		for j := range h.Ops[i].Seen {
			change(&h.Ops[i].Seen[j].Token)
		}
	}
}

func TestSaboteurRepeatsToken(t *testing.T) {
	h := recorded(t)
	op, before := handover(t, h)
	retoken(h, map[id.Token]id.Token{op.Token: before})
	caught(t, h, "names")
	caught(t, h, "tokens")
}

// Each name's tokens still rise: only names together tell.
func TestSaboteurGrantsTokensThatFall(t *testing.T) {
	h := recorded(t)
	first := some(t, h, func(op *Op) bool { return op.Kind == Take && op.Outcome == OK })
	later := some(t, h, func(op *Op) bool {
		return op.Kind == Take && op.Outcome == OK && op.Name != first.Name && op.Token > first.Token+3
	})
	retoken(h, map[id.Token]id.Token{first.Token: later.Token, later.Token: first.Token})
	caught(t, h, "tokens")
}

// The cluster's ttl was three seconds: to those who were promised more, its leases end early.
func TestSaboteurEndsLeasesEarly(t *testing.T) {
	caughtInSome(t, "names", func(h *History) { h.TTL = 5 * time.Second })
	caughtInSome(t, "names", func(h *History) { h.Grace = 4 * time.Second })
}

func TestSaboteurEndsLeaseLate(t *testing.T) {
	h := recorded(t)
	dead := h.Silences[0]
	var session id.Session
	var was Seen
	for _, op := range h.Ops {
		if op.Kind == Take && op.Outcome == OK && op.Node == dead.Node && op.Process == dead.Process && op.Session.Incarnation != 0 {
			session, was = op.Session, Seen{Name: op.Name, State: lease.Held, Owner: op.Who, Token: op.Token, Live: []id.Session{op.Session}, Whole: true}
		}
	}
	read := some(t, h, func(op *Op) bool {
		return op.Kind == Read && op.Outcome == OK && op.At > dead.From+13*time.Second && op.Done < dead.From+16*time.Second
	})
	if session == (id.Session{}) {
		t.Fatal("nobody was on the node that died")
	}
	i := slices.IndexFunc(read.Seen, func(s Seen) bool { return s.Name == was.Name })
	read.Seen[i] = was
	caught(t, h, "late")
}

func TestSaboteurKeepsGraceTooLong(t *testing.T) {
	keep := func(h *History) {
		read := some(t, h, func(op *Op) bool {
			return op.Kind == Read && op.Outcome == OK && slices.ContainsFunc(op.Seen, func(s Seen) bool { return s.State == lease.Grace })
		})
		read.Clock = read.Clock.Add(span(grace + slack + time.Second))
	}
	h := recorded(t)
	keep(h)
	caught(t, h, "late")
	caughtInSome(t, "names", keep)
}

func TestSaboteurAcceptsPostOfADeadSession(t *testing.T) {
	h := recorded(t)
	op := some(t, h, func(op *Op) bool { return op.Kind == Stale && op.Outcome == Refused })
	op.Outcome, op.Code = OK, 0
	caught(t, h, "room")

	h = recorded(t)
	op = some(t, h, func(op *Op) bool { return op.Kind == Stale && op.Outcome == Refused })
	last := h.Room[len(h.Room)-1].ID
	last.Sub++
	h.Room = append(h.Room, Line{last, op.Who, op.Name, op.Text})
	caught(t, h, "room")
}

// The same to somebody who had not left, as far as the client knew: the name tells.
func TestSaboteurAcceptsPostAfterLeaving(t *testing.T) {
	h := recorded(t)
	left := some(t, h, func(op *Op) bool {
		return op.Kind == Leave && op.Outcome == OK && len(op.From) == 1 &&
			slices.ContainsFunc(h.Ops, func(o Op) bool { return o.Kind == Post && o.Outcome == OK && o.Seat == op.Seat && o.Name == op.From[0] })
	})
	post := some(t, h, func(o *Op) bool {
		return o.Kind == Post && o.Outcome == OK && o.Seat == left.Seat && o.Name == left.From[0]
	})
	post.Call, post.Return, post.At, post.Done = left.Return, left.Return, left.Done, left.Done
	left.Return = left.Call // so that one comes after the other
	caught(t, h, "names")
}

func TestSaboteurDoesNothing(t *testing.T) {
	caught(t, Run(t, Plan{Seed: 1, Nodes: 3, Length: 10 * time.Second}), "effort")
}
