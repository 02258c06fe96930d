package stage

import (
	"context"
	"syscall"
	"time"
)

func pauses() []Kind {
	return []Kind{
		{Name: "pause-one", Says: "one node stands still (SIGSTOP), and goes on as if nothing had been", Short: time.Second, Long: 14 * time.Second,
			do: func(_ context.Context, s *Stage, d *dice) (*Broken, error) { return s.paused(d, 1, nil) }},
		{Name: "pause-leader", Says: "the node that leads stands still", Short: time.Second, Long: 14 * time.Second,
			do: func(ctx context.Context, s *Stage, d *dice) (*Broken, error) {
				leader := s.leader()
				if leader == nil {
					return nil, ErrBusy
				}
				return s.paused(d, 1, leader)
			}},
		{Name: "pause-all", Says: "all nodes stand still: longer than a lease, if it lasts", Short: time.Second, Long: 13 * time.Second,
			do: func(_ context.Context, s *Stage, d *dice) (*Broken, error) { return s.paused(d, len(s.members()), nil) }},
		{Name: "pause-stutter", Says: "one node stands still and goes on, many times a second or once in a few", Short: 3 * time.Second, Long: 8 * time.Second,
			do: stutter},
	}
}

func (s *Stage) paused(d *dice, count int, first *node) (*Broken, error) {
	nodes, err := s.take(d, "pause", count, first)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		n.signal(syscall.SIGSTOP)
	}
	return &Broken{
		What: list(nodes) + map[bool]string{true: " stands still", false: " stand still"}[len(nodes) == 1], Nodes: names(nodes), held: nodes,
		mend: func(context.Context) error {
			for _, n := range nodes {
				n.signal(syscall.SIGCONT)
			}
			return nil
		},
	}, nil
}

func stutter(_ context.Context, s *Stage, d *dice) (*Broken, error) {
	nodes, err := s.take(d, "pause", 1, nil)
	if err != nil {
		return nil, err
	}
	n := nodes[0]
	most := []time.Duration{50 * time.Millisecond, 500 * time.Millisecond, 3 * time.Second}[d.IntN(3)]
	stop := s.round(func(ctx context.Context) time.Duration {
		n.signal(syscall.SIGSTOP)
		pause(ctx, d.between(most/10, most))
		n.signal(syscall.SIGCONT)
		return d.between(most/10, most)
	})
	return &Broken{
		What: n.name + " stutters: it stands still for up to " + most.String() + " at a time", Nodes: names(nodes), held: nodes,
		mend: func(context.Context) error { stop(); return nil },
	}, nil
}
