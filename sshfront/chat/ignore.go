package chat

import (
	"math"
	"slices"
	"strings"

	"moniker/fsm"
	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
)

func ignoreCommand() Command {
	return Command{
		Name: "ignore", Topic: People, Usage: "[NAME]",
		Help: "see nothing any more of what whoever has NAME says and does, under any name, on any node; they are not told. " +
			"Alone, whom you ignore; {limit.ignored} people at most",
		Run:      ignore,
		Complete: firstNick,
	}
}

func unignoreCommand() Command {
	c := Command{
		Name: "unignore", Topic: People, Usage: "NAME",
		Help: "see again what NAME says, and what was said meanwhile in /history",
		Complete: func(c Call, before, word string) []string {
			if before != "" {
				return nil
			}
			var out []string
			for _, p := range ignored(c) {
				if strings.HasPrefix(strings.ToLower(p.name), strings.ToLower(word)) {
					out = append(out, p.name)
				}
			}
			return out
		},
	}
	c.Run = func(call Call) Outcome {
		if call.Args == "" {
			return usage(call, c)
		}
		return unignore(call)
	}
	return c
}

// stranger is somebody who is ignored, under the name that they are known by now.
type stranger struct {
	who  id.Identity
	name string
}

// ignored lists whom the asker ignores: by a name they have, else by the one they
// last had, else by their key.
func ignored(c Call) (all []stranger) {
	c.View(func(st *fsm.State) {
		for _, who := range st.Profiles().Of(c.Who).Ignores {
			p, _ := st.People().Get(who)
			s := stranger{who, p.Nick}
			if n, ok := nameOf(st, who, p.Nick); ok {
				s.name = n.Display
			}
			if s.name == "" {
				s.name = short(who)
			}
			all = append(all, s)
		}
	})
	slices.SortFunc(all, func(a, b stranger) int { return strings.Compare(a.name, b.name) })
	return all
}

// short is the part of a fingerprint that people tell keys apart by.
func short(who id.Identity) string {
	return string(who[:min(len(who), len("SHA256:")+8)])
}

func ignore(c Call) Outcome {
	all := ignored(c)
	if c.Args == "" {
		if len(all) == 0 {
			return answer("You ignore nobody. /ignore NAME")
		}
		var names []string
		for _, p := range all {
			names = append(names, p.name)
		}
		return answer(flow(c.Width, 0, "You ignore "+count(len(all))+": ", names, ", "))
	}
	n, err := typedName(c.Args)
	if err != nil {
		return refuse(err.Error())
	}
	var has lease.Status
	var ok bool
	var most int64
	c.View(func(st *fsm.State) {
		has, ok = whoHas(st, n)
		most = st.Settings().Get(setting.LimitIgnored)
	})
	switch {
	case !ok:
		return refuse("Nobody has the name " + n.Display + ". /names shows who is here.")
	case has.Owner == c.Who:
		return refuse(has.Display + " is you.")
	case has.Key != n.Key:
		return refuse("Nobody has the name " + n.Display + "; " + has.Display + Unlike(n.Display, has.Display) + " looks like it. /ignore " + has.Display)
	case slices.ContainsFunc(all, func(p stranger) bool { return p.who == has.Owner }):
		return answer("You ignore " + has.Display + " already. /unignore " + has.Display + " ends it.")
	case int64(len(all)) >= most:
		return refuse("You ignore " + count(len(all)) + ", which is the limit. /unignore NAME ends one.")
	}
	return setIgnored(has.Owner, true, "You ignore "+has.Display+", under any name. /unignore "+has.Display+" ends it.")
}

func unignore(c Call) Outcome {
	typed := strings.TrimPrefix(c.Args, "@")
	var owner id.Identity
	if n, err := typedName(typed); err == nil {
		c.View(func(st *fsm.State) { owner = st.Lease().Name(n.Key).Owner })
	}
	for _, p := range ignored(c) {
		if p.who == owner || strings.EqualFold(p.name, typed) {
			return setIgnored(p.who, false, "You ignore "+p.name+" no longer.")
		}
	}
	return refuse("You do not ignore " + shorten(typed) + ". /ignore lists whom you do.")
}

func setIgnored(who id.Identity, on bool, told string) Outcome {
	return Outcome{
		Propose: func(s id.Session, token id.Token) fsm.Command {
			return fsm.SetIgnored{Session: s, Token: token, Who: who, On: on}
		},
		Done: func() string { return told },
	}
}

// Heard leaves out of what was said what comes from people whom the reader ignores.
func Heard(st *fsm.State, reader id.Identity, said []history.Message) []history.Message {
	mine := st.Profiles().Of(reader)
	if len(mine.Ignores) == 0 {
		return said
	}
	return slices.DeleteFunc(slices.Clone(said), func(m history.Message) bool { return mine.Ignoring(m.From) })
}

// LastHeard is the last n of what was said in a place and is not ignored.
func LastHeard(st *fsm.State, reader id.Identity, place string, n int) []history.Message {
	if len(st.Profiles().Of(reader).Ignores) == 0 {
		return st.History().Last(place, n)
	}
	all := Heard(st, reader, st.History().Last(place, math.MaxInt))
	return all[max(0, len(all)-n):]
}
