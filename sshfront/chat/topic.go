package chat

import (
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/room"
)

func topicCommand() Command {
	return Command{
		Name: "topic", Topic: Rooms, Usage: "[TEXT | -]",
		Help: "what this room is about; with TEXT, its operators say so, and - takes it away. {limit.topic} characters at most",
		Run:  topic,
	}
}

func topic(c Call) Outcome {
	if c.Args == "" {
		var r room.Room
		var in bool
		c.View(func(st *fsm.State) { r, _ = st.Rooms().Room(c.Place); in = st.Rooms().In(c.Place, c.Who) })
		if !in || r.Topic.Text == "" {
			return answer(c.Place + " has no topic.")
		}
		return answer(Topical(r))
	}
	if why := mayRule(c); why != "" {
		return refuse(why)
	}
	text, place := c.Args, c.Place
	if text == "-" {
		text = ""
	}
	if len(text) > room.MaxTopic {
		return refuse("That is too long for a topic.")
	}
	return Outcome{Propose: func(s id.Session, token id.Token) fsm.Command {
		return fsm.SetTopic{Session: s, Token: token, Room: place, Text: text}
	}}
}

// Topical is a room's topic, as whoever comes in is told it.
func Topical(r room.Room) string {
	return "About " + r.Name + ": " + r.Topic.Text + " (" + r.Topic.Nick + ")"
}
