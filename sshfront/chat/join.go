package chat

import (
	"slices"
	"strings"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/setting"
)

func joinCommand() Command {
	c := Command{
		Name: "join", Topic: Rooms, Usage: "#ROOM|@NAME",
		Help: "go to ROOM, which is made if there is none. You stay in the one you leave behind until you /part; " +
			"{limit.rooms} rooms at most. /join @NAME is /query NAME",
		Complete: func(c Call, before, word string) []string {
			if before != "" {
				return nil
			}
			if strings.HasPrefix(word, "@") {
				return nicks(c, word)
			}
			return rooms(c, word, true)
		},
	}
	c.Run = func(call Call) Outcome {
		if call.Args == "" {
			return usage(call, c)
		}
		if person, ok := strings.CutPrefix(call.Args, "@"); ok {
			return converse(call, person)
		}
		name, err := Room(call.Args)
		if err != nil {
			return refuse(err.Error())
		}
		if name == call.Place && isIn(call, name) {
			return refuse("You are in " + name + ". /part leaves it.")
		}
		if why := full(call, name); why != "" {
			return refuse(why)
		}
		if why := alike(call, name); why != "" {
			return refuse(why)
		}
		return Outcome{Go: name, Propose: func(s id.Session, token id.Token) fsm.Command {
			return join(s, token, name)
		}}
	}
	return c
}

// isIn tells by the state, which may have changed since the room was shown to them,
// whether the asker is in it.
func isIn(c Call, name string) (in bool) {
	c.View(func(st *fsm.State) { in = st.Rooms().In(name, c.Who) })
	return in
}

// alike says which room that the asker may know of stands in the way of one that would be
// made, by its looks. The state machine has the last word, but only compares.
func alike(c Call, name string) (why string) {
	n, _ := typedRoom(name)
	c.View(func(st *fsm.State) {
		_, exists := st.Rooms().Room(name)
		if other, is := st.Rooms().Alike(n.Skeletons); is && !exists && st.Sees(other, c.Who) {
			why = LooksLike(name, other)
		}
	})
	return why
}

// full says which limit stands in the way of joining a room, and what to do; empty
// if none does. The state machine has the last word.
func full(c Call, name string) string {
	var mine, all int
	var most, mostOfAll int64
	var in, exists bool
	c.View(func(st *fsm.State) {
		of := st.Rooms().Of(c.Who)
		in, mine, all = slices.Contains(of, name), len(of), st.Rooms().Len()
		_, exists = st.Rooms().Room(name)
		most, mostOfAll = st.Settings().Get(setting.LimitRooms), st.Settings().Get(setting.LimitAllRooms)
	})
	switch {
	case in:
		return ""
	case int64(mine) >= most:
		return "You are in " + plural(mine, "room") + ", which is the limit. /part #ROOM leaves one."
	case !exists && int64(all) >= mostOfAll:
		return "The cluster has " + plural(all, "room") + ", which is the limit, and " + name + " is none of them. /rooms lists them."
	}
	return ""
}
