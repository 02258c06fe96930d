package chat

import (
	"slices"
	"strings"

	"moniker/fsm"
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/sshfront/render"
)

func banCommand() Command {
	return ruling{
		name: "ban", usage: "NAME [TIME] [REASON]", yourself: "That is you. /part leaves.",
		help: "keep NAME out of this room, for 10m, 2h or 7d, or until /unban. {limit.room.bans} bans and mutes at most",
		does: func(c Call, who id.Identity, display, rest string) Outcome {
			return bar(c, ban.Out, who, display, rest)
		},
	}.command()
}

func muteCommand() Command {
	return ruling{
		name: "mute", usage: "NAME [TIME] [REASON]", yourself: "That is you. Saying nothing does it.",
		help: "let NAME read this room and say nothing in it, for 10m, 2h or 7d, or until /unmute",
		does: func(c Call, who id.Identity, display, rest string) Outcome {
			return bar(c, ban.Mute, who, display, rest)
		},
	}.command()
}

func bar(c Call, what ban.Kind, who id.Identity, display, rest string) Outcome {
	d, rest, why := span(rest, fsm.MaxBan)
	if why != "" {
		return refuse(why)
	}
	reason, why := because(rest)
	switch {
	case why != "":
		return refuse(why)
	case what == ban.Out && who.Guest():
		return refuse(display + " is a guest, and whoever comes next under that name is somebody else. /kick or /mute it.")
	case what == ban.Out && isLobby(c):
		return refuse(everybodys(c) + " /mute NAME keeps somebody silent.")
	}
	place, done := c.Place, display+" is muted in "+c.Place+lasting(d)+"."
	if what == ban.Out {
		done = display + " is banned from " + c.Place + lasting(d) + "."
	}
	c.View(func(st *fsm.State) {
		if was, there := st.Bans().Get(ban.Key{Place: place, Kind: what, Subject: string(who)}); there {
			done += " It was " + before(was, st.Time()) + "."
		}
	})
	return Outcome{
		Done: func() string { return done },
		Propose: func(s id.Session, token id.Token) fsm.Command {
			return fsm.RoomBan{Session: s, Token: token, Room: place, What: what, Who: who, For: d, Reason: reason}
		},
	}
}

func unbanCommand() Command {
	return lifting("unban", "let NAME come back into this room", ban.Out, "banned from ")
}

func unmuteCommand() Command {
	return lifting("unmute", "let NAME speak in this room again", ban.Mute, "muted in ")
}

// lifting is a command that ends what holds somebody.
func lifting(name, help string, what ban.Kind, is string) Command {
	cmd := Command{Name: name, Topic: Keep, Usage: "NAME", Help: help, Complete: func(c Call, before, word string) []string {
		if before != "" {
			return nil
		}
		return heldNames(c, what, word)
	}}
	cmd.Run = func(c Call) Outcome {
		if c.Args == "" {
			return usage(c, cmd)
		}
		if why := mayRule(c); why != "" {
			return refuse(why)
		}
		place := c.Place
		who, display, ok := held(c, what, c.Args, func(st *fsm.State) []ban.Ban { return st.Bans().In(place) })
		if !ok {
			return refuse(notHeld(c, what, is))
		}
		done := display + " is not " + is + place + " any more."
		if what == ban.Mute {
			done += also(c, display)
		}
		return Outcome{
			Done: func() string { return done },
			Propose: func(s id.Session, token id.Token) fsm.Command {
				return fsm.RoomUnban{Session: s, Token: token, Room: place, What: what, Who: who}
			},
		}
	}
	return cmd
}

// notHeld says that whoever is named is not held in the room; of a mute that is the
// cluster's, and stands in /bans, who ends it.
func notHeld(c Call, what ban.Kind, is string) string {
	if display, ok := mutedEverywhere(c, c.Args); ok && what == ban.Mute {
		return display + " is muted everywhere, which " + endsIt(display)
	}
	return "Nobody " + is + c.Place + " is called " + shorten(c.Args) + ". /bans lists them."
}

// also says of somebody who was muted in the room that the cluster has muted them too.
func also(c Call, name string) string {
	if display, ok := mutedEverywhere(c, name); ok {
		return " But everywhere, still, which " + endsIt(display)
	}
	return ""
}

func endsIt(display string) string {
	return "an operator of the cluster ends: moniker admin mute remove " + display
}

func mutedEverywhere(c Call, typed string) (display string, ok bool) {
	_, display, ok = held(c, ban.Mute, typed, func(st *fsm.State) []ban.Ban { return mutedHere(st, c.Place) })
	return display, ok
}

// heldNames completes the name of somebody who is banned, or muted.
func heldNames(c Call, what ban.Kind, word string) (names []string) {
	c.View(func(st *fsm.State) {
		for _, b := range st.Bans().In(c.Place) {
			if b.ID.Kind == what && strings.HasPrefix(strings.ToLower(b.Nick), strings.ToLower(word)) {
				names = append(names, b.Nick)
			}
		}
	})
	return names
}

func bansCommand() Command {
	return Command{Name: "bans", Topic: Keep, Help: "who is banned from this room or muted in it, by whom, why and for how long", Run: bans}
}

func bans(c Call) Outcome {
	if why := notARoom(c); why != "" {
		return refuse(why)
	}
	var all []ban.Ban
	var now id.Time
	var in bool
	c.View(func(st *fsm.State) {
		all, now, in = slices.Concat(st.Bans().In(c.Place), mutedHere(st, c.Place)), st.Time(), st.Rooms().In(c.Place, c.Who) || st.Runs(c.Place, c.Who)
	})
	switch {
	case !in:
		return refuse("You are not in " + c.Place + ". /join " + c.Place)
	case len(all) == 0:
		return answer(c.heading() + "Nobody is banned from " + c.Place + " or muted in it.")
	}
	var rows [][]string
	for _, b := range all {
		is := "banned"
		if b.ID.Kind == ban.Mute {
			is = "muted"
		}
		if b.ID.Place == "" {
			is = "muted everywhere"
		}
		rows = append(rows, []string{b.Nick, is, Left(b, now), b.ByNick, b.Reason})
	}
	return answer(c.heading() + table(c.Width, []column{
		{title: "NAME"}, {title: "IS"}, {title: "LEFT"}, {title: "BY"}, {title: "WHY", rest: true},
	}, rows))
}

// mutedHere are those in a room who may speak nowhere.
func mutedHere(st *fsm.State, place string) (some []ban.Ban) {
	for _, b := range st.Bans().In("") {
		if b.ID.Kind == ban.Mute && st.Rooms().In(place, id.Identity(b.ID.Subject)) {
			some = append(some, b)
		}
	}
	return some
}

// Left is how much longer a ban lasts.
func Left(b ban.Ban, now id.Time) string {
	if b.Until == 0 {
		return "for good"
	}
	return render.Left(micro(b.Until.Sub(now)))
}

// before is what a ban was that another takes the place of.
func before(b ban.Ban, now id.Time) string {
	if b.Until == 0 {
		return "for good" + Because(b, now)
	}
	return strings.TrimPrefix(Because(b, now), " ")
}

// Because is by whom, why and for how much longer somebody is banned or muted.
func Because(b ban.Ban, now id.Time) string {
	text := ""
	if b.ByNick != "" {
		text += " by " + b.ByNick
	}
	if b.Until > 0 {
		text += " for " + Left(b, now) + " more"
	}
	return text + Reason(b.Reason)
}
