package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"moniker/cluster"
	"moniker/cmd/moniker/say"
	"moniker/sshfront/render"
)

func (c *call) leadCommand() *cobra.Command {
	return say.Leaf("lead NAME", "have it lead the others", func(cmd *cobra.Command, args []string) error {
		return c.nodeLead(cmd.Context(), args[0])
	})
}

// nodeLead hands leadership to the node that is called name, or has it as its id.
func (c *call) nodeLead(ctx context.Context, name string) error {
	target, err := c.target(ctx, name)
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, c.config.Patience)
	defer cancel()
	return c.notLed(ctx, name, c.cluster.Lead(within, target))
}

// notLed is why a node does not lead now, in words; nil if it does.
func (c *call) notLed(ctx context.Context, name string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, cluster.ErrNotVoter):
		return say.No("Make it a voter first: moniker admin node promote "+name, "%s does not count for the majority, so it cannot lead.", name)
	case errors.Is(err, cluster.ErrNotTaken):
		return say.No("Who leads: moniker admin status. Another try is worth it after 15 s.", "%s is not up, or did not take over in time.", name)
	case errors.Is(err, cluster.ErrNoLeader):
		return c.noLeader(ctx, whoIsUp)
	}
	return &say.Error{
		Exit: say.Unknown, What: fmt.Sprintf("it is not known whether %s leads: no answer within %s.", name, render.Ago(c.config.Patience)),
		Do: "Look before you do it again: moniker admin status",
	}
}
