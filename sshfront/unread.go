package sshfront

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"moniker/fsm"
	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/sshfront/chat"
	"moniker/sshfront/render"
)

const mostUnread = 999 // counted; beyond, it is 999+

// unread is what others said in a place that the person does not look at: a room they
// are in, or a conversation of which something was not shown to them.
type unread struct {
	n     int
	named bool // some of it, in a room, names the person
	last  id.Event
	nick  string // of whoever said the last
}

// add counts one more. That it is to the person alone is seen by its place.
func (u unread) add(m history.Message, me string) unread {
	return unread{n: u.n + 1, named: u.named || m.To == "" && render.Mentions(m.Text, me), last: m.ID, nick: m.Nick}
}

// countUnread looks how much has been said in the person's other rooms, and to them
// alone, since they last read there: through whichever node that was. What this session
// has shown meanwhile is read, though the state does not know yet.
func (s *session) countUnread() {
	rooms := map[string]unread{}
	who, name := s.conn.who, s.me.Display
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		for _, place := range st.Rooms().Of(who) {
			rooms[place] = unread{}
		}
		for _, place := range st.Rooms().Reads(who) {
			var u unread
			for _, m := range chat.Heard(st, who, st.History().After(place, later(st.Rooms().ReadAt(seatIn(place, who)), newest(s.view.seen, place)))) {
				if m.From != who && !m.Deleted() {
					u = u.add(m, name)
				}
			}
			if _, in := rooms[place]; in || u.n > 0 {
				rooms[place] = u
			}
		}
	})
	delete(rooms, s.view.place)
	s.view.elsewhere = rooms
	s.tellUnread()
}

// overheard takes note of something said elsewhere. In another room it counts, and is
// shown only if it names the person. What is said to them alone is shown wherever they
// are and read by that, unless something before it there is not: then it counts too.
// To somebody with a focus all of it only counts.
func (s *session) overheard(e *turn.Event) {
	u, in := s.view.elsewhere[e.Place]
	if e.To == "" && !in || e.Identity == s.conn.who {
		return
	}
	p := heard(*e)
	if e.To == "" || u.n > 0 || s.view.focus {
		s.view.elsewhere[e.Place] = u.add(p.Message, s.me.Display)
		s.tellUnread()
	}
	if !s.view.focus && (e.To != "" || render.Mentions(p.Text, s.me.Display)) {
		s.message(p)
	}
}

// moved takes note that the person looks at another room now.
func (s *session) moved(from, to string) {
	in := false
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) { in = st.Rooms().In(from, s.conn.who) })
	if in {
		s.view.elsewhere[from] = unread{}
	}
	delete(s.view.elsewhere, to)
	s.tellUnread()
}

// visits takes note that one of the person's terminals has joined or left a room.
func (s *session) visits(e *turn.Event) {
	switch {
	case e.Identity != s.conn.who:
	case e.Kind == turn.RoomParted:
		delete(s.view.elsewhere, e.Place)
		s.tellUnread()
	case e.Place != s.view.place:
		s.view.elsewhere[e.Place] = unread{}
	}
}

// tellUnread brings the status row up to date with what has changed elsewhere.
func (s *session) tellUnread() {
	s.view.unread = s.unreadItem()
	s.status()
}

// unreadItem is the part of the status row that tells of other places: those that
// name the person first, then the newest.
func (s *session) unreadItem() string {
	var places []string
	for place, u := range s.view.elsewhere {
		if u.n > 0 {
			places = append(places, place)
		}
	}
	slices.SortFunc(places, func(a, b string) int {
		x, y := s.view.elsewhere[a], s.view.elsewhere[b]
		if x.named != y.named {
			return map[bool]int{true: -1, false: 1}[x.named]
		}
		return cmp.Or(y.last.Compare(x.last), cmp.Compare(a, b))
	})
	for i, place := range places {
		u := s.view.elsewhere[place]
		count := strconv.Itoa(min(u.n, mostUnread))
		if u.n > mostUnread {
			count += "+"
		}
		if u.named {
			count += ">"
		}
		if _, two := chat.Partner(place, s.conn.who); two {
			place = "@" + u.nick
		}
		places[i] = place + " " + count
	}
	return strings.Join(places, "  ")
}
