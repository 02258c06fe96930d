package load

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/crypto/ssh"

	"moniker/test/chaos/record"
)

// Kinds are the faults of clients.
func Kinds() []string {
	return []string{"kill", "pause", "cable", "half-open", "flood", "garbage", "many", "slow"}
}

const (
	floodBytes = 4 << 20
	manyConns  = 60
	garbageOf  = 40 // connections
)

// Break does something that clients do to a server, of Kinds: to some of those that
// are there, or by strangers who come for it. It returns at once; the fault ends by
// itself, at To.
func (c *Crowd) Break(kind string, seed int64) record.Fault {
	rng := rand.New(rand.NewPCG(uint64(c.cfg.Seed), uint64(seed)))
	span := 3*time.Second + time.Duration(rng.Float64()*float64(9*time.Second))
	f := record.Fault{Kind: "client-" + kind, From: c.book.now()}
	f.To = f.From + span
	all := c.sessions()
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	some := all[:(len(all)+3)/4]
	each := func(what string, m mood, back bool) {
		f.What = fmt.Sprintf("%d sessions: %s", len(some), what)
		for _, s := range some {
			s.link.wire.turn(m)
		}
		if back {
			c.during(span, func() {
				for _, s := range some {
					s.link.wire.turn(well)
				}
			})
		}
	}
	switch kind {
	case "kill":
		f.What, f.To = fmt.Sprintf("%d sessions: killed", len(some)), f.From
		for _, s := range some {
			s.link.wire.Close()
		}
	case "pause":
		each("suspended", paused, true)
	case "slow":
		each("read slowly", slow, true)
	case "cable":
		each("their cables pulled", gone, false)
		for _, s := range some {
			c.during(time.Duration(rng.Float64()*float64(6*time.Second)), func() { s.giveUp.Do(func() { close(s.tired) }) })
		}
	case "half-open":
		f.What = fmt.Sprintf("%d sessions: half closed", len(some))
		for _, s := range some {
			s.link.wire.hush()
		}
	case "flood":
		f.What = "one stranger types 4 MB of commands and reads nothing"
		c.strangers(1, func(n Node, rng *rand.Rand) { c.flood(n, rng, span) }, rng)
	case "garbage":
		f.What = fmt.Sprintf("%d strangers send what is no SSH", garbageOf)
		c.strangers(garbageOf, func(n Node, rng *rand.Rand) { c.garbage(n, rng, span) }, rng)
	case "many":
		f.What = fmt.Sprintf("%d strangers connect at once and say nothing", manyConns)
		c.strangers(manyConns, func(n Node, rng *rand.Rand) { c.hold(n, span) }, rng)
	default:
		f.What = "nothing: there is no such fault"
	}
	return f
}

// during calls end after a while, at Stop at the latest.
func (c *Crowd) during(span time.Duration, end func()) {
	c.wg.Go(func() {
		select {
		case <-time.After(span):
		case <-c.ctx.Done():
		}
		end()
	})
}

// strangers come, each to a node.
func (c *Crowd) strangers(count int, do func(Node, *rand.Rand), rng *rand.Rand) {
	nodes := c.cfg.Nodes()
	if len(nodes) == 0 {
		return
	}
	for range count {
		n, own := nodes[rng.IntN(len(nodes))], rand.New(rand.NewPCG(rng.Uint64(), 3))
		c.wg.Go(func() { do(n, own) })
	}
}

// hold keeps a connection open.
func (c *Crowd) hold(n Node, span time.Duration) {
	w, err := dial(c.ctx, n)
	if err != nil {
		return
	}
	defer w.Close()
	select {
	case <-time.After(span):
	case <-c.ctx.Done():
	}
}

// garbage sends bytes at random, behind a proper beginning or none.
func (c *Crowd) garbage(n Node, rng *rand.Rand, span time.Duration) {
	w, err := dial(c.ctx, n)
	if err != nil {
		return
	}
	defer w.Close()
	defer context.AfterFunc(c.ctx, func() { w.Close() })()
	_ = w.SetDeadline(time.Now().Add(span))
	if rng.IntN(2) == 0 {
		_, _ = w.Write([]byte("SSH-2.0-load\r\n"))
	}
	b := make([]byte, 1+rng.IntN(64<<10))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	_, _ = w.Write(b)
	_, _ = w.Read(b)
}

// flood is somebody of no name in the record, who types without end.
func (c *Crowd) flood(n Node, rng *rand.Rand, span time.Duration) {
	w, err := dial(c.ctx, n)
	if err != nil {
		return
	}
	seed := make([]byte, ed25519.SeedSize)
	for i := range seed {
		seed[i] = byte(rng.Uint32())
	}
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed))
	if err != nil {
		w.Close()
		return
	}
	client, err := handshake(w, fmt.Sprintf("flood%d", rng.IntN(1000)), signer, c.cfg.HostKey)
	if err != nil {
		return
	}
	defer client.Close()
	guard := time.AfterFunc(span, func() { w.Close() })
	defer guard.Stop()
	defer context.AfterFunc(c.ctx, func() { w.Close() })()
	s, err := client.NewSession()
	if err != nil {
		return
	}
	in, _ := s.StdinPipe()
	_, _ = s.StdoutPipe() // which nobody reads
	_, _ = s.StderrPipe()
	if s.Shell() != nil {
		return
	}
	row := []byte("/names\n/no-such-command\n/history 20\n")
	for sent := 0; sent < floodBytes && c.ctx.Err() == nil; sent += len(row) {
		if _, err := in.Write(row); err != nil {
			return
		}
	}
}
