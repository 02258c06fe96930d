package admin

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
	"moniker/sshfront/nick"
	"moniker/sshfront/render"
)

// nameJSON is a name as it stands: scripts rely on its fields.
type nameJSON struct {
	Nick       string      `json:"nick"`
	Owner      id.Identity `json:"owner"`
	State      string      `json:"state"`
	Registered bool        `json:"registered"`
	Token      string      `json:"token"`
	Expires    *int64      `json:"expires_in_ms"`
	Sessions   []seatJSON  `json:"sessions"`
}

type seatJSON struct {
	ID    string `json:"id"`
	Node  string `json:"node"`
	Since stamp  `json:"since"`
}

func (c *call) nickCommand() *cobra.Command {
	return say.Group("nick", "names and who has them",
		say.Leaf("list", "every name", func(cmd *cobra.Command, _ []string) error { return c.nickList(cmd) }),
		say.Leaf("show NAME", "one name", func(cmd *cobra.Command, args []string) error { return c.nickShow(cmd, args[0]) }),
		say.Leaf("history NAME", "how it changed hands", func(cmd *cobra.Command, args []string) error { return c.nickHistory(cmd, args[0]) }),
		c.releaseCommand(), c.renameCommand(),
		say.Leaf("reserve NAME KEY", "keep it for the owner of KEY (SHA256:...)", func(cmd *cobra.Command, args []string) error {
			return c.nickReserve(cmd, args[0], args[1:])
		}),
		say.Leaf("register NAME", "keep it for its owner beyond grace", func(cmd *cobra.Command, args []string) error {
			return c.nickKeep(cmd, args[0], true)
		}),
		say.Leaf("unregister NAME", "keep it no longer than others", func(cmd *cobra.Command, args []string) error {
			return c.nickKeep(cmd, args[0], false)
		}))
}

func (c *call) nickList(cmd *cobra.Command) error {
	names := []nameJSON{}
	err := c.read(cmd.Context(), func(s *fsm.State) {
		for _, n := range s.Lease().Names() {
			names = append(names, copyName(s, n))
		}
	})
	if err != nil {
		return err
	}
	slices.SortFunc(names, func(a, b nameJSON) int { return cmp.Compare(a.Nick, b.Nick) })
	return c.show(names, func() table {
		t := table{columns: []column{
			{title: "NAME"}, {title: "STATE"}, {title: "TOKEN", right: true}, {title: "LEFT"}, {title: "KEY"}, {title: "SESSIONS"},
		}}
		for _, n := range names {
			t.rows = append(t.rows, []string{n.Nick, n.State, n.Token, left(*n.Expires), short(n.Owner), n.nodes()})
		}
		return t
	})
}

// nodes are those its sessions are on, for a cell.
func (n nameJSON) nodes() string { return text(strings.Join(n.places(), ", ")).orDash() }

// places are the nodes its sessions are on, in the order of names.
func (n nameJSON) places() []string {
	var on []string
	for _, s := range n.Sessions {
		if !slices.Contains(on, s.Node) {
			on = append(on, s.Node)
		}
	}
	slices.Sort(on)
	return on
}

func copyName(s *fsm.State, n lease.Status) nameJSON {
	j := nameJSON{
		Nick: n.Display, Owner: n.Owner, State: stateName(n.State), Registered: n.Registered, Token: n.Token.String(),
		Expires: new(until(n.Until, s.Time())), Sessions: []seatJSON{},
	}
	for _, sid := range n.Live {
		row, _ := s.Lease().Session(sid)
		j.Sessions = append(j.Sessions, seatJSON{ID: sessionID(s, sid), Node: nodeName(s, sid.Incarnation), Since: stamp(row.Wall)})
	}
	return j
}

func (c *call) nickShow(cmd *cobra.Command, typed string) error {
	name, err := nick.Parse(typed)
	if err != nil {
		return say.No("", "%s", err)
	}
	var found bool
	var j nameJSON
	var grace id.Duration
	var now stamp
	err = c.read(cmd.Context(), func(s *fsm.State) {
		n := called(s, name)
		grace, now = s.Settings().Span(setting.LeaseGrace), stamp(s.Clock())
		if found = n.State != lease.Free; found {
			j = copyName(s, n)
		}
	})
	switch {
	case err != nil:
		return err
	case !found:
		return nobodyHas(name)
	case c.json:
		return c.showJSON(j)
	}
	io.WriteString(c.Stdout, nameInWords(j, grace, now))
	return nil
}

// stateName is a state as people and scripts know it.
func stateName(s lease.State) string {
	switch s {
	case lease.Held:
		return "held"
	case lease.Grace:
		return "grace"
	case lease.Reserved:
		return "reserved"
	}
	return "free"
}

func nameInWords(n nameJSON, grace id.Duration, now stamp) string {
	then := "free"
	switch {
	case n.State == "held":
		then = render.Ago(micro(grace)) + " of grace"
	case n.State == "grace" && n.Registered:
		then = "reserved: it is registered"
	}
	out := label(n.Nick) + fmt.Sprintf("%s, token %s; %s left, then %s\n", n.State, n.Token, left(*n.Expires), then)
	out += label("key") + string(n.Owner) + "\n"
	for _, s := range n.Sessions {
		out += label("session") + fmt.Sprintf("%s on %s since %s UTC\n", s.ID, s.Node, s.Since.clock(now))
	}
	return out
}

// label is a word in the column that names what follows it.
func label(s string) string {
	const cells = 8
	return s + strings.Repeat(" ", max(cells-displaywidth.String(s), 0)+len(gap))
}
