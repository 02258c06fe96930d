package admin

import (
	"fmt"

	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/sshfront/nick"
	"moniker/sshfront/render"
)

// releasedJSON is a name that was freed: scripts rely on its fields.
type releasedJSON struct {
	Nick     string      `json:"nick"`
	Owner    id.Identity `json:"owner"` // who had it
	Sessions int         `json:"sessions_ended"`
}

func (c *call) releaseCommand() *cobra.Command {
	cmd := say.Leaf("release NAME", "end its sessions and let anybody have it", func(cmd *cobra.Command, args []string) error {
		return c.release(cmd, args[0])
	})
	cmd.Long = "End the sessions on a name and free it, at once and without grace: whoever comes\n" +
		"first has it. To end one session alone: moniker admin session kick ID"
	return cmd
}

func (c *call) release(cmd *cobra.Command, typed string) error {
	name, err := nick.Parse(typed)
	if err != nil {
		return say.No("", "%s", err)
	}
	var was lease.Status
	if err := c.change(cmd.Context(), func(s *fsm.State) { was = called(s, name) }); err != nil {
		return err
	}
	if was.State == lease.Free {
		return nobodyHas(name)
	}
	if err := c.propose(cmd.Context(), fsm.FreeName{Key: was.Key, By: c.Who}, was.Display); err != nil {
		return err
	}
	ended := len(was.Live)
	if c.json {
		return c.showJSON(releasedJSON{Nick: was.Display, Owner: was.Owner, Sessions: ended})
	}
	fmt.Fprint(c.Stdout, was.Display+" is free")
	if ended > 0 {
		fmt.Fprintf(c.Stdout, "; %s ended", count(ended, "session"))
	}
	fmt.Fprintln(c.Stdout, ".")
	return nil
}

// called returns the name that n is, or else looks like: a look-alike is that
// name. It is Free if there is none.
func called(s *fsm.State, n nick.Name) lease.Status {
	if exact := s.Lease().Name(n.Key); exact.State != lease.Free {
		return exact
	}
	like, _ := s.Lease().Rival(lease.Nick(n), "")
	return like
}

func nobodyHas(n nick.Name) error {
	return say.No("All there are: moniker admin nick list", "nobody has the name %s.", n.Display)
}

// count is "1 session", "2 sessions".
func count(n int, what string) string { return render.Plural(n, what) }
