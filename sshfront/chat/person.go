package chat

import (
	"strings"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
)

// late is by how much a node's renewal, due every third of the ttl, may be overdue
// before the people on it are told to be unheard.
const late = id.Second / 2

// typedName is what somebody typed where a name is asked for.
func typedName(typed string) (lease.Nick, error) {
	n, err := parseName(strings.TrimPrefix(typed, "@"))
	return lease.Nick(n), err
}

// whoHas returns the name as it stands, if anybody has it; else the one that it
// looks like.
func whoHas(st *fsm.State, n lease.Nick) (lease.Status, bool) {
	if s := st.Lease().Name(n.Key); s.State != lease.Free {
		return s, true
	}
	return st.Lease().Rival(n, "")
}

// nameOf returns a name to reach somebody by: the one they went by if it is still
// theirs, else one that they are on, else any.
func nameOf(st *fsm.State, who id.Identity, wentBy string) (lease.Status, bool) {
	var best lease.Status
	for _, key := range st.Lease().Owned(who) {
		n := st.Lease().Name(key)
		if n.Display == wentBy {
			return n, true
		}
		if best.State == lease.Free || best.State != lease.Held && n.State == lease.Held {
			best = n
		}
	}
	return best, best.State != lease.Free
}

// Silence is for how long nothing has been heard of a session's node, if that is
// longer than a node that is well lets pass; else zero.
func Silence(st *fsm.State, sid id.Session) id.Duration {
	inc, _ := st.Lease().Incarnation(sid.Incarnation)
	return silence(st, inc, late)
}

// silence is for how long nothing has been heard of an incarnation, if its renewal
// is overdue by more than slack; else zero.
func silence(st *fsm.State, inc lease.Incarnation, slack id.Duration) id.Duration {
	silent := st.Time().Sub(inc.Renewed)
	if silent <= st.Settings().Span(setting.LeaseTTL)/3+slack {
		return 0
	}
	return silent
}
