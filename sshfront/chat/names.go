package chat

import (
	"cmp"
	"slices"

	"moniker/fsm"
	"moniker/fsm/id"
)

const (
	namesMost   = 200 // listed
	namesAtOnce = 500 // people looked at under one lock
)

func namesCommand() Command {
	return Command{
		Name: "names", Topic: People, Usage: "[#ROOM]",
		Help:     "who is here now, or in a room that you are in. The first 200 are named, all are counted",
		Run:      names,
		Complete: ownRooms,
	}
}

func names(c Call) Outcome {
	place := c.Place
	if c.With != "" && c.Args == "" {
		return answer(c.heading() + Alone(c))
	}
	if c.Args != "" {
		var err error
		if place, err = Room(c.Args); err != nil {
			return refuse(err.Error())
		}
	}
	here, in := hereNow(c, place)
	switch {
	case !in:
		return refuse("You are not in " + place + ". /join " + place)
	case len(here) == 0:
		return answer(c.heading() + place + ", 0: nobody is connected.")
	}
	return answer(c.heading() + flow(c.Width, 0, place+", "+count(len(here))+": ", first(namesMost, here), ", "))
}

// named is somebody's name as it is listed. Lists are in the order of keys, for which case
// does not matter.
type named struct{ key, shown string }

func sorted(all []named) (shown []string) {
	slices.SortFunc(all, func(a, b named) int { return cmp.Compare(a.key, b.key) })
	for _, n := range all {
		shown = append(shown, n.shown)
	}
	return shown
}

// hereNow returns the names whose owners are in a room and connected, sorted, with
// guests and those who are away marked; and whether the asker is in the room. It takes a
// short look at the state at a time: rooms may be large.
func hereNow(c Call, place string) (here []string, in bool) {
	var crowd []id.Identity
	c.View(func(st *fsm.State) {
		if in = st.Rooms().In(place, c.Who); in {
			crowd = st.Rooms().Crowd(place)
		}
	})
	var all []named
	for some := range slices.Chunk(crowd, namesAtOnce) {
		c.View(func(st *fsm.State) {
			for _, who := range some {
				for _, key := range st.Lease().Owned(who) {
					if name, held := st.Lease().Held(key); held {
						all = append(all, named{key, name + standing(st, who)})
					}
				}
			}
		})
	}
	return sorted(all), in
}

// standing is what stands behind somebody's name, in brackets, if anything does.
func standing(st *fsm.State, who id.Identity) string {
	a, is := absent(st, who)
	switch {
	case is && who.Guest():
		return " (guest, " + a.brief() + ")"
	case is:
		return " (" + a.brief() + ")"
	}
	return marked("", who)
}

// guestMark stands behind the name of somebody without a key. No name can have it.
const guestMark = " (guest)"

// marked is the name of somebody as others are shown it.
func marked(name string, who id.Identity) string {
	if who.Guest() {
		return name + guestMark
	}
	return name
}

// Here returns the names whose owners are in a room and connected, sorted;
// guests are marked.
func Here(st *fsm.State, place string) []string {
	var here []named
	for _, who := range st.Rooms().Members(place) {
		for _, key := range st.Lease().Owned(who) {
			if name, held := st.Lease().Held(key); held {
				here = append(here, named{key, marked(name, who)})
			}
		}
	}
	return sorted(here)
}
