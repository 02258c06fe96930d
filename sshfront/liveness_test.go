package sshfront

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/room"
	"moniker/fsm/setting"
)

// tap is a client's connection that can stop reading.
type tap struct {
	net.Conn
	mu     sync.Mutex
	closed chan struct{} // not nil: shut
}

func (c *tap) Read(b []byte) (int, error) {
	c.mu.Lock()
	shut := c.closed
	c.mu.Unlock()
	if shut != nil {
		<-shut
	}
	return c.Conn.Read(b)
}

func (c *tap) shut() {
	c.mu.Lock()
	c.closed = make(chan struct{})
	c.mu.Unlock()
}

func (c *tap) open() {
	c.mu.Lock()
	if c.closed != nil {
		close(c.closed)
		c.closed = nil
	}
	c.mu.Unlock()
}

// tapped is a person whose connection can be made to stop reading.
func (h *house) tapped(name string) (*person, *tap) {
	h.t.Helper()
	nc, err := net.Dial("tcp", h.addr)
	h.must(err)
	h.must(nc.(*net.TCPConn).SetReadBuffer(16 << 10))
	c := &tap{Conn: nc}
	sc, chans, reqs, err := ssh.NewClientConn(c, h.addr, clientConfig(name, ssh.PublicKeys(key(name))))
	h.must(err)
	client := ssh.NewClient(sc, chans, reqs)
	h.t.Cleanup(func() { c.open(); client.Close() })
	return h.open(client, true, 80, 24), c
}

func TestSlowReaderCostsOthersNothing(t *testing.T) {
	w := newWorld(t)
	w.set(setting.LimitRoomBytes, 16<<20)
	h := newHouse(t, w.n1, func(c *Config) { c.Limits.Stall = 3 * time.Second })
	slow, tap := h.tapped("slow")
	slow.sees("#lobby slow> ")
	// deaf's client answers keepalives and reads its socket, but nobody reads the
	// channel: only the bound on writes finds that out.
	deaf := h.session(h.dial("deaf", "deaf"))
	deaf.session.Stdout = nil
	unread, err := deaf.session.StdoutPipe()
	h.must(err)
	h.must(deaf.session.RequestPty("xterm", 24, 80, nil))
	h.must(deaf.session.Shell())
	_, err = unread.Read(make([]byte, 1))
	h.must(err)
	alice, bob := h.arrive("alice"), h.come("bob", "bob", false)
	alice.sees("#lobby alice> ")
	bob.sees("Here: ")
	tap.shut()
	long := strings.Repeat("0123456789abcde ", 240)
	for i := range 2000 {
		last := "line " + strconv.Itoa(i) + "."
		bob.types(long + last + "\n")
		if i%100 == 99 {
			alice.sees(last)
		}
	}
	for _, name := range []string{"slow", "deaf"} {
		until(t, name+" in grace", func() bool { return w.state(name).State == lease.Grace })
	}
	bob.types("done\n")
	alice.sees("bob  done")
}

func TestSilentClientIsDropped(t *testing.T) {
	w := newWorld(t)
	w.set(setting.KeepaliveInterval, int64(id.Second))
	w.set(setting.KeepaliveMisses, 2)
	h := newHouse(t, w.n1, nil)
	dark, tap := h.tapped("dark")
	dark.sees("#lobby dark> ")
	h.inLobby("alive")
	began := time.Now()
	tap.shut()
	until(t, "in grace", func() bool { return w.state("dark").State == lease.Grace })
	if took := time.Since(began); took > 8*time.Second { // 9 s, were it by what is usual
		t.Errorf("it took %v", took)
	}
	if n := w.state("alive"); n.State != lease.Held {
		t.Errorf("alive is %+v", n)
	}
}

// mute is a person whose client answers no request.
func (h *house) mute(name string) *person {
	h.t.Helper()
	nc, err := net.Dial("tcp", h.addr)
	h.must(err)
	sc, chans, _, err := ssh.NewClientConn(nc, h.addr, clientConfig(name, ssh.PublicKeys(key(name))))
	h.must(err)
	none := make(chan *ssh.Request)
	client := ssh.NewClient(sc, chans, none)
	h.t.Cleanup(func() { client.Close(); close(none) })
	return h.open(client, true, 80, 24)
}

func TestTypingIsProofOfLife(t *testing.T) {
	w := newWorld(t)
	w.set(setting.KeepaliveInterval, int64(id.Second))
	w.set(setting.KeepaliveMisses, 2)
	h := newHouse(t, w.n1, nil)
	mute := h.mute("mute")
	mute.sees("#lobby mute> ")
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); time.Since(began) < 5*time.Second; <-tick.C {
		mute.types("x")
	}
	if n := w.state("mute"); n.State != lease.Held {
		t.Fatalf("dropped while typing: %+v", n)
	}
	until(t, "in grace", func() bool { return w.state("mute").State == lease.Grace })
}

// TestReadIsWhatWasWrittenBeforeProofOfLife: what goes into a dead socket is unread.
func TestReadIsWhatWasWrittenBeforeProofOfLife(t *testing.T) {
	w := newWorld(t)
	w.set(setting.KeepaliveInterval, int64(id.Second/2))
	w.set(setting.KeepaliveMisses, 4)
	h := newHouse(t, w.n1, nil)
	alice, tap := h.tapped("alice")
	alice.sees("#lobby alice> ")
	bob := h.arrive("bob")
	alice.sees("--  bob joined")
	bob.types("seen\r")
	alice.sees("bob  seen")
	alice.types("x\x7f") // proof of life after it
	until(t, "read", func() bool { return len(readOf(h, "alice")) > 0 })
	seen := readOf(h, "alice")[0]
	tap.shut()
	bob.types("unseen\r")
	bob.sees("bob  unseen")
	until(t, "in grace", func() bool { return w.state("alice").State == lease.Grace })
	w.n1.View(func(st *fsm.State) {
		at := st.Rooms().ReadAt(room.Seat{Place: room.Lobby, Who: idOf("alice")})
		missed := st.History().After(room.Lobby, at)
		if at != seen || len(missed) != 1 || missed[0].Text != "unseen" {
			t.Errorf("read up to %v, want %v; missed %v", at, seen, missed)
		}
	})
}

// readOf is how far the newest seat of somebody says it has read the lobby.
func readOf(h *house, name string) []id.Event {
	h.w.mu.RLock()
	seats := h.w.seats
	h.w.mu.RUnlock()
	var at []id.Event
	for _, s := range seats {
		s.mu.Lock()
		if e, ok := s.reads[room.Lobby]; ok && s.who == idOf(name) {
			at = append(at, e)
		}
		s.mu.Unlock()
	}
	return at
}

func TestStoppingServerTellsAndDetaches(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice, nobody := h.arrive("alice"), h.come("no name", "bob", true)
	alice.sees("#lobby alice> ")
	nobody.sees("Another name: ")
	idle, err := net.Dial("tcp", h.addr)
	h.must(err)
	defer idle.Close()
	alice.types("half a line")
	alice.sees("half a line")
	began := time.Now()
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("stopping took %v", took)
	}
	alice.sees("--  n1 is stopping. alice stays yours for at least 10 min. Through")
	alice.sees("ssh -p 2202 alice@127.0.0.1")
	alice.sees("Not sent: half a line")
	if n := w.state("alice"); n.State != lease.Grace {
		t.Errorf("alice is %+v", n)
	}
}

func TestStoppingServerWaitsForNobody(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, func(c *Config) { c.Limits.Goodbye = 200 * time.Millisecond })
	h.inLobby("alice")
	w.hold() // no majority
	began := time.Now()
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	w.release()
	if n := w.state("alice"); n.State != lease.Grace {
		t.Errorf("alice is %+v: the Detach was not proposed", n)
	}
}

func TestOutboxHandsOverInOrderAndBounds(t *testing.T) {
	srv, err := New(Config{HostKey: key("host"), NodeName: "n1", Cluster: newWorld(t).n1})
	if err != nil {
		t.Fatal(err)
	}
	var out, aside bytes.Buffer
	poked := 0
	o := newOutbox(srv, &out, &aside, func() { poked++ }, func() { t.Error("evicted") })
	mark1, mark2 := mark{"#a", id.Event{Index: 1}}, mark{"#a", id.Event{Index: 2}}
	o.put([]byte("one "), []byte("err"), []mark{mark1})
	o.put([]byte("two"), nil, []mark{mark2})
	if o.over(10) || !o.over(9) {
		t.Error("10 bytes wait, and it is not so told")
	}
	if got := o.takeWritten(); len(got) != 0 {
		t.Errorf("%v is written before it is", got)
	}
	o.close()
	o.run()
	if out.String() != "one two" || aside.String() != "err" {
		t.Errorf("wrote %q and %q", out.String(), aside.String())
	}
	if poked != 1 {
		t.Errorf("told %d times that they have been taken", poked)
	}
	if got := o.takeWritten(); len(got) != 1 || got[0] != mark2 {
		t.Errorf("written up to %v", got)
	}
}

// The last word is written, whenever the writer looks.
func TestWhatIsHandedOverBeforeTheEndIsWritten(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	for i := range 2_000 {
		var out bytes.Buffer
		o := newOutbox(h.srv, &out, io.Discard, func() {}, func() {})
		go o.run()
		o.put([]byte("first"), nil, nil)
		if i%2 == 0 {
			runtime.Gosched()
		}
		o.put([]byte(" and last"), nil, nil)
		o.close()
		<-o.done
		if got := out.String(); got != "first and last" {
			t.Fatalf("the %dth time %q was written", i, got)
		}
	}
}
