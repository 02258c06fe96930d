package sshfront

import (
	"errors"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/setting"
	"moniker/sshfront/chat"
	"moniker/sshfront/line"
)

const (
	mostLines = 20 // that wait; then Enter leaves the draft where it is
	slowAfter = time.Second
)

// lines is what was typed and is not done. One at a time is under way, so that
// each finds what the one before has changed: the name, the room.
type lines struct {
	queue []string
	busy  bool // the first has been handed over
	post  bool // and is something said
	since time.Time
	slow  bool
	tasks *sync.WaitGroup
}

// start notes that something has been handed over.
func (l *lines) start(post bool) { l.busy, l.post, l.since = true, post, time.Now() }

func (l *lines) finish() { l.busy, l.post, l.slow = false, false, false }

func (l *lines) full() bool { return len(l.queue) >= mostLines }

func (l *lines) idle() bool { return !l.busy && len(l.queue) == 0 }

// slowAt is when what is under way has taken long enough to tell; zero if it is
// told, or nothing is under way.
func (l *lines) slowAt() time.Time {
	if !l.busy || l.slow {
		return time.Time{}
	}
	return l.since.Add(slowAfter)
}

// waiting counts the posts among what is not done.
func (l *lines) waiting() int {
	n := len(l.queue)
	if l.post {
		n++
	}
	return n
}

// typed takes in bytes from the client, or the end of them.
func (s *session) typed(p []byte, ok bool) {
	if !ok {
		s.in = nil
		s.finish(inputEnds)
		return
	}
	for len(p) > 0 && s.over == nil {
		n := strings.IndexByte(string(p), '\r') + 1
		if n == 0 || s.plain() {
			n = len(p)
		}
		more := n < len(p)
		s.ed.Feed(p[:n], func(a line.Action) { s.act(a, more) })
		p = p[n:]
	}
	s.view.escAt = time.Time{}
	if s.ed.PendingEsc() {
		s.view.escAt = time.Now().Add(escPause)
	}
}

// act does what a key asks. more tells whether there is more in what was pasted.
func (s *session) act(a line.Action, more bool) {
	switch a.Kind {
	case line.Enter:
		s.entered(a.Text, more)
	case line.EOF:
		s.finish(inputEnds)
	case line.Interrupt:
		if s.log.naming {
			s.finish(noName)
		}
	case line.Clear:
		s.view.clear = true
	case line.Overflow:
		s.refuse("The prompt is full; what comes is dropped until it is shorter.")
	}
}

// entered takes a line. One that cannot be taken stays in the prompt.
func (s *session) entered(text string, more bool) {
	if s.over != nil || strings.TrimSpace(text) == "" && !s.log.naming {
		return
	}
	if size, limit := utf8.RuneCountInString(text), s.textLimit(); size > limit && !s.log.naming {
		s.refuse(s.tooLong(size, limit))
		s.ed.SetDraft(text)
		return
	}
	if s.todo.full() && !s.plain() {
		if more {
			text += "\n"
		}
		s.ed.SetDraft(text)
		return
	}
	s.todo.queue = append(s.todo.queue, text)
}

func (s *session) textLimit() int {
	var n int64
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) { n = st.Settings().Get(setting.LimitText) })
	return int(n)
}

func (s *session) tooLong(size, limit int) string {
	where := ". It is still in your prompt."
	if s.plain() {
		where = ". It was not sent."
	}
	return plural(size, "character") + "; a message holds " + count(limit) + where
}

// advance does the lines that wait, until one is under way.
func (s *session) advance() {
	for !s.todo.busy && len(s.todo.queue) > 0 && (s.over == nil || s.over.why == inputEnds) {
		text := s.todo.queue[0]
		s.todo.queue[0] = ""
		if s.todo.queue = s.todo.queue[1:]; len(s.todo.queue) == 0 {
			s.todo.queue = nil
		}
		if s.me.Key == "" {
			s.echo(text)
			s.tryName(text)
			continue
		}
		said, command := chat.Split(text)
		if command {
			s.command(text)
			continue
		}
		place := s.view.place
		s.propose(proposal{typed: text, post: true, build: func(session id.Session, token id.Token) fsm.Command {
			return fsm.Post{Session: session, Token: token, Room: place, Text: said}
		}})
	}
	s.status()
}

// command runs a line that is one.
func (s *session) command(text string) {
	s.catchUp(s.view.feed.Head()) // her own line before it stands above the answer
	s.echo(text)
	out := chat.Run(text, chat.Call{Who: s.conn.who, Nick: s.me, Place: s.view.place, View: s.conn.srv.cfg.Cluster.View})
	for _, m := range out.Shown {
		s.message(said(m, s.view.place))
	}
	switch {
	case out.Refused:
		s.refuse(out.Answer)
	case out.Answer != "":
		s.answer(out.Answer)
	}
	switch {
	case out.Quit:
		s.finish(personQuits)
	case out.Take != nil:
		s.take(*out.Take)
	case out.Propose != nil:
		s.propose(proposal{typed: text, build: out.Propose, then: out.Go})
	}
}

// proposal is a command of the state machine under way.
type proposal struct {
	typed string
	post  bool // it is something said in the room
	build func(id.Session, id.Token) fsm.Command
	then  string // the room to be in if it is accepted
}

func (s *session) propose(p proposal) {
	s.todo.start(p.post)
	s.seat.Do(p.build, func(a fsm.Answer, err error) {
		s.post(func() { s.answered(p, a, err) })
	})
}

func (s *session) answered(p proposal, a fsm.Answer, err error) {
	s.done()
	switch {
	case err == nil && a.Code == fsm.OK:
		if p.then != "" {
			s.enter(p.then)
		}
	case err == nil && p.post:
		s.refuse("Not sent: " + p.typed + "\n" + s.whyNot(a))
	case err == nil:
		s.refuse(s.whyNot(a))
	case errors.Is(err, ErrUnsent):
		s.unsent(p.typed)
	default:
		s.refuse("It is not known whether this was sent: " + p.typed)
	}
	if err == nil && a.Code == fsm.NoSession {
		s.finish(sessionEnded)
	}
}

// done notes that what was under way is answered.
func (s *session) done() {
	s.todo.finish()
	s.status()
	if s.over != nil && !s.over.linger.IsZero() {
		s.over.linger = time.Now().Add(lingerMost)
	}
}

// unsent says what was not sent, and gives it back: the first, and all that waited
// behind it, because it was typed in the belief that the first was said.
func (s *session) unsent(first string) {
	all := append([]string{first}, s.todo.queue...)
	s.todo.queue = nil
	var back []string
	for _, text := range all {
		s.refuse("Not sent: " + text)
		if _, command := chat.Split(text); !command {
			back = append(back, text)
		}
	}
	if s.ed.Draft() == "" && !s.plain() {
		s.ed.SetDraft(strings.Join(back, "\n"))
	}
	s.status()
}
