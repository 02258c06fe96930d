package load

import (
	"net"
	"sync"
	"time"
)

// mood is how a client's end of a connection behaves.
type mood int

const (
	well   mood = iota
	paused      // nothing is read and nothing sent: both wait
	gone        // what is sent is swallowed, and nothing is read: a cable pulled
	slow        // reads little, and seldom
)

const (
	slowBytes = 512
	slowPause = 100 * time.Millisecond
)

// wire is a net.Conn that its owner can cut, stall and throttle. Closing it ends
// whatever mood it is in.
type wire struct {
	net.Conn
	mu     sync.Mutex
	mood   mood
	turned chan struct{} // closed at the next change of mood
	since  time.Time     // when the mood was set
	closed chan struct{}
	once   sync.Once
}

func newWire(nc net.Conn) *wire {
	return &wire{Conn: nc, turned: make(chan struct{}), closed: make(chan struct{})}
}

// turn sets the mood. A cable pulled stays so.
func (w *wire) turn(m mood) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mood == gone || w.mood == m {
		return
	}
	w.mood, w.since = m, time.Now()
	close(w.turned)
	w.turned = make(chan struct{})
	if m == paused || m == gone {
		_ = w.Conn.SetReadDeadline(time.Now()) // a read under way comes back
	} else {
		_ = w.Conn.SetReadDeadline(time.Time{})
	}
}

func (w *wire) now() (mood, chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.mood, w.turned
}

// cut returns since when the cable is pulled, if it is.
func (w *wire) cut() (time.Time, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.since, w.mood == gone
}

// awake waits until something may be read or sent; false once the wire is closed.
func (w *wire) awake() (mood, bool) {
	for {
		m, turned := w.now()
		if m != paused && m != gone {
			return m, true
		}
		select {
		case <-turned:
		case <-w.closed:
			return m, false
		}
	}
}

// Read implements net.Conn.
func (w *wire) Read(p []byte) (int, error) {
	for {
		m, ok := w.awake()
		if !ok {
			return 0, net.ErrClosed
		}
		if m == slow {
			select {
			case <-time.After(slowPause):
			case <-w.closed:
				return 0, net.ErrClosed
			}
			p = p[:min(len(p), slowBytes)]
		}
		n, err := w.Conn.Read(p)
		if n == 0 && err != nil {
			if now, _ := w.now(); now == paused || now == gone {
				if ne, ok := err.(net.Error); ok && ne.Timeout() {
					continue
				}
			}
		}
		return n, err
	}
}

// Write implements net.Conn.
func (w *wire) Write(p []byte) (int, error) {
	for {
		switch m, turned := w.now(); m {
		case gone:
			return len(p), nil
		case paused:
			select {
			case <-turned:
			case <-w.closed:
				return 0, net.ErrClosed
			}
		default:
			return w.Conn.Write(p)
		}
	}
}

// Close implements net.Conn.
func (w *wire) Close() error {
	w.once.Do(func() { close(w.closed) })
	return w.Conn.Close()
}

// hush ends what is sent, at the level of TCP, and goes on reading nothing. A cable that
// is pulled carries no end either.
func (w *wire) hush() {
	if _, pulled := w.cut(); pulled {
		return
	}
	if half, ok := w.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}
