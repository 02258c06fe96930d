package sshfront

import (
	"errors"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"moniker/fsm/setting"
)

// dialFrom connects from an address of this machine: all of 127/8 is, on Linux.
func (h *house) dialFrom(ip string) (net.Conn, error) {
	d := net.Dialer{Timeout: patience}
	if ip != "127.0.0.1" {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(ip)}
	}
	return d.Dial("tcp", h.addr)
}

// login is how long a login from an address takes.
func (h *house) login(ip, name string) (time.Duration, error) {
	began := time.Now()
	nc, err := h.dialFrom(ip)
	if err != nil {
		return 0, err
	}
	sc, chans, reqs, err := ssh.NewClientConn(nc, h.addr, clientConfig(name, ssh.PublicKeys(key(name))))
	if err != nil {
		nc.Close()
		return 0, err
	}
	took := time.Since(began)
	ssh.NewClient(sc, chans, reqs).Close()
	return took, nil
}

// quick is what a login may take, whatever others do, on a machine that is busy with
// other tests. It takes milliseconds; where it waits for its turn behind connections
// that do nothing, 7 to 10 s. The race detector makes the handshakes of the crowd,
// which is in this process too, many times slower: with it only that one comes in is held.
func quick() time.Duration {
	if raceDetector {
		return patience
	}
	return 5 * time.Second
}

// flood keeps n hostile connections from an address going: each sends something,
// waits until the server has enough of it, and comes again. It ends with the test.
func (h *house) flood(n int, ip, sent string) {
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range n {
		wg.Go(func() {
			for {
				nc, err := h.dialFrom(ip)
				if err == nil {
					over := make(chan struct{})
					wg.Go(func() {
						select {
						case <-stop:
						case <-over:
						}
						nc.Close()
					})
					_, _ = io.WriteString(nc, sent)
					_, _ = io.Copy(io.Discard, nc)
					close(over)
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	h.t.Cleanup(func() { close(stop); wg.Wait() })
}

// opened is what a client sends of itself: its version, and its lists.
func opened(t *testing.T, h *house) string {
	t.Helper()
	nc, err := net.Dial("tcp", h.addr)
	h.must(err)
	var sent strings.Builder
	c := &taped{Conn: nc, sent: &sent}
	_, _, _, err = ssh.NewClientConn(c, h.addr, clientConfig("x"))
	if err == nil {
		t.Fatal("somebody without a key got in")
	}
	nc.Close()
	return sent.String()
}

// taped keeps what is sent up to the client's part of the key exchange.
type taped struct {
	net.Conn
	n    int
	sent *strings.Builder
}

func (c *taped) Write(b []byte) (int, error) {
	if c.n++; c.n <= 3 { // the version, the lists, the exchange
		c.sent.Write(b)
	}
	return c.Conn.Write(b)
}

// TestLoginIsQuickWhateverOthersDo: 200 hostile connections delay nobody.
func TestLoginIsQuickWhateverOthersDo(t *testing.T) {
	for what, sent := range map[string]func(*testing.T, *house) string{
		"version": func(*testing.T, *house) string { return "SSH-2.0-hostile\r\n" },
		"nothing": func(*testing.T, *house) string { return "" },
		"half a packet": func(*testing.T, *house) string {
			return "SSH-2.0-hostile\r\n\x00\x00\x04\x00\x08\x14"
		},
		"key exchange": opened,
		"garbage":      func(*testing.T, *house) string { return strings.Repeat("\xff\x00garbage\n", 100) },
	} {
		t.Run(what, func(t *testing.T) {
			h := newHouse(t, newWorld(t).n1, nil)
			alice := h.inLobby("alice")
			h.flood(200, "127.0.0.1", sent(t, h))
			until(t, "under way", func() bool { return h.srv.Counts().Accepted > 200 })
			for i, ip := range []string{"127.0.0.2", "127.0.0.1", "127.0.0.2", "127.0.0.1"} {
				took, err := h.login(ip, "bob")
				t.Logf("a login from %s took %v", ip, took)
				if err != nil || took > quick() {
					t.Errorf("a login from %s took %v: %v", ip, took, err)
				}
				alice.types("still here " + string(rune('a'+i)) + "\r")
				alice.sees("alice  still here " + string(rune('a'+i)))
			}
		})
	}
}

func TestRefusalIsToldBeforeTheKeyExchange(t *testing.T) {
	w := newWorld(t)
	w.set(setting.LimitAddress, 1)
	h := newHouse(t, w.n1, nil)
	alice := h.inLobby("alice")
	const words = "Too many connections from your address (1). End one of them, or try another node."
	if _, err := h.login("127.0.0.1", "bob"); err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("refused with %v", err)
	}
	if _, err := h.login("127.0.0.2", "bob"); err != nil {
		t.Error(err)
	}
	w.set(setting.LimitConnections, 1)
	until(t, "refused", func() bool {
		_, err := h.login("127.0.0.2", "bob")
		return err != nil && strings.Contains(err.Error(), "n1 has as many connections as it takes (1). Another node may have room.")
	})
	until(t, "alice alone is there", func() bool { return h.srv.Counts().Connections == 1 })
	if n := h.srv.Counts(); n.RefusedConnections < 2 {
		t.Errorf("%+v", n)
	}
	alice.client.Close()
	until(t, "let in again", func() bool {
		_, err := h.login("127.0.0.1", "bob")
		return err == nil
	})
}

func TestOpenSSHPrintsARefusal(t *testing.T) {
	client, err := exec.LookPath("ssh")
	if err != nil {
		t.Skip(err)
	}
	w := newWorld(t)
	w.set(setting.LimitConnections, 1)
	h := newHouse(t, w.n1, nil)
	h.inLobby("alice")
	_, port, _ := net.SplitHostPort(h.addr)
	out, err := exec.Command(client, "-F", "none", "-p", port, "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no",
		"-o", "UserKnownHostsFile="+filepath.Join(t.TempDir(), "hosts"), "bob@127.0.0.1").CombinedOutput()
	const words = ":12: n1 has as many connections as it takes (1). Another node may have room."
	if !strings.Contains(string(out), words) {
		t.Errorf("ssh printed %q (%v), want %q in it", out, err, words)
	}
	t.Logf("%s", out)
}

// TestRefusalsAreBounded: those who are told why do not hold up the others.
func TestRefusalsAreBounded(t *testing.T) {
	w := newWorld(t)
	w.set(setting.LimitAddress, 1)
	h := newHouse(t, w.n1, nil)
	h.inLobby("alice")
	var open []net.Conn
	defer func() {
		for _, nc := range open {
			nc.Close()
		}
	}()
	for range 3 * mostRefusals {
		nc, err := h.dialFrom("127.0.0.1")
		h.must(err)
		open = append(open, nc)
	}
	until(t, "refused", func() bool { return h.srv.Counts().RefusedConnections == 3*mostRefusals })
	if n := len(h.srv.refusals); n > mostRefusals {
		t.Errorf("%d are being told", n)
	}
	for _, nc := range open {
		nc.SetReadDeadline(time.Now().Add(patience))
		_, err := io.Copy(io.Discard, nc)
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			t.Fatal("a refused connection stays")
		}
	}
	until(t, "told", func() bool { return len(h.srv.refusals) == 0 })
}
