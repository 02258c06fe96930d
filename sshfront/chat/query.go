package chat

import (
	"slices"
	"strings"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/room"
	"moniker/sshfront/keycode"
)

func queryCommand() Command {
	c := Command{
		Name: "query", Topic: Talk, Usage: "[NAME]",
		Help: "talk to NAME alone: what you type goes there, whatever NAME is called by then, and to nobody who has the name later. " +
			"/query by itself, or /join #ROOM, goes back",
		Complete: firstNick,
	}
	c.Run = func(call Call) Outcome {
		switch {
		case strings.HasPrefix(call.Args, "#"):
			return refuse("A room is no person. /join " + call.Args + " goes there.")
		case call.Args != "":
			return converse(call, call.Args)
		case call.With == "":
			return usage(call, c)
		}
		return backToRoom(call)
	}
	return c
}

// Partner is whom somebody talks to in a conversation; false for a room.
func Partner(place string, who id.Identity) (id.Identity, bool) {
	a, b, two := room.Partners(place)
	if a == who {
		a = b
	}
	return a, two
}

// title is what the place they look at is called.
func (c Call) title() string {
	if c.With != "" {
		return "@" + c.With
	}
	return c.Place
}

// converse goes to the conversation with the owner of a name.
func converse(c Call, typed string) Outcome {
	place, with, why := conversation(c, typed)
	switch {
	case why != "":
		return refuse(why)
	case place == c.Place:
		return refuse("You are alone with " + with + " already. /query goes back to " + c.Room + ".")
	}
	return Outcome{Go: place, With: with}
}

// conversation is the place where somebody talks to the owner of a name, and how that
// is written; or why there is none.
func conversation(c Call, typed string) (place, with, why string) {
	n, err := typedName(typed)
	if err != nil {
		return "", "", err.Error()
	}
	has, why := correspondent(c, n, "/query NAME talks to somebody else.", "/query "+n.Display)
	if why != "" {
		return "", "", why
	}
	return room.Conversation(c.Who, has.Owner), has.Display, ""
}

// backToRoom goes from a conversation to the room before it, or to another if they
// are not in that any more.
func backToRoom(c Call) Outcome {
	to, in := c.Room, false
	c.View(func(st *fsm.State) {
		if in = st.Rooms().In(to, c.Who); !in {
			to = next(st.Rooms().Of(c.Who))
			in = st.Rooms().In(to, c.Who)
		}
	})
	if in {
		return Outcome{Go: to}
	}
	return Outcome{Go: to, Propose: func(s id.Session, token id.Token) fsm.Command {
		return join(s, token, to)
	}}
}

// Alone says of a conversation whom it is with, and whether they are here.
func Alone(c Call) string {
	who, _ := Partner(c.Place, c.Who)
	if text := unheard(c, who, c.With); text != "" {
		return "Alone with " + c.With + ". " + text + "."
	}
	here := false
	c.View(func(st *fsm.State) { here = len(st.Lease().Of(who)) > 0 })
	if a, is := isAway(c, who); is {
		return "Alone with " + c.With + ", who is " + a.words() + "."
	}
	if here {
		return "Alone with " + c.With + ", who is connected."
	}
	return "Alone with " + c.With + ", who is not here and finds it on coming back."
}

// Plain reports whether a line, sent, is said where its author is.
func Plain(line string) bool {
	if _, command := Split(line); !command {
		return true
	}
	name, _ := parse(line)
	return strings.EqualFold(name, "me")
}

// Moves reports whether a line, sent, goes to another place: what is typed behind it is
// meant for there.
func Moves(line string) bool {
	name, _ := parse(line)
	_, command := Split(line)
	return command && slices.ContainsFunc([]string{"join", "query", "part"}, func(mover string) bool { return strings.EqualFold(name, mover) })
}

// Say is what somebody says where they are. In a conversation it goes to the
// identity, under the name it has now: the name that it had may be another's.
func Say(c Call, text string, emote bool) Outcome {
	if code, is := keycode.Said(text); is {
		return refuse("That looks like a code of /key add. To use it: /key " + code.String() + "\nTo say it, put a word before it.")
	}
	who, two := Partner(c.Place, c.Who)
	if !two {
		return Outcome{Propose: func(s id.Session, token id.Token) fsm.Command {
			return fsm.Post{Session: s, Token: token, Room: c.Place, Emote: emote, Text: text}
		}}
	}
	var to lease.Status
	var named bool
	c.View(func(st *fsm.State) { to, named = nameOf(st, who, c.With) })
	if !named {
		return refuse(c.With + " has no name any more and cannot be written to.")
	}
	return Outcome{With: to.Display, Done: func() string { return notThere(c, to) }, Propose: func(s id.Session, token id.Token) fsm.Command {
		return fsm.Post{Session: s, Token: token, To: to.Key, Owner: who, Emote: emote, Text: text}
	}}
}
