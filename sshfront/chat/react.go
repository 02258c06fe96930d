package chat

import (
	"slices"
	"strconv"
	"strings"

	"moniker/fsm"
	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/sshfront/markup"
	"moniker/sshfront/safe"
)

func reactCommand() Command {
	c := Command{
		Name: "react", Topic: Talk, Usage: "[N|NAME] EMOJI|WORD",
		Help: "put an emoji, its short code or a short word behind what somebody said last here, or NAME did, or what is the Nth last of others; " +
			"once more takes it away",
		Complete: func(c Call, _, word string) []string { return mentions(c, word) },
	}
	c.Run = func(call Call) Outcome {
		words := strings.Fields(call.Args)
		if len(words) == 0 || len(words) > 2 {
			return usage(call, c)
		}
		text, ok := reaction(words[len(words)-1])
		if !ok {
			return refuse("That is an emoji, a short code such as :tada:, or one word of up to " + strconv.Itoa(history.MaxReaction) + " letters and digits.")
		}
		m, why := call.theirs(words[:len(words)-1])
		if why != "" {
			return refuse(why)
		}
		on := !slices.ContainsFunc(m.Reactions, func(r history.Reaction) bool { return r.Text == text && slices.Contains(r.Who, call.Who) })
		return Outcome{Propose: func(s id.Session, token id.Token) fsm.Command {
			return fsm.React{Session: s, Token: token, Place: call.Place, Of: m.ID, Text: text, On: on}
		}}
	}
	return c
}

// reaction reads what is to stand behind a message. What could be read as markup there
// is none.
func reaction(typed string) (string, bool) {
	if e, ok := markup.Emoji(typed); ok {
		return e, true
	}
	text := safe.Line(typed)
	other := func(r rune) bool {
		return r < 0x80 && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z') && !strings.ContainsRune("+-!?'", r)
	}
	return text, text != "" && len(text) <= history.MaxReaction && !strings.ContainsFunc(text, other)
}

// theirs is what somebody else said last where the asker is; which says whose it is, or
// how many before that.
func (c Call) theirs(which []string) (m history.Message, why string) {
	n, name := 1, ""
	if len(which) > 0 {
		var rest string
		if n, rest = nth(which[0]); rest != "" {
			name = rest
		}
	}
	var whose id.Identity
	if name != "" {
		nick, err := typedName(name)
		if err != nil {
			return m, err.Error()
		}
		c.View(func(st *fsm.State) {
			if s, has := whoHas(st, nick); has {
				whose = s.Owner
			}
		})
		if whose == "" {
			return m, "Nobody has the name " + nick.Display + "."
		}
	}
	found := 0
	c.View(func(st *fsm.State) {
		said := st.History().Last(c.Place, fsm.AmendBack)
		for i := len(said) - 1; i >= 0 && found < n; i-- {
			if from := said[i].From; !said[i].Deleted() && (whose == "" && from != c.Who || whose != "" && from == whose) {
				m, found = said[i], found+1
			}
		}
	})
	switch {
	case found == n:
		return m, ""
	case name != "":
		return m, "Nothing that " + name + " said in " + c.title() + " is kept."
	case found == 0:
		return m, "Nothing that others said in " + c.title() + " is kept."
	}
	return m, "Only " + plural(found, "message") + " of others in " + c.title() + " can be found."
}
