package sshfront

import (
	"bytes"
	"strings"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
	"moniker/sshfront/chat"
	"moniker/sshfront/render"
)

// electing is how long a node may wait for the others before its people are told:
// an election is over sooner, and nobody wants to hear of each.
const electing = 1500 * time.Millisecond

// away is a node's trouble with the others, as one of its people has been told of it.
type away struct {
	level Standing // the worst that was told since all was well; zero while all is
	began time.Time
	next  time.Time                  // when to look again though nothing happens; zero: not at all
	back  time.Time                  // until then it is told that the person has come back through another node
	gone  map[id.Node]bool           // those of which a terminal of theirs was said to be gone
	down  map[id.Incarnation]id.Node // those that have ended lately: the state forgets them before it is told who was there
}

// downMost bounds what a session remembers of them.
const downMost = 64

// nodeDown takes note of whose an incarnation was that has ended.
func (a *away) nodeDown(e *turn.Event) {
	if len(a.down) >= downMost || a.down == nil {
		a.down = map[id.Incarnation]id.Node{}
	}
	a.down[e.Session.Incarnation] = e.Node
}

// tellReturn begins to tell it, to somebody whose node was lost.
func (a *away) tellReturn(lost bool, span time.Duration) {
	if a.back = (time.Time{}); lost {
		a.back = time.Now().Add(span)
	}
}

// lateBy is how much later than its lease says a node's end comes at the most, mostly: a
// leader that is lost with it is replaced first, and begins the lease anew.
const lateBy = 2 * id.Second

// lostElsewhere tells that a node is lost on which the person had a terminal. Whoever has
// come since its lease was renewed last may have come for that: it was not known then.
func (s *session) lostElsewhere(e *turn.Event) {
	node, late := "another node", false
	at, mine := s.away.down[e.Session.Incarnation], s.seat.Holds().Session
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		if m, ok := st.Members().Member(at); ok {
			node = m.Name
		}
		here, _ := st.Lease().Session(mine)
		late = st.Time().Sub(here.Since) < st.Settings().Span(setting.LeaseTTL)+lateBy
	})
	s.system("Your terminal on "+node+" is gone: nothing is heard of "+node+".", false)
	if s.away.gone == nil {
		s.away.gone = map[id.Node]bool{}
	}
	s.away.gone[at] = true
	if late {
		s.away.tellReturn(true, s.conn.srv.cfg.Limits.Return)
		s.status()
	}
}

// backElsewhere takes that back: the node was cut off, and has them still.
func (s *session) backElsewhere(e *turn.Event) {
	var at id.Node
	node := ""
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		inc, _ := st.Lease().Incarnation(e.Session.Incarnation)
		at, node = inc.Node, nodeOf(st, e.Session)
	})
	if s.away.gone[at] {
		delete(s.away.gone, at)
		s.system("A terminal of yours on "+node+" is back.", false)
	}
}

// level is what to tell people of a node's health: zero if there is nothing to tell.
func (h Health) level() Standing {
	switch h.Standing {
	case Waiting:
		if h.For < electing {
			return 0
		}
		return Waiting
	case ReadOnly, Lost:
		return h.Standing
	}
	return 0
}

// checkHealth looks how the node is and tells what has changed.
func (s *session) checkHealth(now time.Time) {
	a := &s.away
	a.next = time.Time{}
	if s.over != nil {
		return
	}
	h := s.conn.srv.cfg.Health()
	level := h.level()
	if h.Standing == Waiting && level == 0 {
		a.next = now.Add(electing - h.For)
	}
	switch {
	case level > 0 && s.me.Key == "":
		s.finish(s.nameless(s.todo.busy))
		return
	case level > a.level:
		if a.level == 0 {
			a.began = now.Add(-max(h.For, h.Away))
		}
		a.level = level
		s.tellAway(h.Removed)
	case h.Standing == Serving && a.level > 0:
		s.system(s.node()+" is with the others again after "+render.Ago(now.Sub(a.began))+".", false)
		*a = away{back: a.back, down: a.down, gone: a.gone}
		s.offer()
	}
	if a.level > 0 {
		a.next = now.Add(time.Second)
	}
	s.status()
}

// tellAway says what the node's trouble means to the person.
func (s *session) tellAway(removed bool) {
	switch s.away.level {
	case Waiting:
		s.system(s.node()+" cannot reach a majority. What you type waits here, unsent.", true)
	case ReadOnly:
		s.system("Read-only. "+s.staysYours()+s.others("If another node answers, come back through it"), true)
	case Lost:
		text := s.node() + " has been cut off for so long that " + s.me.Display + " may be another's by now."
		if removed {
			text = s.node() + " was taken out of the cluster. " + s.staysYours()
		}
		s.system(text+s.others("Come back through another node"), true)
		s.finish(nodeLost)
	}
}

// trouble is the node's, in the status row, or that there was some; empty if there is
// none.
func (s *session) trouble() string {
	switch {
	case s.away.level == 0 && s.away.back.IsZero():
		return ""
	case s.away.level == 0:
		return "reconnected to " + s.node()
	}
	if s.away.level == Waiting {
		return s.node() + ": no majority for " + render.Ago(time.Since(s.away.began))
	}
	return "read-only: " + s.cutOff()
}

// cutOff says since when the node has no majority; empty if it has one.
func (s *session) cutOff() string {
	if s.away.level == 0 {
		return ""
	}
	return s.node() + " has no majority for " + render.Ago(time.Since(s.away.began))
}

// held reports whether what is typed stays here for now: the node cannot send, or
// has no session to send it under, or has one of which the person does not know yet
// that it took the place of the one before.
func (s *session) held() bool {
	if s.away.level > 0 || s.me.Key == "" {
		return s.away.level > 0
	}
	h := s.seat.Holds()
	return !h.Attached || h.Session != s.sid
}

// renewed takes note of a session that took the place of the one before: that one
// has ended in the log. Nothing that was typed for it goes out by itself, because
// its author may be elsewhere by now; it comes back to the prompt.
func (s *session) renewed(now id.Session) {
	if s.sid == now {
		return
	}
	first := s.sid == (id.Session{})
	s.sid = now
	s.idle.told = false // nothing is known of this one
	if !first {
		s.idle.at = time.Now()
		s.checkHealth(time.Now()) // that the node is back comes before what that means
		s.giveBack()
	}
}

// giveBack takes all that waits out of the queue, for its author to decide about.
func (s *session) giveBack() {
	for _, text := range s.todo.queue {
		s.keepUnsent(text)
	}
	s.todo.queue = nil
	s.offer()
}

// keepUnsent keeps a line that was not sent. Commands were typed for another
// moment and are not kept.
func (s *session) keepUnsent(text string) {
	if !chat.Says(text) || s.plain() {
		s.refuse("Not sent: " + text)
		return
	}
	switch {
	case len(s.todo.back) > 0:
	case s.ed.Typed() == "":
		s.answer("Not sent while " + s.node() + " was away; Enter sends it, Ctrl-C drops it.")
	default: // it stays above what is typed there
		s.answer("Not sent while " + s.node() + " was away; next in the prompt.")
	}
	s.todo.back = append(s.todo.back, text)
}

// offer puts the oldest line that came back into the prompt, if that is empty: once all
// that was entered is done, because that may go elsewhere, where the line is not meant for.
func (s *session) offer() {
	if s.todo.wanted = !s.todo.idle(); s.todo.wanted {
		s.status()
		return
	}
	if s.over == nil && s.me.Key != "" && len(s.todo.back) > 0 && s.ed.Typed() == "" && !s.held() {
		s.putBack(s.todo.back[0])
		s.todo.came.at = time.Now()
		s.todo.back = s.todo.back[1:]
	}
	s.status()
}

// putBack puts into the prompt what was typed and is not said.
func (s *session) putBack(text string) {
	s.ed.SetDraft(text)
	s.todo.came.text = s.ed.Draft()
}

// came is a line that stands in the prompt again, and when it came there, if it came by
// itself.
type came struct {
	text string
	at   time.Time
}

// unoffer takes the line that came back out of the prompt again if p is text, and was
// typed before its author can have seen the line, or begins a command: the one would be
// typed behind the other. It waits until the prompt is empty.
func (s *session) unoffer(p []byte, now time.Time) {
	c := s.todo.came
	s.todo.came = came{}
	typed, pasted := bytes.CutPrefix(p, []byte("\x1b[200~"))
	text := pasted || len(p) > 0 && p[0] >= ' ' && p[0] != 0x7f
	unseen := text && now.Sub(c.at) < s.conn.srv.cfg.Limits.Glance
	if c.text != "" && c.text == s.ed.Draft() && (unseen || bytes.HasPrefix(typed, []byte("/"))) {
		s.ed.SetDraft("")
		s.todo.back = append([]string{c.text}, s.todo.back...)
		s.status()
	}
}

// takeBack puts the newest line that is not sent into the empty prompt.
func (s *session) takeBack() {
	for _, list := range [...]*[]string{&s.todo.queue, &s.todo.back} {
		if n := len(*list); n > 0 && s.me.Key != "" {
			s.ed.SetDraft((*list)[n-1])
			*list = (*list)[:n-1]
			s.status()
			return
		}
	}
}

func (s *session) node() string { return s.conn.srv.cfg.NodeName }

// others lists the other nodes as commands to type, each on a line of its own, behind
// what leads to them; empty if there are none.
func (s *session) others(lead string) string {
	name, user := s.me.Display, s.conn.ssh.User()
	if name == "" {
		name = user
	}
	ways := s.conn.srv.cfg.Others(name, user)
	if len(ways) == 0 {
		return ""
	}
	return " " + lead + ":\n    " + strings.Join(ways, "\n    ")
}
