package admin

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/member"
	"moniker/sshfront/render"
)

// stamp is a moment for people, null where there is none.
type stamp id.Wall

// MarshalJSON writes it as RFC 3339 in UTC.
func (s stamp) MarshalJSON() ([]byte, error) {
	if s == 0 {
		return []byte("null"), nil
	}
	return json.Marshal(s.time().Format(time.RFC3339))
}

func (s stamp) time() time.Time { return time.UnixMicro(int64(s)).UTC() }

// clock is the moment to the second, with its day if that is not now's.
func (s stamp) clock(now stamp) string {
	if s == 0 {
		return "-"
	}
	t := s.time()
	if t.Format(time.DateOnly) == now.time().Format(time.DateOnly) {
		return t.Format("15:04:05")
	}
	return t.Format("2 Jan 15:04:05")
}

// text is a string, null where it is empty.
type text string

// MarshalJSON writes null for nothing.
func (t text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(t))
}

func (t text) orDash() string {
	if t == "" {
		return "-"
	}
	return string(t)
}

// left is how long something lasts, as exactly as one can act on it: 8.8 s,
// 9 min 12 s, 1 h 12 min. It is rounded down.
func left(ms int64) string {
	d := time.Duration(ms) * time.Millisecond
	switch {
	case d < time.Minute:
		return strconv.FormatInt(ms/1000, 10) + "." + strconv.FormatInt(ms%1000/100, 10) + " s"
	case d < time.Hour && d%time.Minute >= time.Second:
		return render.Ago(d.Truncate(time.Minute)) + " " + render.Ago(d%time.Minute)
	}
	return render.Ago(d)
}

// until is a span of cluster time from now, in milliseconds, never below zero.
func until(end, now id.Time) int64 { return max(end.Sub(now).Milliseconds(), 0) }

// by is whose doing something is, for a cell.
func by(who text) string {
	if who == "" {
		return "a local user"
	}
	return short(string(who))
}

// short is an identity or a node's id as far as it tells it from others at a glance.
func short[S ~string](full S) string {
	const digits = 8
	if rest, ok := strings.CutPrefix(string(full), "SHA256:"); ok && len(rest) > digits {
		return "SHA256:" + rest[:digits]
	}
	return string(full)
}

// nodeName is the name of the node that carries an incarnation.
func nodeName(s *fsm.State, inc id.Incarnation) string {
	i, _ := s.Lease().Incarnation(inc)
	m, ok := s.Members().Member(i.Node)
	if !ok {
		return short(i.Node)
	}
	return m.Name
}

// sessionID is a session as it is written: n2-4f1c.
func sessionID(s *fsm.State, sid id.Session) string {
	return nodeName(s, sid.Incarnation) + "-" + sid.Short()
}

func roleName(r member.Role) string {
	switch r {
	case member.Voter:
		return "voter"
	case member.NonVoter:
		return "non-voter"
	}
	return "removed"
}

// micro is a span of cluster time as package time knows it.
func micro(d id.Duration) time.Duration { return time.Duration(d) * time.Microsecond }
