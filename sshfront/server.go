package sshfront

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/time/rate"

	"moniker/sshfront/markup"
	"moniker/sshfront/render"
)

// Server lets people in. Its methods are safe for concurrent use.
type Server struct {
	cfg     Config
	ssh     *ssh.ServerConfig
	door    *door
	buffers buffers
	counts  counters
	quiet   quiet
	paces   paces
	zones   zones
	reader  *markup.Reader
	drawn   *render.Cache
	guesses paces         // of codes, by key
	wrong   *rate.Limiter // of all that were wrong

	fence fence

	refusals chan struct{} // one for each that is being told why
}

// New makes a server of a valid Config.
func New(cfg Config) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg.withDefaults(), ssh: serverConfig(), refusals: make(chan struct{}, mostRefusals), reader: markup.NewReader(time.Now), drawn: render.NewCache()}
	s.wrong = rate.NewLimiter(rate.Every(wrongPause), wrongBurst)
	s.door = newDoor(s.cfg.Cluster)
	s.fence.inside = map[*conn]struct{}{}
	return s, nil
}

// Serve lets people in through ln until ctx ends. Then it closes ln, tells whoever
// is there, detaches them, and returns nil after all its goroutines, within about
// Limits.Goodbye. It returns an error if ln fails for good before that.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	unhook := context.AfterFunc(ctx, func() { ln.Close() })
	defer unhook()
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { s.mend(ctx) })
	for pause := time.Duration(0); ; {
		nc, err := ln.Accept()
		switch {
		case err == nil:
			pause = 0
			s.admit(ctx, &wg, nc)
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("ssh on %s: %w", ln.Addr(), err)
		default: // such as too many open files: it may pass
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.cfg.Logger.Warn("cannot accept a connection", "error", err, "again in", pause)
			wait(ctx, pause)
		}
	}
}

// admit gives a connection its goroutines, if the gate lets it in.
func (s *Server) admit(ctx context.Context, wg *sync.WaitGroup, nc net.Conn) {
	ours, end := context.WithCancelCause(ctx)
	v, why, b := s.door.arrive(sourceOf(nc.RemoteAddr()), func() { end(errGaveWay) })
	if why != 0 {
		end(nil)
		s.refuse(ctx, wg, nc, why, b)
		return
	}
	s.counts.accepted.Add(1)
	setLiveness(nc, s.backstop())
	wg.Go(func() {
		c, err := s.handshake(ours, nc, v)
		end(nil)
		if err != nil {
			nc.Close()
			s.door.leave(v)
			s.unproven(ctx, nc, err)
			return
		}
		s.counts.proven.Add(1)
		// A goroutine of its own: a handshake needs a large stack, an idle
		// connection must not keep it.
		wg.Go(func() {
			defer s.door.leave(v)
			c.serve(ctx)
		})
	})
}

// buffer returns an empty buffer; release takes it back.
func (s *Server) buffer() []byte { return s.buffers.take() }

func (s *Server) release(b []byte) { s.buffers.give(b) }

const keepBuffer = 64 << 10 // larger ones are left to the collector

// buffers are what screens are put together in: an idle session keeps none. What a
// pool keeps are pointers; those that point to nothing for now are kept too, so that
// neither taking nor giving allocates.
type buffers struct{ full, bare sync.Pool } // of *[]byte

func (p *buffers) take() []byte {
	box, ok := p.full.Get().(*[]byte)
	if !ok {
		return make([]byte, 0, 1<<10)
	}
	b := (*box)[:0]
	*box = nil
	p.bare.Put(box)
	return b
}

func (p *buffers) give(b []byte) {
	if cap(b) == 0 || cap(b) > keepBuffer {
		return
	}
	box, ok := p.bare.Get().(*[]byte)
	if !ok {
		box = new([]byte)
	}
	*box = b
	p.full.Put(box)
}

// wait waits for d or the end of ctx.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
