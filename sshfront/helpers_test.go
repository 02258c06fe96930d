package sshfront

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"

	"moniker/fsm/id"
)

func TestMain(m *testing.M) {
	if addr := os.Getenv(crowdEnv); addr != "" {
		crowd(addr)
		return
	}
	goleak.VerifyTestMain(settled{m})
}

// settled is the tests and, on a machine that is busy, the time that goroutines take to
// end after them: goleak waits for half a second.
type settled struct{ tests *testing.M }

func (s settled) Run() int {
	code := s.tests.Run()
	for try := 0; try < 20 && goleak.Find() != nil; try++ {
	}
	return code
}

// patience is how long a test waits for what must come: long, because the machine may be
// busy with others.
const patience = time.Minute

// house is a server on loopback before one node of a world.
type house struct {
	t    testing.TB
	w    *world
	srv  *Server
	addr string
	stop func() error // ends Serve and waits for it
}

func newHouse(t testing.TB, node *worldNode, change func(*Config)) *house {
	return newHouseAt(t, listens(t), node, change)
}

func listens(t testing.TB) net.Listener {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

func newHouseAt(t testing.TB, ln net.Listener, node *worldNode, change func(*Config)) *house {
	name := "n1"
	if node == node.w.n2 {
		name = "n2"
	}
	cfg := Config{HostKey: key("host"), NodeName: name, Cluster: node, Now: node.w.wall,
		Others: func(name, _ string) []string { return []string{"ssh -p 2202 " + name + "@127.0.0.1"} }}
	if change != nil {
		change(&cfg)
	}
	srv, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx, ln) }()
	h := &house{t: t, w: node.w, srv: srv, addr: ln.Addr().String()}
	h.stop = sync.OnceValue(func() error { cancel(); return <-served })
	t.Cleanup(func() {
		node.w.release()
		if err := h.stop(); err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return h
}

// key is the same for the same name.
func key(name string) ssh.Signer {
	seed := sha256.Sum256([]byte(name))
	s, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		panic(err)
	}
	return s
}

func idOf(name string) id.Identity { return id.Identity(ssh.FingerprintSHA256(key(name).PublicKey())) }

// dial connects as user with the key of somebody.
func (h *house) dial(user, somebody string) *ssh.Client {
	h.t.Helper()
	c, err := ssh.Dial("tcp", h.addr, clientConfig(user, ssh.PublicKeys(key(somebody))))
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { c.Close() })
	return c
}

func clientConfig(user string, auth ...ssh.AuthMethod) *ssh.ClientConfig {
	return &ssh.ClientConfig{User: user, Auth: auth, HostKeyCallback: ssh.FixedHostKey(key("host").PublicKey()), Timeout: patience}
}

// person is a client's session, and what has come to it.
type person struct {
	t        testing.TB
	client   *ssh.Client
	session  *ssh.Session
	in       io.WriteCloser
	out, err tape
}

// tape is what came out so far; it wakes who waits for more.
type tape struct {
	mu   sync.Mutex
	b    strings.Builder // whose text is not copied to be looked at
	more chan struct{}
}

func (p *tape) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.more != nil {
		close(p.more)
		p.more = nil
	}
	return p.b.Write(b)
}

func (p *tape) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.String()
}

// await waits until ok likes what is on the tape.
func (p *tape) await(ok func(string) bool) (string, bool) {
	late := time.After(patience)
	for {
		p.mu.Lock()
		s := p.b.String()
		if p.more == nil {
			p.more = make(chan struct{})
		}
		more := p.more
		p.mu.Unlock()
		if ok(s) {
			return s, true
		}
		select {
		case <-more:
		case <-late:
			return s, false
		}
	}
}

// arrive is somebody who comes with a terminal of 80 by 24, under her own name.
func (h *house) arrive(name string) *person { return h.come(name, name, true) }

// inLobby is arrive, until she has her prompt.
func (h *house) inLobby(name string) *person {
	h.t.Helper()
	p := h.arrive(name)
	p.sees("#lobby " + name + "> ")
	return p
}

func (h *house) come(user, somebody string, pty bool) *person {
	h.t.Helper()
	return h.open(h.dial(user, somebody), pty, 80, 24)
}

func (h *house) open(c *ssh.Client, pty bool, width, height int) *person {
	h.t.Helper()
	p := h.session(c)
	if pty {
		h.must(p.session.Setenv("NO_COLOR", "1"))
		h.must(p.session.RequestPty("xterm-256color", height, width, nil))
	}
	h.must(p.session.Shell())
	return p
}

func (h *house) session(c *ssh.Client) *person {
	h.t.Helper()
	s, err := c.NewSession()
	h.must(err)
	p := &person{t: h.t, client: c, session: s}
	s.Stdout, s.Stderr = &p.out, &p.err
	p.in, err = s.StdinPipe()
	h.must(err)
	return p
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (p *person) types(s string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, s); err != nil {
		p.t.Fatalf("typing %q: %v", s, err)
	}
}

// sees waits for want on the screen.
func (p *person) sees(want string) string {
	p.t.Helper()
	s, ok := p.out.await(func(s string) bool { return strings.Contains(s, want) })
	if !ok {
		p.t.Fatalf("never saw %q in\n%s\nstderr\n%s", want, s, p.err.String())
	}
	return s
}

// sawNot checks that a thing has not been shown so far.
func (p *person) sawNot(what string) {
	p.t.Helper()
	if s := p.out.String(); strings.Contains(s, what) {
		p.t.Fatalf("saw %q in\n%s", what, s)
	}
}

// ends waits for the exit status; -1 if none came.
func (p *person) ends() int {
	p.t.Helper()
	done := make(chan error, 1)
	go func() { done <- p.session.Wait() }()
	select {
	case err := <-done:
		var exit *ssh.ExitError
		switch {
		case err == nil:
			return 0
		case errors.As(err, &exit):
			return exit.ExitStatus()
		}
		return -1
	case <-time.After(patience):
		p.client.Close()
		<-done
		p.t.Fatalf("the session did not end; saw\n%s", p.out.String())
	}
	return -1
}

// until waits for something that no channel tells.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); !ok(); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("never %s", what)
		}
	}
}
