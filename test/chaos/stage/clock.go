package stage

import (
	"context"
	"errors"
	"os"
	"time"
)

func clocks() []Kind {
	return []Kind{
		{Name: "clock-wrong", Says: "the wall clock of one node is wrong, by seconds or by years", Short: 3 * time.Second, Long: 14 * time.Second, do: wrongClock},
		{Name: "clock-jump", Says: "the wall clocks of all nodes jump, each by itself, forth and back", Short: 3 * time.Second, Long: 12 * time.Second, do: jumpingClocks},
	}
}

// off is by how much a clock may be wrong.
func (d *dice) off() time.Duration {
	const day = 24 * time.Hour
	spans := []time.Duration{2 * time.Second, 31 * time.Second, 11 * time.Minute, time.Hour, day, 400 * day, 30 * 365 * day}
	by := spans[d.IntN(len(spans))]
	if d.IntN(2) == 0 {
		by = -by
	}
	return by
}

func (n *node) setClock(by time.Duration) error {
	temp := n.clock + ".new"
	return errors.Join(os.WriteFile(temp, []byte(by.String()), 0o600), os.Rename(temp, n.clock))
}

func (n *node) rightClock() error {
	if err := os.Remove(n.clock); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func wrongClock(ctx context.Context, s *Stage, d *dice) (*Broken, error) {
	n := s.any(d)
	if leader := s.leader(); leader != nil && d.IntN(2) == 0 {
		n = leader
	}
	if _, err := os.Stat(n.clock); err == nil {
		return nil, ErrBusy
	}
	by := d.off()
	if err := n.setClock(by); err != nil {
		return nil, err
	}
	return &Broken{
		What: "the wall clock of " + n.name + " is off by " + by.String(), Nodes: []string{n.name},
		mend: func(context.Context) error { return n.rightClock() },
	}, nil
}

func jumpingClocks(_ context.Context, s *Stage, d *dice) (*Broken, error) {
	nodes := s.members()
	for _, n := range nodes {
		if _, err := os.Stat(n.clock); err == nil {
			return nil, ErrBusy
		}
	}
	stop := s.round(func(context.Context) time.Duration {
		if err := nodes[d.IntN(len(nodes))].setClock(d.off()); err != nil {
			s.cfg.Note("%v", err)
		}
		return d.between(20*time.Millisecond, time.Second)
	})
	return &Broken{
		What: "all wall clocks jump", Nodes: names(nodes),
		mend: func(context.Context) (err error) {
			stop()
			for _, n := range nodes {
				err = errors.Join(err, n.rightClock())
			}
			return err
		},
	}, nil
}
