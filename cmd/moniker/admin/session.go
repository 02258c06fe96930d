package admin

import (
	"cmp"
	"slices"

	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/sshfront/render"
)

// sessionJSON is a session: scripts rely on its fields.
type sessionJSON struct {
	ID       string         `json:"id"`
	Nick     string         `json:"nick"`
	Identity id.Identity    `json:"identity"`
	Key      id.Fingerprint `json:"key"` // by which it came: one of the identity's
	Node     string         `json:"node"`
	Since    stamp          `json:"since"`
	Heard    int64          `json:"last_heard_ms"`
}

func (c *call) sessionCommand() *cobra.Command {
	return say.Group("session", "who is connected",
		say.Leaf("list", "every session", func(cmd *cobra.Command, _ []string) error { return c.sessionList(cmd) }),
		c.kickCommand())
}

func (c *call) sessionList(cmd *cobra.Command) error {
	sessions := []sessionJSON{}
	var now stamp
	err := c.read(cmd.Context(), func(s *fsm.State) {
		now = stamp(s.Clock())
		for _, row := range s.Lease().Sessions() {
			inc, _ := s.Lease().Incarnation(row.ID.Incarnation)
			// Its node vouches for a session with every renewal.
			heard := max(row.Heard, inc.Renewed)
			sessions = append(sessions, sessionJSON{
				ID: sessionID(s, row.ID), Nick: s.Lease().Name(row.Nick).Display, Identity: row.Identity, Key: row.Print(),
				Node: nodeName(s, row.ID.Incarnation), Since: stamp(row.Wall), Heard: until(s.Time(), heard),
			})
		}
	})
	if err != nil {
		return err
	}
	slices.SortFunc(sessions, func(a, b sessionJSON) int {
		return cmp.Or(cmp.Compare(a.Nick, b.Nick), cmp.Compare(a.Since, b.Since), cmp.Compare(a.ID, b.ID))
	})
	return c.show(sessions, func() table {
		t := table{columns: []column{
			{title: "SESSION"}, {title: "NAME"}, {title: "NODE"}, {title: "SINCE (UTC)"}, {title: "LAST HEARD"}, {title: "KEY"},
		}}
		for _, s := range sessions {
			heard := render.Ago(micro(id.Duration(s.Heard)*id.Millisecond)) + " ago"
			t.rows = append(t.rows, []string{s.ID, s.Nick, s.Node, s.Since.clock(now), heard, short(s.Key)})
		}
		return t
	})
}
