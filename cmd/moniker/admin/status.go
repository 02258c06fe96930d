package admin

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/spf13/cobra"

	"moniker/cluster"
	"moniker/cmd/moniker/say"
	"moniker/fsm/id"
	"moniker/sshfront/render"
)

type statusJSON struct {
	Leader string           `json:"leader"`
	Term   uint64           `json:"term"`
	Quorum bool             `json:"quorum"`
	Time   int64            `json:"cluster_time_ms"`
	Nodes  []nodeStatusJSON `json:"nodes"`
}

type nodeStatusJSON struct {
	Name      string  `json:"name"`
	ID        id.Node `json:"id"`
	Leader    bool    `json:"leader"`
	Voter     bool    `json:"voter"`
	Reachable bool    `json:"reachable"`
	Applied   *uint64 `json:"applied_index"`
	Sessions  *int    `json:"sessions"`
	SSH       string  `json:"ssh"`
	Peer      string  `json:"peer"`
}

// statusCommand answers without a majority too: that is when people ask.
func (c *call) statusCommand() *cobra.Command {
	return say.Leaf("status", "leader, term, cluster time, quorum, each node", func(cmd *cobra.Command, _ []string) error {
		if err := c.permitted(); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), c.config.Patience)
		defer cancel()
		s := c.cluster.Status(ctx)
		if c.stale {
			c.tellAge()
		}
		if c.json {
			return c.showJSON(statusAsJSON(s))
		}
		io.WriteString(c.Stdout, statusLine(s, c.Width, c.Color))
		statusTable(s).write(c.Stdout, c.Width, c.Color)
		return nil
	})
}

func statusAsJSON(s cluster.Status) statusJSON {
	out := statusJSON{
		Leader: s.Leader, Term: s.Term, Quorum: s.Quorum,
		Time: id.Duration(s.Time).Milliseconds(), Nodes: []nodeStatusJSON{},
	}
	for _, n := range s.Nodes {
		j := nodeStatusJSON{
			Name: n.Name, ID: n.ID, Leader: n.Leader, Voter: n.Voter, Reachable: n.Reachable, SSH: n.SSH, Peer: n.Peer,
		}
		if n.Reachable || n.Applied > 0 {
			j.Applied = new(uint64(n.Applied))
		}
		if n.Reachable {
			j.Sessions = new(n.Sessions)
		}
		out.Nodes = append(out.Nodes, j)
	}
	return out
}

// statusLine is the cluster in a line, cut at a whole item from the right.
func statusLine(s cluster.Status, width int, color bool) string {
	up, all := voters(s)
	leader, quorum := s.Leader, "yes"
	if leader == "" {
		leader = "none"
	}
	if !s.Quorum {
		quorum = bold("no", color)
	}
	items := []string{
		"leader " + leader,
		fmt.Sprintf("term %d", s.Term),
		fmt.Sprintf("quorum %s, %d of %d voters up", quorum, up, all),
		"cluster time " + render.Ago(micro(id.Duration(s.Time))),
	}
	const between = "   "
	for n := len(items); ; n-- {
		line := strings.Join(items[:n], between)
		if width <= 0 || n == 1 || (displaywidth.Options{ControlSequences: true}).String(line) <= width {
			return line + "\n"
		}
	}
}

func statusTable(s cluster.Status) table {
	const stateColumn = 2
	t := table{columns: []column{
		{title: "NODE"}, {title: "VOTER"}, {title: "STATE"}, {title: "APPLIED", right: true}, {title: "SESSIONS", right: true}, {title: "SSH"},
	}}
	t.loud = func(row, col int) bool { return col == stateColumn && !s.Nodes[row].Reachable }
	for _, n := range s.Nodes {
		voter, applied, sessions := "no", "-", "-"
		if n.Voter {
			voter = "yes"
		}
		if n.Reachable || n.Applied > 0 {
			applied = render.Thousands(int64(n.Applied))
		}
		if n.Reachable {
			sessions = render.Thousands(int64(n.Sessions))
		}
		t.rows = append(t.rows, []string{n.Name, voter, nodeState(n), applied, sessions, n.SSH})
	}
	return t
}

func nodeState(n cluster.NodeStatus) string {
	switch {
	case !n.Reachable && n.Unheard < 0:
		return "unreachable"
	case !n.Reachable:
		return "unreachable, " + render.Ago(n.Unheard)
	case n.Leader:
		return "leader"
	}
	return "up"
}
