package cluster

import (
	"context"
	"sync"
	"sync/atomic"

	"moniker/fsm/turn"
)

const (
	feedSize   = 16 << 10 // events kept; a reader that falls further behind skips
	pageSize   = 512      // of them in one piece of memory; divides feedSize
	feedShards = 4        // goroutines that wake readers
)

// Feed is the events this node has applied, in order, in a bounded ring. Readers
// come with a cursor of their own and never hold anybody up: publishing costs a
// few non-blocking sends, however many readers there are.
//
// The ring is one of pages, and a page that was written is never written again: what
// readers get are parts of pages, not copies, and good for as long as they want them.
type Feed struct {
	mu    sync.RWMutex
	ring  [feedSize/pageSize + 1][]turn.Event // one more than is kept: the page under way
	first uint64                              // the cursor that the last snapshot jumped to
	head  uint64                              // how many were ever published: the cursor of who has read all
	shard [feedShards]shard
	next  uint64       // watchers so far
	lost  atomic.Int64 // events that readers have skipped
}

type shard struct {
	mu    sync.Mutex
	wakes map[uint64]func()
	poke  chan struct{}
}

func newFeed() *Feed {
	f := &Feed{}
	for i := range f.shard {
		f.shard[i] = shard{wakes: map[uint64]func(){}, poke: make(chan struct{}, 1)}
	}
	return f
}

// publish appends events. It is called by the one goroutine that applies, inside
// the machine's write lock, so that a cursor taken in View fits what View shows.
func (f *Feed) publish(events []turn.Event) {
	if len(events) == 0 {
		return
	}
	f.mu.Lock()
	for len(events) > 0 {
		at := f.head % pageSize
		page := f.pageLocked(f.head)
		if at == 0 {
			*page = make([]turn.Event, 0, pageSize)
		}
		n := min(len(events), int(pageSize-at))
		*page = append(*page, events[:n]...)
		f.head += uint64(n)
		events = events[n:]
	}
	f.mu.Unlock()
}

// pageLocked is the page that the event at a cursor is in.
func (f *Feed) pageLocked(at uint64) *[]turn.Event {
	return &f.ring[at/pageSize%uint64(len(f.ring))]
}

// oldestLocked is the cursor before the oldest event that is kept.
func (f *Feed) oldestLocked() uint64 {
	return max(f.first, f.head-min(f.head, feedSize))
}

// skip makes every cursor so far fall off the ring: a snapshot has jumped over
// events that nobody here will ever see.
func (f *Feed) skip() {
	f.mu.Lock()
	f.head = (f.head/feedSize + 2) * feedSize
	f.first = f.head
	clear(f.ring[:])
	f.mu.Unlock()
}

// poke tells the shards that there is something to read.
func (f *Feed) poke() {
	for i := range f.shard {
		poke(f.shard[i].poke)
	}
}

// Head returns the cursor of a reader that has seen all there is.
func (f *Feed) Head() uint64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.head
}

// Next returns up to limit events after a cursor, which are not written to, and the
// cursor after them. skipped is how many the reader will never see because the ring has
// moved on.
func (f *Feed) Next(after uint64, limit int) (events []turn.Event, next uint64, skipped int) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if oldest := f.oldestLocked(); after < oldest {
		skipped = int(oldest - after)
		f.lost.Add(int64(skipped))
		after = oldest
	}
	n := min(f.head-min(after, f.head), uint64(max(limit, 0)))
	if n == 0 {
		return nil, after, skipped
	}
	from := after % pageSize
	if to := from + n; to <= pageSize {
		return (*f.pageLocked(after))[from:to:to], after + n, skipped
	}
	return f.gatherLocked(after, n), after + n, skipped
}

// gatherLocked copies n events that are in more than one page.
func (f *Feed) gatherLocked(after, n uint64) []turn.Event {
	events := make([]turn.Event, 0, n)
	for end := after + n; after < end; {
		from := after % pageSize
		to := min(pageSize, from+end-after)
		events = append(events, (*f.pageLocked(after))[from:to]...)
		after += to - from
	}
	return events
}

// Watch calls wake, from a goroutine of the node, after events were published;
// several may share a call. wake must not block. After stop returns it is not
// called again, but for a call that is under way.
func (f *Feed) Watch(wake func()) (stop func()) {
	f.mu.Lock()
	n := f.next
	f.next++
	f.mu.Unlock()
	s := &f.shard[n%feedShards]
	s.mu.Lock()
	s.wakes[n] = wake
	s.mu.Unlock()
	return func() {
		s.mu.Lock()
		delete(s.wakes, n)
		s.mu.Unlock()
	}
}

// run wakes readers until ctx ends.
func (f *Feed) run(ctx context.Context) {
	var wg sync.WaitGroup
	for i := range f.shard {
		wg.Go(func() { f.shard[i].run(ctx) })
	}
	wg.Wait()
}

func (s *shard) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.poke:
		}
		s.mu.Lock()
		for _, wake := range s.wakes {
			wake() // non-blocking by contract
		}
		s.mu.Unlock()
	}
}

// poke sends on a channel of capacity one unless something is there already.
func poke(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
