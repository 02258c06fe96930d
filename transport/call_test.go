package transport

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"moniker/transport/memnet"
)

// duo is a peer at a and a server at b:1, over plain in-memory connections: the
// multiplexer does not care about TLS.
type duo struct {
	t      *testing.T
	net    *memnet.Net
	peer   *Peer
	dials  atomic.Int32
	served chan error // why each connection ended
}

func serveAt(t *testing.T, h Handler, limits Limits, f func(d *duo)) {
	synctest.Test(t, func(t *testing.T) {
		d := &duo{t: t, net: memnet.New(), served: make(chan error, 1000)}
		l, err := d.net.Host("b").Listen(":1")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var work sync.WaitGroup
		work.Go(func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				work.Go(func() { d.served <- Serve(ctx, &Conn{Conn: c, PeerID: "a"}, h, limits) })
			}
		})
		d.peer = NewPeerLimits(func(ctx context.Context) (*Conn, error) {
			d.dials.Add(1)
			c, err := d.net.Host("a").Dial(ctx, "b:1")
			if err != nil {
				return nil, err
			}
			return &Conn{Conn: c, PeerID: "b"}, nil
		}, limits)
		f(d)
		d.peer.Close()
		cancel()
		l.Close()
		work.Wait()
	})
}

func reply(_ context.Context, peerID string, kind byte, payload []byte) ([]byte, error) {
	switch kind {
	case 9:
		return nil, errors.New("no such thing\x07")
	case 8:
		return make([]byte, 2<<20), nil
	}
	return fmt.Appendf(nil, "%s %d %s", peerID, kind, payload), nil
}

// hang answers when its context ends.
func hang(ctx context.Context, _ string, _ byte, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestCallsAreAnswered(t *testing.T) {
	serveAt(t, Handler{Call: reply}, Limits{}, func(d *duo) {
		var callers sync.WaitGroup
		for i := range 500 { // more than may be in flight
			callers.Go(func() {
				want := fmt.Sprintf("a 1 %d", i)
				if got, err := d.peer.Call(d.t.Context(), 1, fmt.Append(nil, i)); err != nil || string(got) != want {
					d.t.Errorf("got %q, %v, want %q", got, err, want)
				}
			})
		}
		callers.Wait()
		var remote *RemoteError
		if _, err := d.peer.Call(d.t.Context(), 9, nil); !errors.As(err, &remote) || remote.Text != "no such thing" {
			d.t.Errorf("got %v, want the handler's own error", err)
		}
		if _, err := d.peer.Call(d.t.Context(), 8, nil); !errors.As(err, &remote) {
			d.t.Errorf("an answer over the limit gave %v", err)
		}
		if _, err := d.peer.Call(d.t.Context(), 1, make([]byte, 1<<20+1)); !errors.Is(err, ErrTooLarge) {
			d.t.Errorf("a call over the limit gave %v", err)
		}
		if got, err := d.peer.Call(d.t.Context(), 1, make([]byte, 1<<20-4)); err != nil || len(got) != 1<<20 {
			d.t.Errorf("a call at the limit gave %d bytes, %v", len(got), err)
		}
		if n := d.dials.Load(); n != 1 {
			d.t.Errorf("%d connections, want 1", n)
		}
	})
}

func TestOnewayMessagesKeepTheirOrder(t *testing.T) {
	const n = 3000
	var got []uint32
	h := Handler{Oneway: func(_ context.Context, _ string, _ byte, payload []byte) {
		got = append(got, binary.BigEndian.Uint32(payload))
	}}
	serveAt(t, h, Limits{Buffer: 100}, func(d *duo) {
		for i := range n {
			if err := d.peer.Send(d.t.Context(), 1, binary.BigEndian.AppendUint32(nil, uint32(i))); err != nil {
				d.t.Fatal(err)
			}
		}
		synctest.Wait()
	})
	if len(got) != n {
		t.Errorf("%d messages arrived, want %d", len(got), n)
	}
	for i, v := range got {
		if int(v) != i {
			t.Fatalf("message %d came in place %d", v, i)
		}
	}
}

func TestLostConnectionFailsAllCallsAtOnce(t *testing.T) {
	serveAt(t, Handler{Call: hang}, Limits{}, func(d *duo) {
		errs := make(chan error, 10)
		for range 10 {
			go func() {
				_, err := d.peer.Call(d.t.Context(), 1, nil)
				errs <- err
			}()
		}
		synctest.Wait()
		began := time.Now()
		d.net.CrashHost("b")
		for range 10 {
			if err := <-errs; !errors.Is(err, ErrConnLost) || errors.Is(err, ErrUnreachable) {
				d.t.Errorf("got %v, want ErrConnLost", err)
			}
		}
		if took := time.Since(began); took != 0 {
			d.t.Errorf("it took %v", took)
		}
	})
}

func TestSilentPeerIsFound(t *testing.T) {
	for _, cut := range [][2]string{{"a", "b"}, {"b", "a"}} {
		serveAt(t, Handler{Call: hang}, Limits{}, func(d *duo) {
			result := make(chan error, 1)
			go func() {
				_, err := d.peer.Call(d.t.Context(), 1, nil)
				result <- err
			}()
			<-time.After(time.Minute) // pings keep an idle connection
			if n := d.dials.Load(); n != 1 {
				d.t.Errorf("%d connections in a quiet minute, want 1", n)
			}
			d.net.Cut(cut[0], cut[1])
			began := time.Now()
			if err := <-result; !errors.Is(err, ErrConnLost) {
				d.t.Errorf("got %v, want ErrConnLost", err)
			}
			if took := time.Since(began); took > silence+pingEvery {
				d.t.Errorf("cut %v: found after %v", cut, took)
			}
			if err := <-d.served; err == nil {
				d.t.Error("the server did not say why its connection ended")
			}
			if took := time.Since(began); took > 2*silence+pingEvery {
				d.t.Errorf("cut %v: the server found it after %v", cut, took)
			}
			d.net.HealAll()
		})
	}
}

func TestPeerComesBackAfterALoss(t *testing.T) {
	serveAt(t, Handler{Call: reply, Oneway: func(context.Context, string, byte, []byte) {}}, Limits{}, func(d *duo) {
		for i := range 5 {
			if _, err := d.peer.Call(d.t.Context(), 1, nil); err != nil {
				d.t.Errorf("call %d: %v", i, err)
			}
			if n := d.peer.Connects(); n != uint64(i+1) {
				d.t.Errorf("%d connections, want %d", n, i+1)
			}
			d.net.CrashHost("a")
			synctest.Wait()
		}
		if err := d.peer.Send(d.t.Context(), 1, nil); err != nil {
			d.t.Error(err)
		}
	})
}

// TestAbsentPeerIsNotDialledInACircle: callers come without a pause, for a
// minute; the attempts are a second apart and each caller hears of one.
func TestAbsentPeerIsNotDialledInACircle(t *testing.T) {
	serveAt(t, Handler{}, Limits{}, func(d *duo) {
		d.net.CrashHost("b")
		for end := time.Now().Add(time.Minute); time.Now().Before(end); {
			if _, err := d.peer.Call(d.t.Context(), 1, nil); !errors.Is(err, ErrUnreachable) {
				d.t.Fatalf("got %v, want ErrUnreachable", err)
			}
		}
		if n := d.dials.Load(); n < 60 || n > 66 {
			d.t.Errorf("%d attempts in a minute", n)
		}
	})
}

// TestPeerThatHangsUpIsNotDialledInACircle: it accepts and closes at once.
func TestPeerThatHangsUpIsNotDialledInACircle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := memnet.New()
		l, _ := net.Host("b").Listen(":1")
		var work sync.WaitGroup
		accepted := 0
		work.Go(func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				accepted++
				c.Close()
			}
		})
		peer := NewPeer(func(ctx context.Context) (*Conn, error) {
			c, err := net.Host("a").Dial(ctx, "b:1")
			return &Conn{Conn: c}, err
		})
		for end := time.Now().Add(time.Minute); time.Now().Before(end); {
			if _, err := peer.Call(t.Context(), 1, nil); err == nil {
				t.Fatal("it answered")
			}
			synctest.Wait()
		}
		peer.Close()
		l.Close()
		work.Wait()
		if accepted < 60 || accepted > 70 {
			t.Errorf("%d connections in a minute", accepted)
		}
	})
}

func TestCallsEndWithTheirContext(t *testing.T) {
	serveAt(t, Handler{Call: hang}, Limits{Calls: 2, Buffer: 64}, func(d *duo) {
		var callers sync.WaitGroup
		call := func(patience time.Duration) {
			callers.Go(func() {
				began := time.Now()
				ctx, cancel := context.WithTimeout(d.t.Context(), patience)
				defer cancel()
				if _, err := d.peer.Call(ctx, 1, nil); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != patience {
					d.t.Errorf("got %v after %v, want its context's end after %v", err, time.Since(began), patience)
				}
			})
		}
		call(3 * time.Second) // two in flight
		call(3 * time.Second)
		synctest.Wait()
		call(2 * time.Second) // and one that waits
		callers.Wait()
		var remote *RemoteError // the server still has its two: it refuses at once
		if _, err := d.peer.Call(d.t.Context(), 1, nil); !errors.As(err, &remote) {
			d.t.Errorf("got %v, want that there are too many", err)
		}
		d.net.Cut("a", "b")
		ctx, cancel := context.WithTimeout(d.t.Context(), time.Second)
		defer cancel()
		d.net.CrashHost("a")
		synctest.Wait()
		if err := d.peer.Send(ctx, 1, nil); !errors.Is(err, ErrUnreachable) || !errors.Is(err, context.DeadlineExceeded) {
			d.t.Errorf("Send gave %v, want its context's end", err)
		}
		d.net.HealAll()
	})
}

// TestCloseEndsEverything: calls in flight, callers that wait for a connection,
// and what comes later; handlers see their context end.
func TestCloseEndsEverything(t *testing.T) {
	serveAt(t, Handler{Call: hang}, Limits{}, func(d *duo) {
		result := make(chan error, 2)
		call := func(p *Peer) {
			_, err := p.Call(d.t.Context(), 1, nil)
			result <- err
		}
		go call(d.peer)
		synctest.Wait()
		d.peer.Close()
		if err := <-result; !errors.Is(err, ErrConnLost) {
			d.t.Errorf("in flight: got %v, want ErrConnLost", err)
		}
		if err := <-d.served; err == nil {
			d.t.Error("the server did not say why its connection ended")
		}
		if _, err := d.peer.Call(d.t.Context(), 1, nil); !errors.Is(err, ErrClosed) {
			d.t.Errorf("later: got %v, want ErrClosed", err)
		}
		if err := d.peer.Send(d.t.Context(), 1, nil); !errors.Is(err, ErrClosed) {
			d.t.Errorf("later: got %v, want ErrClosed", err)
		}
		stuck := NewPeer(func(ctx context.Context) (*Conn, error) { <-ctx.Done(); return nil, ctx.Err() })
		go call(stuck)
		synctest.Wait()
		began := time.Now()
		stuck.Close()
		if err := <-result; !errors.Is(err, ErrUnreachable) || time.Since(began) != 0 {
			d.t.Errorf("waiting: got %v after %v", err, time.Since(began))
		}
	})
}

// TestBusyHandlersDoNotHoldUpPings: all calls hang and the connection lives.
func TestBusyHandlersDoNotHoldUpPings(t *testing.T) {
	serveAt(t, Handler{Call: hang}, Limits{Calls: 3}, func(d *duo) {
		ctx, cancel := context.WithTimeout(d.t.Context(), time.Minute)
		defer cancel()
		var callers sync.WaitGroup
		for range 3 {
			callers.Go(func() {
				if _, err := d.peer.Call(ctx, 1, nil); !errors.Is(err, context.DeadlineExceeded) {
					d.t.Errorf("got %v, want its context's end", err)
				}
			})
		}
		callers.Wait()
		if n := d.dials.Load(); n != 1 {
			d.t.Errorf("%d connections, want 1", n)
		}
	})
}

// TestServerHangsUpOnNonsense: whatever comes, it ends with an error and all its
// goroutines.
func TestServerHangsUpOnNonsense(t *testing.T) {
	for name, bytes := range map[string][]byte{
		"unknown kind":      appendFrame(nil, 99),
		"call without kind": appendFrame(nil, kindCall, make([]byte, 8)),
		"call, cut short":   appendFrame(nil, kindCall, make([]byte, 3)),
		"empty oneway":      appendFrame(nil, kindOneway),
		"too long":          appendFrame(nil, kindCall, make([]byte, 1<<20+100)),
		"no kind":           {0, 0, 0, 0, 0},
		"silence":           nil,
	} {
		serveAt(t, Handler{Call: reply}, Limits{}, func(d *duo) {
			c, err := d.net.Host("x").Dial(d.t.Context(), "b:1")
			if err != nil {
				d.t.Fatal(err)
			}
			defer c.Close()
			c.Write(bytes)
			if err := <-d.served; err == nil {
				d.t.Errorf("%s: no error", name)
			}
		})
	}
}

func FuzzServe(f *testing.F) {
	f.Add(callFrame(1, 2, []byte("x")))
	f.Add(bytes.Repeat(appendFrame(nil, kindPing), 3))
	f.Add(onewayFrame(1, []byte("x")))
	f.Fuzz(func(t *testing.T, b []byte) {
		net := memnet.New()
		l, _ := net.Host("b").Listen(":1")
		c, err := net.Host("a").Dial(context.Background(), "b:1")
		if err != nil {
			t.Fatal(err)
		}
		s, _ := l.Accept()
		c.Write(b)
		c.Close()
		h := Handler{Call: reply, Oneway: func(context.Context, string, byte, []byte) {}}
		if err := Serve(context.Background(), &Conn{Conn: s}, h, Limits{Message: 1000}); err == nil {
			t.Fatal("no reason")
		}
	})
}
