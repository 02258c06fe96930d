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
	Away     *int64         `json:"away_ms"` // for how long its identity is; null: it is not
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
			var away *int64
			if a, is := s.Away(row.Identity); is {
				ms := until(s.Time(), a.At)
				away = &ms
			}
			sessions = append(sessions, sessionJSON{
				ID: sessionID(s, row.ID), Nick: s.Lease().Name(row.Nick).Display, Identity: row.Identity, Key: row.Print(),
				Node: nodeName(s, row.ID.Incarnation), Since: stamp(row.Wall), Heard: until(s.Time(), heard), Away: away,
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
			{title: "SESSION"}, {title: "NAME"}, {title: "NODE"}, {title: "SINCE (UTC)"}, {title: "LAST HEARD"}, {title: "KEY"}, {title: "AWAY"},
		}}
		for _, s := range sessions {
			heard, away := span(s.Heard)+" ago", "-"
			if s.Away != nil {
				away = span(*s.Away)
			}
			t.rows = append(t.rows, []string{s.ID, s.Nick, s.Node, s.Since.clock(now), heard, short(s.Key), away})
		}
		return t
	})
}

// span is how long so many milliseconds are.
func span(ms int64) string { return render.Ago(micro(id.Duration(ms) * id.Millisecond)) }
