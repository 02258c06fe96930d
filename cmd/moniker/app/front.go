package app

import (
	"context"
	"errors"
	"fmt"
	"net"

	"moniker/cluster"
	"moniker/cmd/moniker/admin"
	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/member"
	"moniker/sshfront"
)

// newFront makes what serves people.
func newFront(p parts, running Running, tree func(context.Context, admin.Request) int) (func(context.Context) error, error) {
	n := running.(node).Node
	server, err := sshfront.New(sshfront.Config{
		HostKey: p.keys.Host, NodeName: p.record.Name, Cluster: seats{n}, Logger: p.log.Named("ssh"), Now: p.clock.Now,
		Admin: func(ctx context.Context, r sshfront.AdminRequest) int {
			return tree(ctx, admin.Request{
				Args: r.Args, Stdin: r.Stdin, Stdout: r.Stdout, Stderr: r.Stderr, Who: r.Who, Width: r.Width, Color: r.Color,
			})
		},
		Health: func() sshfront.Health { return health(n.Health()) },
		Others: func(name, user string) []string { return others(running, p.record, name, user) },
	})
	if err != nil {
		return nil, err
	}
	p.metrics.Add(frontMetrics(server))
	return func(ctx context.Context) error { return server.Serve(ctx, p.ssh) }, nil
}

// health is the node's as the front end tells it.
func health(h cluster.Health) sshfront.Health {
	standing := map[cluster.Standing]sshfront.Standing{
		cluster.Starting: sshfront.Starting, cluster.Serving: sshfront.Serving, cluster.Waiting: sshfront.Waiting,
		cluster.ReadOnly: sshfront.ReadOnly, cluster.Lost: sshfront.Lost,
	}
	return sshfront.Health{Standing: standing[h.Standing], For: h.For, Away: h.Away, Removed: h.Removed, Leader: h.Leader}
}

// others are the commands by which a person reaches the other nodes. A demo's ssh_config
// knows keys by the name that somebody came with, whatever they are called by now.
func others(n admin.Node, self folder.Record, name, user string) []string {
	var ways []string
	n.View(func(s *fsm.State) {
		for _, m := range s.Members().Members() {
			host, port, err := net.SplitHostPort(m.SSH)
			switch {
			case m.ID == id.Node(self.Node) || m.Role == member.Removed || err != nil:
			case self.SSHConfig != "":
				ways = append(ways, "ssh -F "+say.Arg(self.SSHConfig)+" "+user+"@"+m.Name)
			default:
				ways = append(ways, "ssh -p "+port+" "+name+"@"+host)
			}
		}
	})
	return ways
}

// seats shows the front end the node as it wants to see it: with two errors, and
// types of its own.
type seats struct{ *cluster.Node }

// Open gives an identity, which came by a key, a seat.
func (s seats) Open(who id.Identity, key id.Fingerprint, wake func()) sshfront.Seat {
	return seat{s.Node.Open(who, key, wake)}
}

// Propose proposes what is not said by a seat.
func (s seats) Propose(ctx context.Context, c fsm.Command) (fsm.Answer, error) {
	a, err := s.Node.Propose(ctx, c)
	return a, inTwo(err)
}

// Feed gives the events this node has applied.
func (s seats) Feed() sshfront.Feed { return s.Node.Feed() }

type seat struct{ *cluster.Seat }

// Take asks for a name.
func (s seat) Take(ctx context.Context, n lease.Nick) (fsm.Answer, error) {
	a, err := s.Seat.Take(ctx, n)
	return a, inTwo(err)
}

// Do proposes something of the seat's.
func (s seat) Do(build func(id.Session, id.Token) fsm.Command, done func(fsm.Answer, error)) {
	s.Seat.Do(build, func(a fsm.Answer, err error) { done(a, inTwo(err)) })
}

// Leave gives the seat up.
func (s seat) Leave(ctx context.Context, quit bool) (fsm.Answer, error) {
	a, err := s.Seat.Leave(ctx, quit)
	return a, inTwo(err)
}

// Holds returns what the seat has now.
func (s seat) Holds() sshfront.Holding { return sshfront.Holding(s.Seat.Holds()) }

// inTwo sorts cluster's errors into the two that the front end tells apart.
func inTwo(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, cluster.ErrUnsent), errors.Is(err, cluster.ErrNoLeader), errors.Is(err, cluster.ErrBusy):
		return fmt.Errorf("%w: %w", sshfront.ErrUnsent, err)
	}
	return fmt.Errorf("%w: %w", sshfront.ErrUnknown, err)
}
