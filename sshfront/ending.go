package sshfront

import (
	"context"
	"slices"
	"time"

	"moniker/fsm"
	"moniker/fsm/lease"
	"moniker/sshfront/line"
)

// why a session ends.
type why byte

const (
	personQuits  why = iota + 1 // /quit: the name is given up
	inputEnds                   // Ctrl-D, or the end of what is piped in
	linkLost                    // the connection or the channel is gone
	serverStops                 // Serve's context has ended
	noName                      // nobody chose a name that is free
	noAnswer                    // the node could not ask for one
	unsure                      // it did, and nobody has answered
	sessionEnded                // in the log, whatever was typed: another's doing
	nodeLost                    // the node has been cut off for longer than the name is kept
)

// unasked reports whether the end came as a surprise to somebody who is there.
func (w why) unasked() bool { return w == serverStops || w == nodeLost || w == sessionEnded }

// words tell an operator.
func (w why) words() string {
	return [...]string{
		personQuits: "/quit", inputEnds: "end of input", linkLost: "connection gone", serverStops: "this node stops",
		noName: "no name chosen", noAnswer: "no answer from the cluster", unsure: "no answer in time", sessionEnded: "ended in the log", nodeLost: "cut off for too long",
	}[w]
}

const settleMost = time.Second // for what is being written when somebody leaves

// ending is a session's, once that has begun.
type ending struct {
	why    why
	linger time.Time // until then, what was typed before may still be answered
	left   int       // the exit status, if something that was typed was not said for sure
}

func (e *ending) until() time.Time {
	if e == nil {
		return time.Time{}
	}
	return e.linger
}

// waits reports whether the session goes on for a while, for what was typed before.
func (e *ending) waits(s *session) bool { return !e.linger.IsZero() && !s.todo.idle() }

// finish begins the end. The first reason stands, but for one that waits.
func (s *session) finish(w why) {
	if s.over != nil && (s.over.why != inputEnds || w == inputEnds) {
		return
	}
	if w == inputEnds && s.login.naming {
		w = noName
	}
	s.over = &ending{why: w}
	if w == inputEnds && !s.held() {
		s.over.linger = time.Now().Add(lingerMost)
	}
}

// end leaves the cluster, says what became of the name, and waits for the writer.
// It returns the exit status.
func (s *session) end() int {
	if s.login.unwatch != nil {
		s.login.unwatch()
	}
	if s.over.why == inputEnds && s.me.Key == "" { // nobody has answered for as long as she waits
		s.over.why = s.nameless(s.todo.busy)
	}
	if s.over.why != linkLost {
		s.catchUp(s.view.feed.Head())
	}
	if s.over.why == serverStops && s.me.Key != "" {
		s.tellStopping()
	}
	s.leftovers()
	s.flush()
	s.reachedHer()
	if s.me.Key != "" {
		s.log("left", "because", s.over.why.words())
		s.conn.srv.counts.leaves.Add(1)
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.leaveLimit())
	_, err := s.seat.Leave(ctx, s.over.why == personQuits)
	cancel()
	if err != nil && s.over.why == personQuits && s.plain() {
		s.refuse(s.fate(err))
		s.over.left = 4
	}
	s.bye(err)
	s.settleComings()
	last := s.ed.AppendClear(s.conn.srv.buffer())
	last = append(last, s.view.above...)
	if !s.ch.term.dumb() {
		last = append(last, line.End...)
	}
	s.out.put(last, s.view.aside, s.view.marks)
	s.out.close()
	<-s.out.done
	return max(s.over.status(), s.unsaid)
}

// reachedHer notes as read what has reached somebody who leaves: an answer proves it.
// What was typed does not, because it may have been under way for long, and the end of
// input does not, because a connection that breaks ends it too.
func (s *session) reachedHer() {
	if s.over.why != personQuits && s.over.why != inputEnds {
		return
	}
	s.out.settle(settleMost)
	written := s.out.takeWritten() // before the question: an answer proves no more
	switch {
	case s.conn.answers(settleMost):
		read(s.seat, written)
	case s.in == nil:
		s.over.why = linkLost
	}
}

func (s *session) leaveLimit() time.Duration {
	switch s.over.why {
	case serverStops, linkLost, noAnswer, unsure, nodeLost:
		return s.conn.srv.cfg.Limits.Goodbye
	}
	if s.held() {
		return s.conn.srv.cfg.Limits.Goodbye
	}
	return s.conn.srv.cfg.Limits.Commit
}

// leftovers tells what was typed and will never be sent.
func (s *session) leftovers() {
	if s.over.why == linkLost || s.me.Key == "" && len(s.todo.back) == 0 {
		return
	}
	doing := s.todo.busy && s.todo.under == ""
	if doing {
		s.refuse("It is not known whether your last command was done.")
	}
	if s.todo.under != "" {
		s.refuse("It is not known whether this was sent: " + s.todo.under)
	}
	for _, text := range slices.Concat(s.todo.back, s.todo.queue) {
		s.refuse("Not sent: " + text)
		s.over.left = 1
	}
	s.todo.back, s.todo.queue, s.todo.note = nil, nil, ""
	s.status()
	if draft := s.ed.Typed(); s.over.why.unasked() && draft != "" && !s.plain() {
		s.answer("Not sent: " + draft)
	}
	if s.todo.busy {
		s.over.left = 4
	}
}

// tellStopping says that the node is about to stop, and where to go.
func (s *session) tellStopping() {
	s.system(s.node()+" is stopping. "+s.staysYours()+s.others("Through another node"), true)
}

// bye says what became of the name.
func (s *session) bye(err error) {
	switch s.over.why {
	case noName:
		if !s.plain() {
			s.answer("No name chosen. Come back when you like.")
		}
	case personQuits, inputEnds:
		if s.me.Key != "" && !s.plain() {
			s.answer("Bye. " + s.fate(err))
		}
	}
}

// fate is what the name is to its person from now on.
func (s *session) fate(err error) string {
	name := s.me.Display
	if err != nil && s.over.why == personQuits {
		return "It is not known yet whether " + name + " is free."
	}
	var now lease.Status
	var node string
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		if now = st.Lease().Name(s.me.Key); now.Owner == s.conn.who && len(now.Live) > 0 {
			node = nodeOf(st, now.Live[0])
		}
	})
	switch {
	case err != nil:
		return s.staysYours()
	case now.Owner != s.conn.who:
		return name + " is free now."
	case now.State == lease.Held:
		return name + " stays yours: your other terminal (" + node + ") is on it."
	}
	return s.staysYours()
}

func (e *ending) status() int {
	switch e.why {
	case noName, sessionEnded:
		return 1
	case noAnswer, nodeLost:
		return 3
	case unsure:
		return 4
	}
	return e.left
}
