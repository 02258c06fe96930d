package admin

import (
	"math"

	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/sshfront/render"
)

type roomJSON struct {
	Room     string `json:"room"`
	Members  int    `json:"members"`
	Messages int    `json:"messages"`
	Since    stamp  `json:"since"`
}

func (c *call) roomCommand() *cobra.Command {
	return say.Group("room", "places to talk in",
		say.Leaf("list", "every room", func(cmd *cobra.Command, _ []string) error { return c.roomList(cmd) }),
		c.roomShowCommand())
}

func (c *call) roomList(cmd *cobra.Command) error {
	rooms := []roomJSON{}
	err := c.read(cmd.Context(), func(s *fsm.State) {
		for _, r := range s.Rooms().Rooms() {
			rooms = append(rooms, roomJSON{
				Room: r.Name, Members: len(s.Rooms().Members(r.Name)),
				Messages: len(s.History().Last(r.Name, math.MaxInt)), Since: stamp(r.Wall),
			})
		}
	})
	if err != nil {
		return err
	}
	return c.show(rooms, func() table {
		t := table{columns: []column{{title: "ROOM"}, {title: "MEMBERS", right: true}, {title: "MESSAGES", right: true}}}
		for _, r := range rooms {
			t.rows = append(t.rows, []string{r.Room, render.Thousands(int64(r.Members)), render.Thousands(int64(r.Messages))})
		}
		return t
	})
}
