package sshfront

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"moniker/fsm/id"
)

const writeSize = 32 << 10 // bytes of one write: what the stall is measured on

// mark says that with the bytes it came with, a place is shown up to an event.
type mark struct {
	place string
	at    id.Event
}

// outbox is what waits to be written to one channel, and its one writer. Whoever
// fills it asks over first: that keeps it bounded.
type outbox struct {
	srv      *Server
	out, err io.Writer
	poke     func() // there is room again; does not block
	stall    stall
	work     chan struct{}
	done     chan struct{}

	mu      sync.Mutex
	waiting [2][]byte     // for out and err
	marks   []mark        // of what waits
	written []mark        // of what has been written since takeWritten
	busy    bool          // a write is under way
	wanted  bool          // somebody waits for the writer to take what waits
	settled chan struct{} // somebody waits for that to end; closed then
	closed  bool
	broken  bool
}

// newOutbox returns an outbox whose run is to be called. evict is called when a
// write has been stuck for limit; it must make the write fail.
func newOutbox(srv *Server, out, err io.Writer, poke, evict func()) *outbox {
	o := &outbox{
		srv: srv, out: out, err: err, poke: poke, work: make(chan struct{}, 1), done: make(chan struct{}),
	}
	o.stall.init(srv.cfg.Limits.Stall, evict)
	return o
}

// put hands over bytes for out and err, which belong to the outbox from now on; marks
// do not.
func (o *outbox) put(out, err []byte, marks []mark) {
	o.mu.Lock()
	if o.broken || o.closed {
		o.mu.Unlock()
		return
	}
	for i, b := range [2][]byte{out, err} {
		if len(o.waiting[i]) == 0 && len(b) > 0 {
			o.waiting[i] = b
		} else {
			o.waiting[i] = append(o.waiting[i], b...)
			o.srv.release(b)
		}
	}
	o.marks = merge(o.marks, marks)
	busy := o.busy
	o.mu.Unlock()
	if !busy { // else the writer looks again anyway
		o.ring()
	}
}

// over reports whether more than so many bytes wait for the writer. If so, poke is
// called once it has taken them: only then, because a wake-up costs as much as a line.
func (o *outbox) over(most int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	over := len(o.waiting[0])+len(o.waiting[1]) > most
	o.wanted = o.wanted || over
	return over
}

// takeWritten returns the marks that have been written since it was last called.
func (o *outbox) takeWritten() []mark {
	o.mu.Lock()
	defer o.mu.Unlock()
	m := o.written
	o.written = nil
	return m
}

// settle waits until all that was handed over is written, for limit at most.
func (o *outbox) settle(limit time.Duration) {
	o.mu.Lock()
	if !o.busy && len(o.waiting[0])+len(o.waiting[1]) == 0 {
		o.mu.Unlock()
		return
	}
	settled := make(chan struct{})
	o.settled = settled
	o.mu.Unlock()
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-settled:
	case <-o.done:
	case <-t.C:
	}
}

// close lets the writer end after what waits.
func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.ring()
}

func (o *outbox) ring() {
	select {
	case o.work <- struct{}{}:
	default:
	}
}

// run writes until close, or until a write fails. What was handed over before close is
// written: take sees at once that nothing waits and that nothing will.
func (o *outbox) run() {
	defer close(o.done)
	defer o.stall.timer.Stop()
	var b batch
	for range o.work {
		for o.take(&b) {
			ok := o.write(o.out, b.bufs[0]) && o.write(o.err, b.bufs[1])
			o.srv.release(b.bufs[0])
			o.srv.release(b.bufs[1])
			if !ok {
				o.breaks()
				return
			}
		}
		if b.last {
			return
		}
	}
}

// batch is what the writer writes at once.
type batch struct {
	bufs  [2][]byte
	marks []mark
	last  bool // there was nothing, and there will be nothing
}

// take notes that a batch is written, and makes it the next one; false if nothing waits.
func (o *outbox) take(b *batch) bool {
	o.mu.Lock()
	o.written = merge(o.written, b.marks)
	b.bufs, o.waiting = o.waiting, [2][]byte{}
	b.marks, o.marks = o.marks, b.marks[:0] // the memory of the one is good for the other
	o.busy = len(b.bufs[0])+len(b.bufs[1]) > 0
	b.last = o.closed && !o.busy
	if !o.busy && o.settled != nil {
		close(o.settled)
		o.settled = nil
	}
	busy, wanted := o.busy, o.wanted
	o.wanted = false
	o.mu.Unlock()
	if wanted {
		o.poke()
	}
	return busy
}

// breaks notes that a write has failed.
func (o *outbox) breaks() {
	o.mu.Lock()
	o.broken = true
	o.waiting = [2][]byte{}
	o.mu.Unlock()
}

func (o *outbox) write(w io.Writer, b []byte) bool {
	for len(b) > 0 {
		n := min(len(b), writeSize)
		o.stall.begin()
		_, err := w.Write(b[:n])
		o.stall.end()
		if err != nil {
			return false
		}
		b = b[n:]
	}
	return true
}

// stall calls evict once a write has been under way for limit. Its timer is not set for
// each write, as that costs a share of one: it looks, when it rings, what is under way.
type stall struct {
	limit time.Duration
	evict func()
	timer *time.Timer
	born  time.Time
	since atomic.Int64 // born, of the write under way; zero: there is none
	set   atomic.Bool  // the timer will ring
}

func (s *stall) init(limit time.Duration, evict func()) {
	s.limit, s.evict, s.born = limit, evict, time.Now()
	s.timer = time.AfterFunc(time.Hour, s.look)
	s.timer.Stop()
}

func (s *stall) begin() {
	s.since.Store(max(1, int64(time.Since(s.born))))
	if !s.set.Load() {
		s.set.Store(true)
		s.timer.Reset(s.limit)
	}
}

func (s *stall) end() { s.since.Store(0) }

// look is called when the timer rings. A write that begins meanwhile sets it, or is seen.
func (s *stall) look() {
	s.set.Store(false)
	since := s.since.Load()
	if since == 0 {
		return
	}
	if left := s.limit - (time.Since(s.born) - time.Duration(since)); left > 0 {
		s.set.Store(true)
		s.timer.Reset(left)
		return
	}
	s.evict()
}

// merge adds marks to list, the newest of each place.
func merge(list, marks []mark) []mark {
	for _, m := range marks {
		list = m.into(list)
	}
	return list
}

// into adds a mark to list, unless there is a newer one of its place.
func (m mark) into(list []mark) []mark {
	for i := range list {
		if list[i].place == m.place {
			if m.at.After(list[i].at) {
				list[i].at = m.at
			}
			return list
		}
	}
	return append(list, m)
}

// newest is up to where a place is in list; zero if it is not.
func newest(list []mark, place string) id.Event {
	for i := range list {
		if list[i].place == place {
			return list[i].at
		}
	}
	return id.Event{}
}
