package sshfront

import (
	"context"
	"errors"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
	"moniker/sshfront/chat"
	"moniker/sshfront/line"
	"moniker/sshfront/nick"
)

// login is how a person comes to a name.
type login struct {
	naming    bool      // no name yet, and asked for one
	barred    bool      // their key was removed: nothing but a code is of use
	until     time.Time // when asking ends
	suggested string
	asked     lease.Nick // for what, last
	before    glimpse
	unwatch   func() // the feed; nil before there is a name
}

// glimpse is what was known of a person before she took the name: taking it
// changes that.
type glimpse struct {
	known bool
	left  id.Wall // when she was last here; zero if she is now, for all that is known
	lost  bool    // she did not leave: the node that she was on did
}

// begin asks for the name that the client came with.
func (s *session) begin() {
	if !s.ch.term.dumb() {
		s.view.above = append(s.view.above, line.Begin...)
	}
	if why := s.conn.kept(); why != "" {
		s.putOut(why)
		return
	}
	if s.login.barred {
		s.bar()
	}
	if s.checkHealth(time.Now()); s.over != nil || s.login.barred {
		return // what nobody would answer is not asked for
	}
	s.tryName(s.conn.ssh.User())
}

// tryName asks for a name that somebody has typed; empty takes the suggestion.
func (s *session) tryName(typed string) {
	if typed == "" && s.login.naming {
		typed = s.login.suggested
	}
	if s.login.naming {
		if c, is := s.aCode(typed); is {
			s.link(c)
			return
		}
	}
	if s.login.barred {
		s.refuse("Only a code is of use here.")
		s.askAgain()
		return
	}
	n, err := chat.Name(typed)
	if err != nil {
		s.refuse(err.Error())
		s.ask(lease.Nick{})
		return
	}
	s.login.before = s.glimpse(n.Key)
	s.take(n)
}

// glimpse looks at who comes for a name.
func (s *session) glimpse(key string) glimpse {
	var g glimpse
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		p, known := st.People().Get(s.conn.who)
		g.known = known
		heard := false
		silent := id.Duration(0) // of the terminal that was heard last
		for i, sid := range st.Lease().Of(s.conn.who) {
			d := chat.Silence(st, sid)
			heard = heard || d == 0
			if i == 0 || d < silent {
				silent = d
			}
		}
		switch {
		case len(st.Lease().Of(s.conn.who)) == 0:
			g.left, g.lost = p.Wall, lostBy(st, s.conn.who, key)
		case !heard: // a ghost's, on a node that is gone
			g.left, g.lost = st.Clock()-id.Wall(silent), true
		}
	})
	return g
}

// lostBy reports whether a name that nobody is on any more is still its owner's because
// a node, and not the owner, has gone.
func lostBy(st *fsm.State, owner id.Identity, key string) bool {
	n := st.Lease().Name(key)
	path := st.Trail().Of(key)
	if n.Owner != owner || n.State != lease.Grace {
		return false
	}
	for i := len(path) - 1; i >= 0; i-- {
		if e := path[i]; e.Kind == turn.Detached {
			return e.Why == turn.NodeExpired || e.Why == turn.NodeReplaced || e.Why == turn.NodeExited || e.Why == turn.NodeRemoved
		}
	}
	return false
}

// take asks the node for a name. Nothing else is asked until it answers.
func (s *session) take(n lease.Nick) {
	s.login.asked = n
	s.todo.start("")
	ctx, cancel := s.commitContext(s.ch.ctx)
	seat := s.seat
	s.todo.tasks.Go(func() {
		defer cancel()
		a, err := seat.Take(ctx, n)
		s.post(func() {
			if seat == s.seat { // else a code has made them another since, who asks anew
				s.named(n, a, err)
			}
		})
	})
}

// named is the answer.
func (s *session) named(n lease.Nick, a fsm.Answer, err error) {
	s.done()
	switch first := s.me.Key == ""; {
	case err != nil && first:
		s.finish(s.nameless(!errors.Is(err, ErrUnsent)))
	case err != nil:
		s.refuse("Not done: " + n.Display + " " + unanswered(err))
	case a.Code == fsm.OK && first:
		s.me = s.spelt(n)
		s.sid = s.seat.Holds().Session
		s.login.naming, s.login.until = false, time.Time{}
		s.view.where = inRoom(s.home())
		s.log("joined")
		s.conn.srv.counts.joins.Add(1)
		s.away.tellReturn(s.login.before.lost, s.conn.srv.cfg.Limits.Return)
		s.welcome()
		s.idle.typed = time.Now()
		s.checkIdle(s.idle.typed)
		s.offer()
	case a.Code == fsm.OK:
		s.log("changed name", "to", n.Display)
		s.me = s.spelt(n)
		s.prompt()
	case a.Code == fsm.NotByKey: // this node has heard of it only now
		s.become()
	case a.Code == fsm.KeyDenied:
		s.bar()
	case first:
		s.turnedAway(n, a)
	default:
		s.refuse(s.whyNotName(n, a))
	}
	if err == nil && a.Code != fsm.OK {
		s.conn.srv.counts.claimsRefused.Add(1)
		s.log("name refused", "wanted", n.Display, "because", a.Code)
	}
}

// ask asks for another name than wanted. Without a terminal nobody is asked.
func (s *session) ask(wanted lease.Nick) {
	if s.plain() {
		s.finish(noName)
		return
	}
	if !s.login.naming {
		s.login.naming = true
		s.login.until = time.Now().Add(s.conn.srv.cfg.Limits.Login)
	}
	if s.login.barred {
		s.prompt()
		return
	}
	if own := s.ownName(); own != "" {
		s.login.suggested = own
	} else if wanted.Key != "" { // else the last suggestion stands
		s.login.suggested = ""
		if n, ok := nick.Suggest(nick.Name(wanted), s.isTaken); ok {
			s.login.suggested = n.Display
		}
	}
	s.prompt()
}

// ownName is what to suggest to somebody who may have no more names than she has:
// any other would be refused. Empty if she may.
func (s *session) ownName() string {
	own := ""
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		owned := st.Lease().Owned(s.conn.who)
		if int64(len(owned)) >= st.Settings().Get(setting.LimitNames) {
			own = st.Lease().Name(owned[0]).Display
		}
	})
	return own
}

// isTaken reports whether somebody else has n, or a name that looks like it.
func (s *session) isTaken(n nick.Name) bool {
	taken := false
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) { _, taken = st.Lease().Rival(lease.Nick(n), s.conn.who) })
	return taken
}

// checkSeat looks whether the node has lost and regained its place in the cluster.
func (s *session) checkSeat() {
	if s.me.Key == "" || s.over != nil {
		return
	}
	h := s.seat.Holds()
	if h.Attached {
		s.renewed(h.Session)
		switch {
		case h.Nick.Key == s.me.Key:
		case s.todo.busy: // by a /nick, it may be
			s.todo.unseen = true
		default: // by a /nick that was answered late, or by an operator
			s.me = s.spelt(h.Nick)
			s.prompt()
		}
		return
	}
	if h.Refused == nil {
		return
	}
	s.catchUp(s.view.feed.Head()) // the feed may say whose doing it was
	switch {
	case s.over != nil || s.view.moved:
		return
	case h.Refused.Code == fsm.NotByKey:
		s.become()
		return
	case h.Refused.Code == fsm.KeyDenied:
		s.bar()
		return
	}
	was := s.me
	s.setAside()
	s.me = lease.Nick{}
	s.login.before = s.glimpse(was.Key)
	s.turnedAway(was, *h.Refused)
}

// turnedAway says why somebody cannot have a name, and asks for another unless they
// cannot come in at all.
func (s *session) turnedAway(wanted lease.Nick, a fsm.Answer) {
	switch a.Code {
	case fsm.Barred, fsm.NotAllowed:
		s.putOut(s.whyNot(a))
	default:
		s.refuse(s.whyNotName(wanted, a))
		s.ask(wanted)
	}
}

// spelt returns a name of theirs as all read it: whoever comes as ALICE is still alice,
// unless they have asked to be written so by /nick.
func (s *session) spelt(n lease.Nick) lease.Nick {
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		if is := st.Lease().Name(n.Key); is.Owner == s.conn.who {
			n = is.Nick
		}
	})
	return n
}

// respelt takes note that the person writes the name another way, from another of
// their terminals.
func (s *session) respelt() {
	if now := s.spelt(s.me); now != s.me {
		s.me = now
		s.prompt()
	}
}

// unanswered says what an error of a Seat means.
func unanswered(err error) string {
	if errors.Is(err, ErrUnsent) {
		return "was not asked for; nothing was changed."
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrUnknown) {
		return "was asked for, and nobody has answered yet."
	}
	return "was not answered."
}
