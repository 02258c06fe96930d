package sshfront

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"moniker/fsm"
	"moniker/fsm/ban"
	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/sshfront/chat"
	"moniker/sshfront/render"
)

const (
	recapMost = 20 // old messages shown to somebody who comes
	hereMost  = 40 // names listed
	crowdMost = 500
)

// arrival is what somebody who comes to a room is shown.
type arrival struct {
	here   []string
	crowd  int          // how many are in the room, if they are too many to look through; else zero
	about  string       // its topic and such; empty if there is nothing to tell
	asked  []string     // where they are invited to, and by whom
	news   []string     // what befell them while they were not here
	motd   string       // the message of the day, if there is one
	others []terminalOf // the identity's other sessions on the name
	grace  id.Duration
	recap  recap
	head   uint64
	now    id.Event // nothing that is shown is newer, and all that comes is
}

type terminalOf struct {
	node   string
	since  id.Wall
	silent id.Duration // for how long nothing was heard of its node; zero: it is heard
}

// recap is what was said lately, and from where it is new.
type recap struct {
	who    id.Identity
	last   []post // what was read long ago, then what is new; each oldest first
	old    int    // how many of last are not new
	missed int    // of others
	// behind is, for conversations, how much of what is new is older than last.
	behind map[string]int
}

// arrive looks at a room as it stands now, and at what came in private meanwhile.
// The cursor fits it.
func (s *session) arrive(place string, private bool) arrival {
	var a arrival
	mine := s.seat.Holds().Session
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		a.head = s.view.feed.Head()
		a.now = id.Event{Index: st.Applied(), Sub: math.MaxUint32}
		if n := st.Rooms().Size(place); n > crowdMost {
			a.crowd = n
		} else {
			a.here = chat.Here(st, place)
		}
		if r, _ := st.Rooms().Room(place); st.Rooms().In(place, s.conn.who) {
			a.about = chat.About(r)
		}
		if b, muted := st.Barred(place, ban.Mute, s.conn.who); muted {
			a.about = below(a.about, mutedWords(b, st.Time()))
		}
		a.asked = chat.Invitations(st, s.conn.who)
		a.news = chat.News(st, s.conn.who)
		p, _ := st.People().Get(s.conn.who)
		for _, n := range p.News {
			s.view.barred[n.Place] = n.Barred // so that they are told of the end of it
		}
		if m := st.Settings().Motd(); m.Text != "" {
			a.motd = chat.Motd(m.Nick, m.Text)
		}
		a.grace = st.Settings().Span(setting.LeaseGrace)
		for _, sid := range st.Lease().Name(s.me.Key).Live {
			if sid != mine {
				row, _ := st.Lease().Session(sid)
				a.others = append(a.others, terminalOf{nodeOf(st, sid), row.Wall, chat.Silence(st, sid)})
			}
		}
		a.recap = recapOf(st, place, s.conn.who, newest(s.view.seen, place), private)
	})
	return a
}

// recapOf gathers what was said in a place and, if private is set, what is new of what
// was said to who alone. seen is how far this session has shown the place: the state
// learns that later. What is new goes before what is not.
func recapOf(st *fsm.State, place string, who id.Identity, seen id.Event, private bool) recap {
	r := recap{who: who, behind: map[string]int{}}
	var old, news []post
	add := func(place string, all []history.Message) {
		for _, m := range all {
			news = append(news, said(m, place))
			if m.From != who && !m.Deleted() {
				r.missed++
			}
		}
	}
	readAt := later(st.Rooms().ReadAt(seatIn(place, who)), seen)
	for _, m := range chat.LastHeard(st, who, place, recapMost) {
		if readAt == (id.Event{}) || !m.ID.After(readAt) {
			old = append(old, said(m, place))
		}
	}
	if readAt != (id.Event{}) {
		add(place, chat.Heard(st, who, st.History().After(place, readAt)))
	}
	for _, other := range st.Rooms().Reads(who) {
		if _, _, two := room.Partners(other); two && private {
			said := chat.Heard(st, who, st.History().After(other, st.Rooms().ReadAt(seatIn(other, who))))
			add(other, said)
			r.behind[other] = len(said)
		}
	}
	slices.SortStableFunc(news, func(a, b post) int { return a.ID.Compare(b.ID) })
	all := append(old, news...)
	r.last = all[max(0, len(all)-recapMost):]
	r.old = max(0, len(r.last)-len(news))
	for _, p := range r.last[r.old:] {
		r.behind[p.place]--
	}
	r.settleOwn()
	return r
}

// settleOwn puts what they said themselves, and nobody after it, where it was said: it is
// no news, so it stands above the marker, and what stands there is in the one order.
func (r *recap) settleOwn() {
	own := slices.IndexFunc(r.last[r.old:], func(p post) bool { return p.From != r.who })
	if own < 0 {
		own = len(r.last) - r.old
	}
	if own > 0 {
		r.old += own
		slices.SortStableFunc(r.last[:r.old], func(a, b post) int { return a.ID.Compare(b.ID) })
	}
}

func later(a, b id.Event) id.Event {
	if a.After(b) {
		return a
	}
	return b
}

// welcome greets somebody who has just got her name, and begins to follow the feed.
func (s *session) welcome() {
	s.takePrefs() // they may have changed since the connection came
	a := s.arrive(s.view.place, true)
	s.catchUp(a.head)
	s.view.at, s.view.live = a.head, false
	if s.login.unwatch == nil {
		s.login.unwatch = s.view.feed.Watch(s.poke)
	}
	here := s.hereLine(a)
	switch {
	case len(a.others) == 1:
		o := a.others[0]
		if o.silent > 0 {
			s.answer("Welcome back, " + s.me.Display + ". " + here + " Your terminal on " + o.node + ": last heard " + ago(o.silent) + " ago.")
			break
		}
		s.answer("Welcome back, " + s.me.Display + ". Your other terminal (" + o.node + ", since " + s.clock(o.since) +
			") stays; both are you.\n" + here)
	case len(a.others) > 1:
		s.answer("Welcome back, " + s.me.Display + ". Your " + strconv.Itoa(len(a.others)) + " other terminals stay; all are you.\n" + here)
	case s.guest():
		s.answer("Welcome, " + s.me.Display + ". You are a guest: the name is yours until you leave. With a key it would stay yours: " +
			makeAKey + "\n" + here)
	case s.login.before.known:
		s.answer("Welcome back, " + s.me.Display + ". " + here)
	default:
		s.answer("Welcome, " + s.me.Display + ". The name is yours while you are here and for " + ago(a.grace) +
			" after; it belongs to your key " + short(s.conn.key) + ". Times are " + s.times() + ". /help for more.\n" + here)
	}
	if a.motd != "" {
		s.answer(a.motd)
	}
	for _, text := range slices.Concat(a.news, a.asked) {
		s.answer(text)
	}
	s.view.elsewhere = map[string]unread{}
	for place, n := range a.recap.behind {
		s.view.elsewhere[place] = unread{n: max(n, 0)} // showing the rest does not make these read
	}
	s.recap(a.recap, s.sinceLeft())
	s.view.live = true
	s.countUnread()
	s.askGround()
	s.prompt()
}

// goes enters a place where the person wants to be: what is typed from now on is for it.
func (s *session) goes(place, with string) {
	s.todo.astray = false
	s.enter(place, with)
}

// enter goes to another room that the person is in, or to a conversation. Lines that came
// back were meant for where they are.
func (s *session) enter(place, with string) {
	if back := s.todo.back; len(back) > 0 && place != s.view.place {
		s.todo.back = nil
		s.ed.SetHistory(append(s.ed.History(), back...))
		s.answer("What came back to you in " + s.view.title() + " is one Up away.")
	}
	a := s.arrive(place, false)
	s.catchUp(a.head) // with the old place, and in private
	s.view.at = max(s.view.at, a.head)
	s.moved(s.view.place, place)
	s.view.where = s.view.to(place, with)
	if with != "" {
		s.answer(chat.Alone(s.call()) + " /query goes back to " + s.view.room + ".")
	} else {
		s.answer(s.hereLine(a))
	}
	s.view.live = false
	s.recap(a.recap, " since you looked here last")
	s.view.live = true
	if with == "" { // though nothing was said: it is where they look now, and where they come back to
		s.view.marks = mark{place, a.now}.into(s.view.marks)
	}
	s.prompt()
}

// home is the room to be in for somebody who comes: the one they looked at last, so that
// whoever was cut off goes on where they were. A program is always in the lobby, if it
// may be there at all.
func (s *session) home() string {
	home, newest := room.Lobby, id.Event{}
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		if s.plain() && st.Rooms().In(room.Lobby, s.conn.who) {
			return
		}
		for i, place := range st.Rooms().Of(s.conn.who) {
			if at := st.Rooms().ReadAt(seatIn(place, s.conn.who)); i == 0 || at.After(newest) {
				home, newest = place, at
			}
		}
	})
	return home
}

// goOn goes to another room if the person has left this one from another terminal, and
// on as another person if their key has become that one's.
func (s *session) goOn() {
	if s.view.moved && !s.todo.busy && s.over == nil {
		s.become()
		return
	}
	if !s.view.parted || s.todo.busy {
		return
	}
	s.view.parted = false
	defer func() { s.view.putOut = false }()
	var rooms []string
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) { rooms = slices.Clone(st.Rooms().Of(s.conn.who)) })
	if len(rooms) == 0 || slices.Contains(rooms, s.view.place) {
		return
	}
	switch {
	case s.view.putOut:
	case s.guest():
		s.answer("You were away for too long to stay in " + s.view.place + ". /join " + s.view.place)
	default:
		s.answer("You have left " + s.view.place + " from another terminal.")
	}
	s.setAside()
	if slices.Contains(rooms, room.Lobby) {
		s.enter(room.Lobby, "")
	} else {
		s.enter(rooms[0], "")
	}
}

// setAside takes what is typed, and what waits to go out, from the prompt to where Up
// finds it: it was for where they are no more, or for who they were, and is not said
// elsewhere.
func (s *session) setAside() {
	typed := append(s.todo.back, s.todo.queue...)
	s.todo.back, s.todo.queue = nil, nil
	if draft := s.ed.Typed(); draft != "" && !s.plain() {
		typed = append(typed, draft)
		s.ed.SetDraft("")
	}
	s.todo.astray = s.plain()
	if len(typed) == 0 {
		return
	}
	if s.plain() {
		for _, text := range typed {
			s.refuse("Not sent: " + text)
		}
		return
	}
	s.ed.SetHistory(append(s.ed.History(), typed...))
	s.answer("What you typed for " + s.view.title() + " is not sent; Up has it.")
	s.status()
}

func (s *session) hereLine(a arrival) string {
	where := s.view.place + " on " + s.conn.srv.cfg.NodeName
	if a.crowd > 0 {
		return below(where+", which "+count(a.crowd)+" people are in. /names shows who is here.", a.about)
	}
	names := a.here
	more := ""
	if len(names) > hereMost {
		more = " and " + count(len(names)-hereMost) + " more"
		names = names[:hereMost]
	}
	return below(where+". Here: "+strings.Join(names, ", ")+more+".", a.about)
}

// below puts a text under another, if there is any.
func below(text, more string) string {
	if text == "" || more == "" {
		return text + more
	}
	return text + "\n" + more
}

// recap shows what was said lately, with a marker where it is new. The marker is
// never the last thing, and the first only if so much was missed that nothing older
// has room.
func (s *session) recap(r recap, since string) {
	first, own := -1, 0 // what they said themselves since then is no news
	for i, p := range r.last[r.old:] {
		switch {
		case p.From != r.who && first < 0:
			first, own = r.old+i, 0
		case p.From == r.who:
			own++
		}
	}
	for i, p := range r.last {
		switch {
		case i != first || r.missed == 0:
		case r.missed > len(r.last)-first-own:
			s.marker(plural(r.missed, "message") + since + ", here the last " + strconv.Itoa(len(r.last)) +
				"; /history " + strconv.Itoa(r.missed))
		case i > 0 || r.missed >= recapMost:
			s.marker(plural(r.missed, "message") + since)
		}
		s.message(p)
	}
}

func (s *session) sinceLeft() string {
	if s.login.before.left == 0 {
		return " you have not seen"
	}
	return " since you left at " + s.clock(s.login.before.left)
}

func (s *session) marker(text string) {
	s.settleComings()
	s.view.above = render.Marker(s.view.above, s.view.style, text)
}

func (s *session) zoneName() string {
	if z := s.view.style.Zone; z != nil {
		return z.String()
	}
	return "UTC"
}

func seatIn(place string, who id.Identity) room.Seat { return room.Seat{Place: place, Who: who} }

// nodeOf is the name of the node that carries a session.
func nodeOf(st *fsm.State, sid id.Session) string {
	inc, ok := st.Lease().Incarnation(sid.Incarnation)
	if !ok {
		return "another node"
	}
	m, _ := st.Members().Member(inc.Node)
	return m.Name
}
