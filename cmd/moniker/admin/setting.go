package admin

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/setting"
)

// settingJSON is a setting; values are strings, as `set` takes them.
type settingJSON struct {
	Name    setting.Name `json:"name"`
	Value   string       `json:"value"`
	Default string       `json:"default"`
	Min     string       `json:"min"`
	Max     string       `json:"max"`
	Help    string       `json:"help"`
	By      text         `json:"set_by"`
	At      stamp        `json:"set_at"`
}

func (c *call) settingCommand() *cobra.Command {
	return say.Group("setting", "durations and limits",
		say.Leaf("list", "every setting", func(cmd *cobra.Command, _ []string) error { return c.settingList(cmd) }),
		say.Leaf("get NAME", "the value of one", func(cmd *cobra.Command, args []string) error { return c.settingGet(cmd, args[0]) }),
		say.Leaf("set NAME VALUE", "change one from now on; deadlines that stand keep theirs", func(cmd *cobra.Command, args []string) error {
			return c.settingSet(cmd, args[0], args[1])
		}))
}

func (c *call) settings(cmd *cobra.Command) ([]settingJSON, error) {
	values := map[setting.Name]int64{}
	rows := map[setting.Name]setting.Row{}
	err := c.read(cmd.Context(), func(s *fsm.State) {
		for _, d := range setting.Definitions() {
			values[d.Name] = s.Settings().Get(d.Name)
		}
		for _, r := range s.Settings().Rows() {
			rows[r.Name] = r
		}
	})
	if err != nil {
		return nil, err
	}
	all := make([]settingJSON, 0, len(values))
	for _, d := range setting.Definitions() {
		in := func(v int64) string { return setting.Format(d.Unit, v) }
		all = append(all, settingJSON{
			Name: d.Name, Value: in(values[d.Name]), Default: in(d.Default), Min: in(d.Min), Max: in(d.Max),
			Help: d.Help, By: text(rows[d.Name].By), At: stamp(rows[d.Name].Wall),
		})
	}
	return all, nil
}

func (c *call) settingList(cmd *cobra.Command) error {
	all, err := c.settings(cmd)
	if err != nil {
		return err
	}
	return c.show(all, func() table {
		t := table{columns: []column{{title: "SETTING"}, {title: "VALUE", right: true}, {title: "DEFAULT", right: true}, {title: "WHAT", cut: true}}}
		for _, s := range all {
			t.rows = append(t.rows, []string{string(s.Name), s.Value, s.Default, s.Help})
		}
		return t
	})
}

func (c *call) settingGet(cmd *cobra.Command, name string) error {
	if _, err := define(name); err != nil {
		return err
	}
	all, err := c.settings(cmd)
	if err != nil {
		return err
	}
	for _, s := range all {
		if string(s.Name) != name {
			continue
		}
		if c.json {
			return c.showJSON(s)
		}
		fmt.Fprintln(c.Stdout, s.Value)
	}
	return nil
}

func (c *call) settingSet(cmd *cobra.Command, name, typed string) error {
	d, err := define(name)
	if err != nil {
		return err
	}
	value, err := setting.Parse(d.Unit, typed)
	if err != nil {
		return &say.Error{
			Exit: say.Usage, What: err.Error() + ".",
			Do: fmt.Sprintf("%s is between %s and %s.", name, setting.Format(d.Unit, d.Min), setting.Format(d.Unit, d.Max)),
		}
	}
	if err := c.change(cmd.Context(), func(*fsm.State) {}); err != nil {
		return err
	}
	if err := c.propose(cmd.Context(), fsm.SetSetting{Name: d.Name, Value: value, By: c.Who}, name); err != nil {
		return err
	}
	if d.Name == setting.Allowlist {
		c.listInForce()
	}
	return nil
}

func define(name string) (setting.Definition, error) {
	if d, ok := setting.Define(setting.Name(name)); ok {
		return d, nil
	}
	var meant []string
	for _, d := range setting.Definitions() {
		if strings.HasSuffix(string(d.Name), "."+name) {
			meant = append(meant, string(d.Name))
		}
	}
	switch len(meant) {
	case 0:
		return setting.Definition{}, say.No("All there are: moniker admin setting list", "%s is no setting.", name)
	case 1:
		return setting.Definition{}, say.No(meant[0]+" is one.", "%s is no setting.", name)
	}
	return setting.Definition{}, say.No(strings.Join(meant, ", ")+" are.", "%s is no setting.", name)
}
