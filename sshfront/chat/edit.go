package chat

import (
	"strconv"
	"strings"

	"moniker/fsm"
	"moniker/fsm/history"
	"moniker/fsm/id"
)

func editCommand() Command {
	c := Command{
		Name: "edit", Topic: Talk, Usage: "[N] TEXT",
		Help: "make TEXT of your last message here, or of the Nth last, up to 20; s/OLD/NEW/ changes a part of it. " +
			"What stood there is gone on every node, but not from the screens it was shown on. " +
			"For a TEXT that begins with a number: /edit 1 TEXT",
		Says:     true,
		Complete: func(c Call, _, word string) []string { return mentions(c, word) },
	}
	c.Run = func(call Call) Outcome {
		n, text := nth(call.Args)
		if text == "" {
			return usage(call, c)
		}
		m, why := mine(call, n)
		if why != "" {
			return refuse(why)
		}
		if was, is, ok := substitution(text); ok {
			if !strings.Contains(m.Text, was) {
				return refuse("Your message does not have that: " + shorten(m.Text))
			}
			if text = strings.TrimSpace(strings.Replace(m.Text, was, is, 1)); text == "" {
				return refuse("Nothing would be left of it. /delete takes it away.")
			}
		}
		return amend(call, m, text)
	}
	return c
}

func deleteCommand() Command {
	c := Command{
		Name: "delete", Topic: Talk, Usage: "[NAME] [N]",
		Help: "take away your last message here, or the Nth last, up to 20; if you run the room, NAME's. " +
			"Its text is gone on every node, but not from the screens it was shown on",
		Complete: firstNick,
	}
	c.Run = func(call Call) Outcome {
		n, name := nth(call.Args)
		look := func() (history.Message, string) { return mine(call, n) }
		if name != "" {
			var rest string
			if name, rest = cutWord(name); rest != "" { // the number may stand before the name or behind it
				before := n
				if n, rest = nth(rest); rest != "" || before != 1 {
					return usage(call, c)
				}
			}
			if why := mayRule(call); why != "" {
				return refuse(why)
			}
			look = func() (history.Message, string) { return saidBy(call, name, n) }
		}
		m, why := look()
		if why != "" {
			return refuse(why)
		}
		return amend(call, m, "")
	}
	return c
}

func amend(c Call, m history.Message, text string) Outcome {
	return Outcome{Propose: func(s id.Session, token id.Token) fsm.Command {
		return fsm.Amend{Session: s, Token: token, Place: c.Place, Of: m.ID, Text: text}
	}}
}

// nth splits off a number in front; 1 if there is none.
func nth(args string) (n int, rest string) {
	word, rest := cutWord(args)
	if strings.Trim(word, "0123456789") != "" {
		return 1, args // "+1" is something to say
	}
	if n, err := strconv.Atoi(word); err == nil && n > 0 {
		return n, rest
	}
	return 1, args
}

// mine is the nth last of what the asker said where they are and has not deleted, or
// why there is none.
func mine(c Call, n int) (m history.Message, why string) {
	own, found := 0, false
	c.View(func(st *fsm.State) {
		said := st.History().Last(c.Place, fsm.AmendBack)
		for i := len(said) - 1; i >= 0 && own < n; i-- {
			if said[i].From == c.Who && !said[i].Deleted() {
				m, own = said[i], own+1
			}
		}
		found = own == n
	})
	switch {
	case found:
		return m, ""
	case own == 0:
		return m, "Nothing that you said in " + c.title() + " is kept."
	}
	return m, "Only " + plural(own, "message") + " of yours in " + c.title() + " can be found."
}

// saidBy is the nth last of what somebody said in the room, under that name or whatever
// name they have now.
func saidBy(c Call, name string, n int) (m history.Message, why string) {
	who, _, unknown := whom(c, name)
	found := 0
	c.View(func(st *fsm.State) {
		said := st.History().Last(c.Place, fsm.AmendBack)
		for i := len(said) - 1; i >= 0 && found < n; i-- {
			theirs := unknown == "" && said[i].From == who || strings.EqualFold(said[i].Nick, strings.TrimPrefix(name, "@"))
			if theirs && !said[i].Deleted() {
				m, found = said[i], found+1
			}
		}
	})
	switch {
	case found == n:
		return m, ""
	case found == 0:
		return m, "Nothing that " + shorten(name) + " said in " + c.title() + " is kept."
	}
	return m, "Only " + plural(found, "message") + " of " + shorten(name) + " in " + c.title() + " can be found."
}

// substitution reads s/OLD/NEW/; the last slash may be left out.
func substitution(text string) (was, is string, ok bool) {
	rest, ok := strings.CutPrefix(text, "s/")
	if !ok {
		return "", "", false
	}
	was, is, ok = strings.Cut(rest, "/")
	return was, strings.TrimSuffix(is, "/"), ok && was != ""
}
