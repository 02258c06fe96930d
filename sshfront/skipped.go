package sshfront

import (
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/room"
	"moniker/fsm/turn"
	"moniker/sshfront/chat"
)

// fellBehind takes note that events are lost to the session: it was too slow for the
// ring, or its node has jumped ahead by a snapshot. What the person has missed is asked
// of the state, which is where the lost events have led; how many were lost says little,
// since most are no messages, and a jump loses more than anybody counts. rest are those
// that come next and are not lost.
func (s *session) fellBehind(rest []turn.Event) {
	until := id.Event{}
	if len(rest) > 0 {
		until = rest[0].ID
	}
	if n := s.unshown(until); n > 0 {
		s.marker(plural(n, "message") + " skipped, /history")
	}
	s.takePrefs()
	s.countUnread()
	s.view.parted = true // for all that is known: goOn looks
}

// unshown is how many messages were said in the room that is shown, or in private, after
// what was shown of them and before until, if that is not zero: those that are kept.
func (s *session) unshown(until id.Event) (n int) {
	who := s.conn.who
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		places := []string{s.view.place}
		for _, place := range st.Rooms().Reads(who) {
			if _, _, private := room.Partners(place); private {
				places = append(places, place)
			}
		}
		for _, place := range places {
			from := later(st.Rooms().ReadAt(seatIn(place, who)), newest(s.view.seen, place))
			for _, m := range chat.Heard(st, who, st.History().After(place, from)) {
				if until == (id.Event{}) || until.After(m.ID) {
					n++
				}
			}
		}
	})
	return n
}
