package sshfront

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/room"
	"moniker/sshfront/line"
	"moniker/sshfront/render"
)

const (
	readSize   = 1 << 10
	outMost    = 64 << 10 // bytes that wait for the writer before typed input waits too
	escPause   = 50 * time.Millisecond
	lingerMost = 5 * time.Second // what was typed before the end may take this long
)

// session is one person in a terminal. One goroutine, run, owns it all: input,
// answers and wake-ups come to it, and it alone fills the outbox.
//
//	login.go    finding a name, and the welcome (welcome.go)
//	lines.go    what is typed: posts and commands, one at a time, in order
//	view.go     what is shown: the feed, and text of moniker's own (words.go)
//	prefs.go    what the person has set, and whom they ignore
//	idle.go     whether something is typed, and who is away
//	comings.go  who comes and goes, a minute of it in one line
//	keys.go     whose the key is that somebody came by, and codes for another
//	away.go     what is held while the node is cut off from the others
//	ending.go   leaving, and what is said then
type session struct {
	conn   *conn
	ch     *channel
	seat   Seat                 // run's goroutine's; others ask sits
	taken  atomic.Pointer[Seat] // the same
	me     lease.Nick           // the name it is on; zero while it has none
	out    *outbox
	ed     *line.Editor
	view   view
	prefs  prefs
	idle   idle
	todo   lines
	login  login
	away   away
	over   *ending
	sid    id.Session // the one it was last known to have
	pace   *pace
	news   atomic.Uint32 // since the last wake-up
	typing bool          // there may be something in in
	// unsaid is the exit status of somebody without a terminal, whose line was not said.
	unsaid int
	box    inbox
	alarm  alarm         // for what is to be done though nothing happens
	in     chan []byte   // what was typed; closed at its end; nil: that was seen
	wake   chan struct{} // something has happened, of whatever kind
	quit   chan struct{} // closed when run returns
}

// inbox is what other goroutines have for the session's own.
type inbox struct {
	mu   sync.Mutex
	mail []func()
}

func newSession(h *channel) *session {
	c := h.conn
	s := &session{
		conn: c, ch: h, in: make(chan []byte, 1), wake: make(chan struct{}, 1), quit: make(chan struct{}),
	}
	width, height := h.term.cells()
	switch {
	case !h.term.pty:
		s.ed, width = line.NewPlain(), 0
	case h.term.dumb():
		s.ed = line.NewDumb()
		s.ed.Resize(width, height)
		width = 0 // the terminal wraps by itself
	default:
		s.ed = line.New(width, height)
	}
	s.view = view{
		where: inRoom(room.Lobby), feed: c.srv.cfg.Cluster.Feed(), barred: map[string]bool{},
		style: render.Style{
			Width: width, Few: h.term.few(), Ground: h.term.ground(), CRLF: h.term.pty, Reader: c.srv.reader,
		},
	}
	s.takePrefs()
	s.today()
	s.out = newOutbox(c.srv, h.ssh, h.stderr(), s.poke, func() { c.drop("a write was stuck") })
	s.login.barred = !c.identify()
	s.sitDown()
	return s
}

// run is the session from the first line to the last; it returns the exit status.
func (s *session) run() int {
	in := s.in
	s.ch.wg.Go(func() { s.readInput(in) })
	var tasks sync.WaitGroup
	tasks.Go(s.out.run)
	s.todo.tasks = &tasks
	s.conn.talk.Store(s)
	s.begin()
	defer context.AfterFunc(s.ch.server, func() { s.tell(serverEnds) })()
	defer context.AfterFunc(s.ch.ctx, func() { s.tell(linkEnds) })()
	s.alarm.timer = time.AfterFunc(time.Hour, func() { s.tell(ofTime) })
	for {
		s.advance()
		s.drain()
		s.goOn()
		if s.todo.wanted && s.todo.idle() {
			s.offer() // not before: what came with the key would be typed behind it
		}
		s.flush()
		if s.over != nil && !s.over.waits(s) {
			break
		}
		s.wait()
	}
	s.alarm.timer.Stop()
	status := s.end()
	s.conn.srv.paces.give(s.pace, time.Now())
	s.conn.talk.Store(nil)
	s.ch.hangUp() // nobody waits for the answer to a Take any more
	close(s.quit)
	tasks.Wait()
	return status
}

// wait waits for the next thing to happen, and takes it in. It waits in one place only,
// as everything that happens ends in a poke: a line that is brought to a thousand people
// wakes each of them, and a wait for several things costs several times as much. What is
// typed and all else both have their turn, however much comes of either.
func (s *session) wait() {
	if at, ok := s.due(); ok {
		s.alarm.set(at)
	}
	if s.mayType() {
		select {
		case <-s.wake:
		default:
		}
	} else {
		<-s.wake
	}
	s.awake()
	if s.mayType() {
		s.takeInput()
	}
}

// mayType reports whether something was typed that can be taken in now.
func (s *session) mayType() bool {
	return s.typing && s.in != nil && s.over == nil && !(s.todo.full() && s.plain()) && !s.out.over(outMost)
}

func (s *session) takeInput() {
	select {
	case p, ok := <-s.in:
		s.typed(p, ok)
	default:
		s.typing = false
	}
}

// poke wakes run up, to read on or to write on; it may be called from anywhere and does
// not block.
func (s *session) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// news is what else a session is woken up for.
type news uint32

const (
	inBox      news = 1 << iota // somebody has posted something
	ofInput                     // something was typed, or there is no more to come
	ofSeat                      // the seat or the node's health has changed
	ofTime                      // the alarm has rung
	serverEnds                  // it is to stop
	linkEnds                    // the connection or the channel is gone
)

// tell wakes run up with news.
func (s *session) tell(n news) {
	s.news.Or(uint32(n))
	s.poke()
}

// post has f called by run.
func (s *session) post(f func()) {
	s.box.mu.Lock()
	s.box.mail = append(s.box.mail, f)
	s.box.mu.Unlock()
	s.tell(inBox)
}

// awake takes in what came with a wake-up: most often nothing but that there is more to
// read.
func (s *session) awake() {
	n := news(s.news.Load())
	if n != 0 {
		n = news(s.news.Swap(0))
	}
	has := func(what news) bool { return n&what != 0 }
	if has(inBox) {
		s.open()
	}
	s.resize()
	if has(ofSeat) {
		s.checkSeat()
		s.checkHealth(time.Now())
	}
	if has(ofTime) {
		s.alarm.at = time.Time{}
		s.overdue(time.Now())
	}
	s.typing = s.typing || has(ofInput)
	if has(serverEnds) {
		s.finish(serverStops)
	}
	if has(linkEnds) {
		s.finish(linkLost)
	}
}

// open calls what was posted.
func (s *session) open() {
	s.box.mu.Lock()
	mail := s.box.mail
	s.box.mail = nil
	s.box.mu.Unlock()
	for _, f := range mail {
		f()
	}
}

// resize looks whether the window has another size, whatever it was woken up for.
func (s *session) resize() {
	size := s.ch.term.size.Load()
	if size == s.view.size || s.ch.term.dumb() {
		return
	}
	s.view.size = size
	width, height := s.ch.term.cells()
	if width != s.view.style.Width || height != s.view.height {
		s.view.style.Width, s.view.height = width, height
		s.ed.Resize(width, height)
		s.showComings()
		s.prompt()
	}
}

// alarm pokes a session at a time.
type alarm struct {
	timer *time.Timer
	at    time.Time // when it will; zero: it has, or is of no use
}

// set has it ring at a time, unless it will.
func (a *alarm) set(at time.Time) {
	if !at.Equal(a.at) {
		a.at = at
		a.timer.Reset(max(time.Until(at), 0))
	}
}

// due is when something is to be done though nothing happens.
func (s *session) due() (time.Time, bool) {
	var at time.Time
	for _, t := range [...]time.Time{s.view.escAt, s.todo.slowAt(), s.todo.paused, s.away.next, s.away.back, s.login.until, s.view.comings.until, s.idle.at, s.over.until()} {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	return at, !at.IsZero()
}

func (s *session) overdue(now time.Time) {
	past := func(t time.Time) bool { return !t.IsZero() && !now.Before(t) }
	if past(s.view.escAt) {
		s.view.escAt = time.Time{}
		s.ed.FlushEsc()
	}
	if past(s.todo.slowAt()) {
		s.todo.slow = true
		s.status()
	}
	if past(s.todo.paused) {
		s.todo.paused = time.Time{}
	}
	if past(s.away.next) {
		s.checkHealth(now)
	}
	if past(s.away.back) {
		s.away.back = time.Time{}
		s.status()
	}
	if past(s.view.comings.until) {
		s.settleComings()
	}
	if past(s.idle.at) {
		s.checkIdle(now)
	}
	if past(s.login.until) {
		s.login.until = time.Time{}
		s.finish(noName)
	}
	if s.over != nil && past(s.over.until()) {
		s.over.linger = time.Time{}
	}
}

// readInput hands over what is typed, until there is no more.
func (s *session) readInput(in chan<- []byte) {
	buf := make([]byte, readSize)
	for {
		n, err := s.ch.ssh.Read(buf)
		if n > 0 {
			s.conn.heard()
			select {
			case in <- slices.Clone(buf[:n]):
				s.tell(ofInput)
			case <-s.quit:
				return
			}
		}
		if err != nil {
			close(in)
			s.tell(ofInput)
			return
		}
	}
}

// sits returns the seat, which a code may change for another, to whoever asks.
func (s *session) sits() Seat { return *s.taken.Load() }

// read tells the node what has reached for certain whoever sits there.
func read(seat Seat, marks []mark) {
	for _, m := range marks {
		seat.Read(m.place, m.at)
	}
}

// log tells an operator what became of the person.
func (s *session) log(what string, more ...any) {
	cfg := &s.conn.srv.cfg
	args := append([]any{"name", s.me.Display, "key", short(s.conn.who), "session", s.seat.Holds().Session.Short()}, more...)
	cfg.Logger.Info(what, args...)
}

// plain reports whether there is no terminal: somebody's program talks, or reads.
func (s *session) plain() bool { return !s.ch.term.pty }

// commitContext bounds a wait for the cluster.
func (s *session) commitContext(parent context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(parent, s.conn.srv.cfg.Limits.Commit)
}
