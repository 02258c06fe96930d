package chat

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/room"
	"moniker/fsm/setting"
)

func topicCommand() Command {
	return Command{
		Name: "topic", Topic: Rooms, Usage: "[TEXT | -]",
		Help: "what this room is about; with TEXT, those who run it say so, and - takes it away. {limit.topic} characters at most",
		Run:  topic,
	}
}

func topic(c Call) Outcome {
	if why := notARoom(c); why != "" {
		return refuse(why)
	}
	if word, rest := cutWord(c.Args); strings.EqualFold(word, c.Place) { // as it is typed on IRC
		c.Args = rest
	}
	var r room.Room
	var most int64
	c.View(func(st *fsm.State) {
		if st.Rooms().In(c.Place, c.Who) {
			r, _ = st.Rooms().Room(c.Place)
		}
		most = st.Settings().Get(setting.LimitTopic)
	})
	is := answer(c.heading() + cmp.Or(About(r), c.Place+" has no topic."))
	if c.Args == "" {
		return is
	}
	if why := mayRule(c); why != "" {
		return refuse(why)
	}
	text, place := oneLine(c.Args), c.Place
	if text == "-" {
		text = ""
	}
	if n := utf8.RuneCountInString(text); int64(n) > most || len(text) > room.MaxTopic {
		return refuse(count(n) + " characters; a topic holds " + count(int(most)) + ".")
	}
	if text == r.Topic.Text {
		return is
	}
	return Outcome{Propose: func(s id.Session, token id.Token) fsm.Command {
		return fsm.SetTopic{Session: s, Token: token, Room: place, Text: text}
	}}
}

// About is what whoever comes into a room is told of it: its topic, and whether it is
// private or slow; empty if there is nothing to tell.
func About(r room.Room) string {
	var facts []string
	if r.Private {
		facts = append(facts, "private")
	}
	if r.Slow > 0 {
		facts = append(facts, "slow: one message a person in "+ago(r.Slow))
	}
	var text string
	if r.Topic.Text != "" {
		text = r.Name + " is about: " + r.Topic.Text + " (" + r.Topic.Nick + ")"
	}
	if len(facts) > 0 {
		if text != "" {
			text += "\n"
		}
		text += r.Name + " is " + strings.Join(facts, ", and ") + "."
	}
	return text
}
