package transport

import (
	"context"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func option(t *testing.T, conn net.Conn, level, name int) int {
	t.Helper()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var value int
	raw.Control(func(fd uintptr) { value, err = unix.GetsockoptInt(int(fd), level, name) })
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestDeadMachinesAreFoundByTCP(t *testing.T) {
	l, err := TCP{}.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	out, err := TCP{}.Dial(t.Context(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	in, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for name, conn := range map[string]net.Conn{"dialled": out, "accepted": in} {
		if got := option(t, conn, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT); got != 5000 {
			t.Errorf("%s: TCP_USER_TIMEOUT is %d ms, want 5000", name, got)
		}
		if got := option(t, conn, unix.SOL_SOCKET, unix.SO_KEEPALIVE); got != 1 {
			t.Errorf("%s: keepalive is off", name)
		}
		if got := option(t, conn, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE); got != 2 {
			t.Errorf("%s: keepalive begins after %d s, want 2", name, got)
		}
	}
}

// TestPortOnRealSockets walks the whole way once on loopback: handshake, calls,
// join, and the end.
func TestPortOnRealSockets(t *testing.T) {
	a := newAuthority(t, "c1", 1)
	port := func(seed byte) *Port {
		p, err := NewPort(Config{Network: TCP{}, Addr: "127.0.0.1:0", Credentials: member(t, a, seed)})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	one, two := port(2), port(3)
	two.Handle(testProto, func(ctx context.Context, conn *Conn) {
		Serve(ctx, conn, Handler{Call: reply}, Limits{})
	})
	token, err := NewJoinToken(seeded(4))
	if err != nil {
		t.Fatal(err)
	}
	d := &doorkeeper{token: token}
	two.HandleJoin(d.lookup, d.admit)
	stop := run(t, one, two)
	addr := two.Addr().String()
	peer := NewPeer(func(ctx context.Context) (*Conn, error) { return one.Dial(ctx, testProto, addr, two.ID()) })
	answer, err := peer.Call(t.Context(), 1, []byte("x"))
	if want := one.ID() + " 1 x"; err != nil || string(answer) != want {
		t.Errorf("got %q, %v, want %q", answer, err, want)
	}
	if response, _, err := Join(t.Context(), TCP{}, addr, token, newKey(t, 9), nil); err != nil || string(response) != "welcome" {
		t.Errorf("joining gave %q, %v", response, err)
	}
	stop()
	peer.Close()
}

// TestStuckReaderDoesNotHoldUpClose: the other side reads nothing, so a write is
// stuck in the socket; Close and Drop must not wait for it.
func TestStuckReaderDoesNotHoldUpClose(t *testing.T) {
	a := newAuthority(t, "c1", 1)
	reading := make(chan struct{})
	two, err := NewPort(Config{Network: TCP{}, Addr: "127.0.0.1:0", Credentials: member(t, a, 3)})
	if err != nil {
		t.Fatal(err)
	}
	two.Handle(testProto, func(ctx context.Context, _ *Conn) { <-ctx.Done(); close(reading) })
	one, err := NewPort(Config{Network: TCP{}, Addr: "127.0.0.1:0", Credentials: member(t, a, 2)})
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, one, two)
	conn, err := one.Dial(t.Context(), testProto, two.Addr().String(), "")
	if err != nil {
		t.Fatal(err)
	}
	conn.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
	for err = nil; err == nil; { // until the socket is full
		_, err = conn.Write(make([]byte, 1<<20))
	}
	began := time.Now()
	conn.Close()
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("Close took %v", took)
	}
	stop()
	<-reading
}
