package sshfront

import (
	"context"
	"net"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/keyring"
	"moniker/fsm/lease"
)

// code has somebody ask for one, and reads it off the screen.
func (p *person) code() string {
	p.t.Helper()
	codes := regexp.MustCompile(`(?:[0-9A-Z]{4} ){2}[0-9A-Z]{4}`)
	before := len(codes.FindAllString(p.out.String(), -1))
	p.types("/key add\r")
	s, ok := p.out.await(func(s string) bool { return len(codes.FindAllString(s, -1)) > before })
	if !ok {
		p.t.Fatalf("no code in %s", s)
	}
	return codes.FindAllString(s, -1)[before]
}

// clear forgets what was seen so far.
func (p *tape) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.b.Reset()
}

func (h *house) owner(name string) id.Identity { return h.w.state(name).Owner }

func TestANewDeviceSaysWhoseItIsByACode(t *testing.T) {
	w := newWorld(t)
	h1, h2 := newHouse(t, w.n1, nil), newHouse(t, w.n2, nil)
	alice := h1.inLobby("alice")
	phone := h2.come("alice", "phone", true)
	phone.sees("If alice is you on a new device: type the code that /key add gives there.")
	phone.types(strings.ToLower(alice.code()) + "\r")
	phone.sees("This key is one of alice's now")
	phone.sees("Your other terminal (n1, since 10:30) stays; both are you.")
	phone.sees("#lobby alice> ")
	short := string(idOf("phone")[:15])
	alice.sees(short + " is a key of yours from now on.")
	phone.types("it is me\r")
	alice.sees("alice  it is me")
	// The next time there is nothing to say.
	again := h1.come("alice", "phone", true)
	again.sees("Your 2 other terminals stay; all are you.")
	// Its owner takes it away: both terminals end, and the key is let in no more.
	alice.types("/key remove " + short + "\r")
	alice.sees("is let in no more, and whoever was here by it has left:")
	for _, p := range []*person{phone, again} {
		p.sees("The key that you came by was removed, from another terminal of")
		if got := p.ends(); got != 1 {
			t.Errorf("exit status %d", got)
		}
	}
	phone = h2.come("alice", "phone", true)
	phone.sees("This key was removed by its owner, and is let in no more.")
	phone.sees("Code: ")
	phone.types("phone\r")
	phone.sees("Only a code is of use here.")
	phone.types(strings.ReplaceAll(alice.code(), " ", "") + "\r")
	phone.sees("#lobby alice> ")
	if got, want := h1.owner("alice"), idOf("alice"); got != want {
		t.Errorf("alice is %s's", got)
	}
	p := h2.come("alice", "phone", false)
	p.types("/quit\n")
	if got := p.ends(); got != 0 {
		t.Errorf("exit status %d", got)
	}
}

// Somebody who is on a name of their own goes on as whom the code makes them, with
// every terminal of that key.
func TestASessionGoesOnAsWhomItsKeyBelongsTo(t *testing.T) {
	w := newWorld(t)
	h1, h2 := newHouse(t, w.n1, nil), newHouse(t, w.n2, nil)
	alice := h1.inLobby("alice")
	one, two := h1.come("stray", "phone", true), h2.come("stray", "phone", true)
	one.sees("#lobby stray> ")
	two.sees("#lobby stray> ")
	one.types("/join #strays\r")
	one.sees("#strays stray> ")
	one.types("/key " + alice.code() + "\r")
	one.sees("#lobby alice> ")
	two.sees("#lobby alice> ")
	alice.sees("stray left")
	two.types("both of us\r")
	one.sees("alice  both of us")
	alice.sees("alice  both of us")
	if n := w.state("stray"); n.State != lease.Free {
		t.Errorf("stray is %+v", n)
	}
	w.n1.View(func(st *fsm.State) {
		if got := len(st.Lease().Of(idOf("alice"))); got != 3 {
			t.Errorf("she has %d sessions", got)
		}
		if _, exists := st.Rooms().Room("#strays"); exists {
			t.Error("the room of nobody is there")
		}
	})
	if err := w.n1checks(); err != nil {
		t.Error(err)
	}
}

func TestACodeTypedIntoTheRoomIsNotSaid(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice, bob := h.arrive("alice"), h.arrive("bob")
	bob.sees("#lobby bob> ")
	alice.types("K7QM 2XWD 9FHT\r")
	alice.sees("That looks like a code of /key add. To use it: /key K7QM 2XWD 9FHT")
	alice.sees("What you typed is back in your prompt.")
	alice.sees("#lobby alice> K7QM 2XWD 9FHT")
	alice.types("/key K7QM 2XWD 9FHT\r")
	alice.sees("No code like this is open")
	alice.sees("#lobby alice> K7QM 2XWD 9FHT")
	alice.types("\x15it was mine\r")
	bob.sees("alice  it was mine")
	if s := bob.out.String(); strings.Contains(s, "K7QM") {
		t.Errorf("bob reads %s", s)
	}
}

func (w *world) n1checks() (err error) {
	w.n1.View(func(st *fsm.State) { err = st.Invariants() })
	return err
}

func TestCodesCannotBeGuessed(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	alice := h.inLobby("alice")
	code := alice.code()
	m := h.come("alice", "mallory", true)
	m.sees("Another name [alice2]: ")
	for _, guess := range []string{"AAAA BBBB 0001", "aaaa-bbbb-0002"} {
		m.out.clear()
		m.types(guess + "\r")
		m.sees("No code like this is open: it is mistyped, used, or older than 10 min.")
	}
	m.types("mallory\r")
	m.sees("#lobby mallory> ")
	m.types("/key AAAABBBB0003\r")
	until(t, "three wrong codes are counted", func() bool { return h.srv.Counts().CodesWrong == 3 })
	m.types("/key " + code + "\r")
	m.sees("Too many codes were tried. The next can be tried in ")
	again := h.come("alice", "mallory", true)
	again.sees("Another name [")
	again.types(code + "\r")
	again.sees("Too many codes were tried.") // coming anew does not help
	if h.owner("alice") != idOf("alice") || h.owner("mallory") != idOf("mallory") {
		t.Error("they are one")
	}
	// A code that somebody else has used is of no use.
	phone := h.come("alice", "phone", true)
	phone.sees("Another name [")
	phone.types(code + "\r")
	phone.sees("#lobby alice> ")
	phone.types("/key " + code + "\r")
	phone.sees("No code like this is open")
	last := alice.code()
	phone.types("/key " + last + "\r")
	phone.sees("This key is yours already. The code is for another device, and still open.")
}

// A node may hear late whose a key is: the state machine's no makes it look again.
func TestANodeThatHasNotHeardOfTheKeyYetLooksAgain(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	h.inLobby("alice")
	w.hold()
	phone := h.come("stray", "phone", true)
	until(t, "its Attach is under way", func() bool { return w.waiting() == 1 })
	var tok id.Token
	her := id.Session{}
	w.n1.View(func(st *fsm.State) {
		n := st.Lease().Name("alice")
		tok, her = n.Token, n.Live[0]
	})
	w.ok(w.n1.inc, fsm.OpenCode{Session: her, Token: tok, Proof: keyring.Proof{1}})
	w.ok(w.n2.inc, fsm.AddKey{Key: idOf("phone").First(), Proof: keyring.Proof{1}})
	w.release()
	phone.sees("This key is one of alice's now")
	phone.sees("#lobby alice> ")
}

// A code changes who sits before the terminal while the node waits for an answer.
func TestAnAnswerProvesWhatWhoSatThereThenHasRead(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice := h.inLobby("alice")
	nc, err := net.Dial("tcp", h.addr)
	h.must(err)
	sc, chans, reqs, err := ssh.NewClientConn(nc, h.addr, clientConfig("phone", ssh.PublicKeys(key("phone"))))
	h.must(err)
	none := make(chan *ssh.Request)
	close(none) // the questions are the test's to answer
	client := ssh.NewClient(sc, chans, none)
	t.Cleanup(func() { client.Close() })
	phone := h.open(client, true, 80, 24)
	phone.sees("#lobby phone> ")
	alice.types("hello\r")
	phone.sees("alice  hello")
	var c *conn
	for _, each := range h.srv.fence.everybody() {
		if each.who == idOf("phone") {
			c = each
		}
	}
	out := c.talk.Load().out
	until(t, "what was said is written", func() bool {
		out.mu.Lock()
		defer out.mu.Unlock()
		return len(out.written) > 0
	})
	answered := make(chan bool)
	go func() { answered <- c.ask(patience) }()
	question := <-reqs
	phone.types("/key " + alice.code() + "\r")
	phone.sees("This key is one of alice's now")
	phone.sees("#lobby alice> ")
	h.must(question.Reply(false, nil))
	if !<-answered {
		t.Fatal("no answer")
	}
	w.mu.Lock()
	seats := w.seats[len(w.seats)-2:]
	w.mu.Unlock()
	for i, s := range seats {
		s.mu.Lock()
		if read := len(s.reads) > 0; read != (i == 0) {
			t.Errorf("%s has read %v", s.who, s.reads)
		}
		s.mu.Unlock()
	}
	go ssh.DiscardRequests(reqs)
}

// An operator is one by whichever of their keys, until it is removed.
func TestAnOperatorIsOneByAnyOfTheirKeys(t *testing.T) {
	w := newWorld(t)
	running := make(chan struct{})
	h := newHouse(t, w.n1, func(c *Config) { c.Admin = waitingAdmin(running) })
	alice := h.inLobby("alice")
	w.ok(w.n1.inc, fsm.AddOperator{Identity: idOf("alice")})
	phone := h.come("alice", "phone", true)
	phone.sees("Another name [")
	phone.types(alice.code() + "\r")
	phone.sees("#lobby alice> ")
	p := h.session(h.dial("x", "phone"))
	h.must(p.session.Start("admin watch"))
	<-running
	alice.types("/key remove " + string(idOf("phone")) + "\r")
	p.endsWithItsKey()
	p = h.session(h.dial("x", "phone"))
	h.must(p.session.Start("admin watch"))
	p.endsWithItsKey()
}

// The watch for it may begin late, when the key is gone already.
func TestACommandEndsByAKeyThatWentBeforeAnybodyWatched(t *testing.T) {
	w := newWorld(t)
	running, late := make(chan struct{}), make(chan struct{})
	node := &lateWatch{worldNode: w.n1, begin: late}
	h := newHouse(t, w.n1, func(c *Config) { c.Admin, c.Cluster = waitingAdmin(running), node })
	alice := h.inLobby("alice")
	w.ok(w.n1.inc, fsm.AddOperator{Identity: idOf("alice")})
	phone := h.come("alice", "phone", true)
	phone.sees("Another name [")
	phone.types(alice.code() + "\r")
	phone.sees("#lobby alice> ")
	node.held.Store(true)
	p := h.session(h.dial("x", "phone"))
	h.must(p.session.Start("admin watch"))
	<-running
	alice.types("/key remove " + string(idOf("phone")) + "\r")
	alice.sees("is let in no more")
	close(late)
	p.endsWithItsKey()
}

// endsWithItsKey waits for the end of a command whose key was removed.
func (p *person) endsWithItsKey() {
	p.t.Helper()
	if got := p.ends(); got != 1 || !strings.Contains(p.err.String(), "moniker: this key was removed by its owner, and is let in no more.") {
		p.t.Errorf("exit status %d, %s", got, p.err.String())
	}
}

// lateWatch is a node before which whoever watches the feed has to wait, once held.
type lateWatch struct {
	*worldNode
	held  atomic.Bool
	begin chan struct{}
}

func (n *lateWatch) Feed() Feed { return lateFeed{n.worldNode.Feed(), n} }

type lateFeed struct {
	Feed
	node *lateWatch
}

func (f lateFeed) Watch(wake func()) (stop func()) {
	if f.node.held.Load() {
		<-f.node.begin
	}
	return f.Feed.Watch(wake)
}

// waitingAdmin is a command that runs until it is to end.
func waitingAdmin(running chan<- struct{}) func(context.Context, AdminRequest) int {
	return func(ctx context.Context, _ AdminRequest) int {
		close(running)
		<-ctx.Done()
		return 0
	}
}
