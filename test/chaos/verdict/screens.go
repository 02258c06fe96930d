package verdict

import (
	"container/heap"
	"slices"
	"strings"
	"time"

	"moniker/test/chaos/record"
)

// world is a run's screens, arranged.
type world struct {
	run      *record.Run
	clock    clock
	posts    map[string]*record.Op // by text
	segments []segment
	rank     map[string]int      // of each text, in the one order
	places   map[string][]string // the texts said in a room, in the one order
	index    map[string]int      // of a text, in its room
	cycle    bool                // there is no one order
	skips    map[seat][]record.Skip
	who      map[int]string // the identity of each client
}

// segment is what one session was shown between coming to a room and going to
// another, in the order of its screen.
type segment struct {
	seat    seat
	arrival int
	lines   []record.Line
}

// strands are the lines of a segment whose order means something: all but what was said
// in private while its reader was elsewhere, and that of each conversation by itself. On
// arrival that stands below what she has read of the room, however old it is.
func (s segment) strands() [][]record.Line {
	var all [][]record.Line
	at := map[string]int{"": 0}
	all = append(all, nil)
	for _, l := range s.lines {
		key := ""
		if l.Old && !strings.HasPrefix(l.Place, "#") {
			key = l.Place
		}
		i, ok := at[key]
		if !ok {
			i = len(all)
			at[key] = i
			all = append(all, nil)
		}
		all[i] = append(all[i], l)
	}
	return all
}

func look(run *record.Run) *world {
	w := &world{
		run: run, clock: newClock(run), posts: map[string]*record.Op{}, skips: map[seat][]record.Skip{}, who: map[int]string{},
	}
	for i := range run.Ops {
		op := &run.Ops[i]
		if op.Text != "" {
			w.posts[op.Text] = op
		}
		if op.Client != 0 {
			w.who[op.Client] = op.Identity
		}
	}
	for _, s := range run.Skips {
		at := seat{s.Client, s.Session}
		w.skips[at] = append(w.skips[at], s)
	}
	type key struct {
		seat
		arrival int
	}
	at := map[key]int{}
	for _, l := range run.Lines {
		k := key{seat{l.Client, l.Session}, l.Arrival}
		i, ok := at[k]
		if !ok {
			i = len(w.segments)
			at[k] = i
			w.segments = append(w.segments, segment{seat: k.seat, arrival: k.arrival})
		}
		w.segments[i].lines = append(w.segments[i].lines, l)
	}
	w.order()
	return w
}

// order works the one order out: what stands before something else on any screen, or
// in the final history of a room, came before it. Where that leaves a choice, what
// was seen first comes first. Where it cannot be, cycle is set, and what was seen
// first comes first too.
func (w *world) order() {
	first := map[string]time.Duration{}
	after := map[string]map[string]bool{}
	before := map[string]int{}
	edge := func(a, b string) {
		if a == b || after[a][b] {
			return
		}
		if after[a] == nil {
			after[a] = map[string]bool{}
		}
		after[a][b] = true
		before[b]++
	}
	room := map[string]string{}
	see := func(l record.Line) {
		if at, ok := first[l.Text]; !ok || l.At < at {
			first[l.Text] = l.At
		}
		if strings.HasPrefix(l.Place, "#") {
			room[l.Text] = l.Place
		}
	}
	for _, s := range w.segments {
		shown := map[string]bool{}
		for _, strand := range s.strands() {
			last := ""
			for _, l := range strand {
				see(l)
				if shown[l.Text] {
					continue // a repeat is another law's
				}
				shown[l.Text] = true
				if last != "" {
					edge(last, l.Text)
				}
				last = l.Text
			}
		}
	}
	last := map[string]string{}
	kept := map[string]bool{}
	for _, l := range w.run.End.Final {
		if kept[l.Text] {
			continue
		}
		kept[l.Text] = true
		if _, ok := first[l.Text]; !ok {
			first[l.Text] = w.run.Took
			if op := w.posts[l.Text]; op != nil {
				first[l.Text] = op.Call
			}
		}
		if strings.HasPrefix(l.Place, "#") {
			room[l.Text] = l.Place
		}
		if before := last[l.Place]; before != "" {
			edge(before, l.Text)
		}
		last[l.Place] = l.Text
	}
	w.sort(first, after, before)
	texts := make([]string, 0, len(w.rank))
	for t := range w.rank {
		texts = append(texts, t)
	}
	slices.SortFunc(texts, func(a, b string) int { return w.rank[a] - w.rank[b] })
	w.places, w.index = map[string][]string{}, map[string]int{}
	for _, t := range texts {
		if p := room[t]; p != "" {
			w.index[t] = len(w.places[p])
			w.places[p] = append(w.places[p], t)
		}
	}
}

func (w *world) sort(first map[string]time.Duration, after map[string]map[string]bool, before map[string]int) {
	w.rank = map[string]int{}
	var ready queue
	left := queue{}
	for t, at := range first {
		left = append(left, dated{at, t})
		if before[t] == 0 {
			ready = append(ready, dated{at, t})
		}
	}
	slices.SortFunc(left, dated.compare)
	heap.Init(&ready)
	for len(w.rank) < len(first) {
		if len(ready) == 0 {
			w.cycle = true
			for _, done := w.rank[left[0].text]; done; _, done = w.rank[left[0].text] {
				left = left[1:]
			}
			ready = append(ready, left[0])
		}
		d := heap.Pop(&ready).(dated)
		if _, done := w.rank[d.text]; done {
			continue
		}
		w.rank[d.text] = len(w.rank)
		for next := range after[d.text] {
			if before[next]--; before[next] == 0 {
				heap.Push(&ready, dated{first[next], next})
			}
		}
	}
}

type dated struct {
	at   time.Duration
	text string
}

func (d dated) compare(o dated) int {
	if d.at != o.at {
		if d.at < o.at {
			return -1
		}
		return 1
	}
	return strings.Compare(d.text, o.text)
}

type queue []dated

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].compare(q[j]) < 0 }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(dated)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
