package sshfront

import (
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/crypto/ssh"

	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
)

// wire is a client's connection that can be made to do what no honest one does. What
// it is told applies from the next Read or Write.
type wire struct {
	net.Conn
	mu     sync.Mutex
	slow   chan struct{}       // not nil: read one byte a second, until it is closed
	crawls chan struct{}       // closed when that begins
	tamper func([]byte) []byte // what to send instead
	sent   int
}

func (w *wire) Read(b []byte) (int, error) {
	w.mu.Lock()
	slow := w.slow
	if slow != nil && w.crawls != nil {
		close(w.crawls)
		w.crawls = nil
	}
	w.mu.Unlock()
	if slow != nil {
		b = b[:min(len(b), 1)]
		select {
		case <-time.After(time.Second):
		case <-slow:
		}
	}
	return w.Conn.Read(b)
}

func (w *wire) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := b
	if w.tamper != nil {
		out = w.tamper(b)
	}
	w.sent += len(out)
	if _, err := w.Conn.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (w *wire) do(f func(*wire)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f(w)
}

// tight is a listener whose connections hold back little of what is written to them.
// So whoever does not read is noticed by the writer at once, however slowly the others
// talk, and not by TCP before it: that ends a connection after 3 s without room.
type tight struct{ net.Listener }

func (l tight) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return nc, nc.(*net.TCPConn).SetWriteBuffer(16 << 10)
}

// siege is a house with a person who talks, and somebody hostile.
type siege struct {
	*house
	alice   *person
	hostile *person
	wire    *wire
	log     *tape
	before  int // goroutines
	lines   int
	waits   int // of alice's, of more than a second
}

func besieged(t *testing.T, change func(*Config), client func(*ssh.ClientConfig)) *siege {
	w := newWorld(t)
	w.set(setting.KeepaliveInterval, int64(id.Second))
	w.set(setting.KeepaliveMisses, 2)
	w.set(setting.LimitRoomBytes, 16<<20)
	w.set(setting.RateLines, 600_000)
	w.set(setting.RateBurst, 10_000)
	s := &siege{log: &tape{}}
	s.house = newHouseAt(t, tight{listens(t)}, w.n1, func(c *Config) {
		c.Limits.Stall, c.Limits.Handshake = 3*time.Second, 3*time.Second
		c.Logger = hclog.New(&hclog.LoggerOptions{Output: s.log, Level: hclog.Info})
		if change != nil {
			change(c)
		}
	})
	s.alice = s.come("alice", "alice", false)
	s.alice.sees("Here: ")
	s.before = runtime.NumGoroutine()
	nc, err := net.Dial("tcp", s.addr)
	s.must(err)
	s.must(nc.(*net.TCPConn).SetReadBuffer(16 << 10))
	s.wire = &wire{Conn: nc}
	conf := clientConfig("mallory", ssh.PublicKeys(key("mallory")))
	if client != nil {
		client(conf)
	}
	sc, chans, reqs, err := ssh.NewClientConn(s.wire, s.addr, conf)
	s.must(err)
	s.hostile = s.session(ssh.NewClient(sc, chans, reqs))
	t.Cleanup(func() { s.hostile.client.Close() })
	return s
}

// talks has the hostile one begin as an honest one does.
func (s *siege) talks() {
	s.t.Helper()
	s.must(s.hostile.session.RequestPty("xterm", 24, 80, nil))
	s.must(s.hostile.session.Shell())
	s.hostile.sees("#lobby mallory> ")
}

// noticesNothing has alice talk to herself: what she says is said within a second, but
// for hiccups of the machine.
func (s *siege) noticesNothing() {
	s.t.Helper()
	s.lines++
	line, began := "line "+strconv.Itoa(s.lines)+".", time.Now()
	s.alice.types(line + "\n")
	s.alice.sees("alice  " + line)
	took := time.Since(began)
	if took > time.Second {
		s.waits++
	}
	if s.waits > 3 && !raceDetector || took > quick() {
		s.t.Errorf("alice waited %v, and %d times for more than a second", took, s.waits)
	}
}

// ends waits until the hostile connection is over, while alice talks, and checks that
// nothing is left of it.
func (s *siege) ends() {
	s.t.Helper()
	until(s.t, "over", func() bool {
		s.noticesNothing()
		return s.srv.Counts().Connections == 1
	})
	s.hostile.client.Close()
	until(s.t, "without its goroutines", func() bool { return runtime.NumGoroutine() <= s.before })
	if n := s.w.state("alice"); n.State != lease.Held {
		s.t.Errorf("alice is %+v", n)
	}
}

// logged checks the operator's line about the end.
func (s *siege) logged(why, who string) {
	s.t.Helper()
	if got, ok := s.log.await(func(s string) bool { return strings.Contains(s, why) }); !ok ||
		!strings.Contains(got, "connection given up") || !strings.Contains(got, who) || !strings.Contains(got, "from=127.0.0.1:") {
		s.t.Errorf("no line says %q of %s in\n%s", why, who, got)
	}
}

func (p *tape) len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Len()
}
