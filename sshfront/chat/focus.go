package chat

import "strings"

// Focus is what becomes of a person's focus.
type Focus byte

// What may become of it; zero leaves it to whether they go elsewhere, which ends it.
const (
	FocusOn Focus = iota + 1
	FocusOff
)

func focusCommand() Command {
	return Command{
		Name: "focus", Topic: Rooms, Usage: "[#ROOM|@NAME|off]",
		Help: "show this place alone, or ROOM, or what you and NAME say: what others say elsewhere, to you too, " +
			"only counts above the prompt, and nothing rings. /focus off ends it, and so does going elsewhere",
		Run: focus,
		Complete: func(c Call, before, word string) []string {
			switch {
			case before != "":
				return nil
			case strings.HasPrefix(word, "@"):
				return nicks(c, word)
			}
			return rooms(c, word, false)
		},
	}
}

func focus(c Call) Outcome {
	switch {
	case c.Args == "off" && !c.Focus:
		return answer("Nothing is hidden from you. /focus shows " + c.title() + " alone.")
	case c.Args == "off":
		return Outcome{Focus: FocusOff, Answer: "What is said elsewhere is shown again."}
	}
	place, with, why := c.Place, c.With, ""
	if person, ok := strings.CutPrefix(c.Args, "@"); ok {
		place, with, why = conversation(c, person)
	} else if c.Args != "" {
		place, with, why = ownRoom(c, c.Args)
	}
	if why != "" {
		return refuse(why)
	}
	title := place
	if with != "" {
		title = "@" + with
	}
	out := Outcome{
		Focus:  FocusOn,
		Answer: "Only " + title + " is shown now; what is said elsewhere counts above the prompt. /focus off shows it again.",
	}
	if place != c.Place {
		out.Go, out.With = place, with
	}
	return out
}

// ownRoom is a room that the asker is in, or why it is none. It is with nobody.
func ownRoom(c Call, typed string) (name, with, why string) {
	name, err := Room(typed)
	switch {
	case err != nil:
		return "", "", err.Error()
	case !isIn(c, name):
		return "", "", "You are not in " + name + ". /join " + name
	}
	return name, "", ""
}
