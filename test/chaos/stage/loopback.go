package stage

import (
	"context"
	"net"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	chunk     = 16 << 10
	inFlight  = 256 // chunks on a way: more wait, as they do in TCP
	lookAgain = 20 * time.Millisecond
)

// loopback is machines that share one, with a proxy on every way between two.
type loopback struct {
	wires *wires
	mu    sync.Mutex
	spots []*spot
	ctx   context.Context
	stop  context.CancelFunc
	all   sync.WaitGroup
}

// spot is a machine's addresses, and those at which it finds the others.
type spot struct {
	on              *loopback
	name            string
	sshAddr, prAddr string
	finds           map[string]string // another's address -> the proxy's
}

func newLoopback(w *wires) *loopback {
	l := &loopback{wires: w}
	l.ctx, l.stop = context.WithCancel(context.Background())
	return l
}

func (l *loopback) says() string {
	return "all nodes on loopback, with a proxy between any two: cut connections stall, nothing is lost"
}

func (l *loopback) add(name string) (machine, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &spot{on: l, name: name, finds: map[string]string{}}
	for _, addr := range []*string{&s.sshAddr, &s.prAddr} {
		found, free, err := reserve()
		if err != nil {
			return nil, err
		}
		context.AfterFunc(l.ctx, free)
		*addr = found
	}
	for _, other := range l.spots {
		if err := l.join(s, other); err != nil {
			return nil, err
		}
	}
	l.spots = append(l.spots, s)
	return s, nil
}

// join has two machines find each other.
func (l *loopback) join(a, b *spot) error {
	for _, w := range []struct {
		from, to *spot
		addr     string
	}{{a, b, b.prAddr}, {b, a, a.prAddr}, {a, b, b.sshAddr}, {b, a, a.sshAddr}} {
		if (w.from.name == people) != (w.addr == w.to.sshAddr) {
			continue
		}
		door, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		w.from.finds[w.addr] = door.Addr().String()
		l.all.Go(func() { l.serve(door, way{w.from.name, w.to.name}, w.addr) })
	}
	return nil
}

// serve carries connections on a way until the loopback ends.
func (l *loopback) serve(door net.Listener, w way, addr string) {
	defer context.AfterFunc(l.ctx, func() { door.Close() })()
	for {
		near, err := door.Accept()
		if err != nil {
			return
		}
		l.all.Go(func() {
			defer near.Close()
			if !l.open(w) {
				return
			}
			far, err := net.Dial("tcp", addr)
			if err != nil {
				near.(*net.TCPConn).SetLinger(0) // refused there: the nearest we have
				return
			}
			defer far.Close()
			defer context.AfterFunc(l.ctx, func() { near.Close(); far.Close() })()
			var ways sync.WaitGroup
			ways.Go(func() { l.carry(far, near, w) })
			ways.Go(func() { l.carry(near, far, way{w.to, w.from}) })
			ways.Wait()
		})
	}
}

// open waits until a way is not cut; false: the loopback has ended.
func (l *loopback) open(w way) bool {
	look := time.NewTicker(lookAgain)
	defer look.Stop()
	for l.wires.of(w.from, w.to).cut {
		select {
		case <-l.ctx.Done():
			return false
		case <-look.C:
		}
	}
	return l.ctx.Err() == nil
}

// carry copies one direction, as slow as the way is.
func (l *loopback) carry(to, from net.Conn, w way) {
	queue := make(chan parcel, inFlight)
	var reader sync.WaitGroup
	reader.Go(func() {
		defer close(queue)
		var p pace
		for {
			buf := make([]byte, chunk)
			n, err := from.Read(buf)
			if n > 0 {
				queue <- parcel{buf[:n], p.due(time.Now(), l.wires.of(w.from, w.to), n)}
			}
			if err != nil {
				return
			}
		}
	})
	broken := false
	for x := range queue {
		if wait := time.Until(x.due); wait > 0 && !broken {
			select {
			case <-time.After(wait):
			case <-l.ctx.Done():
			}
		}
		if broken || !l.open(w) {
			continue
		}
		if _, err := to.Write(x.data); err != nil {
			broken = true
			from.Close()
		}
	}
	reader.Wait()
	if l.open(w) {
		to.Close()
	}
}

func (l *loopback) close() {
	l.stop()
	l.all.Wait()
}

func (s *spot) ssh() string  { return s.sshAddr }
func (s *spot) peer() string { return s.prAddr }

func (s *spot) env() []string {
	s.on.mu.Lock()
	defer s.on.mu.Unlock()
	var pairs []string
	for addr, at := range s.finds {
		pairs = append(pairs, addr+"="+at)
	}
	slices.Sort(pairs)
	return []string{"MONIKER_CHAOS_WAYS=" + strings.Join(pairs, ",")}
}

func (s *spot) start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd.Start()
}

func (s *spot) dial(ctx context.Context, addr string) (net.Conn, error) {
	s.on.mu.Lock()
	if at, ok := s.finds[addr]; ok {
		addr = at
	}
	s.on.mu.Unlock()
	var d net.Dialer
	return d.DialContext(ctx, "tcp", addr)
}
