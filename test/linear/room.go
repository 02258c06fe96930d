package linear

import (
	"cmp"
	"fmt"
	"slices"
)

// checkRoom holds the room, as everybody has it in the end, against what its authors
// were told, what readers were shown, and what each process applied in which order.
// The room's own order is the only one that can be the order of a correct run, so no
// search is needed: each operation must fit it.
func checkRoom(h *History) []Finding {
	r := &roomCheck{h: h, at: map[string]int{}}
	for i, l := range h.Room {
		if first, twice := r.at[l.Text]; twice {
			r.find("%q is said twice, as line %d and as line %d", l.Text, first, i)
			continue
		}
		r.at[l.Text] = i
		if i > 0 && h.Room[i-1].ID.Compare(l.ID) >= 0 {
			r.find("line %d, %q, has not a later place in the log than the line before it", i, l.Text)
		}
	}
	r.posts()
	r.order()
	r.reads()
	r.tales()
	return r.found
}

type roomCheck struct {
	h     *History
	at    map[string]int // the place of a text in the room
	found []Finding
}

func (r *roomCheck) find(format string, args ...any) {
	r.found = append(r.found, Finding{By: "room", What: fmt.Sprintf(format, args...)})
}

// posts holds every post against its outcome.
func (r *roomCheck) posts() {
	known := map[string]bool{}
	for _, op := range r.h.Ops {
		if op.Kind != Post && op.Kind != Stale {
			continue
		}
		known[op.Text] = true
		place, there := r.at[op.Text]
		switch {
		case op.Kind == Stale && op.Outcome == OK:
			r.find("%q was accepted from a session, or under a token, of the past (#%d)", op.Text, op.ID)
		case op.Outcome == OK && !there:
			r.find("%q was accepted and is gone (#%d)", op.Text, op.ID)
		case there && op.Kind == Stale:
			r.find("%q is in the room, from a session, or under a token, of the past (#%d)", op.Text, op.ID)
		case there && (op.Outcome == Refused || op.Outcome == Unsent):
			r.find("%q is in the room, and its author was told that it is %v (#%d)", op.Text, op.Outcome, op.ID)
		case op.Outcome == OK && r.h.Room[place].ID != op.Event:
			r.find("%q was accepted as event %v and is event %v (#%d)", op.Text, op.Event, r.h.Room[place].ID, op.ID)
		case there && r.h.Room[place].Who != op.Who:
			r.find("%q is %s's and stands there as %s's (#%d)", op.Text, op.Who, r.h.Room[place].Who, op.ID)
		case there && op.Outcome == OK && op.Name != "" && r.h.Room[place].Nick != op.Name:
			r.find("%q was said as %s and stands there as %s's (#%d)", op.Text, op.Name, r.h.Room[place].Nick, op.ID)
		}
	}
	for _, l := range r.h.Room {
		if !known[l.Text] {
			r.find("%q is in the room and nobody has said it", l.Text)
		}
	}
}

// order holds the room's order against real time, and against the order in which each
// seat spoke, whether it waited for answers or not.
func (r *roomCheck) order() {
	var said []Op
	spoken := map[int]Op{} // the newest line of each seat so far
	for _, op := range r.h.Ops {
		if _, there := r.at[op.Text]; op.Kind == Post && there {
			said = append(said, op)
		}
	}
	slices.SortFunc(said, func(a, b Op) int { return cmp.Compare(a.Call, b.Call) })
	for _, op := range said {
		last, any := spoken[op.Seat]
		if any && r.at[last.Text] > r.at[op.Text] {
			r.find("%q stands before %q, which its author said first (#%d, #%d)", op.Text, last.Text, op.ID, last.ID)
		}
		spoken[op.Seat] = op
	}
	slices.SortFunc(said, func(a, b Op) int { return cmp.Compare(r.at[a.Text], r.at[b.Text]) })
	var newest Op // of the lines so far, the one that was called last
	for _, op := range said {
		if op.Return < newest.Call {
			r.find("%q was accepted before %q was said, and stands after it (#%d, #%d)", op.Text, newest.Text, op.ID, newest.ID)
		}
		if op.Call > newest.Call {
			newest = op
		}
	}
}

// reads holds every read against what was accepted before it, and said after it, and
// against other reads.
func (r *roomCheck) reads() {
	type event struct {
		order int64
		size  int // of the room, at least, from then on
		op    Op
	}
	var least, most []event // by what has returned; by what is not yet called
	for _, op := range r.h.Ops {
		place, there := r.at[op.Text]
		switch {
		case op.Kind == Post && op.Outcome == OK && there:
			least = append(least, event{op.Return, place + 1, op})
		case op.Kind == Read && op.Outcome == OK:
			least = append(least, event{op.Return, op.Said, op})
		}
		if op.Kind == Post && there {
			most = append(most, event{op.Call, place, op})
		}
	}
	slices.SortFunc(least, func(a, b event) int { return cmp.Compare(a.order, b.order) })
	for i := 1; i < len(least); i++ {
		if least[i].size < least[i-1].size {
			least[i].size, least[i].op = least[i-1].size, least[i-1].op
		}
	}
	slices.SortFunc(most, func(a, b event) int { return cmp.Compare(a.order, b.order) })
	for i := len(most) - 2; i >= 0; i-- {
		if most[i].size > most[i+1].size {
			most[i].size, most[i].op = most[i+1].size, most[i+1].op
		}
	}
	before := func(x event, order int64) int { return cmp.Compare(x.order, order) }
	for _, op := range r.h.Ops {
		if op.Kind != Read || op.Outcome != OK {
			continue
		}
		if op.Said > len(r.h.Room) || op.Said > 0 && r.h.Room[op.Said-1] != op.Last {
			r.find("a read through %s showed %d lines, the last %q, which the room never had (#%d)", op.Node, op.Said, op.Last.Text, op.ID)
			continue
		}
		if i, _ := slices.BinarySearchFunc(least, op.Call, before); i > 0 && least[i-1].size > op.Said {
			r.find("a read through %s showed %d lines, though %d were there before it began: see #%d (#%d)", op.Node, op.Said, least[i-1].size, least[i-1].op.ID, op.ID)
		}
		if i, _ := slices.BinarySearchFunc(most, op.Return, before); i < len(most) && most[i].size < op.Said {
			r.find("a read through %s showed line %d, which was said after it had returned: see #%d (#%d)", op.Node, most[i].size, most[i].op.ID, op.ID)
		}
	}
}

// tales holds what each process applied against the room: a part of it, in its order,
// without a gap.
func (r *roomCheck) tales() {
	for _, t := range r.h.Tales {
		if len(t.Lines) == 0 {
			continue
		}
		first, there := r.at[t.Lines[0].Text]
		if !there {
			r.find("%s/%d applied %q, which the room has not", t.Node, t.Process, t.Lines[0].Text)
			continue
		}
		for i, l := range t.Lines {
			if first+i >= len(r.h.Room) || r.h.Room[first+i] != l {
				r.find("%s/%d applied %q in another place than others: as line %d", t.Node, t.Process, l.Text, first+i)
				break
			}
		}
	}
}
