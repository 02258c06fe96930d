package chat

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/clipperhouse/displaywidth"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/profile"
	"moniker/fsm/setting"
	"moniker/sshfront/render"
)

const (
	whoisColumn = 10 // cells before what is told
	whoisRooms  = 50
	whoisHere   = 5 // terminals that are told of
)

func whoisCommand() Command {
	return Command{
		Name: "whois", Topic: People, Usage: "[NAME]",
		Help:     "whose NAME is and for how long, on which nodes and in which rooms they are; without NAME, you",
		Run:      whois,
		Complete: func(c Call, before, word string) []string { return firstNick(c, before, word) },
	}
}

// known is what is to be told of a name.
type known struct {
	lease.Status
	now, renewed id.Time
	grace        id.Duration
	here         []terminal // newest first
	rooms        []string
	own          profile.Row
	away         absence
	isAway       bool
	clock        id.Wall // now, for people
	ignored      bool    // by the asker
	keys         int     // by which they are let in
}

// terminal is a session, and the node it is on.
type terminal struct {
	node   string
	since  id.Time
	wall   id.Wall
	silent id.Duration // for how long nothing has been heard of the node; zero: it is heard
}

func whois(c Call) Outcome {
	name := c.Nick
	if c.Args != "" {
		var err error
		if name, err = typedName(c.Args); err != nil {
			return refuse(err.Error())
		}
	}
	var k known
	var ok bool
	c.View(func(st *fsm.State) {
		if k.Status, ok = whoHas(st, name); ok {
			k.copy(st, c.Who)
		}
	})
	if !ok {
		return refuse("Nobody has the name " + name.Display + ".")
	}
	return answer(c.heading() + k.tell(c))
}

// copy looks at the name's sessions and rooms.
func (k *known) copy(st *fsm.State, asker id.Identity) {
	k.own, k.clock, k.ignored = st.Profiles().Of(k.Owner), st.Clock(), st.Profiles().Of(asker).Ignoring(k.Owner)
	k.away, k.isAway = absent(st, k.Owner)
	k.now, k.grace = st.Time(), st.Settings().Span(setting.LeaseGrace)
	for _, name := range st.Rooms().Of(k.Owner) {
		if st.Sees(name, asker) {
			k.rooms = append(k.rooms, name)
		}
	}
	k.keys = len(st.Keys().Of(k.Owner))
	for _, sid := range k.Live {
		row, _ := st.Lease().Session(sid)
		inc, _ := st.Lease().Incarnation(sid.Incarnation)
		node, _ := st.Members().Member(inc.Node)
		k.renewed = max(k.renewed, inc.Renewed)
		k.here = append(k.here, terminal{node.Name, row.Since, row.Wall, silence(st, inc, late)})
	}
	slices.SortStableFunc(k.here, func(a, b terminal) int { return cmp.Compare(b.since, a.since) })
}

func (k *known) tell(c Call) string {
	line := func(label string, items []string, sep string) string {
		return "\n" + flow(c.Width, whoisColumn, label, items, sep)
	}
	text := flow(c.Width, whoisColumn, k.Display+"   ", k.lease(), " ") + line("  key     ", k.key(), " ")
	text += k.person(c)
	if len(k.here) > 0 {
		var here []string
		for _, t := range k.here[:min(len(k.here), whoisHere)] {
			s := t.node + " since " + c.clock(t.wall) + " (" + ago(k.now.Sub(t.since)) + ")"
			if t.silent > 0 {
				s += ", last heard " + ago(t.silent) + " ago"
			}
			here = append(here, s)
		}
		if more := len(k.here) - len(here); more > 0 {
			here = append(here, "and "+count(more)+" more")
		}
		text += line("  here    ", here, "; ")
	}
	if len(k.rooms) > 0 {
		text += line("  rooms   ", first(whoisRooms, k.rooms), ", ")
	}
	text += k.localTime(c, text)
	return text
}

// person is what they say of themselves.
func (k *known) person(c Call) (text string) {
	line := func(label, words string) {
		if words != "" {
			text += "\n" + flow(c.Width, whoisColumn, label, render.Words(words), " ")
		}
	}
	if k.isAway {
		words := k.away.brief() + ", since " + c.clock(k.away.Wall)
		if k.away.Text != "" {
			words += ": " + k.away.Text
		}
		line("  is      ", words)
	}
	line("  called  ", k.own.Get(profile.Pronouns))
	line("  bio     ", k.own.Get(profile.Bio))
	if k.ignored {
		line("  ", "ignored by you; /unignore "+k.Display+" ends it")
	}
	return text
}

// localTime is what their clock shows, if they said where it is: behind the rooms, if
// there is room.
func (k *known) localTime(c Call, text string) string {
	zone, set := k.own.Own(profile.Zone)
	z, err := time.LoadLocation(zone)
	if !set || err != nil {
		return ""
	}
	is := "local time " + time.UnixMicro(int64(k.clock)).In(z).Format("15:04")
	const apart = 8
	if last := text[strings.LastIndexByte(text, '\n')+1:]; c.Width == 0 || displaywidth.String(last)+apart+len(is) <= c.Width {
		return strings.Repeat(" ", apart) + is
	}
	return "\n  " + is
}

// key is the one that the identity is made from, whether it still lets anybody in or
// not: by that people know it.
func (k *known) key() []string {
	if k.Owner.Guest() {
		return []string{"none:", "a guest"}
	}
	if k.keys > 1 {
		return []string{string(k.Owner), "one of " + count(k.keys)}
	}
	return []string{string(k.Owner)}
}

// lease says how long the name is its owner's, in parts that are kept whole.
func (k *known) lease() []string {
	token, left := ", token "+k.Token.String()+";", exact(k.Until.Sub(k.now))
	if k.State == lease.Grace {
		return []string{"grace" + token, "free in " + left + " at the earliest", "unless its owner returns"}
	}
	if k.State == lease.Reserved {
		return []string{"reserved" + token, "kept for its owner for " + ago(k.Until.Sub(k.now))}
	}
	then := "then free"
	if k.grace > 0 && !k.Owner.Guest() {
		then = "then " + ago(k.grace) + " of grace"
	}
	return []string{"held" + token, left + " left,", "renewed " + exact(k.now.Sub(k.renewed)) + " ago;", then}
}
