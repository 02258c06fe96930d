package admin

import (
	"fmt"

	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
	"moniker/sshfront/nick"
	"moniker/sshfront/render"
)

// keptJSON is a name that is, or is no longer, registered: scripts rely on its fields.
type keptJSON struct {
	Nick       string      `json:"nick"`
	Owner      id.Identity `json:"owner"`
	Registered bool        `json:"registered"`
}

// nickReserve registers a name for a key, whether its owner has ever been here or not.
func (c *call) nickReserve(cmd *cobra.Command, typed string, words []string) error {
	n, err := nick.Parse(typed)
	if err != nil {
		return say.No("", "%s", err)
	}
	owner, _, err := key(cmd, words)
	if err != nil {
		return err
	}
	var ttl id.Duration
	var rival lease.Status
	if err := c.change(cmd.Context(), func(s *fsm.State) {
		ttl = s.Settings().Span(setting.RegistrationTTL)
		rival, _ = s.Lease().Rival(lease.Nick(n), owner)
	}); err != nil {
		return err
	}
	if rival.State != lease.Free {
		return belongsToAnother(rival)
	}
	if err := c.propose(cmd.Context(), fsm.ReserveName{Nick: lease.Nick(n), Owner: owner, By: c.Who}, n.Display); err != nil {
		return err
	}
	if c.json {
		return c.showJSON(keptJSON{n.Display, owner, true})
	}
	fmt.Fprintf(c.Stdout, "%s is registered for %s, and kept %s after its owner was last on it.\n", n.Display, short(owner), render.Ago(micro(ttl)))
	return nil
}

// nickKeep registers a name for whoever has it, or ends that.
func (c *call) nickKeep(cmd *cobra.Command, typed string, on bool) error {
	n, err := nick.Parse(typed)
	if err != nil {
		return say.No("", "%s", err)
	}
	var was lease.Status
	var ttl, grace id.Duration
	if err := c.change(cmd.Context(), func(s *fsm.State) {
		was = called(s, n)
		ttl, grace = s.Settings().Span(setting.RegistrationTTL), s.Settings().Span(setting.LeaseGrace)
	}); err != nil {
		return err
	}
	if was.State == lease.Free {
		return nobodyHas(n)
	}
	if err := c.propose(cmd.Context(), fsm.SetKept{Key: was.Key, Keep: on, By: c.Who}, was.Display); err != nil {
		return err
	}
	switch {
	case c.json:
		return c.showJSON(keptJSON{was.Display, was.Owner, on})
	case on:
		fmt.Fprintf(c.Stdout, "%s is registered, and kept %s after its owner was last on it.\n", was.Display, render.Ago(micro(ttl)))
	case was.State == lease.Reserved:
		fmt.Fprintf(c.Stdout, "%s is free.\n", was.Display)
	default:
		fmt.Fprintf(c.Stdout, "%s is not registered: it is kept %s after its owner leaves.\n", was.Display, render.Ago(micro(grace)))
	}
	return nil
}
