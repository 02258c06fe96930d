package load

import (
	"context"
	"math/rand/v2"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"moniker/test/chaos/record"
)

const (
	lobby    = "#lobby"
	sayEvery = 1200 * time.Millisecond // between two things that a person does, on average
	stayMost = 20 * time.Second
	awayMost = 3 * time.Second
	ghostFor = 25 * time.Second // that a silent connection is left open
)

// client is one person: a key, a name of their own, and some terminals.
type client struct {
	crowd  *Crowd
	number int
	key    who
	own    string
	real   bool         // OpenSSH, not the Go client
	said   atomic.Int64 // so that no text comes twice
	count  atomic.Int64 // of sessions

	mu   sync.Mutex
	live map[*session]bool
}

// leaving is how a session ends.
type leaving int

const (
	ended   leaving = iota // by the other side
	byQuit                 // /quit
	byEOF                  // Ctrl-D
	byClose                // the connection is closed
	silent                 // the connection is left open, and is dead
)

func (c *client) howToLeave(rng *rand.Rand) leaving {
	return []leaving{byQuit, byQuit, byEOF, byClose, byClose, silent, silent}[rng.IntN(7)]
}

// terminal comes and goes until ctx ends.
func (c *client) terminal(ctx context.Context, seed uint64) {
	rng := rand.New(rand.NewPCG(uint64(c.crowd.cfg.Seed), seed))
	name := c.own
	for ctx.Err() == nil {
		if rng.IntN(3) == 0 {
			name = c.own
			if rng.IntN(2) == 0 {
				name = c.crowd.contested[rng.IntN(len(c.crowd.contested))]
			}
		}
		back := c.visit(ctx, rng, name)
		pause := time.Duration(rng.Float64() * float64(awayMost))
		if back {
			pause = 0 // the owner wants her name again at once
		}
		select {
		case <-time.After(pause + 50*time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// visit is one session under a name; it reports whether to come back at once.
func (c *client) visit(ctx context.Context, rng *rand.Rand, name string) bool {
	nodes := c.crowd.cfg.Nodes()
	if len(nodes) == 0 {
		return false
	}
	n := nodes[rng.IntN(len(nodes))]
	begun := c.crowd.book.now()
	w, err := dial(ctx, n)
	if err != nil {
		return false
	}
	s := &session{
		c: c, number: int(c.count.Add(1)), node: n.Name, rng: rng, name: name,
		over: make(chan struct{}), news: make(chan struct{}), tired: make(chan struct{}),
		patience: patienceLeast + time.Duration(rng.Float64()*float64(patienceMore)),
	}
	// From here on the name may have been asked for.
	op := record.Op{
		Kind: record.Claim, Name: name, Client: c.number, Identity: c.key.print, Session: s.number, Node: n.Name, Began: begun,
	}
	if c.real {
		s.under = c.crowd.book.begin(op)
		if s.link, err = openSSH(w, name, c.key, begun); err != nil {
			c.crowd.book.settle(s.under, record.Unsent, nil)
			return false
		}
	} else {
		client, err := handshake(w, name, c.key.signer, c.crowd.cfg.HostKey)
		if err != nil {
			return false
		}
		s.under = c.crowd.book.begin(op)
		if s.link, err = native(w, client, c.crowd.book, begun); err != nil {
			client.Close()
			return false
		}
	}
	claim := s.under
	c.enter(s, true)
	go s.watch() // ends with the link, which leave ends
	how := ended
	if s.wait(ctx) && c.crowd.book.told(claim) == record.OK {
		how = s.play(ctx, time.Second+time.Duration(rng.Float64()*float64(stayMost)))
	} else if ctx.Err() != nil {
		how = byClose
	}
	c.enter(s, false)
	if c.crowd.book.told(claim) == record.Refused {
		s.link.end()
		<-s.over
		return false // there was nothing to lose
	}
	s.leave(how)
	return how == silent || how == byClose || how == ended && rng.IntN(2) == 0
}

func (c *client) enter(s *session, in bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if in {
		c.live[s] = true
		return
	}
	delete(c.live, s)
}

// leave ends the session and writes down how. A silent one is ended later.
func (s *session) leave(how leaving) {
	b := s.c.crowd.book
	s.mu.Lock()
	under, name := s.under, s.name
	s.under = nil
	s.mu.Unlock()
	if under != nil && how == byQuit {
		how = byClose // a /quit would wait behind it
	}
	if under != nil {
		b.fail(under)
	}
	if m, _ := s.link.wire.now(); m == gone {
		how = silent // somebody has pulled the cable already
	}
	op := record.Op{
		Kind: record.Drop, Client: s.c.number, Identity: s.c.key.print, Session: s.number, Node: s.node, Name: name,
		Proof: time.Duration(s.link.proof.Load()), Why: record.Closed,
	}
	switch how {
	case byQuit:
		op.Kind, op.Why = record.Quit, ""
		o := b.begin(op)
		s.send("/quit")
		outcome := record.Unknown
		if s.goes() && s.link.exit == 0 {
			outcome = record.OK
		}
		s.link.end()
		<-s.over
		b.settle(o, outcome, nil)
	case byEOF:
		o := b.begin(op)
		s.link.in.Close()
		s.goes()
		s.link.end()
		<-s.over
		b.settle(o, record.OK, nil)
	case silent:
		op.Why = record.Silent
		s.link.wire.turn(gone)
		o := b.begin(op)
		if since, ok := s.link.wire.cut(); ok { // by somebody else, earlier
			b.backdate(o, since)
		}
		s.c.crowd.later(ghostFor, func() {
			s.link.end()
			<-s.over
			b.settle(o, record.OK, nil)
		})
	case ended:
		op.Why = record.Ended
		o := b.begin(op)
		heard := time.Duration(s.link.heard.Load())
		s.link.end()
		<-s.over
		b.settle(o, record.OK, func(op *record.Op) { op.Call = min(op.Call, max(heard, op.Proof)) })
	case byClose:
		o := b.begin(op)
		s.link.end()
		<-s.over
		b.settle(o, record.OK, nil)
	}
}

// goes waits until the client has ended by itself.
func (s *session) goes() bool {
	late := time.NewTimer(leaveWithin)
	defer late.Stop()
	select {
	case <-s.link.done:
		return true
	case <-late.C:
		return false
	}
}

// haveOpenSSH tells whether there is a real client.
func haveOpenSSH() bool {
	_, err := exec.LookPath("ssh")
	return err == nil
}
