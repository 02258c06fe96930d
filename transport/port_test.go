package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const testProto = "test/1"

// ask sends a line and waits for its echo.
func ask(conn net.Conn) error {
	if _, err := conn.Write([]byte("hello")); err != nil {
		return err
	}
	_, err := io.ReadFull(conn, make([]byte, 5))
	return err
}

func TestMembersKnowEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.port("a", 1), w.port("b", 2)
		met := make(chan string, 1)
		b.Handle(testProto, func(ctx context.Context, conn *Conn) { met <- conn.PeerID; echo(ctx, conn) })
		defer run(t, a, b)()
		conn, err := a.Dial(t.Context(), testProto, "b:1", b.ID())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := ask(conn); err != nil {
			t.Fatal(err)
		}
		if got := <-met; got != a.ID() || conn.PeerID != b.ID() {
			t.Errorf("b met %s and a met %s, want %s and %s", got, conn.PeerID, a.ID(), b.ID())
		}
	})
}

// TestClocksDoNotMatter: the bubble's clock starts in 2000 and goes far beyond
// what anybody would let a certificate last.
func TestClocksDoNotMatter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.port("a", 1), w.port("b", 2)
		b.Handle(testProto, echo)
		defer run(t, a, b)()
		<-time.After(200 * 365 * 24 * time.Hour)
		conn, err := a.Dial(t.Context(), testProto, "b:1", "")
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
	})
}

func TestAnotherNodeThanAskedForIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.port("a", 1), w.port("b", 2)
		b.Handle(testProto, echo)
		defer run(t, a, b)()
		_, err := a.Dial(t.Context(), testProto, "b:1", newKey(t, 9).ID())
		if !errors.Is(err, ErrWrongPeer) || !strings.HasPrefix(err.Error(), "b:1 answered as "+b.ID()) {
			t.Errorf("got %v, want ErrWrongPeer and who answered", err)
		}
		layer := w.port("c", 3).Layer(testProto)
		defer layer.port.Close()
		layer.Expect = func(string) string { return a.ID() }
		if conn, err := layer.Dial("b:1", time.Second); !errors.Is(err, ErrWrongPeer) || conn != nil {
			t.Errorf("the layer got %v, %v, want ErrWrongPeer", conn, err)
		}
	})
}

func TestAnotherClusterIsRefusedByBothSides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		foreign := newWorld(t)
		foreign.net, foreign.authority = w.net, newAuthority(t, "c1", 77) // the same id, even
		a, x := w.port("a", 1), foreign.port("x", 2)
		refuse := func(context.Context, *Conn) { t.Error("let in") }
		a.Handle(testProto, refuse)
		x.Handle(testProto, refuse)
		defer run(t, a, x)()
		_, err := a.Dial(t.Context(), testProto, "x:1", "")
		if err == nil || !strings.Contains(err.Error(), "x:1 belongs to another cluster") {
			t.Errorf("got %v, want that it belongs to another cluster", err)
		}
		// A client that does not look at all must still be refused by the server.
		config := x.identity.memberClient(testProto, "a:1", "", x.config.Denied)
		config.InsecureSkipVerify = true
		config.VerifyConnection = nil
		_, secure, err := dialTLS(t.Context(), w.net.Host("x"), "a:1", config)
		if err != nil {
			t.Fatal(err)
		}
		defer secure.Close()
		if err := readGreeting(secure, testProto, "a:1"); err == nil || !strings.Contains(err.Error(), "a:1 refused") {
			t.Errorf("got %v, want a refusal", err)
		}
	})
}

func TestUnknownProtocolIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.port("a", 1), w.port("b", 2)
		b.Handle(testProto, echo)
		defer run(t, a, b)()
		if _, err := a.Dial(t.Context(), "other/1", "b:1", ""); err == nil || !strings.Contains(err.Error(), "does not have this protocol") {
			t.Errorf("got %v, want that it does not have the protocol", err)
		}
		if _, err := a.Dial(t.Context(), joinProto, "b:1", ""); err == nil {
			t.Error("joining worked on a port that lets nobody join")
		}
		config := a.identity.memberClient("", "b:1", "", a.config.Denied)
		config.NextProtos = nil
		_, secure, err := dialTLS(t.Context(), w.net.Host("a"), "b:1", config)
		if err == nil {
			defer secure.Close()
			err = readGreeting(secure, "", "b:1")
		}
		if err == nil {
			t.Error("a connection without a protocol was let in")
		}
	})
}

func TestRemovedNodeIsCutAndStaysOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var removed atomic.Bool
		victim := newKey(t, 1).ID()
		deny := func(c *Config) { c.Denied = func(id string) bool { return removed.Load() && id == victim } }
		a, b := w.port("a", 1), w.port("b", 2, deny)
		a.Handle(testProto, echo)
		b.Handle(testProto, echo)
		defer run(t, a, b)()
		in, err := a.Dial(t.Context(), testProto, "b:1", b.ID())
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		out, err := b.Dial(t.Context(), testProto, "a:1", a.ID())
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		removed.Store(true)
		if n := b.Drop(a.ID()); n != 2 {
			t.Errorf("dropped %d connections, want 2", n)
		}
		if ask(in) == nil || ask(out) == nil {
			t.Error("a connection outlived the removal")
		}
		if _, err := a.Dial(t.Context(), testProto, "b:1", ""); !errors.Is(err, ErrRemoved) {
			t.Errorf("the removed node got %v, want ErrRemoved", err)
		}
		if _, err := b.Dial(t.Context(), testProto, "a:1", ""); err == nil || !strings.Contains(err.Error(), "was removed") {
			t.Errorf("dialling it gave %v, want that it was removed", err)
		}
		if n := b.Drop(a.ID()); n != 0 {
			t.Errorf("%d connections came back", n)
		}
	})
}

// TestSilentStrangersShutNobodyOut: more strangers than seats say nothing.
func TestSilentStrangersShutNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.port("a", 1)
		b := w.port("b", 2, func(c *Config) { c.MaxHandshakes = 4 })
		b.Handle(testProto, echo)
		defer run(t, a, b)()
		var strangers []net.Conn
		for range 10 {
			c, err := w.net.Host("x").Dial(t.Context(), "b:1")
			if err != nil {
				t.Fatal(err)
			}
			strangers = append(strangers, c)
			synctest.Wait() // so that they sit down in this order
		}
		conn, err := a.Dial(t.Context(), testProto, "b:1", "")
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
		began := time.Now()
		for i, c := range strangers {
			if _, err := c.Read(make([]byte, 1)); err == nil {
				t.Error("a stranger was answered")
			}
			waited := time.Since(began)
			if i < 6 && waited != 0 || waited > defaultHandshakeTimeout {
				t.Errorf("stranger %d was turned out after %v", i, waited)
			}
			c.Close()
		}
	})
}

func TestDialGivesUpOnSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.port("a", 1)
		defer run(t, a)()
		mute, err := w.net.Host("m").Listen(":1")
		if err != nil {
			t.Fatal(err)
		}
		defer mute.Close()
		w.net.Cut("a", "far")
		for _, addr := range []string{"m:1", "far:1"} {
			began := time.Now()
			if _, err := a.Dial(t.Context(), testProto, addr, ""); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: got %v, want a deadline", addr, err)
			}
			if took := time.Since(began); took != defaultHandshakeTimeout {
				t.Errorf("%s: gave up after %v, want %v", addr, took, defaultHandshakeTimeout)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			if _, err := a.Dial(ctx, testProto, addr, ""); err == nil || time.Since(began) != defaultHandshakeTimeout+time.Millisecond {
				t.Errorf("%s: got %v after %v, want its own context's end", addr, err, time.Since(began))
			}
			cancel()
		}
	})
}

func TestRunEndsWithEverythingItStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.port("a", 1), w.port("b", 2)
		ended := false
		b.Handle(testProto, func(ctx context.Context, conn *Conn) {
			echo(ctx, conn)
			<-ctx.Done()
			ended = true
		})
		layer := b.Layer("layer/1")
		stopA, stopB := run(t, a), run(t, b)
		defer stopA()
		conn, err := a.Dial(t.Context(), testProto, "b:1", "")
		if err != nil {
			t.Fatal(err)
		}
		waiting, err := a.Dial(t.Context(), "layer/1", "b:1", "")
		if err != nil {
			t.Fatal(err)
		}
		stranger, _ := w.net.Host("x").Dial(t.Context(), "b:1")
		stopB()
		if !ended {
			t.Error("Run returned before a handler")
		}
		for _, c := range []net.Conn{conn, waiting, stranger} {
			if err := ask(c); err == nil {
				t.Error("a connection outlived Run")
			}
			c.Close()
		}
		if _, err := layer.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept gave %v, want ErrClosed", err)
		}
		if _, err := b.Dial(t.Context(), testProto, "a:1", ""); err == nil {
			t.Error("a port that has ended dialled")
		}
		if err := b.Run(t.Context()); err == nil {
			t.Error("a port ran twice")
		}
	})
}

func TestLayerCarriesItsProtocolOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.port("a", 1), w.port("b", 2)
		la, lb := a.Layer("layer/1"), b.Layer("layer/1")
		b.Handle(testProto, echo)
		defer run(t, a, b)()
		conn, err := la.Dial("b:1", time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		got, err := lb.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if id := got.(*Conn).PeerID; id != a.ID() {
			t.Errorf("accepted %s, want %s", id, a.ID())
		}
		got.Close()
		var extra []net.Conn // one more than may wait
		for range layerBacklog + 1 {
			c, err := la.Dial("b:1", time.Second)
			if err != nil {
				t.Fatal(err)
			}
			extra = append(extra, c)
		}
		if _, err := extra[layerBacklog].Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the one too many got %v, want EOF", err)
		}
		lb.Close()
		for _, c := range extra {
			if _, err := c.Read(make([]byte, 1)); err == nil {
				t.Error("a connection that was not accepted outlived Close")
			}
			c.Close()
		}
	})
}

func TestOneMemberHasItsShareOnly(t *testing.T) {
	table := newConnTable()
	for range maxConnsPerPeer {
		if !table.add(&Conn{PeerID: "a"}) {
			t.Fatal("refused below the bound")
		}
	}
	last := &Conn{PeerID: "a"}
	if table.add(last) || !table.add(&Conn{PeerID: "b"}) {
		t.Error("the bound is not one for each peer")
	}
	table.remove(last) // was never in it
	if table.add(last) {
		t.Error("removing what was not there made room")
	}
}

func TestServerSpeaksTLS13Only(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.port("a", 1), w.port("b", 2)
		b.Handle(testProto, echo)
		defer run(t, a, b)()
		config := a.identity.memberClient(testProto, "b:1", "", a.config.Denied)
		config.MinVersion, config.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
		if _, _, err := dialTLS(t.Context(), w.net.Host("a"), "b:1", config); err == nil {
			t.Error("TLS 1.2 was taken")
		}
	})
}
