package memnet

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// conn is one end of a connection. All its state is under the network's mutex.
type conn struct {
	net           *Net
	local, remote Addr
	in, out       *half
	err           error // why this end is over: closed here, or reset
	readBy        deadline
	writeBy       deadline
}

// half is one direction of a connection: what is under way, and what has arrived.
type half struct {
	net      *Net
	from, to string
	reader   *conn
	underway []packet
	lastDue  time.Time
	timer    *time.Timer
	arrived  []byte
	ended    bool      // the writer's end of stream has arrived
	ready    sync.Cond // L is the network's mutex
}

type packet struct {
	data  []byte
	due   time.Time // zero: as soon as the link is open
	end   bool
	reset bool
}

type deadline struct {
	passed bool
	timer  *time.Timer
}

func (n *Net) pairLocked(d direction, local, remote Addr) (near, far *conn) {
	there := &half{net: n, from: d.from, to: d.to}
	back := &half{net: n, from: d.to, to: d.from}
	there.ready.L, back.ready.L = &n.mu, &n.mu
	near = &conn{net: n, local: local, remote: remote, in: back, out: there}
	far = &conn{net: n, local: remote, remote: local, in: there, out: back}
	there.reader, back.reader = far, near
	n.conns[near] = struct{}{}
	n.conns[far] = struct{}{}
	return near, far
}

// Read returns what has arrived, waiting for the first byte.
func (c *conn) Read(p []byte) (int, error) {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	for {
		switch {
		case c.err == net.ErrClosed:
			return 0, c.opError("read", c.err)
		case c.readBy.passed:
			return 0, c.opError("read", os.ErrDeadlineExceeded)
		case len(p) == 0:
			return 0, nil
		case len(c.in.arrived) > 0:
			k := copy(p, c.in.arrived)
			if c.in.arrived = c.in.arrived[k:]; len(c.in.arrived) == 0 {
				c.in.arrived = nil
			}
			return k, nil
		case c.err != nil:
			return 0, c.opError("read", c.err)
		case c.in.ended:
			return 0, io.EOF
		}
		c.in.ready.Wait()
	}
}

// Write sends a copy of p and never waits.
func (c *conn) Write(p []byte) (int, error) {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	if c.err != nil {
		return 0, c.opError("write", c.err)
	}
	if c.writeBy.passed {
		return 0, c.opError("write", os.ErrDeadlineExceeded)
	}
	if len(p) > 0 {
		c.out.sendLocked(packet{data: append([]byte(nil), p...)})
	}
	return len(p), nil
}

// Close ends both directions. What was written before still arrives.
func (c *conn) Close() error {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	if c.err == net.ErrClosed {
		return c.opError("close", net.ErrClosed)
	}
	reset := c.err != nil
	c.failLocked(net.ErrClosed)
	if !reset {
		c.out.sendLocked(packet{end: true})
	}
	return nil
}

func (c *conn) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: "memnet", Source: c.local, Addr: c.remote, Err: err}
}

// failLocked ends this end for whoever uses it.
func (c *conn) failLocked(err error) {
	if c.err == nil || err == net.ErrClosed {
		c.err = err
	}
	c.readBy.stop()
	c.writeBy.stop()
	c.in.ready.Broadcast()
}

// forgetLocked drops a connection once neither direction can carry anything more.
func (c *conn) forgetLocked() {
	other := c.out.reader
	if c.err != nil && other.err != nil && len(c.out.underway) == 0 && len(c.in.underway) == 0 {
		delete(c.net.conns, c)
		delete(c.net.conns, other)
	}
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

func (c *conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

func (c *conn) SetReadDeadline(t time.Time) error { return c.setDeadline(&c.readBy, t) }

func (c *conn) SetWriteDeadline(t time.Time) error { return c.setDeadline(&c.writeBy, t) }

func (c *conn) setDeadline(d *deadline, t time.Time) error {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	if c.err == net.ErrClosed {
		return c.opError("set", net.ErrClosed)
	}
	d.stop()
	d.passed = false
	if t.IsZero() {
		return nil
	}
	left := time.Until(t)
	if left <= 0 {
		d.passed = true
		c.in.ready.Broadcast()
		return nil
	}
	var timer *time.Timer
	timer = time.AfterFunc(left, func() {
		c.net.mu.Lock()
		defer c.net.mu.Unlock()
		if d.timer == timer {
			d.passed = true
			c.in.ready.Broadcast()
		}
	})
	d.timer = timer
	return nil
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}

// sendLocked puts a packet under way and delivers what may arrive at once.
func (h *half) sendLocked(p packet) {
	latency := h.net.links[direction{h.from, h.to}].latency
	if latency > 0 || !h.lastDue.IsZero() {
		p.due = time.Now().Add(latency)
		if p.due.Before(h.lastDue) {
			p.due = h.lastDue
		}
		h.lastDue = p.due
	}
	h.underway = append(h.underway, p)
	h.pumpLocked()
}

// pumpLocked delivers what is due, in order, unless the link is cut, and sets a
// timer for the rest.
func (h *half) pumpLocked() {
	if h.net.links[direction{h.from, h.to}].cut {
		return
	}
	for len(h.underway) > 0 {
		p := h.underway[0]
		if wait := time.Until(p.due); !p.due.IsZero() && wait > 0 {
			h.waitLocked(wait)
			return
		}
		h.underway = h.underway[1:]
		h.arriveLocked(p)
	}
	h.reader.forgetLocked()
}

func (h *half) waitLocked(d time.Duration) {
	if h.timer != nil {
		h.timer.Stop()
	}
	h.timer = time.AfterFunc(d, func() {
		h.net.mu.Lock()
		defer h.net.mu.Unlock()
		h.pumpLocked()
	})
}

func (h *half) arriveLocked(p packet) {
	c := h.reader
	switch {
	case p.reset:
		if c.err == nil {
			c.failLocked(syscall.ECONNRESET)
		}
	case c.err != nil:
		if len(p.data) > 0 { // bytes for somebody who has gone are answered with a reset
			c.out.sendLocked(packet{reset: true})
		}
	case p.end:
		h.ended = true
	default:
		h.arrived = append(h.arrived, p.data...)
	}
	h.ready.Broadcast()
}
