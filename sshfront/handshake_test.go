package sshfront

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"moniker/fsm/lease"
)

// keyOnly is a signer that offers one key and cannot sign with it.
type keyOnly struct{ ssh.Signer }

func (k keyOnly) Sign(io.Reader, []byte) (*ssh.Signature, error) {
	return nil, errors.New("the private key is not here")
}

// offered asks the server about a key and then forgets it, as a client does whose
// agent lost the private half.
type offered struct{ ssh.Signer }

func (o offered) PublicKey() ssh.PublicKey { return &fading{PublicKey: o.Signer.PublicKey()} }

type fading struct {
	ssh.PublicKey
	asked int
}

func (k *fading) Marshal() []byte {
	if k.asked++; k.asked > 1 {
		return []byte("another") // so the answer does not fit, and the next key is tried
	}
	return k.PublicKey.Marshal()
}

func TestIdentityIsTheKeyThatAuthenticated(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	c, err := ssh.Dial("tcp", h.addr, clientConfig("alice", ssh.PublicKeys(offered{key("alice")}, key("mallory"))))
	h.must(err)
	t.Cleanup(func() { c.Close() })
	p := h.open(c, true, 80, 24)
	p.sees("#lobby alice> ")
	if got, want := h.w.state("alice").Owner, idOf("mallory"); got != want {
		t.Errorf("alice is owned by %s, want %s", got, want)
	}
}

// unsigned signs with another key than it offers: the server says yes to the
// offer and no to the signature.
type unsigned struct{ ssh.Signer }

func (k unsigned) Sign(r io.Reader, data []byte) (*ssh.Signature, error) {
	return key("somebody else").Sign(r, data)
}

func TestKeyMerelyOfferedIsNobody(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	for _, s := range []ssh.Signer{offered{key("alice")}, keyOnly{key("alice")}, unsigned{key("alice")}} {
		c, err := ssh.Dial("tcp", h.addr, clientConfig("alice", ssh.PublicKeys(s)))
		if err == nil {
			c.Close()
			t.Fatalf("%T got in without the key", s)
		}
	}
	if n := h.w.state("alice"); n.State != lease.Free {
		t.Errorf("alice is %+v", n)
	}
}

func TestNoKeyIsToldHowToMakeOne(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	var banner strings.Builder
	conf := clientConfig("alice", ssh.KeyboardInteractive(
		func(string, string, []string, []bool) ([]string, error) { return nil, nil }))
	conf.BannerCallback = func(m string) error { banner.WriteString(m); return nil }
	if c, err := ssh.Dial("tcp", h.addr, conf); err == nil {
		c.Close()
		t.Fatal("somebody without a key got in")
	}
	if got, want := banner.String(), "moniker knows people by their SSH key. To make one: ssh-keygen -t ed25519\r\n"; got != want {
		t.Errorf("banner %q, want %q", got, want)
	}
	banner.Reset()
	conf = clientConfig("alice", ssh.PublicKeys(key("alice")))
	conf.BannerCallback = func(m string) error { banner.WriteString(m); return nil }
	c, err := ssh.Dial("tcp", h.addr, conf)
	h.must(err)
	c.Close()
	if banner.Len() > 0 {
		t.Errorf("somebody with a key was told %q", banner.String())
	}
}

func TestManyKeysInTheAgent(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	var keys []ssh.Signer
	for i := range 15 {
		keys = append(keys, offered{key(strings.Repeat("k", i+1))})
	}
	c, err := ssh.Dial("tcp", h.addr, clientConfig("alice", ssh.PublicKeys(append(keys, key("alice"))...)))
	h.must(err)
	c.Close()
}

func TestShortRSAKeyIsNobody(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skip(err)
	}
	pub, err := ssh.NewPublicKey(&small.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := whoIs(nil, pub); err == nil {
		t.Errorf("a short RSA key is %v", p.Extensions)
	}
}

func TestAlgorithmsAreTheListed(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	nc, err := net.Dial("tcp", h.addr)
	h.must(err)
	defer nc.Close()
	banner, lists := kexInit(t, nc)
	if banner != "SSH-2.0-moniker\r\n" {
		t.Errorf("version %q", banner)
	}
	want := [][]string{
		{"mlkem768x25519-sha256", "curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "kex-strict-s-v00@openssh.com"},
		{"ssh-ed25519"},
		{"aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr"},
		nil,
		{"hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com"},
	}
	for i, w := range want {
		if w != nil && !slices.Equal(lists[i], w) {
			t.Errorf("list %d is %v, want %v", i, lists[i], w)
		}
	}
	for _, a := range serverConfig().PublicKeyAuthAlgorithms {
		if a == "ssh-rsa" || a == "ssh-dss" || strings.Contains(a, "cert") {
			t.Errorf("keys may be %s", a)
		}
	}
}

// kexInit reads a server's version and the lists of its first packet (RFC 4253, 7.1).
func kexInit(t *testing.T, nc net.Conn) (string, [][]string) {
	t.Helper()
	if _, err := io.WriteString(nc, "SSH-2.0-test\r\n"); err != nil {
		t.Fatal(err)
	}
	var got []byte
	buf := make([]byte, 4096)
	nc.SetReadDeadline(time.Now().Add(patience))
	for {
		n, err := nc.Read(buf)
		got = append(got, buf[:n]...)
		if err != nil {
			t.Fatal(err)
		}
		head, packet, ok := bytes.Cut(got, []byte("\r\n"))
		if !ok || len(packet) < 22 || len(packet) < 4+int(packet[3])+int(packet[2])<<8 {
			continue
		}
		rest := packet[4+1+1+16:]
		var lists [][]string
		for range 8 {
			n := int(rest[2])<<8 + int(rest[3])
			lists = append(lists, strings.Split(string(rest[4:4+n]), ","))
			rest = rest[4+n:]
		}
		return string(head) + "\r\n", lists
	}
}

func TestHandshakeThatStallsIsDropped(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, func(c *Config) { c.Limits.Handshake = 3 * time.Second }) // alice's, too
	var all []net.Conn
	stalls := []string{"", "SSH-2.0-test\r\n", "SSH-2.0-test\r\n\x00\x00\x01"}
	for _, sent := range stalls {
		nc, err := net.Dial("tcp", h.addr)
		h.must(err)
		defer nc.Close()
		_, err = io.WriteString(nc, sent)
		h.must(err)
		all = append(all, nc)
	}
	for i, nc := range all {
		nc.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, nc); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%q: the handshake was not dropped", stalls[i])
		}
	}
	until(t, "counted", func() bool { n := h.srv.Counts(); return n.HandshakesLate == 3 && n.HandshakesFailed == 3 })
	h.inLobby("alice")
}

func TestConnectionWithoutASessionIsClosed(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, func(c *Config) { c.Limits.Handshake = 3 * time.Second })
	c := h.dial("alice", "alice")
	if err := c.Wait(); err == nil {
		t.Error("it ended without a word, and without an error")
	}
}

// eager is a client's end of a connection, and says how much has gone into it.
type eager struct {
	net.Conn
	wrote atomic.Int64
}

func (c *eager) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.wrote.Add(int64(n))
	return n, err
}

// lostLate is a node's end, which is lost when the client has proven who it is and has
// asked for more than the library keeps.
type lostLate struct {
	net.Listener
	read  atomic.Int64
	asked chan struct{}
}

func (l *lostLate) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &lostConn{Conn: c, l: l}, err
}

type lostConn struct {
	net.Conn
	l *lostLate
}

func (c *lostConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.l.read.Add(int64(n))
	return n, err
}

func (c *lostConn) SetDeadline(at time.Time) error {
	if at.IsZero() {
		<-c.l.asked
		return errors.New("lost")
	}
	return c.Conn.SetDeadline(at)
}

// What a client asked for before it was let in is nobody's to answer.
func TestAConnectionLostAfterItsHandshakeLeavesNothing(t *testing.T) {
	ln := &lostLate{Listener: listens(t), asked: make(chan struct{})}
	h := newHouseAt(t, ln, newWorld(t).n1, nil)
	nc, err := net.Dial("tcp", h.addr)
	h.must(err)
	client := &eager{Conn: nc}
	sc, chans, reqs, err := ssh.NewClientConn(client, h.addr, clientConfig("alice", ssh.PublicKeys(key("alice"))))
	h.must(err)
	c := ssh.NewClient(sc, chans, reqs)
	defer c.Close()
	before := client.wrote.Load()
	var asking sync.WaitGroup
	const asks = 24 // it keeps 16
	for range asks {
		asking.Go(func() {
			if _, _, err := c.OpenChannel("session", nil); err == nil {
				t.Error("a session was opened")
			}
		})
	}
	const least = 40 // bytes to ask for one
	until(t, "all is asked for", func() bool {
		wrote := client.wrote.Load()
		return wrote-before >= asks*least && ln.read.Load() >= wrote
	})
	close(ln.asked)
	asking.Wait()
	c.Close()
	until(t, "all that served it has ended", func() bool {
		stacks := make([]byte, 1<<20)
		return !strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "crypto/ssh.(*mux).loop")
	})
}
