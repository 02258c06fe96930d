package sshfront

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
	"moniker/sshfront/chat"
)

// moody is a node whose health a test decides.
type moody struct {
	*watched
	mu sync.Mutex
	h  Health
}

func newMoody(t *testing.T) (*moody, *house) { return newMoodyOf(t, func(*Limits) {}) }

func newMoodyOf(t *testing.T, limit func(*Limits)) (*moody, *house) {
	w := newWorld(t)
	m := &moody{watched: &watched{worldNode: w.n1}, h: Health{Standing: Serving}}
	return m, newHouse(t, w.n1, func(c *Config) {
		c.Cluster, c.Health = m.watched, m.health
		limit(&c.Limits)
	})
}

func (m *moody) health() Health {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.h
}

func (m *moody) is(s Standing, since time.Duration) {
	m.mu.Lock()
	m.h = Health{Standing: s, For: since}
	m.mu.Unlock()
	m.w.mu.Lock()
	seats := m.w.seats
	m.w.mu.Unlock()
	for _, s := range seats {
		s.wake()
	}
}

// regain attaches the seat under another session, as a node does that has a new
// incarnation.
func (s *worldSeat) regain() {
	w := s.node.w
	s.mu.Lock()
	h := s.holding
	s.mu.Unlock()
	w.mu.Lock()
	s.node.last++
	next := id.Session{Incarnation: s.node.inc, Number: s.node.last}
	w.mu.Unlock()
	w.apply(s.node.inc, fsm.Detach{Session: h.Session})
	a := w.ok(s.node.inc, fsm.Attach{Session: next, Identity: s.who, Nick: h.Nick})
	s.mu.Lock()
	s.holding = Holding{Session: next, Token: a.Token, Nick: h.Nick, Attached: true}
	s.mu.Unlock()
	s.wake()
}

// texts is what was said in the lobby.
func (w *world) texts() string {
	var all []string
	w.n1.View(func(st *fsm.State) {
		for _, m := range st.History().Last("#lobby", 50) {
			all = append(all, m.Text)
		}
	})
	return strings.Join(all, "|")
}

func TestCutOffNodeHoldsWhatIsTypedUntilItIsBack(t *testing.T) {
	m, h := newMoody(t)
	alice := h.inLobby("alice")
	m.is(Waiting, 4*time.Second)
	alice.sees("--  n1 cannot reach a majority. What you type waits here,")
	alice.sees(" n1: no majority for 4 s")
	alice.types("did it finish\r")
	alice.sees(" unsent  did it finish")
	alice.sees(" 1 unsent | n1: no majority for ")
	alice.types("/names\r") // looking needs nobody
	alice.sees("#lobby, 1: alice")
	alice.types("/join ops\r")
	alice.sees("Not done: n1 cannot reach the others now. Nothing was changed.")
	if said := m.w.texts(); said != "" {
		t.Fatalf("said %q while cut off", said)
	}
	m.is(Serving, 0)
	alice.sees("--  n1 is with the others again after ")
	alice.sees("alice  did it finish")
}

// An election is over before anybody need hear of it.
func TestShortElectionIsNotToldOf(t *testing.T) {
	m, h := newMoody(t)
	alice := h.inLobby("alice")
	m.is(Waiting, 0)
	alice.types("hello\r")
	alice.sees("alice  hello")
	m.is(Serving, 0)
	alice.types("again\r")
	alice.sees("alice  again")
	alice.sawNot("majority")
	alice.sawNot("with the others")
}

func TestReadOnlyNamesTheOtherNodes(t *testing.T) {
	m, h := newMoody(t)
	alice := h.inLobby("alice")
	m.is(Waiting, 4*time.Second)
	alice.sees("cannot reach a majority")
	m.is(ReadOnly, 0)
	alice.sees("Read-only. alice stays yours for at least 10 min. If another")
	alice.sees("    ssh -p 2202 alice@127.0.0.1")
	alice.sees(" read-only: n1 has no majority for ")
	late := h.arrive("bob")
	late.sees("n1 has no answer from the other nodes, so it cannot give out names now.")
	late.sees("    ssh -p 2202 bob@127.0.0.1")
	if got := late.ends(); got != 3 {
		t.Errorf("bob's exit status is %d", got)
	}
	if n := h.w.state("bob"); n.State != lease.Free {
		t.Errorf("bob was asked for all the same, and is %+v", n)
	}
}

// What was asked for may be granted yet, whatever becomes of who asked: nobody says no.
func TestANameThatWasAskedForIsNotKnownToBeRefused(t *testing.T) {
	m, h := newMoodyOf(t, func(l *Limits) { l.Commit = time.Minute })
	h.w.hold()
	bob := h.arrive("bob")
	until(t, "asked", func() bool { return h.w.waiting() > 0 })
	m.is(Waiting, 4*time.Second)
	bob.sees("n1 has no answer from the other nodes, so nobody knows yet whether you are bob")
	bob.sees("    ssh -p 2202 bob@127.0.0.1")
	if got := bob.ends(); got != 4 {
		t.Errorf("bob's exit status is %d", got)
	}
	h.w.release()
}

// keepsUnsent has the node lose the others, and with them somebody's session, who types on.
func (m *moody) keepsUnsent(p *person, lines ...string) {
	m.seat().lose(nil)
	m.is(ReadOnly, 12*time.Second)
	p.sees("Read-only.")
	for i, text := range lines {
		p.types(text + "\r")
		p.sees(" " + strconv.Itoa(i+1) + " unsent | ")
	}
}

// comesBack has it find them again, and the person under another session.
func (m *moody) comesBack(p *person) {
	m.is(Serving, 0)
	p.sees("with the others again")
	m.seat().regain()
}

// What waits is not where something else is typed.
func TestLinesThatReturnAboveADraftAreNextInThePrompt(t *testing.T) {
	m, h := newMoody(t)
	alice := h.inLobby("alice")
	m.keepsUnsent(alice, "one")
	alice.types("a draft")
	alice.sees("#lobby alice> a draft")
	m.comesBack(alice)
	alice.sees("Not sent while n1 was away; next in the prompt.")
	alice.sees(" 1 unsent, next in the prompt ")
	alice.sees("#lobby alice> a draft")
	alice.types("\r")
	alice.sees("alice  a draft")
	alice.sees("#lobby alice> one")
}

// Its author may be elsewhere by now: what was typed for a session that has ended
// goes out by her hand alone.
func TestLinesOfAnEndedSessionReturnToThePrompt(t *testing.T) {
	m, h := newMoody(t)
	alice := h.inLobby("alice")
	m.keepsUnsent(alice, "one", "two")
	m.comesBack(alice)
	alice.sees("Not sent while n1 was away; Enter sends it, Ctrl-C drops it.")
	alice.sees("#lobby alice> one")
	if said := m.w.texts(); said != "" {
		t.Fatalf("%q went out by itself", said)
	}
	alice.types("\r")
	alice.sees("alice  one")
	alice.sees("#lobby alice> two")
	alice.types("\x03three\r")
	alice.sees("alice  three")
	if said := m.w.texts(); said != "one|three" {
		t.Errorf("said %q", said)
	}
}

// What is typed before a line that came back can have been seen does not stand behind
// it, and neither does what came with the key that made room for it.
func TestNothingIsTypedBehindALineThatJustCameBack(t *testing.T) {
	for _, c := range []struct {
		glance time.Duration
		typed  string
		want   string
	}{
		{time.Hour, "three\r", "three"}, {time.Hour, "\x1b[200~three\x1b[201~\r", "three"}, {time.Nanosecond, " and three\r", "one and three"},
		{time.Hour, "\x05 and three\r", "one and three"}, {time.Hour, "\x03three\r", "three"}, {time.Hour, "\rthree\r", "one|three"},
	} {
		m, h := newMoodyOf(t, func(l *Limits) { l.Glance = c.glance })
		alice := h.inLobby("alice")
		m.seat().lose(nil)
		m.is(ReadOnly, 12*time.Second)
		alice.sees("Read-only.")
		alice.types("one\rtwo\r")
		alice.sees(" 2 unsent | ")
		m.is(Serving, 0)
		m.seat().regain()
		alice.sees("#lobby alice> one")
		alice.types(c.typed)
		alice.sees("three\r\n")
		until(t, c.want, func() bool { return m.w.texts() == c.want })
		alice.types("\x03\x03\x03\x04")
		alice.ends()
	}
}

func TestUpTakesAnUnsentLineBack(t *testing.T) {
	m, h := newMoody(t)
	alice := h.inLobby("alice")
	m.is(Waiting, 4*time.Second)
	alice.sees("cannot reach a majority")
	alice.types("one\rtwo\r")
	alice.sees(" 2 unsent | ")
	alice.types("\x1b[A and a half\r")
	alice.sees(" unsent  two and a half")
	m.is(Serving, 0)
	alice.sees("alice  two and a half")
	if said := m.w.texts(); said != "one|two and a half" {
		t.Errorf("said %q", said)
	}
}

func TestTwentyLinesWaitAndTheNextStaysInThePrompt(t *testing.T) {
	m, h := newMoody(t)
	alice := h.inLobby("alice")
	m.is(Waiting, 4*time.Second)
	alice.sees("cannot reach a majority")
	var want []string
	for i := range mostLines {
		want = append(want, strconv.Itoa(i))
		alice.types(want[i] + "\r")
	}
	alice.sees(" 20 unsent | ")
	alice.types("one more\r")
	alice.types("!")
	alice.sees("#lobby alice> one more")
	m.is(Serving, 0)
	alice.sees("alice  19")
	if said := m.w.texts(); said != strings.Join(want, "|") {
		t.Errorf("said %q", said)
	}
}

func TestWhoeverIsCutOffForTooLongIsLetGo(t *testing.T) {
	m, h := newMoody(t)
	alice := h.inLobby("alice")
	m.is(ReadOnly, 12*time.Second)
	alice.sees("Read-only.")
	alice.types("one\r")
	alice.sees(" 1 unsent | ")
	m.is(Lost, 0)
	alice.sees("--  n1 has been cut off for so long that alice may be")
	alice.sees("    ssh -p 2202 alice@127.0.0.1")
	alice.sees("Not sent: one")
	if got := alice.ends(); got != 3 {
		t.Errorf("exit status %d", got)
	}
}

func TestARemovedNodeSaysSo(t *testing.T) {
	m, h := newMoody(t)
	alice := h.inLobby("alice")
	m.mu.Lock()
	m.h = Health{Standing: Lost, Removed: true}
	m.mu.Unlock()
	m.seat().wake()
	alice.sees("--  n1 was taken out of the cluster. alice stays yours for at least")
	alice.sees("    ssh -p 2202 alice@127.0.0.1")
	alice.ends()
}

func TestWhoIsFastIsSlowedDownAndLosesNothing(t *testing.T) {
	w := newWorld(t)
	w.set(setting.RateBurst, 3)
	w.set(setting.RateLines, 300)
	h := newHouse(t, w.n1, nil)
	alice := h.inLobby("alice")
	for i := range 6 {
		alice.types(strconv.Itoa(i) + "\r")
	}
	alice.sees(" waiting | you are fast: 300 lines a minute, in order")
	alice.sees("alice  5")
	if said := w.texts(); said != "0|1|2|3|4|5" {
		t.Errorf("said %q", said)
	}
	w.set(setting.RateLines, 60)
	again := h.arrive("alice") // coming anew makes nobody faster
	again.sees("#lobby alice> ")
	again.types("6\r7\r8\r")
	again.sees("you are fast")
	again.sees("alice  8")
}

func TestPipedLinesAreSlowedDownAndAllSaid(t *testing.T) {
	w := newWorld(t)
	w.set(setting.RateBurst, 1)
	w.set(setting.RateLines, 1200)
	h := newHouse(t, w.n1, nil)
	bob := h.come("bob", "bob", false)
	var want []string
	for i := range 50 {
		want = append(want, strconv.Itoa(i))
	}
	bob.types(strings.Join(want, "\n") + "\n")
	if err := bob.in.Close(); err != nil {
		t.Fatal(err)
	}
	if got := bob.ends(); got != 0 {
		t.Errorf("exit status %d, stderr %s", got, bob.err.String())
	}
	if said := w.texts(); said != strings.Join(want, "|") {
		t.Errorf("said %q", said)
	}
	if n := strings.Count(bob.err.String(), "You are fast: 1,200 lines a minute, in order."); n != 1 {
		t.Errorf("told %d times: %s", n, bob.err.String())
	}
}

func TestTerminalOnADeadNodeIsLastHeardOf(t *testing.T) {
	w := newWorld(t)
	h, other := newHouse(t, w.n1, nil), newHouse(t, w.n2, nil)
	h.inLobby("alice")
	w.mu.Lock() // only n2 renews
	w.now = w.now.Add(6 * id.Second)
	w.mu.Unlock()
	w.apply(0, fsm.Renew{Incarnation: w.n2.inc, Counter: 1 << 40})
	again := other.arrive("alice")
	again.sees("Welcome back, alice. #lobby on n2. Here: alice. Your terminal on n1: last heard\r\n6 s ago.")
	again.sees("\r\n reconnected to n2 ")
}

// Who comes back before it is known that their node is gone is told when it is.
func TestTheLossOfTheNodeBeforeIsToldWhenItIsKnown(t *testing.T) {
	w := newWorld(t)
	h, other := newHouse(t, w.n1, nil), newHouse(t, w.n2, nil)
	h.inLobby("alice")
	again := other.arrive("alice")
	again.sees("Your other terminal (n1, since ")
	was := w.n1.inc
	for i, d := range []id.Duration{4, 4, 3} { // only n2 renews
		w.mu.Lock()
		w.now = w.now.Add(d * id.Second)
		w.mu.Unlock()
		w.apply(0, fsm.Renew{Incarnation: w.n2.inc, Counter: 1<<40 + uint64(i)})
	}
	w.apply(0, fsm.Tick{})
	again.sees("--  Your terminal on n1 is gone: nothing is heard of n1.")
	again.sees("\r\n reconnected to n2 ")
	anew := id.Session{Incarnation: was + 1, Number: 1} // the node was cut off, and has her still
	w.ok(0, fsm.Register{Node: w.n1.id, Incarnation: anew.Incarnation, Replaces: was, Version: fsm.Version})
	w.ok(anew.Incarnation, fsm.Attach{Session: anew, Identity: idOf("alice"), Nick: nameOf("alice")})
	again.sees("--  A terminal of yours on n1 is back.")
}

// A second terminal that was opened while the first node was there is no return.
func TestASecondTerminalDidNotComeBack(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	other := newHouse(t, w.n2, func(c *Config) { c.Limits.Return = time.Hour })
	h.inLobby("alice")
	again := other.arrive("alice")
	again.sees("#lobby alice> ")
	w.pass(4 * id.Second)
	for i := range uint64(3) { // only n2 renews
		w.mu.Lock()
		w.now = w.now.Add(4 * id.Second)
		w.mu.Unlock()
		w.apply(0, fsm.Renew{Incarnation: w.n2.inc, Counter: 1<<40 + i})
	}
	w.apply(0, fsm.Tick{})
	again.sees("--  Your terminal on n1 is gone: nothing is heard of n1.")
	again.types("still here\r")
	again.sees("alice  still here")
	again.sawNot("reconnected")
}

// Whose node was lost is told where they are, for a while; whoever has left knows.
func TestTheReturnToAnotherNodeIsToldForAWhile(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	other := newHouse(t, w.n2, func(c *Config) { c.Limits.Return = 100 * time.Millisecond })
	for _, name := range []string{"alice", "bob"} {
		h.arrive(name).sees("#lobby " + name + "> ")
	}
	carol := h.arrive("carol")
	carol.types("\x04")
	carol.ends()
	w.apply(0, fsm.Exit{Incarnation: w.n1.inc})
	w.apply(0, fsm.Tick{})
	alice := other.arrive("alice")
	alice.sees("Welcome back, alice. #lobby on n2. Here: alice.")
	alice.sees("\r\n reconnected to n2 ")
	alice.shows("Welcome back, alice. #lobby on n2. Here: alice.\n#lobby alice>")
	carol = other.arrive("carol")
	carol.sees("#lobby carol> ")
	w.pass(11 * id.Minute)
	w.apply(0, fsm.Tick{})
	bob := other.arrive("bob") // somebody new, for all that is known of the name
	bob.sees("#lobby bob> ")
	for _, p := range []*person{carol, bob} {
		p.sawNot("reconnected")
	}
}

func TestAnotherTerminalSpellsTheNameAnew(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice := h.inLobby("alice")
	other := h.inLobby("alice")
	other.types("/nick ALICE\r")
	alice.sees("#lobby ALICE> ")
}

// What one needs most then does not wait behind what cannot go out.
func TestCommandsWorkThoughAllThatFitsWaits(t *testing.T) {
	m, h := newMoody(t)
	alice := h.inLobby("alice")
	m.is(Waiting, 4*time.Second)
	alice.sees("cannot reach a majority")
	for i := range mostLines + 1 {
		alice.types("line " + strconv.Itoa(i) + "\r")
	}
	alice.sees(" no more than 20 lines wait; this one stays | n1: no majority for ")
	alice.types("\x15/names\r")
	alice.sees("#lobby, 1: alice")
	alice.types("/quit\r")
	if s := alice.sees("Bye. "); strings.Contains(s[strings.LastIndex(s, "Not sent: line 19"):], "unsent  line") {
		t.Errorf("what is given up still waits on the screen:\n%s", s)
	}
	alice.ends()
}

// The seat may be back before the node says that it serves: what comes back is offered
// all the same.
func TestWhatComesBackIsOfferedOnceTheNodeServes(t *testing.T) {
	m, h := newMoody(t)
	alice := h.inLobby("alice")
	m.seat().lose(nil)
	m.is(ReadOnly, 12*time.Second)
	alice.sees("Read-only.")
	alice.types("one\r")
	alice.sees(" 1 unsent | ")
	m.seat().regain()
	alice.sees("Not sent while n1 was away;")
	if said := m.w.texts(); said != "" {
		t.Fatalf("%q went out by itself", said)
	}
	m.is(Serving, 0)
	alice.sees("#lobby alice> one")
	alice.types("\r")
	alice.sees("alice  one")
}

func nameOf(typed string) lease.Nick {
	n, err := chat.Name(typed)
	if err != nil {
		panic(err)
	}
	return n
}
