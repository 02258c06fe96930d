package transport

import (
	"container/list"
	"net"
	"sync"
)

// waitingRoom holds the connections that have not proven who they are. It has a
// fixed number of seats; when all are taken, the one who has sat longest is
// turned out. An honest handshake takes milliseconds, so it is the slow and the
// hostile who lose: refusing newcomers instead would let 64 silent connections
// shut everybody out.
type waitingRoom struct {
	seats  int
	mu     sync.Mutex
	closed bool
	sat    list.List // of net.Conn, longest first
}

// enter takes a seat and returns how to leave it, or false if the room is closed.
func (w *waitingRoom) enter(raw net.Conn) (leave func(), ok bool) {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return nil, false
	}
	var turnedOut net.Conn
	if w.sat.Len() >= w.seats {
		turnedOut = w.sat.Remove(w.sat.Front()).(net.Conn)
	}
	seat := w.sat.PushBack(raw)
	w.mu.Unlock()
	if turnedOut != nil {
		turnedOut.Close()
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.sat.Remove(seat) // does nothing if somebody else has the seat by now
	}, true
}

// close turns everybody out for good.
func (w *waitingRoom) close() {
	w.mu.Lock()
	w.closed = true
	var doomed []net.Conn
	for e := w.sat.Front(); e != nil; e = e.Next() {
		doomed = append(doomed, e.Value.(net.Conn))
	}
	w.sat.Init()
	w.mu.Unlock()
	for _, c := range doomed {
		c.Close()
	}
}
