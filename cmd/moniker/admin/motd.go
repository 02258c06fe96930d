package admin

import (
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/setting"
	"moniker/sshfront/render"
	"moniker/sshfront/safe"
)

// motdJSON is the message of the day: scripts rely on its fields.
type motdJSON struct {
	Text   text  `json:"text"` // null: there is none
	By     text  `json:"by"`   // null: by a local user
	ByNick text  `json:"by_nick"`
	Since  stamp `json:"since"`
}

func (c *call) motdCommand() *cobra.Command {
	set := say.Leaf("set TEXT", "make it TEXT; those who are here are told at once", func(cmd *cobra.Command, args []string) error {
		return c.motdSet(cmd, strings.Join(args, " "))
	})
	set.Args = cobra.MinimumNArgs(1)
	return say.Group("motd", "the message of the day, which whoever comes is told",
		set,
		say.Leaf("clear", "take it away", func(cmd *cobra.Command, _ []string) error { return c.motdSet(cmd, "") }),
		say.Leaf("show", "what it is, since when and by whom", func(cmd *cobra.Command, _ []string) error { return c.motdShow(cmd) }))
}

func (c *call) motdSet(cmd *cobra.Command, typed string) error {
	words := strings.TrimSpace(safe.Text(typed))
	if words == "" && typed != "" {
		return say.Wrong(cmd, "there is nothing to be read in that.")
	}
	var most int64
	if err := c.change(cmd.Context(), func(s *fsm.State) { most = s.Settings().Get(setting.LimitMotd) }); err != nil {
		return err
	}
	if n := int64(utf8.RuneCountInString(words)); n > most {
		return say.No("", "%s characters; the message of the day holds %s.", render.Thousands(n), render.Thousands(most))
	}
	return c.propose(cmd.Context(), fsm.SetMotd{Text: words, By: c.Who}, "the message of the day")
}

func (c *call) motdShow(cmd *cobra.Command) error {
	var m setting.Motd
	var now stamp
	if err := c.read(cmd.Context(), func(s *fsm.State) { m, now = s.Settings().Motd(), stamp(s.Clock()) }); err != nil {
		return err
	}
	if m.Text == "" {
		m = setting.Motd{}
	}
	return c.show(motdJSON{text(m.Text), text(m.By), text(m.Nick), stamp(m.Wall)}, func() table {
		t := table{columns: []column{{title: "SINCE (UTC)"}, {title: "BY"}, {title: "TEXT"}}}
		if m.Text != "" {
			t.rows = append(t.rows, []string{stamp(m.Wall).clock(now), by(text(m.By)), strings.ReplaceAll(m.Text, "\n", "⏎")})
		}
		return t
	})
}
