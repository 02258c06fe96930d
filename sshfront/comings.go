package sshfront

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/sshfront/render"
)

const (
	mostComings = 100 // people in one line; who comes then begins another
	mostNamed   = 8   // of those who did the same
)

// comings is who has come and gone within a minute. They share one line, which
// stands below all others and changes, until something else is to be told below it
// or the minute is over.
type comings struct {
	who   []coming  // in the order in which they first came or went
	clock string    // when the first did
	until time.Time // zero: there is none
	moved bool      // since it was shown
}

// coming is one of them: what they did first, and last.
type coming struct {
	who         id.Identity
	nick        string
	first, last move
}

type move byte

const (
	cameIn move = iota + 1
	wentOut
)

// add takes in that somebody came or went; false if the line has no room for them.
func (c *comings) add(who id.Identity, nick string, m move) bool {
	i := slices.IndexFunc(c.who, func(o coming) bool { return o.who == who })
	switch {
	case i >= 0:
		c.who[i].nick, c.who[i].last = nick, m
	case len(c.who) == mostComings:
		return false
	default:
		c.who = append(c.who, coming{who, nick, m, m})
	}
	return true
}

// words are "carol left, mallory joined and left": those who did the same together.
func (c *comings) words() string {
	var order []string
	names := map[string][]string{}
	for _, o := range c.who {
		did := o.did()
		if names[did] == nil {
			order = append(order, did)
		}
		names[did] = append(names[did], o.nick)
	}
	for i, did := range order {
		order[i] = list(names[did]) + " " + did
	}
	return strings.Join(order, ", ")
}

func (o coming) did() string {
	switch [2]move{o.first, o.last} {
	case [2]move{cameIn, cameIn}:
		return "joined"
	case [2]move{cameIn, wentOut}:
		return "joined and left"
	case [2]move{wentOut, cameIn}:
		return "left and came back"
	}
	return "left"
}

// list is "a", "a and b", "a, b and c", or so many of them and how many more.
func list(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	end := names[last]
	if last >= mostNamed {
		last = mostNamed - 1
		end = strconv.Itoa(len(names)-last) + " more"
	}
	return strings.Join(names[:last], ", ") + " and " + end
}

// stirs tells that somebody came or went. Whoever does not look at a terminal that
// can show a line which changes is told when it does not change any more; a program,
// of each at once.
func (s *session) stirs(e *turn.Event, m move) {
	if e.Identity == s.conn.who || !s.prefs.joins {
		return
	}
	c := &s.view.comings
	if !c.add(e.Identity, e.Nick, m) {
		s.settleComings()
		c.add(e.Identity, e.Nick, m)
	}
	if c.until.IsZero() {
		c.clock, c.until = s.stamp(e.Wall), time.Now().Add(s.conn.srv.cfg.Limits.Gather)
	}
	if s.plain() {
		s.settleComings()
	}
	c.moved = true // it is shown once for all that happened
}

// showComings brings the line up to date.
func (s *session) showComings() {
	s.view.comings.moved = false
	if s.view.comings.until.IsZero() {
		s.ed.SetLatest(nil)
	} else {
		s.ed.SetLatest(s.comingsLine(nil))
	}
}

// settleComings finishes the line, if there is one. It comes before anything else that
// is told.
func (s *session) settleComings() {
	s.settleReactions()
	if s.view.comings.until.IsZero() {
		return
	}
	s.view.above = s.comingsLine(s.view.above)
	s.view.comings = comings{}
	s.showComings()
}

func (s *session) comingsLine(dst []byte) []byte {
	c := &s.view.comings
	return render.System(dst, s.view.style, c.clock, c.words(), false)
}
