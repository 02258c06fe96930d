package fsm

import (
	"fmt"
	"strings"

	"moniker/fsm/id"
	"moniker/fsm/turn"
)

// event is one in words.
func (w *teller) event(e turn.Event) string {
	who, node := person(e.Identity), strings.TrimPrefix(string(e.Node), "SHA256:")
	switch e.Kind {
	case turn.LeaderStarted:
		return node + " leads"
	case turn.NodeUp:
		return w.process(e.Session.Incarnation) + " is live"
	case turn.NodeDown:
		return fmt.Sprintf("%s is no longer live: %s", w.process(e.Session.Incarnation), why(e.Why))
	case turn.Granted:
		return fmt.Sprintf("%s is granted to %s under token %d: %s", e.Nick, who, e.Token, why(e.Why))
	case turn.Attached:
		return fmt.Sprintf("%s is on %s: %s", w.session(e.Session), e.Nick, why(e.Why))
	case turn.Detached:
		return fmt.Sprintf("%s is off %s: %s", w.session(e.Session), e.Nick, why(e.Why))
	case turn.Graced:
		return fmt.Sprintf("%s is %s's alone, in grace: %s", e.Nick, who, why(e.Why))
	case turn.Freed:
		return fmt.Sprintf("%s is anybody's: %s", e.Nick, why(e.Why))
	case turn.Reserved:
		return fmt.Sprintf("%s is %s's alone, reserved: %s", e.Nick, who, why(e.Why))
	case turn.Registered:
		return e.Nick + " is registered"
	case turn.NotRegistered:
		return e.Nick + " is not registered any more"
	case turn.Renamed:
		return fmt.Sprintf("%s is now known as %s", e.Old, e.Nick)
	case turn.Said:
		if e.To != "" {
			return fmt.Sprintf("<%s to %s> %s", e.Nick, e.ToNick, e.Text)
		}
		return fmt.Sprintf("%s <%s> %s", e.Place, e.Nick, e.Text)
	case turn.Amended:
		if e.Text == "" {
			return fmt.Sprintf("%s what %s said at %v is gone", e.Place, e.Nick, e.Of)
		}
		return fmt.Sprintf("%s <%s> %s (edited)", e.Place, e.Nick, e.Text)
	case turn.RoomJoined:
		return fmt.Sprintf("%s joins %s", who, e.Place)
	case turn.RoomParted:
		if e.Why > 0 {
			return fmt.Sprintf("%s is put out of %s by %s: %s", who, e.Place, person(e.By), why(e.Why))
		}
		return fmt.Sprintf("%s leaves %s", who, e.Place)
	case turn.SettingSet:
		return fmt.Sprintf("%s is %s from now on", e.Key, e.Text)
	case turn.MotdSet:
		return fmt.Sprintf("whoever comes is told by %s: %s", person(e.Identity), e.Text)
	case turn.MemberAdded:
		return node + " is a member"
	case turn.MemberChanged:
		return node + " is another member than before"
	case turn.MemberRemoved:
		return node + " is removed for ever"
	case turn.TokenMade:
		return "a join token is made: " + e.Key
	case turn.KeyAdded:
		return fmt.Sprintf("%s is a key of %s from now on", strings.TrimPrefix(e.Key, "SHA256:"), who)
	case turn.KeyRemoved:
		return fmt.Sprintf("%s is a key of %s no more", strings.TrimPrefix(e.Key, "SHA256:"), who)
	case turn.TokenSpent:
		return "the join token is spent: " + e.Key
	case turn.ProfileChanged:
		return fmt.Sprintf("%s has %s set to %q", who, e.Key, e.Text)
	case turn.IgnoresChanged:
		if w.s.Profiles().Of(e.Identity).Ignoring(e.To) {
			return fmt.Sprintf("%s ignores %s", who, person(e.To))
		}
		return fmt.Sprintf("%s does not ignore %s", who, person(e.To))
	case turn.PresenceChanged:
		return w.presence(e.Identity)
	}
	return fmt.Sprintf("%+v", e)
}

// presence says whether somebody is away by now.
func (w *teller) presence(who id.Identity) string {
	a, away := w.s.Away(who)
	switch {
	case !away:
		return person(who) + " is there"
	case a.Marked:
		return fmt.Sprintf("%s is away: %q", person(who), a.Text)
	}
	return person(who) + " is away, at all terminals"
}

func why(y turn.Why) string {
	words := [...]string{
		turn.WasFree: "it was free", turn.ItsOwner: "it is its owner's", turn.LinkEnded: "the connection ended", turn.Quit: "/quit",
		turn.Nick: "/nick", turn.NodeExpired: "its lease is over", turn.NodeReplaced: "it was started again", turn.NodeExited: "it was stopped",
		turn.NodeRemoved: "it was removed", turn.GraceOver: "grace is over", turn.ByOperator: "an operator's hand",
		turn.GaveWay: "it gave way to a newer one", turn.WasReserved: "it was reserved", turn.Unused: "it was not used for too long",
		turn.Unregistered: "its registration was ended",
		turn.KeyMoved:     "its owner's key is another's now", turn.KeyGone: "the key it came by was removed",
		turn.Kicked: "kicked", turn.Barred: "banned", turn.Over: "its time is over",
		turn.Moved: "an operator's hand",
	}
	return words[y]
}
