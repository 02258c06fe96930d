package sshfront

import (
	"time"

	"golang.org/x/time/rate"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/keyring"
	"moniker/fsm/lease"
	"moniker/fsm/turn"
	"moniker/sshfront/chat"
	"moniker/sshfront/keycode"
)

// What may be guessed. A code has 60 bits, so these are not what makes guessing
// hopeless; they keep it out of the log, and make it seen.
const (
	guessPause = time.Minute // of one key: then it may try one code more
	guessBurst = 3

	wrongPause = time.Second // of all, of codes that this node does not know to be open
	wrongBurst = 20
)

// identify looks up whose the key is that has authenticated, as this node knows now;
// false if it was removed, and lets nobody in.
func (c *conn) identify() (admitted bool) {
	c.srv.cfg.Cluster.View(func(st *fsm.State) { c.who, admitted = st.Keys().Who(c.key) })
	return admitted
}

// bar tells somebody whose key was removed. With a terminal they may say a code.
func (s *session) bar() {
	s.refuse("This key was removed by its owner, and is let in no more." +
		"\n  your key   " + string(s.conn.key))
	s.me, s.login.barred, s.login.suggested = lease.Nick{}, true, ""
	if !s.plain() {
		s.answer("If that is you: come with another key of yours, or type the code that /key add gives there.")
	}
	s.ask(lease.Nick{})
}

// aCode reads what was typed where a name is asked for, if it is meant as a code.
func (s *session) aCode(typed string) (keycode.Code, bool) {
	if out, is := chat.CodeOf(typed); is {
		return out, true
	}
	if c, is := keycode.Looks(typed); is {
		return c, true
	}
	c, is := keycode.Parse(typed)
	return c, is && (s.login.barred || s.opens(c.Proof(s.cluster())))
}

func (s *session) cluster() (name string) {
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) { name = st.Cluster() })
	return name
}

// opens reports whether this node knows a code to be open.
func (s *session) opens(p keyring.Proof) (open bool) {
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) { _, open = st.Keys().Code(p, st.Time()) })
	return open
}

// link says a code for the key that this person came by. The state machine decides.
func (s *session) link(c keycode.Code) {
	srv := s.conn.srv
	if s.guest() {
		s.refuse("A guest has no key to be let in by. Come with one, and say the code there: " + makeAKey)
		s.askAgain()
		return
	}
	now := time.Now()
	guesses := srv.guesses.take(s.conn.key.Own(), rate.Every(guessPause), guessBurst)
	wait := guesses.next(rate.Every(guessPause), guessBurst, now)
	srv.guesses.give(guesses, now)
	var proof keyring.Proof
	if wait.IsZero() {
		if proof = c.Proof(s.cluster()); !s.opens(proof) && !srv.wrong.Allow() {
			wait = now.Add(guessPause)
		}
	}
	if !wait.IsZero() {
		s.refuse("Too many codes were tried. The next can be tried in " + ago(id.Duration(wait.Sub(now).Microseconds())) + ".")
		s.askAgain()
		return
	}
	s.todo.start("")
	ctx, cancel := s.commitContext(s.ch.ctx)
	s.todo.tasks.Go(func() {
		defer cancel()
		a, err := srv.cfg.Cluster.Propose(ctx, fsm.AddKey{Key: s.conn.key, Proof: proof})
		s.post(func() { s.linked(a, err) })
	})
}

// linked is the answer.
func (s *session) linked(a fsm.Answer, err error) {
	s.done()
	switch {
	case err != nil:
		s.refuse("Not done: the code " + unanswered(err))
		s.askAgain()
	case a.Code == fsm.OK:
		s.log("key added", "its own", short(s.conn.key.Own()))
		s.become()
	default:
		if a.Code == fsm.NoSuchCode {
			s.wrongCode()
		}
		s.refuse(s.whyNotKey(a))
		s.askAgain()
	}
}

// wrongCode has an operator see that somebody guesses.
func (s *session) wrongCode() {
	srv := s.conn.srv
	srv.counts.wrongCodes.Add(1)
	if left, ok := srv.quiet.speak(codeWrong, time.Now()); ok {
		srv.cfg.Logger.Warn("a code for another key is wrong", "key", s.conn.key, "from", s.conn.net.RemoteAddr(), "more like it, not logged", left)
	}
}

// askAgain asks somebody for a name who has none yet.
func (s *session) askAgain() {
	if s.me.Key == "" {
		s.ask(lease.Nick{})
	}
}

// become goes on as whoever the key belongs to now: another identity than the one
// that this session, if it is on a name, is of.
func (s *session) become() {
	s.view.moved = false
	was := s.conn.who
	if !s.conn.identify() {
		s.bar()
		return
	}
	if s.conn.who == was && !s.login.barred {
		return
	}
	left := s.seat
	s.todo.tasks.Go(func() {
		ctx, cancel := s.commitContext(s.ch.ctx)
		defer cancel()
		_, _ = left.Leave(ctx, false) // it has ended in the log; this tells the node
	})
	if s.me.Key != "" {
		s.conn.srv.counts.leaves.Add(1)
		s.setAside()
	} else {
		s.giveBack() // what was typed for another prompt than a room's is not said by itself
	}
	s.me, s.sid, s.login.barred = lease.Nick{}, id.Session{}, false
	s.view.live, s.view.seen = false, nil
	s.sitDown()
	s.takePrefs()
	name := s.theirName()
	s.answer("This key is one of " + name.Display + "'s now: whoever comes by it is you. /key lists them.")
	s.login.before = s.glimpse(name.Key)
	s.take(name)
}

// sitDown opens a seat for whoever the connection is.
func (s *session) sitDown() {
	c := s.conn
	seat := c.srv.cfg.Cluster.Open(c.who, c.key, func() { s.tell(ofSeat) })
	s.seat = seat
	s.taken.Store(&seat)
	if s.pace != nil {
		c.srv.paces.give(s.pace, time.Now())
	}
	limit, burst := c.srv.mayRate()
	s.pace = c.srv.paces.take(c.who, limit, burst)
}

// theirName is the name to go on under: the one that was asked for, if it is theirs,
// else one that they are on, else the one they had last.
func (s *session) theirName() lease.Nick {
	asked, err := chat.Name(s.conn.ssh.User())
	var name lease.Nick
	last := ""
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		p, _ := st.People().Get(s.conn.who)
		last = p.Nick
		for _, key := range st.Lease().Owned(s.conn.who) {
			n := st.Lease().Name(key)
			switch {
			case err == nil && key == asked.Key:
				name = n.Nick
				return
			case name.Key == "" || len(n.Live) > 0:
				name = n.Nick
			}
		}
	})
	if name.Key != "" {
		return name
	}
	if n, err := chat.Name(last); err == nil {
		return n
	}
	return asked
}

// whyNotKey says why a code did not do what it was typed for.
func (s *session) whyNotKey(a fsm.Answer) string {
	switch a.Code {
	case fsm.NoSuchCode:
		return "No code like this is open: it is mistyped, used, or older than " + ago(keyring.CodeLife) +
			". /key add, on a device of yours, gives a new one."
	case fsm.Exists:
		return "This key is yours already. The code is for another device, and still open."
	case fsm.KeyTaken:
		return "This key has other keys beside it, or is an operator's. It cannot become another person's."
	}
	return s.whyNot(a)
}

// rekeyed tells the person of another key of theirs, in case it was not they.
func (s *session) rekeyed(e *turn.Event) {
	if e.Identity != s.conn.who || e.Session == s.seat.Holds().Session || e.Kind == turn.KeyRemoved && e.Key == string(s.conn.key) {
		return
	}
	text := short(id.Fingerprint(e.Key)) + " is a key of yours from now on. If it was not you who said the code: /key remove " + short(id.Fingerprint(e.Key))
	if e.Kind == turn.KeyRemoved {
		text = short(id.Fingerprint(e.Key)) + " is a key of yours no more."
	}
	s.system(text, true)
}
