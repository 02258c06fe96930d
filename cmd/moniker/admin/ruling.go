package admin

import (
	"strings"

	"moniker/fsm"
	"moniker/fsm/turn"
)

// rulingName is a decision about who may be where, and who decides there, as people and
// scripts know it; empty for all else. What a room is like, as its topic, is none.
func rulingName(k turn.Kind) string {
	switch k {
	case turn.Banned:
		return "banned"
	case turn.Unbanned:
		return "unbanned"
	case turn.Muted:
		return "muted"
	case turn.Unmuted:
		return "unmuted"
	case turn.Allowed:
		return "allowed"
	case turn.NotAllowed:
		return "not allowed"
	case turn.RoomGiven:
		return "room given"
	case turn.RoomTaken:
		return "room taken"
	case turn.RoomParted:
		return "put out"
	case turn.Amended:
		return "deleted"
	}
	return ""
}

// isRuling reports whether an event is one: people who leave a room by themselves, or
// change what they said, are not, and what people think of it (turn.Reacted) is theirs.
func isRuling(e *turn.Event) bool {
	switch e.Kind {
	case turn.RoomParted:
		return e.Why == turn.Kicked || e.Why == turn.Barred
	case turn.Amended:
		return e.By != ""
	}
	return rulingName(e.Kind) != ""
}

// ruling is where, for how long, by whom and why.
func ruling(e *turn.Event) string {
	var words []string
	if e.Place != "" {
		words = append(words, "in "+e.Place)
	}
	if e.For > 0 {
		words = append(words, "for "+left(e.For.Milliseconds()))
	}
	switch {
	case e.Why == turn.Over:
		words = append(words, because(e.Why))
	case e.ByNick != "":
		words = append(words, "by "+e.ByNick)
	case e.Kind == turn.Amended:
		words = append(words, "by "+e.Old)
	case e.By != "" || e.Place == "":
		words = append(words, "by "+by(text(e.By)))
	}
	if e.Text != "" && len(words) > 0 {
		words[len(words)-1] += ":"
	}
	return strings.TrimSpace(strings.Join(words, " ") + " " + e.Text)
}

func (w *watcher) copyRuling(j *eventJSON, e *turn.Event) {
	j.Nick, j.Owner, j.By, j.Room = text(e.Nick), text(e.Identity), text(e.By), text(e.Place)
	if j.Nick == "" && e.Identity != "" {
		w.node.View(func(s *fsm.State) {
			p, _ := s.People().Get(e.Identity)
			j.Nick = text(p.Nick)
		})
	}
	switch e.Kind {
	case turn.Banned, turn.Unbanned:
		if e.Identity == "" {
			j.Network = text(e.Key)
		}
	case turn.Allowed:
		j.Value = text(e.Text)
		return
	}
	if j.Reason = text(e.Text); e.For > 0 {
		j.For = new(e.For.Milliseconds())
	}
}
