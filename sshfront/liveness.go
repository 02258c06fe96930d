package sshfront

import (
	"context"
	"net"
	"sync"
	"time"

	"moniker/fsm"
	"moniker/fsm/setting"
)

// setLiveness makes TCP find out about a dead machine within limit, whether the
// connection is idle (keepalive) or has bytes under way (TCP_USER_TIMEOUT: they
// suspend keepalive). It is the slower of two layers, see backstop; connections that
// are not TCP, or are gone already, have only the other.
func setLiveness(nc net.Conn, limit time.Duration) {
	if tcp, ok := nc.(*net.TCPConn); ok {
		_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: limit / 2, Interval: limit / 6, Count: 3})
		_ = setUserTimeout(tcp, limit)
	}
}

// backstop is after what silence TCP gives a machine up. keepalive comes first, at
// interval x misses, because TCP must never be stricter than what operators set.
func (s *Server) backstop() time.Duration {
	_, end := s.patience()
	return max(s.cfg.Limits.Stall, 2*end)
}

// heard notes a proof of life: an answer, or anything that was typed or asked for.
func (c *conn) heard() { c.proof.Store(int64(time.Since(c.began))) }

// silence is how long there has been none.
func (c *conn) silence() time.Duration { return time.Since(c.began) - time.Duration(c.proof.Load()) }

// patience returns after what silence to ask for proof of life, and after what
// silence to give up.
func (s *Server) patience() (ask, end time.Duration) {
	s.cfg.Cluster.View(func(st *fsm.State) {
		ask = time.Duration(st.Settings().Span(setting.KeepaliveInterval)) * time.Microsecond
		end = ask * time.Duration(st.Settings().Get(setting.KeepaliveMisses))
	})
	return min(ask, end/2), end
}

// keepalive asks a silent client for proof of life until ctx ends, and drops the
// connection if none comes in time. It has a deadline of its own, because the
// request itself waits for its answer for ever.
func (c *conn) keepalive(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		ask, end := c.srv.patience()
		if left := ask - c.silence(); left > 0 {
			timer.Reset(left)
			continue
		}
		if !c.ask(end) {
			return
		}
		timer.Reset(ask)
	}
}

// ask sends one request and waits for its answer. What had been written before it
// was sent has been read by then; what was written since may lie in a dead socket.
func (c *conn) ask(end time.Duration) bool {
	talk := c.talk.Load()
	var seat Seat
	var written []mark
	if talk != nil {
		seat, written = talk.sits(), talk.out.takeWritten()
	}
	w := watch(end, c.silence, func() { c.drop(noProof) })
	_, _, err := c.ssh.SendRequest("keepalive@openssh.com", true, nil)
	w.stop()
	if err != nil {
		return false
	}
	c.heard()
	read(seat, written)
	return true
}

// answers reports whether the client answers within limit.
func (c *conn) answers(limit time.Duration) bool {
	answered := make(chan bool, 1)
	go func() { // it ends with the connection, which whoever asks is about to end
		_, _, err := c.ssh.SendRequest("keepalive@openssh.com", true, nil)
		answered <- err == nil
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case ok := <-answered:
		return ok
	case <-timer.C:
		return false
	}
}

// watchdog calls a function once there has been silence for long enough.
type watchdog struct {
	mu    sync.Mutex
	timer *time.Timer
	over  bool
}

func watch(limit time.Duration, silence func() time.Duration, bark func()) *watchdog {
	w := &watchdog{}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(max(limit-silence(), limit/2), func() {
		w.mu.Lock()
		left := limit - silence()
		over := w.over
		if !over && left > 0 {
			w.timer.Reset(left)
		}
		w.mu.Unlock()
		if !over && left <= 0 {
			bark()
		}
	})
	return w
}

func (w *watchdog) stop() {
	w.mu.Lock()
	w.over = true
	w.timer.Stop()
	w.mu.Unlock()
}
