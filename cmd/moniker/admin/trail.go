package admin

import (
	"slices"

	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/trail"
	"moniker/sshfront/nick"
)

// nickHistory tells how a name changed hands, oldest first, as far back as the
// cluster remembers. One that nobody has now may have a history.
func (c *call) nickHistory(cmd *cobra.Command, typed string) error {
	name, err := nick.Parse(typed)
	if err != nil {
		return say.No("", "%s", err)
	}
	var path []trail.Entry
	var now stamp
	err = c.read(cmd.Context(), func(s *fsm.State) {
		key := name.Key
		if n := called(s, name); n.Key != "" {
			key = n.Key
		}
		now = stamp(s.Clock())
		path = slices.Clone(s.Trail().Of(key))
	})
	if err != nil {
		return err
	}
	events := make([]eventJSON, 0, len(path))
	for _, e := range path {
		events = append(events, pastEvent(e))
	}
	return c.show(events, func() table {
		t := table{columns: []column{
			{title: "TIME (UTC)"}, {title: "EVENT"}, {title: "TOKEN", right: true}, {title: "KEY"}, {title: "NODE"}, {title: "WHY"},
		}}
		for _, e := range events {
			t.rows = append(t.rows, []string{
				e.Time.clock(now), e.Event, string(e.Token), short(e.Owner), e.Node.orDash(), e.Why.orDash(),
			})
		}
		return t
	})
}

// pastEvent is a change as watch would have shown it.
func pastEvent(e trail.Entry) eventJSON {
	j := eventJSON{
		Time: stamp(e.Wall), Index: e.ID.Index, Event: eventName(e.Kind), Nick: text(e.Nick), Token: text(e.Token.String()),
		Owner: text(e.Identity), Node: text(e.Node), By: text(e.By), Why: text(because(e.Why)),
	}
	if e.Session.Number != 0 && e.Node != "" {
		j.Session = text(e.Node + "-" + e.Session.Short())
	}
	return j
}
