package cluster

import (
	"context"
	"sync"
	"sync/atomic"

	"moniker/fsm/turn"
)

const (
	feedSize   = 16 << 10 // events kept; a reader that falls further behind skips
	feedShards = 4        // goroutines that wake readers
)

// Feed is the events this node has applied, in order, in a bounded ring. Readers
// come with a cursor of their own and never hold anybody up: publishing costs a
// few non-blocking sends, however many readers there are.
type Feed struct {
	mu    sync.RWMutex
	ring  []turn.Event
	head  uint64 // how many were ever published: the cursor of who has read all
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
	f := &Feed{ring: make([]turn.Event, 0, feedSize)}
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
	for _, e := range events {
		if len(f.ring) < feedSize {
			f.ring = append(f.ring, e)
		} else {
			f.ring[f.head%feedSize] = e
		}
		f.head++
	}
	f.mu.Unlock()
}

// skip makes every cursor so far fall off the ring: a snapshot has jumped over
// events that nobody here will ever see.
func (f *Feed) skip() {
	f.mu.Lock()
	f.ring = f.ring[:0]
	f.head = (f.head/feedSize + 2) * feedSize
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

// Next returns up to limit events after a cursor, and the cursor after them.
// skipped is how many the reader will never see because the ring has moved on.
func (f *Feed) Next(after uint64, limit int) (events []turn.Event, next uint64, skipped int) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	oldest := f.head - uint64(len(f.ring))
	if after < oldest {
		skipped = int(oldest - after)
		f.lost.Add(int64(skipped))
		after = oldest
	}
	n := min(f.head-min(after, f.head), uint64(max(limit, 0)))
	events = make([]turn.Event, 0, n)
	for i := range n {
		events = append(events, f.ring[(after+i)%feedSize])
	}
	return events, after + n, skipped
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
