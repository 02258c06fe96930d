package memnet

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair is a connection from host a to host b.
func pair(t *testing.T, n *Net) (a, b net.Conn) {
	t.Helper()
	l, err := n.Host("b").Listen(":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err = n.Host("a").Dial(t.Context(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}

func read(t *testing.T, c net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
		t.Errorf("read %q, %v, want %q", got, err, want)
	}
}

func TestBytesThenEndArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		a, b := pair(t, n)
		for range 1000 { // nobody reads, and no write waits
			a.Write(make([]byte, 1<<10))
		}
		a.Write([]byte("end"))
		a.Close()
		got, err := io.ReadAll(b)
		if err != nil || len(got) != 1000<<10+3 {
			t.Errorf("got %d bytes, %v", len(got), err)
		}
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("reading after Close gave %v", err)
		}
		b.Write([]byte("x")) // answered with a reset, as by TCP
		if _, err := b.Write([]byte("x")); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("writing to somebody gone gave %v", err)
		}
		b.Close()
		if len(n.conns) != 0 {
			t.Errorf("%d ends are remembered", len(n.conns))
		}
	})
}

func TestCutStallsAndHealDelivers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		a, b := pair(t, n)
		n.Cut("a", "b")
		a.Write([]byte("one"))
		a.Write([]byte("two"))
		a.Close()
		b.SetReadDeadline(time.Now().Add(time.Hour))
		if _, err := b.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("through the cut came %v", err)
		}
		b.SetReadDeadline(time.Time{})
		n.Heal("a", "b")
		read(t, b, "onetwo")
		if _, err := b.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("after it came %v, want EOF", err)
		}
		b.Close()
	})
}

func TestCutIsOneWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		a, b := pair(t, n)
		defer a.Close()
		defer b.Close()
		n.Cut("a", "b")
		b.Write([]byte("back"))
		read(t, a, "back")
	})
}

func TestDialHangsOnACutLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		l, _ := n.Host("b").Listen(":1")
		defer l.Close()
		n.Cut("b", "a") // the answer cannot come back
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := n.Host("a").Dial(ctx, "b:1"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's end", err)
		}
		time.AfterFunc(time.Minute, n.HealAll)
		began := time.Now()
		c, err := n.Host("a").Dial(t.Context(), "b:1")
		if err != nil || time.Since(began) != time.Minute {
			t.Fatalf("got %v after %v, want a connection with the heal", err, time.Since(began))
		}
		c.Close()
		if _, err := n.Host("a").Dial(t.Context(), "b:2"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("nobody listening gave %v", err)
		}
		if _, err := n.Host("b").Listen("b:1"); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("listening twice gave %v", err)
		}
	})
}

func TestCrashResetsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		a, b := pair(t, n)
		l, _ := n.Host("b").Listen("b:1")
		n.Cut("b", "c")
		dialled := make(chan error, 1)
		go func() {
			_, err := n.Host("b").Dial(context.Background(), "c:1")
			dialled <- err
		}()
		synctest.Wait()
		n.CrashHost("b")
		for _, c := range []net.Conn{a, b} {
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("reading gave %v, want a reset", err)
			}
			c.Close()
		}
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept gave %v", err)
		}
		if err := <-dialled; !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the dial under way gave %v", err)
		}
		again, err := n.Host("b").Listen("b:1")
		if err != nil {
			t.Fatal(err)
		}
		again.Close()
		if len(n.conns) != 0 {
			t.Errorf("%d ends are remembered", len(n.conns))
		}
	})
}

func TestCrashBehindACutIsLearntWithTheHeal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		a, b := pair(t, n)
		n.Cut("b", "a")
		n.CrashHost("b")
		b.Close()
		if _, err := a.Write([]byte("x")); err != nil {
			t.Errorf("it was learnt through the cut: %v", err)
		}
		n.HealAll()
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("got %v, want a reset", err)
		}
		a.Close()
	})
}

func TestLatencyDelaysAndKeepsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		a, b := pair(t, n)
		defer a.Close()
		defer b.Close()
		began := time.Now()
		n.SetLatency("a", "b", 30*time.Millisecond)
		a.Write([]byte("slow"))
		n.SetLatency("a", "b", 0)
		a.Write([]byte("fast"))
		read(t, b, "slowfast")
		if took := time.Since(began); took != 30*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		n.SetLatency("a", "b", 20*time.Millisecond)
		n.SetLatency("b", "a", 20*time.Millisecond)
		l, _ := n.Host("b").Listen(":9")
		defer l.Close()
		began = time.Now()
		c, err := n.Host("a").Dial(t.Context(), "b:9")
		if err != nil || time.Since(began) != 40*time.Millisecond {
			t.Errorf("dialling took %v, %v", time.Since(began), err)
		}
		c.Close()
	})
}

func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		a, b := pair(t, n)
		defer a.Close()
		defer b.Close()
		a.SetReadDeadline(time.Now().Add(time.Second))
		time.AfterFunc(time.Millisecond, func() { a.SetReadDeadline(time.Now().Add(time.Minute)) })
		began := time.Now()
		_, err := a.Read(make([]byte, 1))
		var timeout net.Error
		if !errors.As(err, &timeout) || !timeout.Timeout() || time.Since(began) < time.Minute {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		a.SetDeadline(time.Unix(1, 0))
		if _, err := a.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("writing gave %v", err)
		}
		a.SetDeadline(time.Time{})
		a.Write([]byte("x"))
		read(t, b, "x")
	})
}
