package transport

import (
	"net"
	"sync"
	"time"
)

// maxConnsPerPeer bounds what one member may have open here.
const maxConnsPerPeer = 256

// closeGrace is how long Close may take to say goodbye to somebody who does not read.
const closeGrace = 250 * time.Millisecond

// Conn is a connection to a proven member.
type Conn struct {
	net.Conn
	// PeerID is the fingerprint of the key that the other side holds, see NodeID.
	PeerID string

	raw    net.Conn // what lies under TLS
	table  *connTable
	closed sync.Once
}

// Close ends the connection, within a quarter of a second whatever the other
// side does. Calling it again does nothing.
func (c *Conn) Close() error {
	var err error
	c.closed.Do(func() {
		if c.table != nil {
			c.table.remove(c)
		}
		if c.raw == nil {
			err = c.Conn.Close()
			return
		}
		timer := time.AfterFunc(closeGrace, func() { c.raw.Close() })
		defer timer.Stop()
		err = c.Conn.Close()
	})
	return err
}

// connTable knows the live connections of a port, both ways.
type connTable struct {
	mu     sync.Mutex
	closed bool
	live   map[*Conn]struct{}
	count  map[string]int
}

func newConnTable() *connTable {
	return &connTable{live: make(map[*Conn]struct{}), count: make(map[string]int)}
}

// add reports whether the connection may live: the port is open, and the peer
// has less than its share.
func (t *connTable) add(c *Conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || t.count[c.PeerID] >= maxConnsPerPeer {
		return false
	}
	t.live[c] = struct{}{}
	t.count[c.PeerID]++
	return true
}

func (t *connTable) remove(c *Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.removeLocked(c)
}

func (t *connTable) removeLocked(c *Conn) {
	if _, ok := t.live[c]; !ok {
		return
	}
	delete(t.live, c)
	if t.count[c.PeerID]--; t.count[c.PeerID] == 0 {
		delete(t.count, c.PeerID)
	}
}

// drop cuts a peer's connections and says how many there were.
func (t *connTable) drop(peerID string) int {
	return t.cut(func(c *Conn) bool { return c.PeerID == peerID }, false)
}

// close cuts all connections and lets no more in.
func (t *connTable) close() {
	t.cut(func(*Conn) bool { return true }, true)
}

// cut closes what lies under TLS, which waits for nobody: neither for a write
// that is stuck nor to say goodbye.
func (t *connTable) cut(match func(*Conn) bool, andClose bool) int {
	var doomed []*Conn
	t.mu.Lock()
	t.closed = t.closed || andClose
	for c := range t.live {
		if match(c) {
			t.removeLocked(c)
			doomed = append(doomed, c)
		}
	}
	t.mu.Unlock()
	for _, c := range doomed {
		c.raw.Close()
	}
	return len(doomed)
}
