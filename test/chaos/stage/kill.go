package stage

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

func kills() []Kind {
	return []Kind{
		{Name: "kill-one", Says: "one node is killed, and started again", Short: 500 * time.Millisecond, Long: 6 * time.Second,
			do: killed(func(*Stage) int { return 1 })},
		{Name: "kill-minority", Says: "as many nodes as may be lost are killed at once", Short: time.Second, Long: 6 * time.Second,
			do: killed((*Stage).minority)},
		{Name: "kill-all", Says: "all nodes are killed at once", Short: 200 * time.Millisecond, Long: 3 * time.Second,
			do: killed(func(s *Stage) int { return len(s.members()) })},
		{Name: "kill-leader", Says: "whoever leads is killed, again and again", Short: 4 * time.Second, Long: 9 * time.Second,
			do: killLeaders},
	}
}

func killed(count func(*Stage) int) func(context.Context, *Stage, *dice) (*Broken, error) {
	return func(_ context.Context, s *Stage, d *dice) (*Broken, error) {
		nodes, err := s.take(d, "kill", count(s), nil)
		if err != nil {
			return nil, err
		}
		for _, n := range nodes {
			n.signal(9)
		}
		for _, n := range nodes {
			n.kill()
		}
		return &Broken{
			What: list(nodes) + is(nodes) + "killed", Nodes: names(nodes), held: nodes,
			mend: func(context.Context) error { return startAll(nodes) },
		}, nil
	}
}

func killLeaders(_ context.Context, s *Stage, d *dice) (*Broken, error) {
	var times atomic.Int64
	stop := s.round(func(ctx context.Context) time.Duration {
		leader := s.leader()
		if leader == nil {
			return 200 * time.Millisecond
		}
		if _, err := s.take(d, "kill-leader", 1, leader); err != nil {
			return 200 * time.Millisecond
		}
		defer s.release(leader)
		leader.kill()
		times.Add(1)
		pause(ctx, d.between(200*time.Millisecond, 1500*time.Millisecond))
		if err := leader.start(); err != nil {
			s.cfg.Note("%v", err)
		}
		return d.between(500*time.Millisecond, 2*time.Second)
	})
	b := &Broken{What: "whoever leads is killed, again and again", Nodes: names(s.members())}
	b.mend = func(context.Context) error {
		stop()
		b.What = fmt.Sprintf("whoever led was killed, %d times", times.Load())
		return nil
	}
	return b, nil
}
