package sshfront

import (
	"errors"
	"strconv"
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
	mostRows  = 60 // of one message: more push everything else off the screen

	commandHead = 64 // before the text of one that says something
	slowAfter   = time.Second
)

// lines is what was typed and is not done. One at a time is under way, so that
// each finds what the one before has changed: the name, the room.
type lines struct {
	queue  []string
	astray bool     // a program did not get where it wanted to say what comes
	back   []string // not sent while the node was away: they wait for their author's hand
	came   came     // the one of them that is in the prompt by itself
	under  string   // what has been handed over, if that is something said
	busy   bool     // something has been handed over
	unseen bool     // the seat is on another name, which was not looked at because of that
	since  time.Time
	slow   bool      // and it takes so long that it is told
	paused time.Time // when the next may go out, of somebody who is fast; zero: now
	told   bool      // that, to somebody without a terminal
	note   string    // why the last Enter was none
	wanted bool      // the next line that came back may be offered
	tasks  *sync.WaitGroup
}

// start notes that something has been handed over; said is empty if it is a command.
func (l *lines) start(said string) { l.busy, l.under, l.since = true, said, time.Now() }

func (l *lines) finish() { l.busy, l.under, l.slow = false, "", false }

func (l *lines) full() bool { return len(l.queue)+len(l.back) >= mostLines }

func (l *lines) idle() bool { return !l.busy && len(l.queue) == 0 }

// slowAt is when what is under way has taken long enough to tell; zero if it is
// told, or nothing is under way.
func (l *lines) slowAt() time.Time {
	if !l.busy || l.slow {
		return time.Time{}
	}
	return l.since.Add(slowAfter)
}

// typed takes in bytes from the client, or the end of them.
func (s *session) typed(p []byte, ok bool) {
	if !ok {
		s.in = nil
		if last := s.ed.Draft(); last != "" && s.plain() { // the end of input ends a line
			s.ed.SetDraft("")
			s.entered(last, false)
		}
		s.finish(inputEnds)
		return
	}
	now := time.Now()
	s.stir(now)
	if s.view.paste.lost(s.ed.Pasting(), p, now, s.conn.srv.cfg.Limits.Paste) {
		s.ed.EndPaste()
	}
	s.unoffer(p, now)
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
		if s.login.naming {
			s.finish(noName)
		}
		s.todo.wanted = true
	case line.Recall:
		s.takeBack()
	case line.Complete:
		s.complete(a)
	case line.Clear:
		s.view.clear = true
	case line.Background:
		s.hearGround(a.Text)
	case line.Overflow:
		s.refuse("The prompt is full; what comes is dropped until it is shorter.")
	}
}

// entered takes a line. One that cannot be taken stays in the prompt.
func (s *session) entered(text string, more bool) {
	if s.over != nil || strings.TrimSpace(text) == "" && !s.login.naming {
		return
	}
	if why := s.tooLong(text); why != "" && !s.login.naming {
		s.refuse(why)
		if !s.plain() {
			s.putBack(text)
			s.todo.note = why // it may stand above a draft that fills the screen
		}
		return
	}
	if s.me.Key != "" && s.held() && !chat.Says(text) && (s.todo.idle() || !s.leaves(text)) && !s.tooFast(time.Now()) {
		s.command(text) // it need not wait behind what cannot go out, unless that is for where they are
		return
	}
	if s.todo.full() && !s.plain() {
		if more {
			text += "\n"
		}
		s.putBack(text)
		s.todo.note = "no more than " + strconv.Itoa(mostLines) + " lines wait; this one stays"
		return
	}
	s.todo.note = ""
	s.todo.queue = append(s.todo.queue, text)
	s.todo.wanted = true
}

// leaves reports whether a command would go elsewhere at once.
func (s *session) leaves(text string) bool {
	out := chat.Run(text, s.call())
	return out.Go != "" && out.Propose == nil
}

func (s *session) textLimit() int {
	var n int64
	s.conn.srv.cfg.Cluster.View(func(st *fsm.State) { n = st.Settings().Get(setting.LimitText) })
	return int(n)
}

// tooLong says in words how much too long a line is; empty if it is not. What a
// command says is measured where it is said.
func (s *session) tooLong(text string) string {
	size, limit := utf8.RuneCountInString(text), s.textLimit()
	most := limit
	if _, command := chat.Split(text); command {
		most += commandHead
	}
	where := ". It is still in your prompt."
	if s.plain() {
		where = ". It was not sent."
	}
	if size > most {
		return plural(size, "character") + "; a message holds " + count(limit) + where
	}
	if rows := strings.Count(text, "\n") + 1; rows > mostRows {
		return plural(rows, "line") + "; a message holds " + count(mostRows) + where
	}
	return ""
}

// advance does the lines that wait, until one is under way or may not go out yet.
func (s *session) advance() {
	for !s.todo.busy && len(s.todo.queue) > 0 && (s.over == nil || s.over.why == inputEnds) {
		text := s.todo.queue[0]
		if s.me.Key != "" && (s.held() && chat.Says(text) || s.tooFast(time.Now())) {
			break
		}
		s.todo.queue[0] = ""
		if s.todo.queue = s.todo.queue[1:]; len(s.todo.queue) == 0 {
			s.todo.queue = nil
		}
		said, command := chat.Split(text)
		switch {
		case s.todo.astray && chat.Plain(text):
			s.refuse("Not sent: " + text)
		case s.me.Key == "":
			s.echo(text)
			s.tryName(text)
		case command:
			s.command(text)
		default:
			s.say(said)
		}
	}
	s.status()
}

// tooFast reports whether a line must wait, and counts it if not.
func (s *session) tooFast(now time.Time) bool {
	limit, burst := s.conn.srv.mayRate()
	was := s.todo.paused
	s.todo.paused = s.pace.next(limit, burst, now)
	if was.IsZero() && !s.todo.paused.IsZero() {
		s.conn.srv.counts.slowed.Add(1)
	}
	if !s.todo.paused.IsZero() && s.plain() && !s.todo.told {
		s.todo.told = true
		s.hint("You are fast" + strings.TrimPrefix(fast(limit), "you are fast") + ".")
	}
	if s.over != nil && !s.over.linger.IsZero() {
		s.over.linger = time.Now().Add(max(time.Until(s.todo.paused), 0) + lingerMost)
	}
	return !s.todo.paused.IsZero()
}

// say posts a line to where the person is.
func (s *session) say(text string) {
	out := chat.Say(s.call(), text, false)
	if out.Refused {
		s.comesBack(text, out.Answer)
		return
	}
	s.calls(out.With)
	s.propose(proposal{typed: text, post: true, build: out.Propose})
}

// calls takes note of what the person of a conversation is called by now: the prompt
// has it from the next line on.
func (s *session) calls(with string) {
	if with != "" && s.view.with != "" && with != s.view.with {
		s.view.with = with
		s.prompt()
	}
}

// comesBack puts a line that cannot be said where it was meant to be back into the
// prompt, with those behind it, which were typed in the belief that it could.
func (s *session) comesBack(text, why string) {
	if s.plain() {
		s.refuse("Not sent: " + text + "\n" + why)
		return
	}
	s.refuse(why + " What you typed is back in your prompt.")
	s.todo.back = append(s.todo.back, text)
	s.restComesBack()
}

// restComesBack takes what waits out of the queue: what was to be said goes back to the
// prompt, and of each command its author is told.
func (s *session) restComesBack() {
	for _, next := range s.todo.queue {
		if chat.Says(next) {
			s.todo.back = append(s.todo.back, next)
		} else {
			s.refuse("Not done: " + next)
		}
	}
	s.todo.queue = nil
	s.offer()
}

// command runs a line that is one.
func (s *session) command(text string) {
	s.catchUp(s.view.feed.Head()) // her own line before it stands above the answer
	if !chat.Says(text) {
		s.echo(text)
	}
	out := chat.Run(text, s.call())
	if out.Go != "" && out.Propose == nil {
		s.goes(out.Go, out.With)
	}
	s.shown(out)
	switch {
	case out.Refused:
		if chat.Says(text) {
			s.echo(text) // else the answer would stand without its question
		}
		s.refuse(out.Answer)
		s.stays(text)
	case out.Answer != "":
		s.answer(out.Answer)
	}
	if out.Focus != 0 {
		s.view.focus = out.Focus == chat.FocusOn
	}
	if out.Go == "" {
		s.calls(out.With)
	}
	switch {
	case out.Quit:
		s.finish(personQuits)
	case (out.Take != nil || out.Propose != nil) && (s.held() || s.todo.busy):
		s.refuse("Not done: " + s.node() + " cannot reach the others now. Nothing was changed.")
	case out.Code != "" && s.todo.busy:
		s.refuse("Not done: what was typed before it is still under way.")
	case out.Code != "":
		s.link(out.Code)
	case out.Take != nil:
		s.take(*out.Take)
	case out.Propose != nil:
		s.propose(proposal{typed: text, post: chat.Says(text), build: out.Propose, then: out.Go, done: out.Done})
	}
}

// stays takes what was typed behind a line that was to go to another place, and did not,
// out of the queue: it was meant for there. A program is told of each line, until it
// goes somewhere.
func (s *session) stays(typed string) {
	if !chat.Moves(typed) {
		return
	}
	if s.plain() {
		s.todo.astray = true
		return
	}
	s.restComesBack()
}

// call is what a command may know.
func (s *session) call() chat.Call {
	cfg := &s.conn.srv.cfg
	return chat.Call{
		Who: s.conn.who, Key: s.conn.key, Nick: s.me,
		Place: s.view.place, Room: s.view.room, With: s.view.with, Focus: s.view.focus,
		View: cfg.Cluster.View, Width: s.columns(), Clock: s.clock, Wrote: s.view.wrote,
		Self: cfg.NodeName, Leader: cfg.Health().Leader, Trouble: s.cutOff(),
	}
}

// columns is what the rows of an answer fit into; 0 where there is no terminal. A dumb one
// wraps what people say by itself, but a table that it wraps is none.
func (s *session) columns() int {
	if !s.ch.term.pty || !s.ch.term.dumb() {
		return s.view.style.Width
	}
	width, _ := s.ch.term.cells()
	return max(width-1, 1) // some of them wrap a full row
}

// complete answers Tab.
func (s *session) complete(a line.Action) {
	if s.me.Key == "" {
		return
	}
	var words []string
	after := ""
	for _, c := range chat.Complete(a.Before, a.Text, s.call()) {
		words, after = append(words, c.Text), c.After
	}
	s.ed.SetCompletions(words, after)
}

// proposal is a command of the state machine under way.
type proposal struct {
	typed string
	post  bool // it is something said in the room
	build func(id.Session, id.Token) fsm.Command
	then  string // the room to be in if it is accepted
	done  func() string
}

func (s *session) propose(p proposal) {
	said := ""
	if p.post {
		said = p.typed
	}
	s.todo.start(said)
	s.seat.Do(p.build, func(a fsm.Answer, err error) {
		s.post(func() { s.answered(p, a, err) })
	})
}

func (s *session) answered(p proposal, a fsm.Answer, err error) {
	s.done()
	switch {
	case err == nil && a.Code == fsm.OK:
		if p.post {
			s.conn.srv.counts.saidLines.Add(1)
		}
		if p.then != "" {
			s.goes(p.then, "")
		}
		if p.done != nil {
			s.catchUp(s.view.feed.Head()) // what it tells of stands above it
			if text := p.done(); text != "" {
				s.answer(text)
			}
		}
	case err == nil && p.post && s.view.with != "" && (a.Code == fsm.NotTheirs || a.Code == fsm.NoSuchName) && chat.Plain(p.typed):
		s.comesBack(p.typed, s.whyNot(a))
	case err == nil && p.post && (a.Code == fsm.Silenced || a.Code == fsm.TooSoon || s.typedAs(a)) && chat.Plain(p.typed):
		s.comesBack(p.typed, s.whyNot(a))
	case err == nil && p.post:
		s.refuse("Not sent: " + p.typed + "\n" + s.whyNot(a))
	case err == nil:
		s.refuse(s.whyNot(a))
		s.stays(p.typed)
	case errors.Is(err, ErrUnsent):
		s.todo.queue = append([]string{p.typed}, s.todo.queue...)
		s.giveBack() // what was typed behind it was typed in the belief that it was said
	default:
		s.refuse("It is not known whether this was sent: " + p.typed)
		if s.plain() {
			s.unsaid = 4
		}
	}
	if err == nil && a.Code == fsm.NoSession {
		s.finish(sessionEnded)
	}
}

// done notes that what was under way is answered.
func (s *session) done() {
	s.todo.finish()
	if s.todo.unseen {
		s.todo.unseen = false
		s.tell(ofSeat)
	}
	s.status()
	if s.over != nil && !s.over.linger.IsZero() {
		s.over.linger = time.Now().Add(lingerMost)
	}
}
