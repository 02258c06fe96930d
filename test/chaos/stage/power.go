package stage

import (
	"context"
	"errors"
	"syscall"
	"time"
)

func powers() []Kind {
	without := func(s *Stage) string {
		if s.powerless != nil {
			return s.powerless.Error()
		}
		return ""
	}
	return []Kind{
		{Name: "power-one", Says: "one node's machine loses power: what was not made to last is gone", Short: 500 * time.Millisecond, Long: 4 * time.Second, can: without,
			do: unpowered(func(*Stage) int { return 1 })},
		{Name: "power-most", Says: "the machines of a majority lose power at once", Short: 500 * time.Millisecond, Long: 4 * time.Second, can: without,
			do: unpowered(func(s *Stage) int { return len(s.members())/2 + 1 })},
		{Name: "power-all", Says: "all machines lose power at once", Short: 500 * time.Millisecond, Long: 4 * time.Second, can: without,
			do: unpowered(func(s *Stage) int { return len(s.members()) })},
	}
}

// unpowered is a power cut. First the file systems stop as they are: from then on nothing
// gets to a disk, and what the kernel had not written yet is lost. The journal is played
// when they are mounted again, as after a real one.
func unpowered(count func(*Stage) int) func(context.Context, *Stage, *dice) (*Broken, error) {
	return func(_ context.Context, s *Stage, d *dice) (*Broken, error) {
		nodes, err := s.take(d, "power", count(s), nil)
		if err != nil {
			return nil, err
		}
		for _, n := range nodes {
			n.doom()
			err = errors.Join(err, cutPower(n.dir))
		}
		for _, n := range nodes {
			n.signal(syscall.SIGKILL)
		}
		for _, n := range nodes {
			n.kill()
		}
		what := list(nodes) + map[bool]string{true: " loses", false: " lose"}[len(nodes) == 1] + " power"
		return &Broken{
			What: what, Nodes: names(nodes), held: nodes,
			mend: func(ctx context.Context) error {
				for _, n := range nodes {
					err = errors.Join(err, n.powerOn(ctx))
				}
				return errors.Join(err, startAll(nodes))
			},
		}, nil
	}
}

// powerOn mounts the node's disk again: as it was when its power went.
func (n *node) powerOn(ctx context.Context) error {
	var err error
	gone := func(context.Context) bool {
		err = unmount(n.dir, false)
		return err == nil
	}
	if poll(ctx, gone) != nil { // the kernel may hold it for a moment after its process has ended
		return err
	}
	return mountDisk(n.dir+diskImage, n.dir)
}

const diskImage = ".disk" // a node's disk, beside its folder
