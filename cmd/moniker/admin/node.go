package admin

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/member"
)

type memberJSON struct {
	Name    string  `json:"name"`
	ID      id.Node `json:"id"`
	Role    string  `json:"role"`
	Version uint64  `json:"version"`
	SSH     text    `json:"ssh"`
	Peer    string  `json:"peer"`
	Since   stamp   `json:"since"`
}

func (c *call) nodeCommand() *cobra.Command {
	return say.Group("node", "the nodes of the cluster",
		say.Leaf("list", "every node", func(cmd *cobra.Command, _ []string) error { return c.nodeList(cmd) }),
		say.Leaf("promote NAME", "have it count for the majority", func(cmd *cobra.Command, args []string) error {
			return c.nodeChange(cmd, args[0], func(n id.Node) fsm.Command { return fsm.SetRole{Node: n, Role: member.Voter} })
		}),
		say.Leaf("demote NAME", "have it serve people and not count", func(cmd *cobra.Command, args []string) error {
			return c.nodeChange(cmd, args[0], func(n id.Node) fsm.Command { return fsm.SetRole{Node: n, Role: member.NonVoter} })
		}),
		c.leadCommand(),
		say.Leaf("remove NAME", "shut it out for ever", func(cmd *cobra.Command, args []string) error {
			if err := c.notTheLeader(cmd.Context(), args[0]); err != nil {
				return err
			}
			return c.nodeChange(cmd, args[0], func(n id.Node) fsm.Command { return fsm.RemoveMember{Node: n} })
		}))
}

func (c *call) nodeList(cmd *cobra.Command) error {
	nodes := []memberJSON{}
	err := c.read(cmd.Context(), func(s *fsm.State) {
		for _, m := range s.Members().Members() {
			if m.Role == member.Removed {
				continue
			}
			nodes = append(nodes, memberJSON{
				Name: m.Name, ID: m.ID, Role: roleName(m.Role), Version: m.Version, SSH: text(m.SSH), Peer: m.Peer, Since: stamp(m.Wall),
			})
		}
	})
	if err != nil {
		return err
	}
	slices.SortFunc(nodes, func(a, b memberJSON) int { return cmp.Compare(a.Name, b.Name) })
	return c.show(nodes, func() table {
		t := table{columns: []column{
			{title: "NODE"}, {title: "ROLE"}, {title: "SSH"}, {title: "PEER"}, {title: "VERSION", right: true}, {title: "KEY"},
		}}
		for _, n := range nodes {
			t.rows = append(t.rows, []string{n.Name, n.Role, n.SSH.orDash(), n.Peer, strconv.FormatUint(n.Version, 10), short(n.ID)})
		}
		return t
	})
}

// notTheLeader refuses to remove the node that leads: the others would shut it out
// before it has told raft, and of two voters the one that is left could never
// decide anything again. Demoted, it hands over first.
func (c *call) notTheLeader(ctx context.Context, name string) error {
	s := c.cluster.Status(ctx)
	for _, n := range s.Nodes {
		if !n.Leader || n.Name != name && string(n.ID) != name {
			continue
		}
		switch _, all := voters(s); {
		case len(s.Nodes) == 1:
			return say.No("To replace it, let another in first: moniker admin token create",
				"%s is the only node; without it there is no cluster.", n.Name)
		case all == 1:
			return lastVoter(n.Name)
		default:
			return say.No("Have another lead first: moniker admin node lead NAME", "%s leads; it cannot be removed now.", n.Name)
		}
	}
	return nil
}

func lastVoter(name string) error {
	return say.No("Make another node a voter first: moniker admin node promote NAME", "%s is the last voter; without it nothing can be decided.", name)
}

// nodeChange does something to the node that is called name, or has it as its id.
func (c *call) nodeChange(cmd *cobra.Command, name string, command func(id.Node) fsm.Command) error {
	target, err := c.target(cmd.Context(), name)
	if err != nil {
		return err
	}
	return c.propose(cmd.Context(), command(target), name)
}

// target finds, in the newest state, the node that something is to be done to.
func (c *call) target(ctx context.Context, name string) (id.Node, error) {
	var target id.Node
	err := c.change(ctx, func(s *fsm.State) {
		if m, ok := s.Members().Named(name); ok {
			target = m.ID
		} else if m, ok := s.Members().Member(id.Node(name)); ok && m.Role != member.Removed {
			target = m.ID
		}
	})
	if err == nil && target == "" {
		err = say.No("All there are: moniker admin node list", "no node is called %s.", name)
	}
	return target, err
}
