package chat

import (
	"slices"
	"strings"

	"moniker/fsm"
	"moniker/fsm/id"
)

const namesMost = 200 // listed

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
	var here []string
	var in bool
	c.View(func(st *fsm.State) {
		if in = st.Rooms().In(place, c.Who); in {
			here = hereNow(st, place)
		}
	})
	switch {
	case !in:
		return refuse("You are not in " + place + ". /join " + place)
	case len(here) == 0:
		return answer(c.heading() + place + ", 0: nobody is connected.")
	}
	return answer(c.heading() + flow(c.Width, 0, place+", "+count(len(here))+": ", first(namesMost, here), ", "))
}

// hereNow is Here with those who are away marked, as far as they are listed.
func hereNow(st *fsm.State, place string) []string {
	here := Here(st, place)
	marks := map[string]string{}
	for _, who := range st.Rooms().Which(place, func(who id.Identity) bool { _, is := st.Away(who); return is }) {
		a, _ := absent(st, who)
		for _, key := range st.Lease().Owned(who) {
			if name, held := st.Lease().Held(key); held {
				marks[marked(name, who)] = a.brief()
			}
		}
	}
	for i, name := range here[:min(len(here), namesMost)] {
		is, found := marks[name]
		switch plain, guest := strings.CutSuffix(name, guestMark); {
		case found && guest:
			here[i] = plain + " (guest, " + is + ")"
		case found:
			here[i] = name + " (" + is + ")"
		}
	}
	return here
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

// Here returns the names whose owners are in a room and connected, in byte order;
// guests are marked.
func Here(st *fsm.State, place string) []string {
	var here []string
	for _, who := range st.Rooms().Members(place) {
		for _, key := range st.Lease().Owned(who) {
			if name, held := st.Lease().Held(key); held {
				here = append(here, marked(name, who))
			}
		}
	}
	slices.Sort(here)
	return here
}
