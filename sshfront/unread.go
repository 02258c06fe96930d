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
)

const mostUnread = 999 // counted; beyond, it is 999+

// unread is what was said in a room that the person is in and does not look at.
type unread struct {
	n     int
	named bool // some of it names the person
	last  id.Event
}

func (u unread) add(m history.Message, named bool) unread {
	return unread{n: u.n + 1, named: u.named || named, last: m.ID}
}

// countUnread looks how much has been said in the person's other rooms since they
// last read there: through whichever node that was.
func (s *session) countUnread() {
	rooms := map[string]unread{}
	who, name := s.conn.who, s.me.Display
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		for _, place := range st.Rooms().Of(who) {
			var u unread
			if read := st.Rooms().ReadAt(seatIn(place, who)); read != (id.Event{}) {
				for _, m := range st.History().After(place, read) {
					if m.From != who {
						u = u.add(m, mentions(m.Text, name))
					}
				}
			}
			rooms[place] = u
		}
	})
	delete(rooms, s.view.place)
	s.view.elsewhere = rooms
	s.tellUnread()
}

// overheard takes note of something said in another room: it counts, and is shown
// only if it names the person.
func (s *session) overheard(e *turn.Event) {
	u, in := s.view.elsewhere[e.Place]
	if !in || e.Identity == s.conn.who {
		return
	}
	p := heard(*e)
	named := mentions(p.Text, s.me.Display)
	s.view.elsewhere[e.Place] = u.add(p.Message, named)
	if named {
		s.message(p)
	}
	s.tellUnread()
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

// unreadItem is the part of the status row that tells of other rooms: those that
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
		places[i] = place + " " + count
	}
	return strings.Join(places, "  ")
}
