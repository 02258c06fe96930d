package admin

import (
	"math"

	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/room"
	"moniker/sshfront/render"
)

type roomJSON struct {
	Room     string `json:"room"`
	Members  int    `json:"members"`
	Messages int    `json:"messages"`
	Since    stamp  `json:"since"`
	Private  bool   `json:"private"`
	Slow     *int64 `json:"slow_ms"` // between two messages of one person; null: no bound
	Topic    text   `json:"topic"`
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
			rooms = append(rooms, copyRoom(s, r))
		}
	})
	if err != nil {
		return err
	}
	return c.show(rooms, func() table {
		t := table{columns: []column{
			{title: "ROOM"}, {title: "MEMBERS", right: true}, {title: "MESSAGES", right: true}, {title: "PRIVATE"}, {title: "SLOW"}, {title: "TOPIC", cut: true},
		}}
		for _, r := range rooms {
			private, slow := "no", "-"
			if r.Private {
				private = "yes"
			}
			if r.Slow != nil {
				slow = left(*r.Slow)
			}
			t.rows = append(t.rows, []string{
				r.Room, render.Thousands(int64(r.Members)), render.Thousands(int64(r.Messages)), private, slow, r.Topic.orDash(),
			})
		}
		return t
	})
}

func copyRoom(s *fsm.State, r room.Room) roomJSON {
	j := roomJSON{
		Room: r.Name, Members: len(s.Rooms().Members(r.Name)), Messages: len(s.History().Last(r.Name, math.MaxInt)),
		Since: stamp(r.Wall), Private: r.Private, Topic: text(r.Topic.Text),
	}
	if r.Slow > 0 {
		j.Slow = new(r.Slow.Milliseconds())
	}
	return j
}
