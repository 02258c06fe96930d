package switchboard

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// conn is a connection that was dialled to addr. While addr is cut, reads and
// writes wait: for the healing, their deadline, or Close.
type conn struct {
	net.Conn
	board   *Board
	addr    string
	readBy  deadline
	writeBy deadline
	once    sync.Once
	closed  chan struct{}

	mu      sync.Mutex // also: no deadline is moved after Close
	held    []byte     // it came while the link was cut
	heldErr error      // and then this
}

func newConn(raw net.Conn, b *Board, addr string) *conn {
	return &conn{Conn: raw, board: b, addr: addr, readBy: newDeadline(), writeBy: newDeadline(), closed: make(chan struct{})}
}

// Read returns what has come, never while the link is cut.
func (c *conn) Read(p []byte) (int, error) {
	for {
		if err := c.pass(&c.readBy); err != nil {
			return 0, err
		}
		if n, err, was := c.takeHeld(p); was {
			return n, err
		}
		n, err := c.Conn.Read(p)
		if c.isClosed() {
			return 0, net.ErrClosed
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		if cut, _ := c.board.look(c.addr); !cut {
			return n, err
		}
		c.hold(p[:n], err) // it arrived too late to have passed
	}
}

// Write sends p, not while the link is cut.
func (c *conn) Write(p []byte) (int, error) {
	if err := c.pass(&c.writeBy); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(p)
	if err != nil && c.isClosed() {
		err = net.ErrClosed
	}
	return n, err
}

// Close ends the connection here at once. While the link is cut the other side
// does not hear of it.
func (c *conn) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		c.mu.Lock()
		close(c.closed)
		c.Conn.SetDeadline(time.Unix(1, 0)) // ends whoever waits in it
		c.mu.Unlock()
		c.readBy.set(time.Time{})
		c.writeBy.set(time.Time{})
		if err = nil; !c.board.part(c.addr, c.Conn) {
			err = c.Conn.Close()
		}
	})
	return err
}

// SetDeadline sets both.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline bounds reads, those that wait for a healing too.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isClosed() {
		return net.ErrClosed
	}
	c.readBy.set(t)
	return c.Conn.SetReadDeadline(t)
}

// SetWriteDeadline bounds writes likewise.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isClosed() {
		return net.ErrClosed
	}
	c.writeBy.set(t)
	return c.Conn.SetWriteDeadline(t)
}

// pass returns when the link is whole.
func (c *conn) pass(d *deadline) error {
	for {
		cut, changed := c.board.look(c.addr)
		over := d.wait()
		switch {
		case c.isClosed():
			return net.ErrClosed
		case isOver(over):
			return os.ErrDeadlineExceeded
		case !cut:
			return nil
		}
		select {
		case <-changed:
		case <-over:
		case <-c.closed:
		}
	}
}

func (c *conn) isClosed() bool { return isOver(c.closed) }

func (c *conn) hold(p []byte, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held, c.heldErr = append(c.held, p...), err
}

// takeHeld hands out what was held; false if nothing was.
func (c *conn) takeHeld(p []byte) (int, error, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.held) == 0 && c.heldErr == nil {
		return 0, nil, false
	}
	n := copy(p, c.held)
	if c.held = c.held[n:]; len(c.held) > 0 {
		return n, nil, true
	}
	err := c.heldErr
	c.held, c.heldErr = nil, nil
	return n, err, true
}

// deadline is a moment that can be moved while somebody waits for it.
type deadline struct {
	mu    sync.Mutex
	timer *time.Timer
	over  chan struct{} // closed when it has passed
}

func newDeadline() deadline { return deadline{over: make(chan struct{})} }

// set moves the deadline; the zero time is never. Who waits already waits for the
// new one.
func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil && !d.timer.Stop() {
		<-d.over // the timer is about to close it
	}
	d.timer = nil
	passed := isOver(d.over)
	if left := time.Until(t); t.IsZero() || left > 0 {
		if passed {
			d.over = make(chan struct{})
		}
		if !t.IsZero() {
			over := d.over
			d.timer = time.AfterFunc(left, func() { close(over) })
		}
		return
	}
	if !passed {
		close(d.over)
	}
}

func (d *deadline) wait() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.over
}

func isOver(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
