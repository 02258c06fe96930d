package admin

import (
	"fmt"

	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/sshfront/nick"
)

// renamedJSON is a name that was changed: scripts rely on its fields.
type renamedJSON struct {
	Nick     string      `json:"nick"`
	Old      string      `json:"old"`
	Owner    id.Identity `json:"owner"`
	Sessions int         `json:"sessions"` // that were on it, and are on the new one
}

func (c *call) renameCommand() *cobra.Command {
	cmd := say.Leaf("rename OLD NEW", "put whoever is on a name on another", func(cmd *cobra.Command, args []string) error {
		return c.nickRename(cmd, args[0], args[1])
	})
	cmd.Long = "Move all sessions on OLD to NEW, tell them so, and free OLD. If OLD is registered,\n" +
		"NEW is instead. To keep OLD from everybody: moniker admin nick reserve OLD KEY, with\n" +
		"a key of yours."
	return cmd
}

func (c *call) nickRename(cmd *cobra.Command, old, typed string) error {
	from, err := nick.Parse(old)
	if err != nil {
		return say.No("", "%s", err)
	}
	to, err := nick.Parse(typed)
	if err != nil {
		return say.No("", "%s", err)
	}
	var was, rival lease.Status
	if err := c.change(cmd.Context(), func(s *fsm.State) {
		was = called(s, from)
		rival, _ = s.Lease().Rival(lease.Nick(to), was.Owner)
	}); err != nil {
		return err
	}
	switch {
	case was.State == lease.Free:
		return nobodyHas(from)
	case was.State != lease.Held:
		return say.No("To free it: moniker admin nick release "+was.Display, "nobody is on %s now.", was.Display)
	case rival.State != lease.Free:
		return belongsToAnother(rival)
	}
	if err := c.propose(cmd.Context(), fsm.RenameName{Key: was.Key, To: lease.Nick(to), By: c.Who}, to.Display); err != nil {
		return err
	}
	if c.json {
		return c.showJSON(renamedJSON{Nick: to.Display, Old: was.Display, Owner: was.Owner, Sessions: len(was.Live)})
	}
	fmt.Fprintf(c.Stdout, "%s is %s now.\n", was.Display, to.Display)
	return nil
}

func belongsToAnother(n lease.Status) error {
	return say.No("To free it: moniker admin nick release "+n.Display, "%s belongs to another key, %s.", n.Display, n.Owner)
}
