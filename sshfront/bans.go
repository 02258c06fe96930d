package sshfront

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"moniker/fsm"
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/sshfront/chat"
)

// fence is who is in, and where nobody may come from. A network is judged when somebody
// has said who they are, because operators come in from everywhere: so that nobody can
// be shut out who could undo it. Addresses stay on the node that they come to.
type fence struct {
	latest atomic.Pointer[ranges]

	mu     sync.Mutex
	inside map[*conn]struct{}
}

// ranges are the networks of a list, worked out. They never change.
type ranges struct {
	of      *ban.Networks
	subject map[netip.Prefix]string // what their bans are under
	lengths []int                   // of prefixes, the longest first
}

func newRanges(of *ban.Networks) *ranges {
	r := &ranges{of: of, subject: map[netip.Prefix]string{}}
	for _, subject := range of.List {
		p, err := netip.ParsePrefix(subject)
		if err != nil { // nobody can come from there
			continue
		}
		r.subject[p] = subject
		if !slices.Contains(r.lengths, p.Bits()) {
			r.lengths = append(r.lengths, p.Bits())
		}
	}
	slices.SortFunc(r.lengths, func(a, b int) int { return b - a })
	return r
}

// match returns the narrowest of them that an address is in; empty if there is none.
func (r *ranges) match(a netip.Addr) string {
	for _, bits := range r.lengths {
		if p, err := a.Prefix(bits); err == nil && r.subject[p] != "" {
			return r.subject[p]
		}
	}
	return ""
}

// rangesOf returns a list's, worked out once as long as it is the same.
func (f *fence) rangesOf(of *ban.Networks) *ranges {
	r := f.latest.Load()
	if r == nil || r.of != of {
		r = newRanges(of)
		f.latest.Store(r)
	}
	return r
}

func (f *fence) enter(c *conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inside[c] = struct{}{}
}

func (f *fence) leave(c *conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.inside, c)
}

func (f *fence) everybody() []*conn {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]*conn, 0, len(f.inside))
	for c := range f.inside {
		all = append(all, c)
	}
	return all
}

// mend puts out whoever is on from a network as soon as it is banned, or as they are no
// operator any more. Of bans it looks at the state and not at what happens, which a node
// that was cut off may never hear of. It returns when ctx ends.
func (s *Server) mend(ctx context.Context) {
	cluster := s.cfg.Cluster
	news, unwatch := newsOf(cluster.Feed())
	defer unwatch()
	var seen *ban.Networks
	at := cluster.Feed().Head()
	for {
		fewer := false
		if seen == nil || len(seen.List) == 0 {
			at = cluster.Feed().Head()
		} else {
			at, fewer = fewerOperators(cluster.Feed(), at)
		}
		if now := s.bannedNetworks(); now != seen || fewer {
			seen = now
			for _, c := range s.fence.everybody() {
				c.outlawed()
			}
		}
		select {
		case <-news:
		case <-ctx.Done():
			return
		}
	}
}

// fewerOperators reads on from a cursor, and reports whether somebody may have ceased to
// be an operator.
func fewerOperators(feed Feed, at uint64) (next uint64, fewer bool) {
	const batch = 256
	for {
		events, next, skipped := feed.Next(at, batch)
		fewer = fewer || skipped > 0
		for i := range events {
			fewer = fewer || events[i].Kind == turn.OperatorRemoved
		}
		if len(events) == 0 {
			return next, fewer
		}
		at = next
	}
}

func (s *Server) bannedNetworks() (list *ban.Networks) {
	s.cfg.Cluster.View(func(st *fsm.State) { list = st.Bans().Networks() })
	return list
}

// outlawed ends the session of a connection, if there is one, that may not be here any
// more. A command sees to that itself.
func (c *conn) outlawed() {
	if talk := c.talk.Load(); talk != nil && c.banned() != "" {
		talk.post(func() { talk.putOut(c.banned()) })
	}
}

// banned says by which ban somebody may not be here: theirs, or of where they come from.
// It is empty if they may.
func (c *conn) banned() string {
	subject := ""
	if a, ok := addressOf(c.net.RemoteAddr()); ok {
		subject = c.srv.fence.rangesOf(c.srv.bannedNetworks()).match(a)
	}
	var b ban.Ban
	var now id.Time
	there := false
	c.srv.cfg.Cluster.View(func(st *fsm.State) {
		who, _ := st.Keys().Who(c.key)
		_, operator := st.Members().Operator(who)
		if b, there = st.Barred("", ban.Out, who); !there && subject != "" && !operator {
			b, there = st.Bans().Get(ban.Key{Kind: ban.Out, Subject: subject})
		}
		now = st.Time()
	})
	if !there {
		return ""
	}
	return bannedWords(b, now)
}

// kept says why somebody is not let in: for a ban, or because others only are. It is
// empty if they are. Who is on the list now counts, not who was when they came.
func (c *conn) kept() string {
	if why := c.banned(); why != "" {
		return why
	}
	unlisted := false
	c.srv.cfg.Cluster.View(func(st *fsm.State) {
		who, _ := st.Keys().Who(c.key)
		unlisted = st.Unlisted(who)
	})
	if unlisted {
		return c.notListed()
	}
	return ""
}

func (c *conn) notListed() string {
	if c.key.Own().Guest() {
		return "This cluster is for those on its list, which is of keys. To make one: " + makeAKey
	}
	return "This cluster is for those on its list, and your key is not on it: " + string(c.key)
}

// turnedAway has an operator see that bans, or the list, keep somebody out.
func (c *conn) turnedAway() {
	srv := c.srv
	srv.counts.turnedAway.Add(1)
	if left, ok := srv.quiet.speak(personTurnedAway, time.Now()); ok {
		srv.cfg.Logger.Info("turned away, banned or not on the list", "key", c.key, "from", c.net.RemoteAddr(), "more like it, not logged", left)
	}
}

// putOut ends the session, with a word why.
func (s *session) putOut(why string) {
	if why == "" || s.over != nil {
		return
	}
	s.conn.turnedAway()
	if s.me.Key == "" {
		s.refuse(why)
	} else {
		s.system(why, true)
	}
	s.finish(sessionEnded)
}

// bannedWords is what a ban of the cluster says to whom it keeps out.
func bannedWords(b ban.Ban, now id.Time) string {
	text := "You are banned from this cluster"
	if ban.Network(b.ID.Subject) {
		text = b.ID.Subject + ", where you come from, is banned from this cluster"
	}
	return text + chat.Because(b, now) + "."
}
