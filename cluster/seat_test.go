package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/go-hclog"

	"moniker/fsm"
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/wire"
)

const alice, mallory = id.Identity("SHA256:alice"), id.Identity("SHA256:mallory")

// sitting is a node on which somebody sits on a name.
func sitting(t *testing.T, who id.Identity, name string) (*stand, *Seat) {
	t.Helper()
	n := serving(t)
	s := n.Open(who, "", func() {})
	if a, err := takeNow(t, n, s, name); err != nil || a.Code != fsm.OK {
		t.Fatalf("%+v, %v", a, err)
	}
	return n, s
}

// takeNow takes a name in a bubble, applying what is proposed.
func takeNow(t *testing.T, n *stand, s *Seat, name string) (a fsm.Answer, err error) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		a, err = s.Take(t.Context(), nick(name))
	}()
	for {
		synctest.Wait()
		select {
		case <-done:
			return a, err
		default:
			n.drain()
		}
	}
}

// next ends the incarnation and begins another.
func (s *stand) next(t *testing.T) {
	t.Helper()
	s.apply(t, 0, fsm.Exit{Incarnation: s.keeper.trying})
	s.keeper.step(t.Context())
	s.serve(t, s.keeper.trying)
	s.keeper.step(t.Context())
}

// sent returns the commands that wait to be sent.
func (s *stand) sent(t *testing.T) (cs []fsm.Command) {
	t.Helper()
	for _, b := range s.outbox.take() {
		d := wire.NewDecoder(b)
		p := fsm.DecodeProposal(d)
		if d.Err() != nil {
			t.Fatal(d.Err())
		}
		cs = append(cs, p.Command)
	}
	s.outbox.rewind()
	return cs
}

func (s *stand) status(name string) (st lease.Status) {
	s.View(func(state *fsm.State) { st = state.Lease().Name(name) })
	return st
}

func TestSeatComesBackByItselfUnderTheNextIncarnation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, s := sitting(t, alice, "alice")
		before := s.Holds()
		n.next(t)
		n.drain()
		after := s.Holds()
		if !after.Attached || after.Token != before.Token || after.Session == before.Session {
			t.Errorf("she had %+v and has %+v", before, after)
		}
	})
}

// While she is away from her name a person asks for one that is another's: she must
// not lose her own by that.
func TestRefusalDoesNotCostTheNameOneHad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, s := sitting(t, alice, "alice")
		other := n.Open(mallory, "", func() {})
		if a, err := takeNow(t, n, other, "mallory"); err != nil || a.Code != fsm.OK {
			t.Fatalf("%+v, %v", a, err)
		}
		n.apply(t, 0, fsm.Exit{Incarnation: n.keeper.trying})
		var a fsm.Answer
		var err error
		done := make(chan struct{})
		go func() {
			defer close(done)
			a, err = s.Take(t.Context(), nick("mallory"))
		}()
		synctest.Wait()
		n.keeper.step(t.Context())
		n.serve(t, n.keeper.trying)
		n.outbox.open(n.keeper.trying) // and she is faster than the reseat
		n.machine.wakeWaiters()
		synctest.Wait()
		n.seats.reseat(n.keeper.trying)
		for range 5 {
			synctest.Wait()
			n.drain()
		}
		<-done
		if err != nil || a.Code != fsm.Taken {
			t.Errorf("she got %+v, %v", a, err)
		}
		if h := s.Holds(); !h.Attached || h.Nick.Key != "alice" {
			t.Errorf("she holds %+v", h)
		}
	})
}

// A Take whose caller gave up is still under way: the next waits for its answer.
func TestSecondTakeWaitsForTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serving(t)
		s := n.Open(alice, "", func() {})
		ctx, cancel := contextWithCancel(t)
		gave := make(chan error, 1)
		go func() {
			_, err := s.Take(ctx, nick("alice"))
			gave <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-gave; !errors.Is(err, ErrUnknown) {
			t.Errorf("who gave up was told %v", err)
		}
		if a, err := takeNow(t, n, s, "alicia"); err != nil || a.Code != fsm.OK {
			t.Errorf("%+v, %v", a, err)
		}
		if h := s.Holds(); !h.Attached || h.Nick.Key != "alicia" {
			t.Errorf("she holds %+v", h)
		}
		if st := n.status("alice"); st.State != lease.Free {
			t.Errorf("the first name is %+v", st)
		}
	})
}

// Whatever else goes on, the last command of a session that was attached or may be
// is the one that ends it: otherwise a ghost stays.
func TestLeaveIsTheLastOfItsSession(t *testing.T) {
	for range 200 {
		n := serving(t)
		s := n.Open(alice, "", func() {})
		var wg sync.WaitGroup
		ctx, cancel := contextWithCancel(t)
		wg.Go(func() { _, _ = s.Take(ctx, nick("alice")) })
		wg.Go(func() {
			cancel()
			_, _ = s.Leave(ctx, false)
		})
		wg.Wait()
		n.drain()
		if st := n.status("alice"); len(st.Live) != 0 {
			t.Fatalf("a ghost: %+v", st)
		}
	}
}

func TestLeaveRacingReseatLeavesNoGhost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 200 {
			n, s := sitting(t, alice, "alice")
			n.apply(t, 0, fsm.Exit{Incarnation: n.keeper.trying})
			n.keeper.step(t.Context())
			n.serve(t, n.keeper.trying)
			var wg sync.WaitGroup
			ctx, cancel := contextWithCancel(t)
			cancel()
			wg.Go(func() { n.keeper.step(t.Context()) })
			wg.Go(func() { _, _ = s.Leave(ctx, false) })
			wg.Wait()
			n.drain()
			if st := n.status("alice"); len(st.Live) != 0 {
				t.Fatalf("a ghost: %+v", st)
			}
		}
	})
}

func TestSessionNumbersAreNeverGivenTwice(t *testing.T) {
	n := serving(t)
	seen := map[id.Session]bool{}
	for range 3 {
		for range 5 {
			s := n.Open(alice, "", func() {})
			if live, err := s.number(); !live || err != nil {
				t.Fatal(live, err)
			}
			session := s.Holds().Session
			if seen[session] || session.Incarnation != n.keeper.trying {
				t.Errorf("%v, under %x", session, n.keeper.trying)
			}
			seen[session] = true
		}
		n.next(t)
	}
}

func TestEveryAttachIsFollowedByADetach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, s := sitting(t, alice, "alice")
		ctx, cancel := contextWithCancel(t)
		cancel()
		s.Read("#lobby", id.Event{Index: 2})
		s.Read("#lobby", id.Event{Index: 1})
		_, _ = s.Leave(ctx, false)
		cs := n.sent(t)
		d, ok := cs[0].(fsm.Detach)
		if len(cs) != 1 || !ok || len(d.Reads) != 1 || d.Reads[0].At.Index != 2 {
			t.Fatalf("sent: %+v", cs)
		}
		if a, err := s.Leave(ctx, true); err != nil || a.Code != fsm.NoSession {
			t.Errorf("leaving again: %+v, %v", a, err)
		}
		if _, err := s.Take(t.Context(), nick("alice")); !errors.Is(err, ErrUnsent) {
			t.Errorf("taking after leaving: %v", err)
		}
		never := n.Open(mallory, "", func() {})
		if a, err := never.Leave(t.Context(), true); err != nil || a.Code != fsm.NoSession {
			t.Errorf("leaving without ever sitting: %+v, %v", a, err)
		}
		if cs := n.sent(t); len(cs) != 1 {
			t.Errorf("sent: %+v", cs)
		}
	})
}

func TestGhostsAreSweptThoughOthersSitWithoutAName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, s := sitting(t, alice, "alice")
		ghost := id.Session{Incarnation: n.keeper.trying, Number: 1000}
		n.outbox.propose(n.keeper.trying, fsm.Attach{Session: ghost, Identity: mallory, Nick: nick("mallory")}, false,
			func(fsm.Answer, error) {})
		n.drain()
		for range 5 { // connected, on no name
			if live, err := n.Open(alice, "", func() {}).number(); !live || err != nil {
				t.Fatal(live, err)
			}
		}
		for range 3 * sweepEvery {
			n.keeper.sweep(n.keeper.facts())
		}
		n.drain()
		if st := n.status("mallory"); st.State != lease.Grace {
			t.Errorf("the ghost's name is %+v", st)
		}
		if !s.Holds().Attached || n.status("alice").State != lease.Held {
			t.Error("one who is here was swept too")
		}
	})
}

// A node that is cut off has people go, whose Detach waits for a leader: it is proposed
// once, however long that takes, and nobody is told of a ghost.
func TestEndsThatAreUnderWayAreNotProposedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serving(t)
		var log bytes.Buffer
		n.log = hclog.New(&hclog.LoggerOptions{Output: &log})
		const people = 60
		var seats []*Seat
		for i := range people {
			s := n.Open(id.Identity(fmt.Sprint("SHA256:", i)), "", func() {})
			if a, err := takeNow(t, n, s, fmt.Sprint("p", i)); err != nil || a.Code != fsm.OK {
				t.Fatalf("%+v, %v", a, err)
			}
			seats = append(seats, s)
		}
		gone, cancel := contextWithCancel(t)
		cancel()
		for _, s := range seats {
			_, _ = s.Leave(gone, false)
		}
		_, _ = seats[0].Leave(gone, true)
		for range 100 * sweepEvery {
			n.keeper.sweep(n.keeper.facts())
		}
		n.seats.sweep(n.keeper.trying)
		if _, _, pending := n.outbox.counts(); pending != people {
			t.Errorf("%d commands wait, for %d people", pending, people)
		}
		if log.Len() > 0 {
			t.Errorf("logged: %s", &log)
		}
		n.drain()
		if left := n.keeper.facts().carried; left != 0 || n.seats.underWay() != 0 {
			t.Errorf("%d sessions are left, %d ends under way", left, n.seats.underWay())
		}
	})
}

func TestGhostsAreDetachedOnceWhileNobodyAnswers(t *testing.T) {
	n := serving(t)
	var log bytes.Buffer
	n.log = hclog.New(&hclog.LoggerOptions{Output: &log})
	for i := range 3 {
		ghost := id.Session{Incarnation: n.keeper.trying, Number: uint64(1000 + i)}
		n.outbox.propose(n.keeper.trying, fsm.Attach{Session: ghost, Identity: mallory, Nick: nick(fmt.Sprint("m", i))}, false, func(fsm.Answer, error) {})
	}
	n.drain()
	for range maxQueued { // there is no room
		n.outbox.propose(n.keeper.trying, fsm.RevokeToken{ID: "x"}, false, func(fsm.Answer, error) {})
	}
	n.seats.sweep(n.keeper.trying)
	if _, _, pending := n.outbox.counts(); pending != maxQueued || n.seats.underWay() != 0 || log.Len() > 0 {
		t.Errorf("%d commands wait, %d ends under way; logged: %s", pending, n.seats.underWay(), &log)
	}
	n.drain()
	for range 100 * sweepEvery {
		n.keeper.sweep(n.keeper.facts())
	}
	if got := strings.Count(log.String(), "\n"); got != 1 || !strings.Contains(log.String(), "detaching sessions that nobody has: sessions=3") {
		t.Errorf("%d lines: %s", got, &log)
	}
	if cs := n.sent(t); len(cs) != 3 {
		t.Errorf("sent: %+v", cs)
	}
	n.apply(t, 0, fsm.Exit{Incarnation: n.keeper.trying}) // what is unsent ends with the incarnation
	if left := n.seats.underWay(); left != 0 {
		t.Errorf("%d ends are under way, and the incarnation has ended", left)
	}
}

func TestSeatLearnsThatItsSessionWasTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serving(t)
		var seats []*Seat
		woken := 0
		for range 20 { // over her limit
			s := n.Open(alice, "", func() { woken++ })
			if a, err := takeNow(t, n, s, "alice"); err != nil || a.Code != fsm.OK {
				t.Fatalf("%+v, %v", a, err)
			}
			seats = append(seats, s)
		}
		lost := 0
		for _, s := range seats {
			h := s.Holds()
			var there bool
			n.View(func(st *fsm.State) { _, there = st.Lease().Session(h.Session) })
			if there != h.Attached {
				t.Errorf("the state has %v: %v, the seat believes %v", h.Session, there, h.Attached)
			}
			if !h.Attached {
				lost++
			}
		}
		if lost == 0 || woken < lost {
			t.Errorf("%d gave way, %d were woken", lost, woken)
		}
	})
}

// A snapshot jumped over the answer and the ring has forgotten it, but the state has the session.
func TestSnapshotTellsSeatsWhatTheyHave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, s := sitting(t, alice, "alice")
		s.mu.Lock()
		had := s.holding
		s.holding.Attached, s.holding.Token = false, 0
		s.mu.Unlock()
		n.jumped()
		if h := s.Holds(); h != had {
			t.Errorf("she holds %+v, had %+v", h, had)
		}
		n.outbox.propose(had.Session.Incarnation, fsm.Detach{Session: had.Session}, false, func(fsm.Answer, error) {})
		n.drain()
		n.jumped()
		if h := s.Holds(); h.Attached || h.Refused == nil {
			t.Errorf("her session is gone and she holds %+v", h)
		}
	})
}

func TestPostsFollowTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, s := sitting(t, alice, "alice")
		var got []error
		post := func(session id.Session, token id.Token) fsm.Command {
			return fsm.Post{Session: session, Token: token, Room: "#lobby", Text: "x"}
		}
		s.Do(post, func(a fsm.Answer, err error) { got = append(got, err) })
		n.drain()
		n.apply(t, 0, fsm.Exit{Incarnation: n.keeper.trying})
		s.Do(post, func(a fsm.Answer, err error) { got = append(got, err) })
		if len(got) != 2 || got[0] != nil || !errors.Is(got[1], ErrUnsent) {
			t.Errorf("before and after the end: %v", got)
		}
	})
}

func TestCallersBehindAnEndedIncarnationAreToldOnce(t *testing.T) {
	n := serving(t)
	var told []error
	for range 3 {
		n.outbox.propose(n.keeper.trying, fsm.RevokeToken{ID: "x"}, false, func(_ fsm.Answer, err error) { told = append(told, err) })
	}
	n.outbox.take()
	n.apply(t, n.keeper.trying, fsm.RevokeToken{ID: "x"}) // the first of the three
	n.apply(t, 0, fsm.Exit{Incarnation: n.keeper.trying})
	n.keeper.step(t.Context())
	if len(told) != 3 || told[0] != nil || !errors.Is(told[1], ErrUnsent) || !errors.Is(told[2], ErrUnsent) {
		t.Errorf("told: %v", told)
	}
}

// What an operator does to somebody who is here, the seat knows at once, and wakes who
// sits on it: another name, under another token, or none.
func TestSeatKnowsWhatAnOperatorDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serving(t)
		woken := 0
		s := n.Open(mallory, "", func() { woken++ })
		if a, err := takeNow(t, n, s, "mallory"); err != nil || a.Code != fsm.OK {
			t.Fatalf("%+v, %v", a, err)
		}
		before := s.Holds()
		woken = 0
		n.apply(t, n.keeper.trying, fsm.RenameName{Key: "mallory", To: nick("mal")})
		synctest.Wait()
		now := s.Holds()
		if !now.Attached || now.Nick.Key != "mal" || now.Token <= before.Token || now.Session != before.Session || woken != 1 {
			t.Errorf("had %+v, has %+v, woken %d times", before, now, woken)
		}
		n.apply(t, n.keeper.trying, fsm.Ban{What: ban.Out, Subject: string(mallory)})
		synctest.Wait()
		if h := s.Holds(); h.Attached || h.Refused == nil || woken != 2 {
			t.Errorf("is banned and holds %+v, woken %d times", h, woken)
		}
	})
}
