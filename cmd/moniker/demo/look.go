package demo

import (
	"context"
	"sync"
	"time"

	"moniker/cmd/moniker/socket"
)

const (
	lookWithin = 1500 * time.Millisecond // a node asks the others for 0.8 s at most
	lookPause  = 250 * time.Millisecond
	lookAhead  = 100 * time.Millisecond // between looks while somebody waits
)

// view is the best answer that nodes gave to the question how the cluster is.
type view struct {
	ticket uint64 // the younger the higher
	status status
}

// look asks every node that may answer, and remembers the best answer: the first
// by one who sees a majority.
func (c *control) look(ctx context.Context) {
	c.mu.Lock()
	c.asked++
	v := view{ticket: c.asked}
	var which []int
	for i, n := range c.nodes {
		if !n.paused && !n.out {
			which = append(which, i)
		}
	}
	c.mu.Unlock()
	wanted := ctx
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	answers := make(chan status, len(which))
	var asking sync.WaitGroup
	for _, i := range which {
		asking.Go(func() {
			var s status
			if c.callJSON(ctx, i, &s, "status") != nil {
				s = status{}
			}
			answers <- s
		})
	}
	for range which {
		if s := <-answers; s.Quorum && s.Leader != "" {
			v.status = s
			break
		}
	}
	cancel()
	defer asking.Wait()
	c.mu.Lock()
	// One that was called off has nothing to say.
	if v.ticket > c.seen.ticket && (v.status.Quorum || wanted.Err() == nil) {
		c.seen = v
		if v.status.Quorum {
			c.voters = map[string]bool{}
			for _, n := range v.status.Nodes {
				c.voters[n.Name] = n.Voter
			}
		}
	}
	c.mu.Unlock()
	c.poke()
}

// lookout keeps the picture fresh and tells who ended, until ctx does.
func (c *control) lookout(ctx context.Context) {
	pause := time.NewTicker(lookPause)
	defer pause.Stop()
	for {
		c.look(ctx)
		c.noteEnds()
		select {
		case <-pause.C:
		case <-c.glance:
		case <-ctx.Done():
			return
		}
	}
}

// noteEnds tells, once, of nodes that have ended by themselves, and finds out
// whether somebody else has started them again.
func (c *control) noteEnds() {
	c.mu.Lock()
	ended, fresh := map[int]*process{}, map[int]*process{}
	for i, p := range c.nodes {
		if !p.ended() || p.out || p.starting { // whoever starts it tells of that
			continue
		}
		ended[i] = p
		if !p.told {
			p.told = true
			fresh[i] = p
		}
	}
	c.mu.Unlock()
	for i := range c.plan.Nodes {
		if p := fresh[i]; p != nil && !c.gone(i, p) {
			c.say("%s %s.\n", p.name, p.fate())
		}
	}
	for i, p := range ended {
		alive := c.alive(i)
		c.mu.Lock()
		p.outside = alive
		c.mu.Unlock()
	}
}

// until looks, from now on and again and again, until the picture is as it should
// be; false if that does not come in time. An answer may take long to come while
// a node is not to be reached, so the next look does not wait for it.
func (c *control) until(ctx context.Context, within time.Duration, fine func(picture) bool) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	c.mu.Lock()
	old := c.asked
	c.mu.Unlock()
	var looking sync.WaitGroup
	defer looking.Wait()
	defer cancel()
	again := time.NewTicker(lookAhead)
	defer again.Stop()
	answered := make(chan struct{}, 1)
	for {
		looking.Go(func() {
			c.look(ctx)
			select {
			case answered <- struct{}{}:
			default:
			}
		})
		for waiting := true; waiting; {
			select {
			case <-answered:
				if p, ticket := c.picture(); ticket > old && ctx.Err() == nil && fine(p) {
					return true
				}
			case <-again.C:
				waiting = false
			case <-ctx.Done():
				return false
			}
		}
	}
}

// picture is what is known now, and how young the nodes' answer in it is.
func (c *control) picture() (picture, uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := picture{leader: -1, cuts: cuts{}}
	for k := range c.cuts {
		p.cuts[k] = true
	}
	reachable := map[string]bool{}
	for _, n := range c.seen.status.Nodes {
		reachable[n.Name] = n.Reachable
	}
	for i, n := range c.plan.Nodes {
		own := c.nodes[i]
		at := portrait{name: n.Name, voter: !own.out && (c.voters == nil || c.voters[n.Name]), out: own.out}
		switch {
		case own.ended() && !own.outside:
			at.condition = down
		case own.paused:
			at.condition = paused
		case own.starting:
			at.condition = starting
		case c.seen.status.Quorum && !reachable[n.Name]:
			at.condition = silent
		}
		if n.Name == c.seen.status.Leader {
			p.leader = i
		}
		p.nodes = append(p.nodes, at)
	}
	return p, c.seen.ticket
}

// alive tells whether a node's socket answers, whoever started it.
func (c *control) alive(i int) bool {
	conn, ok := socket.Dial(c.path(c.plan.Nodes[i].Name))
	if ok {
		conn.Close()
	}
	return ok
}
