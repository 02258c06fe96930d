package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"moniker/sshfront/render"
)

const (
	chaosLeast = time.Second // between two blows
	chaosSpan  = 2 * time.Second
	probeEvery = 50 * time.Millisecond
	probeLimit = 1500 * time.Millisecond
)

// blow is what chaos does next to a node.
type blow struct {
	node int
	what harm
	undo bool
}

// harm is one of the things that chaos does.
type harm byte

const (
	killing harm = iota
	pausing
	cutting
	harms
)

func (b blow) String() string {
	words := [harms][2]string{{"killed", "started again"}, {"paused", "goes on"}, {"cut off", "is heard again"}}
	way := 0
	if b.undo {
		way = 1
	}
	return fmt.Sprintf("n%d %s", b.node+1, words[b.what][way])
}

// nextBlow is what comes when these nodes of n are harmed already: never more than
// a minority, and with nobody else to harm, somebody is healed.
func nextBlow(r *rand.Rand, n int, harmed map[int]harm) blow {
	if len(harmed) > 0 && (len(harmed) == (n-1)/2 || r.IntN(3) == 0) {
		pick := r.IntN(len(harmed))
		for i := range n {
			if h, is := harmed[i]; is {
				if pick == 0 {
					return blow{i, h, true}
				}
				pick--
			}
		}
	}
	pick := r.IntN(n - len(harmed))
	for i := range n {
		if _, is := harmed[i]; !is {
			if pick == 0 {
				return blow{i, harm(r.IntN(int(harms))), false}
			}
			pick--
		}
	}
	panic(fmt.Sprintf("demo: %d of %d nodes are harmed", len(harmed), n))
}

// chaos harms a minority at random for so long, then undoes all and says how long
// the majority did not answer at worst. Seed 0 is any.
func (c *control) chaos(ctx context.Context, lasts time.Duration, seed uint32) {
	for _, n := range c.now().nodes {
		if n.out {
			c.say("chaos wants every node that the demo was made with. %s\n", staysOut(n.name))
			return
		}
	}
	if p := c.now(); !whole(p) || p.leads() < 0 {
		c.say("chaos wants all nodes up, and none of them cut off.\n")
		return
	}
	for seed == 0 {
		seed = rand.Uint32()
	}
	r := rand.New(rand.NewPCG(uint64(seed), 0))
	calmed, calm := context.WithTimeout(ctx, lasts)
	defer calm()
	c.setCalm(calm)
	c.say("chaos for %s, seed %d; Ctrl-C ends it.\n", render.Ago(lasts), seed)
	var watching sync.WaitGroup
	probing, stop := context.WithCancel(ctx)
	defer watching.Wait()
	defer stop()
	var worst time.Duration
	watching.Go(func() { worst = c.probe(probing) })

	began, harmed := time.Now(), map[int]harm{}
	strike := func(b blow) {
		c.say("%6.1f s  %s\n", time.Since(began).Seconds(), b)
		c.strike(ctx, b)
		if delete(harmed, b.node); !b.undo {
			harmed[b.node] = b.what
		}
	}
	for blows := true; blows; {
		strike(nextBlow(r, len(c.plan.Nodes), harmed))
		pause := time.NewTimer(chaosLeast + time.Duration(r.Int64N(int64(chaosSpan))))
		select {
		case <-pause.C:
		case <-calmed.Done():
			pause.Stop()
			blows = false
		}
	}
	c.setCalm(nil)
	for i := range c.plan.Nodes {
		if h, is := harmed[i]; is && ctx.Err() == nil {
			strike(blow{i, h, true})
		}
	}
	healed := c.until(ctx, leadWithin, together)
	stop()
	watching.Wait()
	switch {
	case ctx.Err() != nil:
	case !healed:
		c.say("over. %s\n", notTogether(c.now()))
	default:
		c.say("over, and all are together. The longest wait for a majority was %.1f s,\nby a read every %d ms; what is posted waits as long.\n",
			worst.Seconds(), probeEvery.Milliseconds())
	}
}

// whole tells that every node is up and hears every other.
func whole(p picture) bool {
	for _, n := range p.nodes {
		if n.condition != up {
			return false
		}
	}
	return len(p.cuts) == 0
}

// strike does it. A node that does not start again is told of.
func (c *control) strike(ctx context.Context, b blow) {
	switch {
	case b.what == cutting && b.undo:
		c.changeCuts(func(all cuts) {
			for _, j := range c.others(b.node) {
				delete(all, between(b.node, j))
			}
		})
	case b.what == cutting:
		c.cutNow(b.node, c.others(b.node))
	case b.what == pausing:
		c.setPaused(b.node, !b.undo)
	case b.undo:
		if err := c.startNow(ctx, b.node); err != nil && ctx.Err() == nil {
			c.trouble(err)
		}
	default:
		c.killNow(b.node)
	}
}

// setCalm says by what the chaos there is ends; nil: there is none any more.
func (c *control) setCalm(calm func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calm = calm
}

// calmDown ends the chaos there is, if there is one.
func (c *control) calmDown() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calm == nil {
		return false
	}
	c.calm()
	return true
}

// probe asks a majority something again and again, through nodes that are up, and
// returns the longest time between two answers. One that waits for its answer does
// not keep the next from asking.
func (c *control) probe(ctx context.Context) time.Duration {
	again := time.NewTicker(probeEvery)
	defer again.Stop()
	var mu sync.Mutex
	var worst time.Duration
	last := time.Now()
	note := func() {
		mu.Lock()
		defer mu.Unlock()
		worst, last = max(worst, time.Since(last)), time.Now()
	}
	var asking sync.WaitGroup
	for at := 0; ctx.Err() == nil; at++ {
		p := c.now()
		if i := at % len(p.nodes); p.fit(i) {
			asking.Go(func() {
				if c.answers(ctx, i) {
					note()
				}
			})
		}
		select {
		case <-again.C:
		case <-ctx.Done():
		}
	}
	asking.Wait()
	note() // the last may be missing yet
	return worst
}

// answers tells whether node i answers for a majority.
func (c *control) answers(ctx context.Context, i int) bool {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	_, err := c.call(ctx, i, "setting", "list")
	return err == nil
}
