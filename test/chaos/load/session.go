package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"moniker/test/chaos/record"
)

const (
	readSize = 64 << 10

	// For one thing asked for; then it is given up as unknown. Some wait until a node
	// that was cut off is back.
	patienceLeast, patienceMore = 5 * time.Second, 30 * time.Second
)

// session is one connection of a client, from the name asked for to its end. One
// goroutine, play, asks; two read what comes.
type session struct {
	c        *client
	number   int
	node     string
	link     *link
	rng      *rand.Rand
	over     chan struct{} // closed when both readers have ended
	tired    chan struct{} // closed when the person has had enough of a dead connection
	giveUp   sync.Once
	patience time.Duration

	mu      sync.Mutex
	name    string
	place   string
	arrival int
	under   *record.Op    // what was asked for and is not answered; at most one
	moving  bool          // a room was asked for
	sync    string        // a word that comes back once what was typed before it is done
	no      string        // the refusal that came before it
	news    chan struct{} // closed and made anew when one of these changes
}

// ask writes down what is asked for and sends it.
func (s *session) ask(op record.Op, line string) *record.Op {
	op.Client, op.Identity, op.Session, op.Node = s.c.number, s.c.key.print, s.number, s.node
	o := s.c.crowd.book.begin(op)
	s.mu.Lock()
	s.under = o
	s.mu.Unlock()
	s.send(line)
	return o
}

// send writes a line; an error means that the connection is over, which play sees.
// A write that is stuck ends it.
func (s *session) send(line string) {
	guard := time.AfterFunc(s.patience, func() { s.link.wire.Close() })
	defer guard.Stop()
	_, _ = s.link.in.Write([]byte(line + "\n"))
}

// wait waits until what is under way is answered; false if it is not, in time.
func (s *session) wait(ctx context.Context) bool {
	late := time.NewTimer(s.patience)
	defer late.Stop()
	for {
		s.mu.Lock()
		idle, news := s.under == nil && !s.moving && s.sync == "", s.news
		s.mu.Unlock()
		if idle {
			return true
		}
		select {
		case <-news:
		case <-s.over:
			return false
		case <-s.tired:
			return false
		case <-late.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// change changes what wait looks at.
func (s *session) change(f func()) {
	s.mu.Lock()
	f()
	close(s.news)
	s.news = make(chan struct{})
	s.mu.Unlock()
}

// answer settles what is under way, before anybody who waits for it goes on.
func (s *session) answer(outcome record.Outcome, with func(*record.Op)) {
	s.mu.Lock()
	op := s.under
	s.mu.Unlock()
	if op == nil {
		return
	}
	s.c.crowd.book.settle(op, outcome, with)
	s.change(func() {
		if s.under == op {
			s.under = nil
		}
	})
}

// watch reads both streams until they end.
func (s *session) watch() {
	var wg sync.WaitGroup
	wg.Go(s.readOut)
	wg.Go(s.readErr)
	wg.Wait()
	close(s.over)
}

func (s *session) readOut() {
	view := newScreen()
	buf := make([]byte, readSize)
	for {
		n, err := s.link.out.Read(buf)
		s.link.heard.Store(int64(s.c.crowd.book.now()))
		for _, e := range view.feed(buf[:n]) {
			s.saw(e)
		}
		if err != nil {
			return
		}
	}
}

// saw takes in a row of stdout.
func (s *session) saw(e seen) {
	b := s.c.crowd.book
	switch e.kind {
	case said:
		s.mu.Lock()
		place, name, under := s.place, s.name, s.under
		l := record.Line{
			Client: s.c.number, Session: s.number, At: b.now(), Place: place, From: e.from, Text: e.text,
			Old: e.old, Below: e.below, Arrival: s.arrival,
		}
		s.mu.Unlock()
		if e.direct {
			l.Place = e.place
		}
		if e.own {
			l.From = name
		}
		b.see(l)
		if under != nil && under.Text == e.text {
			s.link.proof.Store(int64(under.Call))
			s.answer(record.OK, nil)
		}
	case arrived:
		var under *record.Op
		s.change(func() {
			s.place, s.moving = e.place, false
			s.arrival++
			under = s.under
		})
		if under != nil && under.Kind == record.Claim && under.Left == "" {
			s.answer(record.OK, nil)
		}
	case skipped:
		b.skip(record.Skip{Client: s.c.number, Session: s.number, At: b.now(), Count: e.count})
	}
}

func (s *session) readErr() {
	var rest string
	buf := make([]byte, readSize)
	for {
		n, err := s.link.err.Read(buf)
		s.link.heard.Store(int64(s.c.crowd.book.now()))
		rest += string(buf[:n])
		for {
			row, more, ok := strings.Cut(rest, "\n")
			if !ok {
				break
			}
			rest = more
			s.told(strings.TrimRight(row, "\r"))
		}
		if err != nil {
			return
		}
	}
}

// told takes in a row of stderr: why something is not done.
func (s *session) told(row string) {
	s.mu.Lock()
	under, sync := s.under, s.sync
	if sync != "" && !strings.Contains(row, sync) && s.no == "" {
		s.no = row
	}
	s.mu.Unlock()
	says := func(what string) bool { return strings.Contains(row, what) }
	why := func(op *record.Op) { op.Why = brief(row) }
	switch {
	case strings.HasPrefix(row, "You are fast"):
	case sync != "":
		if says(sync) {
			if strings.HasPrefix(row, "Not sent: ") && s.unanswered() {
				return // the session ends, and what came before the word has no answer
			}
			s.synced()
		}
	case under == nil:
	case under.Kind == record.Claim:
		s.toldAtLogin(row)
	case says("It is not known whether"):
		s.answer(record.Unknown, why)
	case strings.HasPrefix(row, "Not sent: "):
		s.answer(record.Unsent, why)
	case under.Kind == record.Direct:
		s.answer(record.Refused, why)
	}
}

// synced takes note that what was typed before the word is done.
func (s *session) synced() {
	var no string
	var op *record.Op
	s.change(func() {
		no, op = s.no, s.under
		s.no, s.sync = "", ""
		if no != "" {
			s.moving = false
		}
		if op != nil && no == "" {
			s.name = op.Name
		}
	})
	switch {
	case op == nil:
	case no == "":
		s.answer(record.OK, nil)
	case strings.Contains(no, "nobody has answered yet"), strings.Contains(no, "was not answered"), strings.HasPrefix(no, "It is not known"):
		s.answer(record.Unknown, func(op *record.Op) { op.Why = brief(no) })
	case strings.HasPrefix(no, "Not done: "):
		s.answer(record.Unsent, func(op *record.Op) { op.Why = brief(no) })
	default:
		s.answer(record.Refused, func(op *record.Op) { op.Why, op.State = brief(no), standing(no) })
	}
}

// unanswered reports whether nothing was said of what stood before the word.
func (s *session) unanswered() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.no == ""
}

// toldAtLogin takes in a row of the refusal of the first name: it ends with what to
// do, and says in between whose the name is.
func (s *session) toldAtLogin(row string) {
	s.mu.Lock()
	op := s.under
	s.mu.Unlock()
	b := s.c.crowd.book
	note := func(change func(*record.Op)) {
		b.mu.Lock()
		change(op)
		b.mu.Unlock()
	}
	switch {
	case strings.Contains(row, "belongs to another key") || strings.Contains(row, "looks like "):
		note(func(op *record.Op) { op.Why, op.State = brief(row), standing(row) })
	case strings.HasPrefix(row, "  its key "):
		note(func(op *record.Op) { op.Owner = strings.TrimSpace(strings.TrimPrefix(row, "  its key ")) })
	case strings.HasPrefix(row, "If ") && strings.Contains(row, " is you, come with that key"):
		s.answer(record.Refused, nil)
	case strings.Contains(row, "it cannot give out names now"):
		s.answer(record.Unsent, func(op *record.Op) { op.Why = brief(row) })
	case strings.Contains(row, "has no answer from the other nodes"):
		note(func(op *record.Op) { op.Why = brief(row) }) // it may have been asked for: unknown
	case strings.HasPrefix(row, "You have ") || strings.Contains(row, "No more names"):
		s.answer(record.Refused, func(op *record.Op) { op.Why, op.State = brief(row), "limit" })
	}
}

// standing is the state of a name that is another's, from the words of a refusal.
func standing(row string) string {
	switch {
	case strings.Contains(row, "its owner is here"):
		return "held"
	case strings.Contains(row, "its owner left"):
		return "grace"
	case strings.Contains(row, "it is registered"):
		return "reserved"
	case strings.HasPrefix(row, "You have ") || strings.Contains(row, "No more names"):
		return "limit"
	}
	return ""
}

// play is what a person does between coming and going. It returns how to go.
func (s *session) play(ctx context.Context, stay time.Duration) leaving {
	until := time.NewTimer(stay)
	defer until.Stop()
	for n := 0; ; n++ {
		pause := time.NewTimer(time.Duration(s.rng.ExpFloat64() * float64(sayEvery)))
		select {
		case <-pause.C:
		case <-s.over:
			pause.Stop()
			return ended
		case <-s.tired:
			pause.Stop()
			return ended
		case <-ctx.Done():
			pause.Stop()
			return byQuit
		case <-until.C:
			pause.Stop()
			return s.c.howToLeave(s.rng)
		}
		if !s.act(ctx, n) {
			return ended
		}
	}
}

// act does one thing; false if it had no answer.
func (s *session) act(ctx context.Context, n int) bool {
	s.mu.Lock()
	name, place := s.name, s.place
	s.mu.Unlock()
	crowd := s.c.crowd
	p := s.rng.IntN(100)
	switch {
	case n > 0 && p < 4 && len(crowd.cfg.Rooms) > 1:
		to := crowd.cfg.Rooms[s.rng.IntN(len(crowd.cfg.Rooms))]
		if to == place {
			return true
		}
		return s.goTo(ctx, "/join "+to)
	case n > 0 && p < 6 && place != "" && place != lobby:
		return s.goTo(ctx, "/part "+place)
	case n > 0 && p < 12:
		to := crowd.contested[s.rng.IntN(len(crowd.contested))]
		if s.rng.IntN(2) == 0 {
			to = s.c.own
		}
		if to == name {
			return true
		}
		return s.rename(ctx, to)
	case !crowd.book.room():
		return true
	case n > 0 && p < 22:
		to := crowd.someName(s.rng)
		if to == name || to == s.c.own {
			return true
		}
		text := s.text()
		s.ask(record.Op{Kind: record.Direct, Name: to, Place: "@" + to, Text: text}, "/msg "+to+" "+text)
	default:
		text := s.text()
		s.ask(record.Op{Kind: record.Post, Name: name, Place: place, Text: text}, text)
	}
	return s.wait(ctx)
}

// text is a message that nobody else says.
func (s *session) text() string {
	return fmt.Sprintf("c%d-%d-%04x", s.c.number, s.c.said.Add(1), s.rng.Uint32()&0xffff)
}

// rename asks for another name. Success is not announced, so a word follows that
// is no command: it comes back behind the refusal, or alone.
func (s *session) rename(ctx context.Context, to string) bool {
	s.mu.Lock()
	left := s.name
	s.mu.Unlock()
	op := s.ask(record.Op{Kind: record.Claim, Name: to, Left: left}, "/nick "+to+"\n"+s.word())
	return s.wait(ctx) && s.c.crowd.book.told(op) != record.Unknown
}

// goTo goes to a room by a command; a refusal leaves things as they are.
func (s *session) goTo(ctx context.Context, command string) bool {
	s.change(func() { s.moving = true })
	s.send(command + "\n" + s.word())
	return s.wait(ctx)
}

// word makes a command that there is not, and expects the answer that says so.
func (s *session) word() string {
	word := fmt.Sprintf("/zz%dq", s.c.said.Add(1))
	s.change(func() { s.sync, s.no = word, "" })
	return word
}
