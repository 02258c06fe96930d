package transport

import (
	"context"
	"net"
	"sync"
	"time"
)

// outbox holds frames that wait to be written: so many bytes, or one frame if
// that is larger. Whatever waits goes out in one Write.
type outbox struct {
	limit int
	ready chan struct{} // something waits
	room  chan struct{} // somebody who waited for room should look again
	done  chan struct{} // closed when nothing will be written any more

	mu     sync.Mutex
	buf    []byte
	closed bool
}

func newOutbox(limit int) *outbox {
	return &outbox{
		limit: limit,
		ready: make(chan struct{}, 1),
		room:  make(chan struct{}, 1),
		done:  make(chan struct{}),
	}
}

// put waits for room as long as ctx lasts. After an error the frame was not
// taken; if the outbox is closed that is ErrConnLost.
func (o *outbox) put(ctx context.Context, frame []byte) error {
	for {
		taken, err := o.try(frame)
		if taken || err != nil {
			return err
		}
		select {
		case <-o.room:
		case <-o.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// try takes the frame if there is room now.
func (o *outbox) try(frame []byte) (taken bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return false, ErrConnLost
	}
	if len(o.buf) > 0 && len(o.buf)+len(frame) > o.limit {
		return false, nil
	}
	o.buf = append(o.buf, frame...)
	notify(o.ready)
	if len(o.buf) < o.limit {
		notify(o.room) // the next who waits may fit too
	}
	return true, nil
}

// take empties the outbox; empty is memory for what comes next.
func (o *outbox) take(empty []byte) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	batch := o.buf
	o.buf = empty[:0]
	notify(o.room)
	return batch
}

// close makes put fail and writeTo return.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed {
		o.closed = true
		close(o.done)
	}
}

// writeTo writes what comes until the outbox is closed or conn takes nothing for
// too long. A tick of ping (nil: never) sends a ping, unless the outbox is full:
// then what is in it proves as much.
func (o *outbox) writeTo(conn net.Conn, ping <-chan time.Time) error {
	var empty []byte
	pingFrame := appendFrame(nil, kindPing)
	for {
		select {
		case <-o.done:
			return nil
		case <-ping:
			o.try(pingFrame)
			continue
		case <-o.ready:
		}
		batch := o.take(empty)
		if err := conn.SetWriteDeadline(time.Now().Add(silence)); err != nil {
			return err
		}
		if _, err := conn.Write(batch); err != nil {
			return err
		}
		empty = keepSmall(batch)
	}
}

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
