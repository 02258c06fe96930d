package cluster

import "context"

// settled waits until every entry given to raft so far is applied here.
func (g *reign) settled(ctx context.Context) error {
	g.mu.Lock()
	target, opened := g.sent, g.opened
	g.mu.Unlock()
	if !opened {
		return ErrNoLeader
	}
	for {
		g.mu.Lock()
		reached, changed, over := g.reaped >= target, g.changed, g.over
		g.mu.Unlock()
		if over != nil {
			return ErrNoLeader
		}
		if reached {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// rest has the batcher give raft nothing more and returns when all that it has been
// given is applied here. What comes meanwhile waits; resume has it go on. If ctx
// ends before, or the reign does, the batcher does not rest.
func (g *reign) rest(ctx context.Context) (resume func(), err error) {
	set := func(resting bool) {
		g.mu.Lock()
		g.resting = resting
		g.mu.Unlock()
		poke(g.wake)
	}
	set(true)
	if err := g.settled(ctx); err != nil {
		set(false)
		return nil, err
	}
	return func() { set(false) }, nil
}
