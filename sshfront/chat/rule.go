package chat

import (
	"slices"
	"strings"

	"moniker/fsm"
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/room"
	"moniker/fsm/setting"
)

// What is common to the commands by which people run a room.

// mayRule says why the asker cannot change the room they are in; empty if they can. The
// state machine has the last word.
func mayRule(c Call) string {
	var runs bool
	var by []string
	c.View(func(st *fsm.State) {
		if runs = st.Runs(c.Place, c.Who); !runs {
			for _, who := range st.Rooms().Operators(c.Place) {
				p, _ := st.People().Get(who)
				by = append(by, p.Nick)
			}
		}
	})
	switch {
	case runs:
		return ""
	case !strings.HasPrefix(c.Place, "#"):
		return "That is for rooms. /join #ROOM first."
	case len(by) == 0:
		return c.Place + " is run by the operators of the cluster."
	}
	return c.Place + " is run by " + strings.Join(first(namesMost, by), ", ") + ", and that is theirs to do."
}

// whom finds the person that is meant by a name: who has it, or somebody in the room, or
// banned there, who had it last.
func whom(c Call, typed string) (who id.Identity, display, why string) {
	n, err := typedName(typed)
	if err != nil {
		return "", "", err.Error()
	}
	c.View(func(st *fsm.State) {
		if has, ok := whoHas(st, n); ok {
			who, display = has.Owner, has.Display
			return
		}
		same := func(nick string) bool { other, err := typedName(nick); return err == nil && other.Key == n.Key }
		for _, b := range st.Bans().In(c.Place) {
			if same(b.Nick) {
				who, display = id.Identity(b.ID.Subject), b.Nick
			}
		}
		for _, w := range st.Rooms().Members(c.Place) {
			if p, _ := st.People().Get(w); who == "" && same(p.Nick) {
				who, display = w, p.Nick
			}
		}
	})
	if who == "" {
		return "", "", "Nobody has the name " + n.Display + ". /names shows who is here."
	}
	return who, display, ""
}

// ruling is a command about a person in the room: NAME, and what stands behind it.
type ruling struct {
	name, usage, help string
	yourself          string // what there is for those who name themselves; empty: they may
	does              func(c Call, who id.Identity, display, rest string) Outcome
}

func (r ruling) command() Command {
	cmd := Command{Name: r.name, Topic: Keep, Usage: r.usage, Help: r.help, Complete: firstNick}
	cmd.Run = func(c Call) Outcome {
		name, rest := cutWord(c.Args)
		if name == "" {
			return usage(c, cmd)
		}
		if why := mayRule(c); why != "" {
			return refuse(why)
		}
		who, display, why := whom(c, name)
		switch {
		case why != "":
			return refuse(why)
		case who == c.Who && r.yourself != "":
			return refuse(r.yourself)
		}
		return r.does(c, who, display, rest)
	}
	return cmd
}

// span reads how long something is to last, if the first word says that.
func span(words string) (d id.Duration, rest string) {
	word, after := cutWord(words)
	if v, err := setting.Parse(setting.Span, word); word != "" && err == nil && v > 0 {
		return id.Duration(v), after
	}
	return 0, words
}

// tooLongReason says that a reason is; empty if it is not.
func tooLongReason(reason string) string {
	if len(reason) > ban.MaxReason {
		return "A reason holds " + count(ban.MaxReason) + " bytes."
	}
	return ""
}

// lasting is how long something lasts, in words behind what it is.
func lasting(d id.Duration) string {
	if d == 0 {
		return ""
	}
	return " for " + ago(d)
}

func inRoom(st *fsm.State, place string, who id.Identity) bool {
	return slices.Contains(st.Rooms().Of(who), place)
}

func isLobby(c Call) bool { return c.Place == room.Lobby }
