// Package load is the people of a chaos run: real SSH clients that claim, talk, drop
// and come back, and write down what they were told and what stood on their screens,
// each with the clock of the run. It knows the forms of a client's rows; it does not
// judge them.
//
//	load.go     the crowd: who comes, and until when
//	client.go   one person, and how a session begins and ends
//	session.go  what is asked for in a session, and what comes back
//	screen.go   rows of stdout
//	link.go     the two clients: Go's and OpenSSH
//	wire.go     a connection that can be stalled and cut
//	reader.go   the operator, who sets limits and looks whose a name is
//	break.go    what clients do to a server
//	book.go     what is written down
package load

import (
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"moniker/test/chaos/record"
)

// Node is where people can go.
type Node struct {
	Name string
	SSH  string                                      // its address
	Dial func(ctx context.Context) (net.Conn, error) // nil: by TCP to SSH
}

// Config is what a Crowd needs.
type Config struct {
	Nodes    func() []Node // as they are now
	Clients  int
	Seed     int64
	Rooms    []string          // the lobby is one of them; empty: the lobby and two more
	HostKey  ssh.PublicKey     // nil: any
	Operator ssh.Signer        // nil: nothing is set, and nobody looks whose a name is
	Settings map[string]string // set first, beside the limits that would stand in the way
	Began    time.Time         // of the run: the zero of its clock
	Lasts    time.Duration     // the run, in about: what may be written down of it is spread over that
}

// Validate says what is missing.
func (c Config) Validate() error {
	switch {
	case c.Nodes == nil:
		return errors.New("load: no nodes")
	case c.Clients < 1:
		return errors.New("load: no clients")
	case c.Began.IsZero():
		return errors.New("load: no beginning")
	case c.Lasts <= 0:
		return errors.New("load: no length")
	}
	return nil
}

const (
	perName    = 4  // clients to one contested name
	realOneIn  = 10 // clients to one with OpenSSH
	setWithin  = 60 * time.Second
	namesFirst = "nova orion lyra vega rigel altair deneb mira atlas electra maia merope"
)

// Crowd is people at it.
type Crowd struct {
	cfg       Config
	book      *book
	clients   []*client
	contested []string
	rng       *rand.Rand // of Break
	keys      string     // the folder with keys for OpenSSH; empty: there is none
	ctx       context.Context
	cancel    context.CancelFunc
	wg        sync.WaitGroup // of terminals, the reader and faults

	mu     sync.Mutex
	ghosts []*ghost
}

// ghost is a silent connection that will be ended.
type ghost struct {
	timer *time.Timer
	end   func()
	once  sync.Once
	done  chan struct{}
}

// Start raises the limits that would stand in the way, and lets people in.
func Start(ctx context.Context, cfg Config) (*Crowd, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if len(cfg.Rooms) == 0 {
		cfg.Rooms = []string{lobby, "#ops", "#dev"}
	}
	c := &Crowd{cfg: cfg, book: newBook(cfg.Began, cfg.Lasts), rng: rand.New(rand.NewPCG(uint64(cfg.Seed), 1))}
	c.ctx, c.cancel = context.WithCancel(ctx)
	if err := c.prepare(); err != nil {
		c.cancel()
		c.tidy()
		return nil, err
	}
	for _, one := range c.clients {
		for t := range 1 + one.number%3%2 + one.number%5/4 { // one to three terminals
			c.wg.Go(func() { one.terminal(c.ctx, uint64(one.number*10+t)) })
		}
	}
	if cfg.Operator != nil {
		c.wg.Go(func() { c.read(c.ctx) })
	}
	return c, nil
}

// prepare makes keys and names and sets the limits.
func (c *Crowd) prepare() error {
	all := rows(namesFirst)
	c.contested = all[:min(len(all), max(2, c.cfg.Clients/perName))]
	real := haveOpenSSH()
	for i := range c.cfg.Clients {
		one := &client{crowd: c, number: i + 1, own: fmt.Sprintf("p%d", i+1), live: map[*session]bool{}}
		secret := ed25519.NewKeyFromSeed(seedBytes(c.cfg.Seed, i))
		signer, err := ssh.NewSignerFromKey(secret)
		if err != nil {
			return err
		}
		one.key = who{signer: signer, print: ssh.FingerprintSHA256(signer.PublicKey())}
		if real && i%realOneIn == realOneIn-1 {
			if one.key.file, err = c.keep(secret, one.own); err != nil {
				return err
			}
			one.real = true
		}
		c.clients = append(c.clients, one)
	}
	return c.set()
}

// seedBytes is the seed of a client's key: the same in every run of a seed.
func seedBytes(seed int64, i int) []byte {
	rng := rand.New(rand.NewPCG(uint64(seed), uint64(1000+i)))
	b := make([]byte, ed25519.SeedSize)
	for j := range b {
		b[j] = byte(rng.Uint32())
	}
	return b
}

// keep writes a key where OpenSSH can read it.
func (c *Crowd) keep(secret ed25519.PrivateKey, name string) (string, error) {
	if c.keys == "" {
		dir, err := os.MkdirTemp("", "chaos-keys-")
		if err != nil {
			return "", err
		}
		c.keys = dir
	}
	block, err := ssh.MarshalPrivateKey(secret, name)
	if err != nil {
		return "", err
	}
	file := filepath.Join(c.keys, name)
	return file, os.WriteFile(file, pem.EncodeToMemory(block), 0o600)
}

// someName is a name that somebody may have.
func (c *Crowd) someName(rng *rand.Rand) string {
	if rng.IntN(3) == 0 {
		return c.contested[rng.IntN(len(c.contested))]
	}
	return c.clients[rng.IntN(len(c.clients))].own
}

// sessions are those that talk now, in a fixed order.
func (c *Crowd) sessions() []*session {
	var all []*session
	for _, one := range c.clients {
		one.mu.Lock()
		for s := range one.live {
			all = append(all, s)
		}
		one.mu.Unlock()
	}
	slices.SortFunc(all, func(a, b *session) int {
		return (a.c.number-b.c.number)*1_000_000 + a.number - b.number
	})
	return all
}

// later ends something after a while, at Stop at the latest.
func (c *Crowd) later(after time.Duration, end func()) {
	g := &ghost{end: end, done: make(chan struct{})}
	run := func() { g.once.Do(func() { g.end(); close(g.done) }) }
	g.timer = time.AfterFunc(after, run)
	c.mu.Lock()
	c.ghosts = slices.DeleteFunc(c.ghosts, func(g *ghost) bool {
		select {
		case <-g.done:
			return true
		default:
			return false
		}
	})
	c.ghosts = append(c.ghosts, g)
	c.mu.Unlock()
}

// Stop sends everybody away, waits for them, and returns what they wrote down. It
// is called once.
func (c *Crowd) Stop() ([]record.Op, []record.Line, []record.Skip) {
	c.cancel()
	c.wg.Wait()
	c.mu.Lock()
	ghosts := c.ghosts
	c.mu.Unlock()
	for _, g := range ghosts {
		if g.timer.Stop() {
			g.once.Do(func() { g.end(); close(g.done) })
		}
		<-g.done
	}
	c.tidy()
	return c.book.copy()
}

func (c *Crowd) tidy() {
	if c.keys != "" {
		_ = os.RemoveAll(c.keys)
	}
}

// SoFar is what they have written down until now.
func (c *Crowd) SoFar() ([]record.Op, []record.Line, []record.Skip) { return c.book.copy() }

// Sample is how it went since the last call; who leads and what the nodes use is for
// others to fill in.
func (c *Crowd) Sample() record.Sample { return c.book.sample() }
