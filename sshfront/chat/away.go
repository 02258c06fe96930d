package chat

import (
	"strings"
	"unicode/utf8"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/presence"
	"moniker/fsm/room"
)

func awayCommand() Command {
	return Command{
		Name: "away", Topic: You, Usage: "[TEXT]",
		Help: "show that you are away, and why: to whoever writes to you alone, in /names and in /whois, until you say /back. " +
			"What you say meanwhile does not end it. By itself, after {idle.away} in which you type nothing on any terminal, it ends when you type",
		Run: away,
	}
}

func away(c Call) Outcome {
	text := strings.Join(strings.Fields(c.Args), " ")
	if n := utf8.RuneCountInString(text); n > presence.MaxText {
		return refuse(plural(n, "character") + "; /away holds " + count(presence.MaxText) + ".")
	}
	if now, is := isAway(c, c.Who); is && now.Marked && now.Text == text {
		return answer("You are " + now.words() + ". /back ends it.")
	}
	told := "You are away. /back ends it."
	if text != "" {
		told = "You are away: " + text + ". /back ends it."
	}
	return Outcome{
		Propose: func(s id.Session, token id.Token) fsm.Command {
			return fsm.SetAway{Session: s, Token: token, Away: true, Text: text}
		},
		Done: func() string { return told },
	}
}

func backCommand() Command {
	return Command{
		Name: "back", Topic: You,
		Help: "you are not away any more",
		Run:  back,
	}
}

func back(c Call) Outcome {
	was, is := isAway(c, c.Who)
	if !is || !was.Marked {
		return answer("You are not away.")
	}
	return Outcome{
		Propose: func(s id.Session, token id.Token) fsm.Command { return fsm.SetAway{Session: s, Token: token} },
		Done:    func() string { return was.over() },
	}
}

// absence is that somebody is away, and for how long.
type absence struct {
	fsm.Away
	long id.Duration
}

func absent(st *fsm.State, who id.Identity) (absence, bool) {
	a, is := st.Away(who)
	return absence{a, st.Time().Sub(a.At)}, is
}

func isAway(c Call, who id.Identity) (a absence, is bool) {
	c.View(func(st *fsm.State) { a, is = absent(st, who) })
	return a, is
}

// brief is "away 9 min"; at first only "away".
func (a absence) brief() string {
	if a.long < id.Minute {
		return "away"
	}
	return "away " + ago(a.long)
}

// words is brief, and why.
func (a absence) words() string {
	if a.Text == "" {
		return a.brief()
	}
	return a.brief() + ": " + a.Text
}

// over says that it has ended.
func (a absence) over() string {
	if a.long < id.Second {
		return "You are back."
	}
	return "You are back after " + ago(a.long) + "."
}

// Absence says for how long somebody is away, "away 9 min", and when that will read
// otherwise; empty if they are not.
func Absence(st *fsm.State, who id.Identity) (text string, changes id.Duration) {
	a, is := absent(st, who)
	if !is {
		return "", 0
	}
	return a.brief(), id.Minute - a.long%id.Minute
}

// unheard says that what somebody answers will not be seen; empty if it will.
func unheard(c Call, who id.Identity, display string) (text string) {
	c.View(func(st *fsm.State) {
		if st.Profiles().Of(c.Who).Ignoring(who) {
			text = "You ignore " + display + ": what " + display + " answers does not reach you. /unignore " + display
		}
	})
	return text
}

// notThere says that somebody who has been written to alone is away, which cannot be
// seen: once in an absence. That the answer will not be seen is told every time.
func notThere(c Call, n lease.Status) (text string) {
	if text = unheard(c, n.Owner, n.Display); text != "" {
		return text
	}
	c.View(func(st *fsm.State) {
		a, is := absent(st, n.Owner)
		if !is {
			return
		}
		since := 0
		for _, m := range st.History().After(room.Conversation(c.Who, n.Owner), id.Event{Index: a.Index}) {
			if m.From == c.Who {
				since++
			}
		}
		if since <= 1 {
			text = n.Display + " is " + a.words()
		}
	})
	return text
}
