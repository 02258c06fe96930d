package sshfront

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
	"moniker/fsm/stream"
)

func TestTwoPeopleTalk(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	alice := h.arrive("alice")
	alice.sees("#lobby on n1. Here: alice.")
	bob := h.arrive("bob")
	bob.sees("Here: alice, bob.")
	alice.sees("--  bob joined")
	bob.types("hello alice\r")
	alice.sees("10:30>     bob  hello alice")
	bob.sees("10:30      bob  hello alice")
	alice.types("/msg bob psst\r")
	bob.sees("[alice]  psst")
	alice.sees("[to bob]  psst")
	bob.types("/nick robert\r")
	alice.sees("--  bob is now robert")
	bob.sees("#lobby robert> ")
}

func TestLineAppearsWhenCommitted(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice := h.inLobby("alice")
	w.hold()
	alice.types("is it safe\r")
	until(t, "proposed", func() bool { return w.waiting() == 1 })
	alice.sees(" 1 sending")
	alice.sawNot("alice  is it safe")
	w.release()
	alice.sees("10:30    alice  is it safe")
}

func TestLinesAreSaidInTheirOrder(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice := h.inLobby("alice")
	w.hold()
	alice.types("one\rtwo\r")
	alice.types("three\r")
	alice.sees(" 1 sending | 2 waiting")
	w.release()
	alice.sees("alice  three")
	var all []string
	w.n1.View(func(st *fsm.State) {
		for _, m := range st.History().Last("#lobby", 10) {
			all = append(all, m.Text)
		}
	})
	if got := strings.Join(all, " "); got != "one two three" {
		t.Errorf("said %q", got)
	}
}

func TestPastedNickThenLine(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	alice := h.inLobby("alice")
	alice.types("/nick carla\rhello\r//shrug\r")
	s := alice.sees("carla  /shrug")
	if !strings.Contains(s, "10:30    carla  hello") {
		t.Errorf("saw\n%s", s)
	}
	if n := h.w.state("alice"); n.State != lease.Free {
		t.Errorf("alice is %+v", n)
	}
}

func TestSessionThatIsRefusedAgainIsAskedForAnotherName(t *testing.T) {
	w := newWorld(t)
	node := &watched{worldNode: w.n1}
	h := newHouse(t, w.n1, func(c *Config) { c.Cluster = node })
	alice := h.inLobby("alice")
	seat := node.seat()
	w.apply(w.n1.inc, fsm.Release{Session: seat.Holds().Session})
	mallory := newHouse(t, w.n2, nil).come("alice", "mallory", true)
	mallory.sees("#lobby alice> ")
	seat.lose(&fsm.Answer{Code: fsm.Taken, Verdict: stream.Next, Refusal: &fsm.Refusal{Rival: w.state("alice")}})
	alice.sees("alice belongs to another key, and its owner is here.")
	alice.sees("Another name [alice2]: ")
	alice.types("\r")
	alice.sees("#lobby alice2> ")
}

func TestRefusalsStayInThePrompt(t *testing.T) {
	w := newWorld(t)
	w.set(setting.LimitText, 100)
	h := newHouse(t, w.n1, nil)
	alice := h.inLobby("alice")
	alice.types(strings.Repeat("x", 101) + "\r")
	alice.sees("101 characters; a message holds 100. It is still in your prompt.")
	alice.types("\x15/wohis alice\r")
	alice.sees("/wohis is no command; ")
	alice.types("/nick :\r")
	alice.sees(`":" cannot be in a name: 1 to 24 letters or digits, with - _ . inside it.`)
	alice.types("/nick root\r")
	alice.sees("root is kept for the service")
}

func TestNameBelongsToAnotherKey(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	h.inLobby("alice")
	w.pass(16 * id.Minute)
	mallory := h.come("alice", "mallory", true)
	s := mallory.sees("Another name [alice2]: ")
	for _, want := range []string{
		"alice belongs to another key, and its owner is here.\r\n",
		"  its key    " + string(idOf("alice")) + "\r\n",
		"  your key   " + string(idOf("mallory")) + "\r\n",
		"  since      10:30 UTC (16 min)\r\n",
		"  until      10 min after its owner leaves, unless the owner returns\r\n",
	} {
		if !strings.Contains(s, want) {
			t.Errorf("no %q in\n%s", want, s)
		}
	}
	mallory.types("a1ice\r")
	mallory.sees("a1ice looks like alice, which belongs to another key.")
	mallory.types("\u0430lice\r")
	mallory.sees("looks like alice (your \u0430 is U+0430), which belongs to another key.")
	mallory.types("mallory\r")
	mallory.sees("#lobby mallory> ")
}

func TestNameInGraceSaysHowLong(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice := h.inLobby("alice")
	alice.types("\x04")
	alice.sees("Bye. alice stays yours for at least 10 min.")
	alice.ends()
	w.pass(2 * id.Minute)
	mallory := h.come("alice", "mallory", true)
	mallory.sees("alice belongs to another key; its owner left 2 min ago.")
	mallory.sees("until      8 min from now at the earliest")
	mallory.types("\r")
	mallory.sees("#lobby alice2> ")
}

func TestNobodyChoosesAName(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, func(c *Config) { c.Limits.Login = 1 })
	p := h.come("not a name", "alice", true)
	p.sees(`" " cannot be in a name`)
	p.sees("No name chosen. Come back when you like.")
	if got := p.ends(); got != 1 {
		t.Errorf("exit status %d", got)
	}
}

func TestQuitReleases(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice, again := h.arrive("alice"), newHouse(t, w.n2, nil)
	alice.sees("#lobby alice> ")
	other := again.arrive("alice")
	other.sees("Welcome back, alice. Your other terminal (n1, since 10:30) stays; both are you.")
	alice.types("/quit\r")
	alice.sees("Bye. alice stays yours: your other terminal (n2) is on it.")
	if got := alice.ends(); got != 0 {
		t.Errorf("exit status %d", got)
	}
	other.types("/quit\r")
	other.sees("Bye. alice is free now.")
	other.ends()
	if n := w.state("alice"); n.State != lease.Free {
		t.Errorf("alice is %+v", n)
	}
}

func TestConnectionEndDetaches(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice := h.inLobby("alice")
	alice.client.Conn.Close()
	until(t, "in grace", func() bool { return w.state("alice").State == lease.Grace })
}

func TestOwnerComesBackSeesWhatWasMissed(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice, bob := h.arrive("alice"), h.arrive("bob")
	alice.sees("#lobby alice> ")
	bob.sees("#lobby bob> ")
	bob.types("then I will sleep\r")
	alice.sees("then I will sleep")
	bob.sees("then I will sleep")
	alice.types("\x04")
	alice.ends()
	w.pass(5 * id.Minute)
	bob.types("the disk is full\r/msg alice it was me\r")
	bob.sees("it was me")
	alice = newHouse(t, w.n2, nil).arrive("alice")
	s := alice.sees("it was me")
	for _, want := range []string{
		"Welcome back, alice. #lobby on n2. Here: alice, bob.\r\n10:30      bob  then I will sleep\r\n-- 2 messages since you left",
		"10:35      bob  the disk is full\r\n10:35    [bob]  it was me\r\n",
	} {
		if !strings.Contains(s, want) {
			t.Errorf("no %q in\n%s", want, s)
		}
	}
}

// TestWhoFallsOffTheRingIsTold what was missed, as the state has it: not how many events
// were lost, of which some were no messages, or none were counted.
func TestWhoFallsOffTheRingIsTold(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice, bob := h.arrive("alice"), newHouse(t, w.n2, nil).arrive("bob")
	bob.types("/join #ops\r/join #lobby\rhello\r")
	bob.sees("bob  hello")
	alice.sees("bob  hello")
	alice.types("/join #ops\r/join #lobby\rback\r")
	alice.sees("alice  back")
	var sid id.Session
	w.n1.View(func(st *fsm.State) { sid = st.Lease().Of(idOf("bob"))[0] })
	miss := func(names ...string) {
		w.feed.mute(true)
		for _, c := range names {
			w.ok(w.n2.inc, fsm.Post{Session: sid, Token: w.state("bob").Token, Room: c, Text: "not seen"})
		}
		w.feed.lose()
		w.feed.mute(false)
		w.feed.wake()
	}
	miss("#lobby", "#ops", "#lobby", "#lobby")
	alice.sees("-- 3 messages skipped, /history")
	alice.sees("#ops 1")
	alice.types("still here\r")
	alice.sees("alice  still here")
	miss("#ops")
	alice.sees("#ops 2")
	if s := alice.out.String(); strings.Count(s, "skipped") != 1 {
		t.Errorf("what she does not look at is no message skipped:\n%s", s)
	}
}

// Nobody may say another word for hours.
func TestAllOfABurstIsShownThoughSilenceFollows(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice := h.inLobby("alice")
	h.inLobby("bob")
	var sid id.Session
	w.n1.View(func(st *fsm.State) { sid = st.Lease().Of(idOf("bob"))[0] })
	const lines = 5 * drainEvents
	text := strings.Repeat("x", drainBytes/drainEvents)
	w.feed.mute(true)
	for i := range lines {
		w.ok(w.n1.inc, fsm.Post{Session: sid, Token: w.state("bob").Token, Room: "#lobby", Text: fmt.Sprint("line ", i, " ", text)})
	}
	w.feed.mute(false)
	w.feed.wake()
	alice.sees(fmt.Sprint("line ", lines-1, " "))
}

func TestWhoComesInCapitalsIsWrittenAsEver(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	h.inLobby("alice").client.Close()
	alice := h.come("ALICE", "alice", true)
	alice.sees("Welcome back, alice.")
	alice.sees("#lobby alice> ")
	alice.types("/nick bob\r")
	alice.sees("#lobby bob> ")
	alice.types("/nick Bob\r") // this is how to be written another way
	alice.sees("#lobby Bob> ")
	alice.sawNot("ALICE")
}

func TestWhoKeepsANameOnAnotherTerminalIsSaidToHaveBoth(t *testing.T) {
	w := newWorld(t)
	one, two := newHouse(t, w.n1, nil), newHouse(t, w.n2, nil)
	alice, here := one.inLobby("alice"), one.inLobby("bob")
	there := two.inLobby("bob")
	here.types("/nick robert\r")
	here.sees("#lobby robert> ")
	alice.sees("--  bob is now robert too\r\n")
	there.types("/nick robert\r")
	there.sees("#lobby robert> ")
	alice.sees("--  bob is now robert\r\n")
}

func TestRooms(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	alice, bob := h.arrive("alice"), h.arrive("bob")
	alice.sees("#lobby alice> ")
	bob.sees("#lobby bob> ")
	alice.types("/join ops\rfirst\r")
	alice.sees("#ops on n1. Here: alice.")
	alice.sees("alice  first")
	bob.types("/join #ops\r")
	s := bob.sees("#ops bob> ")
	if !strings.Contains(s, "alice  first") {
		t.Errorf("bob saw\n%s", s)
	}
	alice.sees("--  bob joined")
	bob.sawNot("lobby  first")
	bob.types("/part\r")
	bob.sees("#lobby on n1. Here: alice, bob.")
	alice.sees("--  bob joined and left")
	bob.types("/names #ops\r")
	bob.sees("You are not in #ops.")
}

// watched remembers the newest seat of a node.
type watched struct {
	*worldNode
	last *worldSeat
}

func (n *watched) Open(who id.Identity, key id.Fingerprint, wake func()) Seat {
	s := n.worldNode.Open(who, key, wake).(*worldSeat)
	n.w.mu.Lock()
	n.last = s
	n.w.mu.Unlock()
	return s
}

func (n *watched) seat() *worldSeat {
	n.w.mu.Lock()
	defer n.w.mu.Unlock()
	return n.last
}

func TestLeavingARoomElsewhereGoesOnInAnother(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	alice, other := h.inLobby("alice"), h.inLobby("alice") // both, before one of them looks elsewhere
	for _, p := range []*person{alice, other} {
		p.types("/join ops\r")
		p.sees("#ops alice> ")
	}
	alice.types("/part\r")
	if s, ok := other.out.await(func(s string) bool { return strings.Count(s, "#lobby on n1. Here: alice.") == 2 }); !ok {
		t.Fatalf("never went on in the lobby:\n%s", s)
	}
	other.types("still here\r")
	other.sees("alice  still here")
}

func TestACrowdIsNotListed(t *testing.T) {
	w := newWorld(t)
	for i := range uint64(crowdMost) {
		n := lease.Nick{Display: "p" + strconv.FormatUint(i, 10)}
		n.Key, n.Skeletons = n.Display, [2]string{n.Display, n.Display}
		w.ok(w.n2.inc, fsm.Attach{Session: id.Session{Incarnation: w.n2.inc, Number: i + 1000}, Identity: id.Identity("SHA256:" + n.Key), Nick: n})
	}
	alice := newHouse(t, w.n1, nil).arrive("alice")
	alice.sees("#lobby on n1, which 501 people are in. /names shows who is here.")
}

func TestOtherRoomsCountAndNamesInThemAreShown(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice, bob := h.arrive("alice"), h.arrive("bob")
	for _, p := range []*person{alice, bob} {
		p.types("/join ops\r")
		p.sees("#ops on n1. Here: ")
		p.types("/join dev\r")
		p.sees("#dev on n1. Here: ")
	}
	bob.types("/join ops\r")
	bob.sees("#ops bob> ")
	bob.types("one\rtwo\r")
	alice.sees(" #ops 2 ")
	alice.sawNot("bob  one")
	bob.types("alice: the pager is yours\r")
	alice.sees(">#ops bob  alice: the pager is yours")
	alice.sees(" #ops 3> ")
	bob.types("/join lobby\r")
	bob.sees("#lobby bob> ")
	bob.types("hello\r")
	alice.sees(" #ops 3>  #lobby 1 ")
	again := newHouse(t, w.n2, nil).arrive("alice") // through whichever node
	again.sees("#dev alice> ")
	again.sees(" #ops 3>  #lobby 1 ")
	alice.types("/join ops\r")
	alice.sees("bob  two")
	alice.sees(" #lobby 1 ")
}

// Where that is, is told by what has reached her: nothing else is kept of it. A program is
// in the lobby, whatever its person looks at.
func TestWhoComesBackIsWhereSheLookedLast(t *testing.T) {
	w := newWorld(t)
	h, other := newHouse(t, w.n1, nil), newHouse(t, w.n2, nil)
	alice, bob := h.inLobby("alice"), h.inOps("bob")
	for _, room := range []string{"#ops", "#lobby", "#ops", "#lobby"} {
		alice.types("/join " + room + "\r")
		alice.sees(room + " alice> ")
		alice.types("\x04")
		alice.ends()
		if room == "#lobby" {
			bob.types("said in the other room\r") // which is no reason to be there
			bob.sees("bob  said in the other room")
		}
		alice = other.arrive("alice")
		alice.sees(room + " on n2. Here: ")
		alice.sees(room + " alice> ")
	}
	alice.types("/join #ops\r")
	alice.sees("#ops alice> ")
	program := h.come("alice", "alice", false)
	program.sees("#lobby on n1. Here: ")
}

func TestWhoLeftTheLobbyComesBackWhereSheIs(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice := h.inLobby("alice")
	alice.types("/join x\r")
	alice.sees("#x alice> ")
	alice.types("/part lobby\rhello\r")
	alice.sees("alice  hello")
	alice.types("\x04")
	alice.ends()
	alice = h.arrive("alice")
	alice.sees("#x on n1. Here: alice.")
	alice.types("again\r")
	alice.sees("alice  again")
	alice.types("/join lobby\r")
	alice.sees("#lobby alice> ")
}

// What she has seen, and what she said herself, is not news when she looks again.
func TestTheMarkerCountsWhatIsNews(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	alice, bob := h.arrive("alice"), h.arrive("bob")
	alice.sees("#lobby alice> ")
	bob.types("old\r")
	alice.sees("bob  old")
	alice.types("/join q\r")
	alice.sees("#q alice> ")
	bob.types("one\rtwo\r")
	alice.sees(" #lobby 2 ")
	other := h.arrive("alice")
	other.sees("#q alice> ")
	other.types("/join lobby\r")
	other.sees("#lobby alice> ")
	other.types("mine\r")
	bob.sees("alice  mine")
	alice.types("/join lobby\r")
	s := alice.sees("alice  mine")
	if !strings.Contains(s, "bob  old\r\n-- 2 messages since you looked here last ") {
		t.Errorf("saw\n%s", s)
	}
}

func TestAKickTellsWhatBecameOfTheNameAndOfTheDraft(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	for _, freed := range []bool{false, true} {
		alice := h.inLobby("alice")
		alice.types("a draft")
		alice.sees("#lobby alice> a draft")
		want := "An operator has ended this session. alice stays yours;"
		if freed {
			want = "An operator has freed alice, and this session has ended."
			w.ok(w.n2.inc, fsm.FreeName{Key: "alice"})
		} else {
			w.ok(w.n2.inc, fsm.Kick{Session: w.state("alice").Live[0]})
		}
		alice.sees(want)
		alice.sees("Not sent: a draft")
		if got := alice.ends(); got != 1 {
			t.Errorf("exit status %d", got)
		}
	}
}

func TestAMessageHasSoManyLines(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	alice := h.inLobby("alice")
	alice.types("\x1b[200~" + strings.Repeat("r\n", 100) + "r\x1b[201~\r")
	alice.sees("101 lines; a message holds 60. It is still in your prompt.")
	alice.types("\x15/me waves\r")
	alice.sees("*  alice waves")
}

// A name that is reserved for somebody who is here, or given up by them, is no news of
// their going.
func TestNobodyIsSaidToHaveLeftWhoIsHere(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice, bob := h.arrive("alice"), h.arrive("bob")
	alice.sees("#lobby alice> ")
	bob.sees("#lobby bob> ")
	other := lease.Nick{Display: "carol", Key: "carol", Skeletons: [2]string{"carol", "caro1"}}
	w.ok(w.n2.inc, fsm.ReserveName{Nick: other, Owner: idOf("alice")})
	alice.types("/release carol\r")
	alice.sees("carol is free now.")
	alice.types("still here\r")
	bob.sees("alice  still here")
	bob.sawNot("left")
}

// What a command says may stand behind its name; the limit told is the message's.
func TestTheLimitThatIsToldIsTheMessages(t *testing.T) {
	w := newWorld(t)
	w.set(setting.LimitText, 100)
	alice := newHouse(t, w.n1, nil).arrive("alice")
	alice.sees("#lobby alice> ")
	alice.types("/me " + strings.Repeat("x", 200) + "\r")
	alice.sees("204 characters; a message holds 100. It is still in your prompt.")
}
