package chat

import (
	"cmp"
	"strings"

	"moniker/fsm"
	"moniker/fsm/setting"
)

func motdCommand() Command {
	return Command{
		Name: "motd", Topic: Find,
		Help: "the message of the day: what the operators tell whoever comes",
		Run: func(c Call) Outcome {
			var m setting.Motd
			c.View(func(st *fsm.State) { m = st.Settings().Motd() })
			if m.Text == "" {
				return answer(c.heading() + "There is no message of the day.")
			}
			return answer(c.heading() + Motd(m.Nick, m.Text))
		},
	}
}

// Motd is the message of the day as people are told it; by is empty if it was set
// through a node's own socket.
func Motd(by, text string) string {
	return "From " + cmp.Or(by, "the operators") + ": " + strings.ReplaceAll(text, "\n", "\n  ") // column 1 is moniker's
}
