package admin

import (
	"fmt"

	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/setting"
)

// allowedJSON is a key on the list of those who may come in: scripts rely on its fields.
type allowedJSON struct {
	Identity id.Identity `json:"identity"`
	Nick     text        `json:"nick"` // the name it last had, if it was here
	Note     text        `json:"note"`
	By       text        `json:"by"`
	Since    stamp       `json:"since"`
}

func (c *call) allowCommand() *cobra.Command {
	cmd := say.Group("allow", "who may come in, while that is for a list",
		c.addKey("let a key in", "\nFor a key that is on the list, this changes the note.", c.allow),
		say.Leaf("list", "every key that may", func(cmd *cobra.Command, _ []string) error { return c.allowList(cmd) }),
		c.removeKey("take a key off it; who is here by it stays until they leave", func(cmd *cobra.Command, who id.Identity) error {
			return c.propose(cmd.Context(), fsm.Disallow{Identity: who, By: c.Who}, short(who)+" on the list")
		}))
	cmd.Long = "The list of those who may come in, which is in force while the setting allowlist\n" +
		"is 1. Operators come in anyway, and who is here already stays until they leave."
	return cmd
}

func (c *call) allow(cmd *cobra.Command, who id.Identity, note string) error {
	if err := c.propose(cmd.Context(), fsm.Allow{Identity: who, Note: note, By: c.Who}, "key "+short(who)); err != nil {
		return err
	}
	inForce := false
	c.node.View(func(s *fsm.State) { inForce = s.Settings().Get(setting.Allowlist) == 1 })
	if !inForce {
		fmt.Fprintln(c.Stderr, "Everybody may come in until the list is in force: moniker admin setting set allowlist 1")
	}
	return nil
}

func (c *call) allowList(cmd *cobra.Command) error {
	all := []allowedJSON{}
	var now stamp
	err := c.read(cmd.Context(), func(s *fsm.State) {
		now = stamp(s.Clock())
		for _, a := range s.Bans().Allowances() {
			p, _ := s.People().Get(a.Who)
			all = append(all, allowedJSON{Identity: a.Who, Nick: text(p.Nick), Note: text(a.Note), By: text(a.By), Since: stamp(a.Wall)})
		}
	})
	if err != nil {
		return err
	}
	return c.show(all, func() table {
		t := table{columns: []column{{title: "KEY"}, {title: "NAME"}, {title: "NOTE"}, {title: "SINCE (UTC)"}, {title: "BY"}}}
		for _, a := range all {
			t.rows = append(t.rows, []string{string(a.Identity), a.Nick.orDash(), a.Note.orDash(), a.Since.clock(now), by(a.By)})
		}
		return t
	})
}

// listInForce says what it means that only those on the list may come in, if nobody is on it.
func (c *call) listInForce() {
	empty := false
	c.node.View(func(s *fsm.State) { empty = s.Bans().AllowedLen() == 0 && s.Settings().Get(setting.Allowlist) == 1 })
	if empty {
		fmt.Fprint(c.Stderr, "Nobody is on the list: operators alone can come in. Who is here stays until they leave.\n"+
			"  To add somebody: moniker admin allow add KEY\n")
	}
}
