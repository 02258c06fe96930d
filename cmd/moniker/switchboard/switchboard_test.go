package switchboard

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"moniker/transport"
	"moniker/transport/memnet"
)

const there = "b:1"

// pair is a connection that a dialled to b through the board, and b's end of it.
func pair(t *testing.T) (board *Board, dialled, accepted net.Conn) {
	t.Helper()
	n := memnet.New()
	l, err := n.Host("b").Listen(there)
	if err != nil {
		t.Fatal(err)
	}
	board = New(n.Host("a"))
	if dialled, err = board.Dial(t.Context(), there); err != nil {
		t.Fatal(err)
	}
	if accepted, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		board.Cut()
		dialled.Close()
		accepted.Close()
		l.Close()
	})
	return board, dialled, accepted
}

// reading reads on until conn's end, and tells what comes.
func reading(conn net.Conn) (got func() string, end func() error) {
	var text strings.Builder
	done := make(chan error, 1)
	go func() {
		_, err := io.Copy(&text, conn)
		done <- err
	}()
	return func() string { synctest.Wait(); return text.String() }, func() error { return <-done }
}

func writing(conn net.Conn, text string) chan error {
	done := make(chan error, 1)
	go func() {
		_, err := io.WriteString(conn, text)
		done <- err
	}()
	return done
}

func TestACutStallsBothWaysAndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board, a, b := pair(t)
		atA, endA := reading(a)
		atB, endB := reading(b)
		io.WriteString(a, "1")
		io.WriteString(b, "1")
		if atA() != "1" || atB() != "1" {
			t.Fatalf("before: %q, %q", atA(), atB())
		}
		board.Cut("c:1", there)
		written := writing(a, "2")
		io.WriteString(b, "2")
		io.WriteString(b, "3")
		time.Sleep(time.Hour)
		if atA() != "1" || atB() != "1" || len(written) > 0 {
			t.Errorf("cut: %q, %q arrived, %d writes are done", atA(), atB(), len(written))
		}
		board.Cut("c:1")
		if err := <-written; err != nil || atA() != "123" || atB() != "12" {
			t.Errorf("healed: %q, %q, %v", atA(), atB(), err)
		}
		a.Close()
		if err := endB(); err != nil || endA() != net.ErrClosed {
			t.Errorf("the other end ended with %v", err)
		}
	})
}

func TestDialsHangUntilTheirDeadlineOrTheHealing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board, _, _ := pair(t)
		board.Cut(there)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if conn, err := board.Dial(ctx, there); conn != nil || !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 5*time.Second {
			t.Errorf("got %v, %v after %v", conn, err, time.Since(began))
		}
		dialled := make(chan error, 1)
		go func() {
			conn, err := board.Dial(t.Context(), there)
			if err == nil {
				conn.Close()
			}
			dialled <- err
		}()
		time.Sleep(time.Minute)
		if len(dialled) > 0 {
			t.Error("the dial did not wait")
		}
		board.Cut()
		if err := <-dialled; err != nil {
			t.Error(err)
		}
	})
}

func TestDeadlinesHoldWhileCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board, a, b := pair(t)
		board.Cut(there)
		io.WriteString(b, "kept")
		began := time.Now()
		a.SetReadDeadline(began.Add(time.Second))
		if n, err := a.Read(make([]byte, 9)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("read %d, %v after %v", n, err, time.Since(began))
		}
		written := writing(a, "x")
		synctest.Wait()
		a.SetWriteDeadline(time.Now().Add(time.Second)) // who waits already waits for this one
		if err := <-written; !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != 2*time.Second {
			t.Errorf("wrote with %v after %v", err, time.Since(began))
		}
		a.SetDeadline(time.Time{})
		board.Cut()
		buf := make([]byte, 2)
		for _, want := range []string{"ke", "pt"} {
			if n, err := a.Read(buf); err != nil || string(buf[:n]) != want {
				t.Errorf("read %q, %v, want %q", buf[:n], err, want)
			}
		}
		if err := <-writing(a, "y"); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatIsClosedWhileCutIsHeardOfLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board, a, b := pair(t)
		_, endA := reading(a)
		_, endB := reading(b)
		synctest.Wait() // a is in the network's own Read
		board.Cut(there)
		written := writing(a, "x")
		synctest.Wait()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if err := endA(); err != net.ErrClosed {
			t.Errorf("its reader ended with %v", err)
		}
		if err := <-written; err != net.ErrClosed {
			t.Errorf("its writer ended with %v", err)
		}
		if err := a.Close(); err != net.ErrClosed {
			t.Errorf("closing it again: %v", err)
		}
		heard := make(chan error, 1)
		go func() { heard <- endB() }()
		time.Sleep(time.Hour)
		if len(heard) > 0 {
			t.Error("the other side heard of it through a cut link")
		}
		board.Cut()
		if err := <-heard; err != nil {
			t.Error(err)
		}
	})
}

func TestWordsAreObeyedInOrder(t *testing.T) {
	board := New(memnet.New().Host("a"))
	cut := func(addr string) bool { is, _ := board.look(addr); return is }
	var got []string
	board.Follow(strings.NewReader("heal\ncut b:1 c:1\nbark b:1\ncut c:1\n\nheal now\nheal\n"), func() {
		is := ""
		for _, a := range []string{"b:1", "c:1"} {
			if cut(a) {
				is += a[:1]
			}
		}
		got = append(got, is)
	})
	if want := []string{"", "bc", "bc", "c", "c", "c", ""}; strings.Join(got, ",") != strings.Join(want, ",") {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestOnRealSockets has a read that is in the socket already when the cut comes.
func TestOnRealSockets(t *testing.T) {
	l, err := transport.TCP{}.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	addr := l.Addr().String()
	board := New(transport.TCP{})
	a, err := board.Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	type read struct {
		text string
		err  error
	}
	reads := make(chan read, 1)
	go func() {
		buf := make([]byte, 9)
		n, err := a.Read(buf)
		reads <- read{string(buf[:n]), err}
	}()
	board.Cut(addr)
	if _, err := io.WriteString(b, "late"); err != nil {
		t.Fatal(err)
	}
	written := writing(a, "x")
	b.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	if n, err := b.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("through a cut link came %d bytes, %v", n, err)
	}
	if len(reads) > 0 {
		t.Errorf("and %+v", <-reads)
	}
	b.SetReadDeadline(time.Time{})
	board.Cut()
	if r := <-reads; r != (read{"late", nil}) {
		t.Errorf("read %+v", r)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
	if n, err := b.Read(make([]byte, 9)); n != 1 || err != nil {
		t.Errorf("read %d, %v", n, err)
	}
}
