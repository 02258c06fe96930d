package chat

import (
	"math"
	"strings"

	"moniker/fsm"
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/room"
	"moniker/fsm/setting"
)

// What is common to the commands by which people run a room.

// notARoom says that a command is for rooms, where two people talk alone; empty if they
// do not.
func notARoom(c Call) string {
	if c.With == "" {
		return ""
	}
	return "That is for rooms, and you are with " + c.With + ". /query goes back to " + c.Room + "."
}

// mayRule says why the asker cannot change the room they are in; empty if they can. The
// state machine has the last word.
func mayRule(c Call) string {
	if why := notARoom(c); why != "" {
		return why
	}
	var runs bool
	c.View(func(st *fsm.State) { runs = st.Runs(c.Place, c.Who) })
	if runs {
		return ""
	}
	return runBy(c) + ", who alone may do that."
}

// runBy says who runs the room that the asker looks at.
func runBy(c Call) string {
	var by []string
	c.View(func(st *fsm.State) {
		for _, who := range st.Rooms().Operators(c.Place) {
			p, _ := st.People().Get(who)
			by = append(by, p.Nick)
		}
	})
	if len(by) == 0 {
		return c.Place + " is run by the operators of the cluster"
	}
	return c.Place + " is run by " + among(first(partNamed, by), "and")
}

// whom finds the person in the room that is meant by a name: who is on it, or who had it
// last; else whoever has it anywhere, or spoke under it in the room.
func whom(c Call, typed string) (who id.Identity, display, why string) {
	n, err := typedName(typed)
	if err != nil {
		return "", "", err.Error()
	}
	like := ""
	c.View(func(st *fsm.State) {
		has, ok := st.Lease().Name(n.Key), st.Lease().Name(n.Key).State != lease.Free
		if ok && st.Rooms().In(c.Place, has.Owner) {
			who, display = has.Owner, has.Display
			return
		}
		for _, w := range st.Rooms().Members(c.Place) {
			if p, _ := st.People().Get(w); strings.EqualFold(p.Nick, n.Display) {
				who, display = w, p.Nick
				return
			}
		}
		if ok {
			who, display = has.Owner, has.Display
			return
		}
		said := st.History().Last(c.Place, fsm.AmendBack)
		for i := len(said) - 1; i >= 0 && c.With == ""; i-- {
			if strings.EqualFold(said[i].Nick, n.Display) {
				who, display = said[i].From, said[i].Nick
				return
			}
		}
		if rival, is := st.Lease().Rival(n, ""); is { // who is meant by a slip is not done anything to
			like = rival.Display
		}
	})
	switch {
	case who != "":
	case like != "":
		return "", "", "Nobody has the name " + n.Display + "; " + like + Unlike(n.Display, like) + " looks like it."
	default:
		return "", "", "Nobody has the name " + n.Display + ". /names shows who is here."
	}
	return who, display, ""
}

// held finds, among bans, whom one is of, by the name that they had then or have now.
func held(c Call, what ban.Kind, typed string, among func(*fsm.State) []ban.Ban) (who id.Identity, display string, ok bool) {
	now, _, why := whom(c, typed)
	c.View(func(st *fsm.State) {
		for _, b := range among(st) {
			same := strings.EqualFold(b.Nick, strings.TrimPrefix(typed, "@")) || why == "" && b.ID.Subject == string(now)
			if b.ID.Kind == what && same {
				who, display, ok = id.Identity(b.ID.Subject), b.Nick, true
				return
			}
		}
	})
	return who, display, ok
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

// span reads how long something is to last, if the first word says that. A word that
// would, were it not for its sign, its size or its unit, is a mistake and no reason.
func span(words string, most id.Duration) (d id.Duration, rest, why string) {
	word, after := cutWord(words)
	if next, behind := cutWord(after); word == "for" && next != "" && next[0] >= '0' && next[0] <= '9' {
		word, after = next, behind
	}
	if number := strings.TrimLeft(word, "+-−"); number == "" || number[0] < '0' || number[0] > '9' {
		return 0, words, ""
	}
	v, err := setting.Parse(setting.Span, word)
	_, long := err.(setting.LongError)
	switch {
	case long:
		v = math.MaxInt64
	case err != nil || v <= 0:
		return 0, "", word + " is no span of time: " + spans(most)
	}
	if id.Duration(v) > most {
		return 0, "", "That is for " + ago(most) + " at most."
	}
	return id.Duration(v), after, ""
}

// spans are examples of what something may last.
func spans(most id.Duration) string {
	if most < 7*id.Day {
		return "30s, 10m or 2h are."
	}
	return "30s, 10m, 2h or 7d are."
}

// because is a reason as it was typed, and why it cannot be one if it cannot.
func because(typed string) (reason, why string) {
	if reason = oneLine(typed); len(reason) > ban.MaxReason {
		return "", "A reason holds " + count(ban.MaxReason) + " bytes."
	}
	return reason, ""
}

// lasting is how long something lasts, in words behind what it is.
func lasting(d id.Duration) string {
	if d == 0 {
		return ""
	}
	return " for " + ago(d)
}

// oneLine is a text without line ends and with single blanks.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// everybodys says why nobody can be kept out of the lobby.
func everybodys(c Call) string { return c.Place + " is where everybody comes in." }

func isLobby(c Call) bool { return c.Place == room.Lobby }
