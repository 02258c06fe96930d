package lease

import (
	"cmp"
	"container/heap"
	"slices"

	"moniker/fsm/id"
)

// index is what can be worked out from the rows and is kept so that nobody has
// to: it is in no snapshot, and rebuild makes it anew.
type index struct {
	looks   map[string][]string          // skeleton -> keys of the names that have it, in byte order
	owned   map[id.Identity][]string     // -> keys of their names, in byte order
	at      map[id.Identity][]id.Session // -> their sessions, in order
	carried map[id.Incarnation]map[uint64]struct{}
	guests  map[id.Session]struct{} // the sessions of guests
	ended   []ending                // incarnations to be cleaned up after, in the order they ended
	graces  graceHeap
}

// ending is an ended incarnation's sessions that may still be there, in order.
type ending struct {
	at    id.Time
	inc   id.Incarnation
	queue []uint64
}

func newIndex() index {
	return index{
		looks:   map[string][]string{},
		owned:   map[id.Identity][]string{},
		at:      map[id.Identity][]id.Session{},
		carried: map[id.Incarnation]map[uint64]struct{}{},
		guests:  map[id.Session]struct{}{},
	}
}

// rebuild makes the index anew from the rows.
func (t *Table) rebuild() {
	t.ix = newIndex()
	for _, s := range t.sessions.Sorted() {
		t.ix.addSession(s)
	}
	for _, r := range t.names.Sorted() {
		t.ix.addName(r.Name)
		if len(r.Sessions) == 0 {
			t.ix.graces.push(r.ends(), r.Key())
		}
	}
	for _, i := range t.incarnations.Sorted() {
		if i.Ended {
			t.ix.addEnding(i)
		}
	}
}

func (x *index) addSession(s Session) {
	x.at[s.Identity] = insert(x.at[s.Identity], s.ID, id.Session.Compare)
	c := x.carried[s.ID.Incarnation]
	if c == nil {
		c = map[uint64]struct{}{}
		x.carried[s.ID.Incarnation] = c
	}
	c[s.ID.Number] = struct{}{}
	if s.Identity.Guest() {
		x.guests[s.ID] = struct{}{}
	}
}

func (x *index) removeSession(s Session) {
	if rest := remove(x.at[s.Identity], s.ID, id.Session.Compare); len(rest) > 0 {
		x.at[s.Identity] = rest
	} else {
		delete(x.at, s.Identity)
	}
	delete(x.guests, s.ID)
	delete(x.carried[s.ID.Incarnation], s.ID.Number)
	if len(x.carried[s.ID.Incarnation]) == 0 {
		delete(x.carried, s.ID.Incarnation)
	}
}

// guestsAt returns the sessions of guests that inc carries, in order.
func (x *index) guestsAt(inc id.Incarnation) (all []id.Session) {
	for s := range x.guests {
		if s.Incarnation == inc {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, id.Session.Compare)
	return all
}

func (x *index) addName(n Name) {
	x.owned[n.Owner] = insert(x.owned[n.Owner], n.Nick.Key, cmp.Compare[string])
	for _, sk := range n.Skeletons {
		x.looks[sk] = insert(x.looks[sk], n.Nick.Key, cmp.Compare[string])
	}
}

func (x *index) removeName(n Name) {
	if rest := remove(x.owned[n.Owner], n.Nick.Key, cmp.Compare[string]); len(rest) > 0 {
		x.owned[n.Owner] = rest
	} else {
		delete(x.owned, n.Owner)
	}
	for _, sk := range n.Skeletons {
		if rest := remove(x.looks[sk], n.Nick.Key, cmp.Compare[string]); len(rest) > 0 {
			x.looks[sk] = rest
		} else {
			delete(x.looks, sk)
		}
	}
}

func (x *index) addEnding(i Incarnation) {
	e := ending{at: i.EndedAt, inc: i.ID}
	for n := range x.carried[i.ID] {
		e.queue = append(e.queue, n)
	}
	slices.Sort(e.queue)
	x.ended = insert(x.ended, e, func(a, b ending) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.inc, b.inc))
	})
}

// insert adds v to a sorted list; one that is there already is not doubled. The
// list that was given is left as it is for whoever reads it.
func insert[T any](list []T, v T, compare func(a, b T) int) []T {
	at, found := slices.BinarySearchFunc(list, v, compare)
	if found {
		return list
	}
	out := make([]T, 0, len(list)+1)
	return append(append(append(out, list[:at]...), v), list[at:]...)
}

// remove returns a sorted list without v.
func remove[T any](list []T, v T, compare func(a, b T) int) []T {
	at, found := slices.BinarySearchFunc(list, v, compare)
	if !found {
		return list
	}
	out := make([]T, 0, len(list)-1)
	return append(append(out, list[:at]...), list[at+1:]...)
}

// grace is the moment a name's grace or reservation is over. An entry that no longer
// tells its name's stays until it comes to the top; the top is always current.
type grace struct {
	until id.Time
	key   string
}

func (g grace) compare(o grace) int {
	return cmp.Or(cmp.Compare(g.until, o.until), cmp.Compare(g.key, o.key))
}

type graceHeap []grace

func (h *graceHeap) push(until id.Time, key string) { heap.Push(h, grace{until, key}) }
func (h *graceHeap) pop() grace                     { return heap.Pop(h).(grace) }

// Len, Less, Swap, Push and Pop make graceHeap a heap.Interface: (deadline, name) order.
func (h graceHeap) Len() int           { return len(h) }
func (h graceHeap) Less(i, j int) bool { return h[i].compare(h[j]) < 0 }
func (h graceHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *graceHeap) Push(v any)        { *h = append(*h, v.(grace)) }
func (h *graceHeap) Pop() any {
	old := *h
	v := old[len(old)-1]
	old[len(old)-1] = grace{}
	*h = old[:len(old)-1]
	return v
}

// skimGraces keeps the top of the heap current, so that readers need not write to
// it, and drops what has been overtaken once that outnumbers the names.
func (t *Table) skimGraces() {
	for len(t.ix.graces) > 0 && !t.current(t.ix.graces[0]) {
		t.ix.graces.pop()
	}
	if len(t.ix.graces) <= 2*t.names.Len()+64 {
		return
	}
	kept := slices.DeleteFunc(t.ix.graces, func(g grace) bool { return !t.current(g) })
	slices.SortFunc(kept, grace.compare) // a sorted list is a heap
	t.ix.graces = slices.Compact(kept)
}

func (t *Table) current(g grace) bool {
	r, ok := t.names.Get(g.key)
	return ok && len(r.Sessions) == 0 && r.ends() == g.until
}
