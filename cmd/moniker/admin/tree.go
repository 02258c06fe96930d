package admin

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
)

// run builds the tree and runs it. Nothing of it outlives the call.
func (c *call) run(ctx context.Context) error {
	root := c.tree()
	root.SetOut(c.Stdout)
	root.SetErr(c.Stderr)
	root.SetIn(c.stdin())
	root.SetArgs(append([]string{}, c.Args...)) // never nil: cobra would take the node's own
	return say.InVoice(root, root.ExecuteContext(ctx))
}

func (c *call) tree() *cobra.Command {
	root := say.Group("admin", "look at the cluster and change it",
		c.statusCommand(), c.nickCommand(), c.sessionCommand(), c.roomCommand(),
		c.banCommand(), c.muteCommand(), c.allowCommand(), c.motdCommand(),
		c.nodeCommand(), c.tokenCommand(), c.operatorCommand(), c.settingCommand(),
		c.watchCommand())
	root.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: "moniker admin"}
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(say.HelpCommand())
	root.SetFlagErrorFunc(say.FlagError)
	flags := root.PersistentFlags()
	flags.StringVarP(&c.output, "output", "o", "table", "how answers look: table or json")
	flags.BoolVar(&c.json, "json", false, "the same as -o json")
	flags.BoolVar(&c.stale, "stale", false, "ask this node alone: works without a majority, and may be out of date")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return c.checkOutput(cmd) }
	return root
}

func (c *call) stdin() io.Reader {
	if c.Stdin == nil {
		return strings.NewReader("")
	}
	return c.Stdin
}

func (c *call) checkOutput(cmd *cobra.Command) error {
	switch {
	case c.json:
		c.output = "json"
	case c.output == "json":
		c.json = true
	case c.output != "table":
		return say.Wrong(cmd, "-o is table or json, not %s.", c.output)
	}
	return nil
}
