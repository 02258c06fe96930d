package chat

import (
	"strings"

	"moniker/fsm"
	"moniker/fsm/ban"
	"moniker/fsm/id"
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
	d, reason := span(rest)
	if why := tooLongReason(reason); why != "" {
		return refuse(why)
	}
	place, done := c.Place, display+" is muted in "+c.Place+lasting(d)+"."
	if what == ban.Out {
		done = display + " is banned from " + c.Place + lasting(d) + "."
	}
	return Outcome{
		Done: func() string { return done },
		Propose: func(s id.Session, token id.Token) fsm.Command {
			return fsm.RoomBan{Session: s, Token: token, Room: place, What: what, Who: who, For: d, Reason: reason}
		},
	}
}

func unbanCommand() Command {
	return ruling{
		name: "unban", usage: "NAME", help: "let NAME come back into this room",
		does: func(c Call, who id.Identity, display, _ string) Outcome { return lift(c, ban.Out, who, display) },
	}.command()
}

func unmuteCommand() Command {
	return ruling{
		name: "unmute", usage: "NAME", help: "let NAME speak in this room again",
		does: func(c Call, who id.Identity, display, _ string) Outcome { return lift(c, ban.Mute, who, display) },
	}.command()
}

func lift(c Call, what ban.Kind, who id.Identity, display string) Outcome {
	var there bool
	place, word := c.Place, "banned from "
	if what == ban.Mute {
		word = "muted in "
	}
	c.View(func(st *fsm.State) {
		_, there = st.Bans().Get(ban.Key{Place: place, Kind: what, Subject: string(who)})
	})
	if !there {
		return refuse(display + " is not " + word + place + ".")
	}
	return Outcome{
		Done: func() string { return display + " is not " + word + place + " any more." },
		Propose: func(s id.Session, token id.Token) fsm.Command {
			return fsm.RoomUnban{Session: s, Token: token, Room: place, What: what, Who: who}
		},
	}
}

func bansCommand() Command {
	return Command{Name: "bans", Topic: Keep, Help: "who is banned from this room or muted in it, by whom, why and for how long", Run: bans}
}

func bans(c Call) Outcome {
	var all []ban.Ban
	var now id.Time
	var in bool
	c.View(func(st *fsm.State) {
		all, now, in = st.Bans().In(c.Place), st.Time(), st.Rooms().In(c.Place, c.Who) || st.Runs(c.Place, c.Who)
	})
	switch {
	case !in:
		return refuse("You are not in " + c.Place + ". /join " + c.Place)
	case len(all) == 0:
		return answer("Nobody is banned from " + c.Place + " or muted in it.")
	}
	var rows [][]string
	for _, b := range all {
		rows = append(rows, []string{b.Nick, map[ban.Kind]string{ban.Out: "banned", ban.Mute: "muted"}[b.ID.Kind], Left(b, now), b.ByNick, b.Reason})
	}
	return answer(table(c.Width, []column{{title: "NAME"}, {title: "IS"}, {title: "LEFT"}, {title: "BY"}, {title: "WHY"}}, rows))
}

// Left is how much longer a ban lasts.
func Left(b ban.Ban, now id.Time) string {
	if b.Until == 0 {
		return "no end"
	}
	return ago(max(b.Until.Sub(now), 0))
}

// Because is by whom, why and for how much longer somebody is banned or muted.
func Because(b ban.Ban, now id.Time) string {
	var parts []string
	if b.ByNick != "" {
		parts = append(parts, " by "+b.ByNick)
	}
	if b.Until > 0 {
		parts = append(parts, " for "+Left(b, now)+" more")
	}
	text := strings.Join(parts, "")
	if b.Reason != "" {
		text += ": " + b.Reason
	}
	return text
}
