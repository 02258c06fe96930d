package chat

import (
	"cmp"
	"slices"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/room"
)

const roomsMost = 50 // listed

func roomsCommand() Command {
	return Command{
		Name: "rooms", Topic: Rooms,
		Help: "the rooms there are, how many people are in each, and how many of them are connected. The 50 largest are listed",
		Run:  listRooms,
	}
}

// listed is a room as it stands in the list.
type listed struct {
	name              string
	in                bool // the asker is
	people, connected int
	private, invited  bool // the asker is
	topic             string
}

func listRooms(c Call) Outcome {
	var all []listed
	c.View(func(st *fsm.State) {
		for _, r := range st.Rooms().Rooms() {
			if !st.Sees(r.Name, c.Who) {
				continue
			}
			_, invited := st.Rooms().Invitation(room.Seat{Place: r.Name, Who: c.Who})
			all = append(all, listed{
				name: r.Name, topic: r.Topic.Text, private: r.Private, invited: invited,
				in: st.Rooms().In(r.Name, c.Who), people: st.Rooms().Size(r.Name),
			})
		}
	})
	slices.SortStableFunc(all, func(a, b listed) int {
		return cmp.Or(cmp.Compare(b.people, a.people), cmp.Compare(a.name, b.name))
	})
	shown := all[:min(len(all), roomsMost)]
	for i := range shown { // a short look at a time: rooms may be large
		c.View(func(st *fsm.State) {
			shown[i].connected = len(st.Rooms().Which(shown[i].name, func(who id.Identity) bool { return len(st.Lease().Of(who)) > 0 }))
		})
	}
	text := roomTable(c, shown)
	if more := len(all) - len(shown); more > 0 {
		text += "\nand " + count(more) + " more"
	}
	return answer(c.heading() + text)
}

func roomTable(c Call, list []listed) string {
	var rows [][]string
	for _, r := range list {
		you := "-"
		switch {
		case r.name == c.Place:
			you = "here"
		case r.in:
			you = "in"
		case r.invited:
			you = "invited"
		}
		if r.private {
			you += ", private"
		}
		rows = append(rows, []string{r.name, you, count(r.people), count(r.connected), r.topic})
	}
	columns := []column{{title: "ROOM"}, {title: "YOU"}, {title: "PEOPLE", right: true}, {title: "CONNECTED", right: true}}
	if slices.ContainsFunc(list, func(r listed) bool { return r.topic != "" }) {
		columns = append(columns, column{title: "TOPIC", rest: true})
	}
	return table(c.Width, columns, rows)
}
