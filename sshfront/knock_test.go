package sshfront

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// TestOpeningEndsBehindTheLists: what comes behind them is work.
func TestOpeningEndsBehindTheLists(t *testing.T) {
	const lists = "\x00\x00\x00\x06\x04\x14abcd"
	for text, opens := range map[string]int{
		"SSH-2.0-x\r\n" + lists + "more":               11 + 10,
		"hello\nSSH-2.0-x\n" + lists + "more":          16 + 10,
		"SSH-2.0-x\n\x00\x00\x00\x00more":              10 + 4,
		"SSH-2.0-x\n\xff\xff\xff\xffnot that much":     27,
		"SS\nSSH\n" + strings.Repeat("SH-2.0-x\n", 20): 187,
		"SSH-2.0-x\r\n\x00\x00":                        13,
	} {
		var o opening
		n := 0
		for n < len(text) && o.want() > 0 {
			k := min(o.want(), len(text)-n, 3)
			o.take([]byte(text[n : n+k]))
			n += k
		}
		if n != opens {
			t.Errorf("%q: it is over after %d bytes, want %d", text, n, opens)
		}
	}
}

// TestTurnIsHeldOnlyWhileTheServerWorks: who keeps it waiting holds up nobody.
func TestTurnIsHeldOnlyWhileTheServerWorks(t *testing.T) {
	d := newDoor(newWorld(t).n1)
	turns := func() int {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.gate.turns
	}
	v, _, _ := d.arrive(from("10.0.0.1"), func() {})
	client, server := net.Pipe()
	defer client.Close()
	k := &knock{Conn: server, ctx: context.Background(), door: d, v: v}
	sent := make(chan string)
	go func() {
		for s := range sent {
			_, _ = io.WriteString(client, s)
		}
	}()
	defer close(sent)
	sent <- "SSH-2.0-x\n\x00\x00\x00\x02\x00\x14"
	if _, err := io.ReadFull(k, make([]byte, 16)); err != nil || turns() != 0 {
		t.Fatalf("%d turns for the opening, %v", turns(), err)
	}
	for range 2 {
		sent <- "work"
		if _, err := io.ReadFull(k, make([]byte, 4)); err != nil || turns() != 1 {
			t.Fatalf("%d turns for work, %v", turns(), err)
		}
	}
	before := v.moved
	go func() { _, _ = io.CopyN(io.Discard, client, 6) }()
	if _, err := io.WriteString(k, "answer"); err != nil || !v.moved.After(before) {
		t.Error("an answer does not move it")
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		_, _ = k.Read(make([]byte, 1))
	}()
	until(t, "at rest", func() bool { return turns() == 0 })
	server.Close()
	<-over
	if d.leave(v); len(d.gate.origins) != 0 {
		t.Errorf("left: %+v", d.gate)
	}
}

// thinking is a signer whose owner has to find the passphrase, or touch a key.
type thinking struct {
	ssh.Signer
	asked, found chan struct{}
}

func (s thinking) Sign(r io.Reader, data []byte) (*ssh.Signature, error) {
	close(s.asked)
	<-s.found
	return s.Signer.Sign(r, data)
}

// TestPassphraseMayTakeItsTime: a flood from elsewhere, of more connections than there
// is room for, costs somebody who thinks nothing.
func TestPassphraseMayTakeItsTime(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, func(c *Config) { c.Limits.Handshake = 2 * patience })
	s := thinking{key("alice"), make(chan struct{}), make(chan struct{})}
	result := make(chan error, 1)
	go func() {
		c, err := ssh.Dial("tcp", h.addr, clientConfig("alice", ssh.PublicKeys(s)))
		if err == nil {
			c.Close()
		}
		result <- err
	}()
	<-s.asked
	for _, ip := range []string{"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6"} {
		h.flood(240, ip, "SSH-2.0-hostile\r\n")
	}
	began := time.Now()
	until(t, "twice through the room", func() bool {
		return h.srv.Counts().HandshakesGaveWay > 1000 && time.Since(began) > 2*enoughQuiet
	})
	if n := h.srv.Counts(); n.Unproven > usualRoom {
		t.Errorf("%+v", n)
	}
	if took, err := h.login("127.0.0.7", "bob"); err != nil || took > quick() {
		t.Errorf("a login took %v: %v", took, err)
	}
	close(s.found)
	if err := <-result; err != nil {
		t.Errorf("alice did not get in: %v", err)
	}
}

const usualRoom = 32 * roomEach

// TestOneWhoGaveWayDoesNotComeInAllTheSame: it proves who it is in the moment after the
// gate has chosen it to give way, and before it is told. Nobody counts it any more, so
// it would be one more than the bounds allow, for as long as it stays.
func TestOneWhoGaveWayDoesNotComeInAllTheSame(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	for _, gaveWay := range []bool{false, true} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		h.must(err)
		v, _, _ := h.srv.door.arrive(from("10.0.0.1"), func() {})
		h.srv.ssh.AuthLogCallback = func(_ ssh.ConnMetadata, method string, err error) {
			if gaveWay && method == "publickey" && err == nil {
				h.srv.door.change(func(g *gate) { g.leave(v) })
			}
		}
		client, judged := make(chan error, 1), make(chan struct{})
		go func() {
			c, err := ssh.Dial("tcp", l.Addr().String(), clientConfig("alice", ssh.PublicKeys(key("alice"))))
			if err == nil {
				<-judged
				err = c.Close()
			}
			client <- err
		}()
		nc, err := l.Accept()
		h.must(err)
		_, err = h.srv.handshake(t.Context(), nc, v)
		close(judged)
		if in := err == nil; in == gaveWay || gaveWay && !errors.Is(err, errGaveWay) {
			t.Errorf("gave way %v: %v", gaveWay, err)
		}
		nc.Close()
		<-client
		l.Close()
	}
}
