package sshfront

import (
	"strings"
	"testing"
	"time"

	"moniker/fsm"
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/setting"
)

// inOps is somebody who has gone to #ops, which is made if there is none.
func (h *house) inOps(name string) *person {
	h.t.Helper()
	p := h.arrive(name)
	p.sees("#lobby " + name + "> ")
	p.types("/join #ops\r")
	p.sees("#ops " + name + "> ")
	return p
}

// isIn waits until somebody is in a room.
func (h *house) isIn(place, name string) {
	h.t.Helper()
	who := h.owner(name)
	late := time.Now().Add(patience)
	for in := false; !in; {
		if time.Now().After(late) {
			h.t.Fatalf("%s is not in %s", name, place)
		}
		h.w.n1.View(func(st *fsm.State) { in = st.Rooms().In(place, who) })
	}
}

func TestARoomIsAsThoseWhoRunItWantIt(t *testing.T) {
	w := newWorld(t)
	w.pass(id.Second)
	h := newHouse(t, w.n1, nil)
	alice, bob := h.inOps("alice"), h.arrive("bob")
	alice.types("/topic the disks of n3\r")
	alice.sees("--  alice set the topic: the disks of n3")
	alice.types("/private\r")
	alice.sees("--  alice made #ops private")
	bob.types("/join ops\r")
	bob.sees("That room is private. One of those who run it can /invite you.")
	bob.types("/join 0ps\r")
	bob.sees("That looks like a room that is private. Any other name will do.")
	bob.types("/join l0bby\r")
	bob.sees("That looks like #lobby, which is there. /join #lobby")
	alice.types("/invite bob\r")
	alice.sees("bob is invited to #ops.")
	bob.sees("--  alice invites you to #ops: /join #ops")
	bob.types("/quit\r")
	bob.ends()
	bob = h.arrive("bob") // what he was told is told again
	bob.sees("alice invites you to #ops: /join #ops")
	bob.types("/join ops\r")
	bob.sees("#ops is about: the disks of n3 (alice)")
	bob.sees("#ops is private.")
	bob.sees("#ops bob> ")
	bob.types("/open\r")
	bob.sees("#ops is run by alice, who alone may do that.")
	alice.types("/op bob\r")
	bob.sees("--  bob runs #ops now")
	bob.types("/open\r")
	alice.sees("--  bob opened #ops to everybody")
	bob.types("/slow 5m\r")
	alice.sees("--  bob made #ops slow: one message a person in 5 min")
	alice.types("/deop bob\r")
	bob.sees("--  bob runs #ops no longer")
	bob.types("first\r")
	alice.sees("bob  first")
	bob.types("second\r")
	bob.sees("The room is slow. Again in 5 min. What you typed is back in your prompt.")
	bob.sees("#ops bob> second")
	alice.types("/slow off\r")
	bob.sees("--  #ops is slow no longer")
	bob.types("\r")
	alice.sees("bob  second")
	alice.types("/topic -\r")
	bob.sees("--  alice took the topic away")
}

func TestWhoIsPutOutIsToldAndGoesToTheLobby(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice, bob, carol := h.inOps("alice"), h.inOps("bob"), h.inOps("carol")
	alice.types("/kick bob be kind\r")
	bob.sees("--  You were put out of #ops by alice: be kind")
	bob.sees("#lobby on n1.")
	bob.sees("#lobby bob> ")
	carol.sees("--  bob was put out by alice: be kind")
	bob.types("/join ops\r") // he may come back
	h.isIn("#ops", "bob")
	bob.types("for ops alone")
	bob.sees("#ops bob> for ops alone")
	alice.types("/ban bob 2h again and again\r")
	bob.sees("--  You were put out of #ops by alice: again and again")
	alice.sees("bob is banned from #ops for 2 h.")
	bob.sees("#lobby bob> ")
	bob.sees("What you typed for #ops is not sent; Up has it.")
	bob.types("\x1b[A") // it is not said in another room unless he wants it
	bob.sees("#lobby bob> for ops alone")
	bob.types("\x03/join ops\r")
	bob.sees("You are banned from #ops by alice for 2 h more: again and again.")
	alice.types("/invite bob\r")
	alice.sees("bob is banned from #ops by alice for 2 h more: again and again. /unban bob\r\nfirst.")
	carol.types("/invite bob\r") // who does not run the room
	carol.sees("bob is banned from #ops by alice for 2 h more: again and again.")
	alice.types("/unban bob\r")
	alice.sees("bob is not banned from #ops any more.")
	carol.sawNot("/unban")
	bob.sees("--  You may come into #ops again")
	bob.types("/join ops\r")
	h.isIn("#ops", "bob")
	alice.types("/mute bob 10m\r")
	bob.sees("--  You are muted in #ops by alice for 10 min")
	bob.types("hear me\r")
	bob.sees("You are muted in #ops by alice for 10 min more. What you typed is back in your")
	bob.sees("#ops bob> hear me")
	alice.types("/unmute bob\r")
	bob.sees("--  You may speak in #ops again")
	bob.types("\r")
	carol.sees("bob  hear me")
}

// Nor is anybody left to wonder who was not there.
func TestWhoWasPutOutMeanwhileIsToldOnComing(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice, bob, carol := h.inOps("alice"), h.inOps("bob"), h.inOps("carol")
	for _, p := range []*person{bob, carol} {
		p.types("/quit\r")
		p.ends()
	}
	alice.types("/kick bob not now\r")
	alice.sees("bob was put out by alice: not now")
	alice.types("/ban carol\r")
	alice.sees("carol is banned from #ops.")
	bob, carol = h.arrive("bob"), h.arrive("carol")
	bob.sees("You were put out of #ops by alice: not now")
	carol.sees("You were banned from #ops by alice\r\n")
	alice.types("/unban carol\r")
	carol.sees("--  You may come into #ops again")
	alice.types("/invite bob\r")
	bob.sees("alice invites you to #ops")
	alice.types("/kick bob not yet\r")
	bob.sees("--  alice takes back the invitation to #ops: not yet")
	bob.types("/quit\r")
	bob.ends()
	bob = h.arrive("bob")
	bob.sees("#lobby bob> ")
	bob.sawNot("put out")
}

func TestWhoIsBannedFromTheClusterIsToldWhy(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice, bob := h.inLobby("alice"), h.inLobby("bob")
	who := h.owner("bob")
	w.ok(w.n1.inc, fsm.Ban{What: ban.Out, Subject: string(who), For: id.Hour, Reason: "scans"})
	bob.sees("You are banned from this cluster for 1 h more: scans.")
	bob.ends()
	again := h.arrive("bob")
	again.sees("You are banned from this cluster for 1 h more: scans.")
	again.ends()
	w.ok(w.n1.inc, fsm.Unban{What: ban.Out, Subject: string(who)})
	again = h.arrive("bob")
	again.sees("Welcome back, bob.")
	w.ok(w.n1.inc, fsm.Ban{What: ban.Mute, Subject: string(who)})
	again.sees("--  You are muted in this cluster")
	again.types("/msg alice psst\r")
	again.sees("You are muted in this cluster.")
	w.set(setting.Allowlist, 1)
	alice.types("still here\r") // whoever is in stays
	again.sees("alice  still here")
	carol := h.arrive("carol")
	carol.sees("This cluster is for those on its list, and your key is not on it:")
	carol.ends()
}

func TestAnOperatorRenamesSomebodyWhoIsHere(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice, bob := h.inLobby("alice"), h.inLobby("bob")
	w.ok(w.n1.inc, fsm.RenameName{Key: "bob", To: nameOf("robert")})
	bob.sees("--  An operator has renamed you: you are robert now.")
	bob.sees("#lobby robert> ")
	alice.sees("--  bob is now robert")
	bob.types("it is me\r")
	alice.sees("robert  it is me")
}

func TestWhoIsRenamedWhileALineIsUnderWayHasItBack(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice, bob := h.inLobby("alice"), h.inLobby("bob")
	w.hold()
	bob.types("hello\r")
	until(t, "it is under way", func() bool { return w.waiting() == 1 })
	w.ok(w.n1.inc, fsm.RenameName{Key: "bob", To: nameOf("robert")})
	bob.sees("--  An operator has renamed you: you are robert now.")
	w.release()
	bob.sees("You are robert now, and this was typed as bob. What you typed is back in your")
	bob.sees("#lobby robert> hello")
	bob.types("\r")
	alice.sees("robert  hello")
	w.hold()
	bob.types("/away lunch\r")
	until(t, "a command is under way", func() bool { return w.waiting() == 1 })
	w.ok(w.n1.inc, fsm.RenameName{Key: "robert", To: nameOf("rob")})
	w.release()
	bob.sees("You are rob now, and this was typed as robert.")
	bob.sees("#lobby rob> ")
}

func TestWhoComesIsToldTheMessageOfTheDay(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice := h.inOps("alice")
	alice.types("/motd\r")
	alice.sees("There is no message of the day.")
	w.ok(w.n1.inc, fsm.SetMotd{Text: "disks are changed at noon", By: h.owner("alice")})
	alice.sees("--  From alice: disks are changed at noon")
	bob := h.arrive("bob")
	bob.sees("From alice: disks are changed at noon")
	bob.types("/ignore alice\r")
	bob.sees("You ignore alice")
	w.ok(w.n1.inc, fsm.SetMotd{Text: "they are changed at one", By: h.owner("alice")})
	bob.sees("--  From alice: they are changed at one") // an operator is heard by all
	w.ok(w.n1.inc, fsm.SetMotd{})
	carol := h.arrive("carol")
	carol.sees("#lobby carol> ")
	carol.sawNot("From alice")
}

// What is typed for one place is not said in another: not by a program whose /join was
// refused, or that was put out, nor what a person typed ahead.
func TestWhatIsMeantForOnePlaceIsNotSaidInAnother(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice, carol := h.inOps("alice"), h.arrive("carol")
	carol.sees("#lobby carol> ")
	alice.types("/private\r")
	alice.sees("alice made #ops private")
	bot := h.come("bob", "bob", false)
	bot.types("/join #ops\nfor ops alone\n/query nosuch\nfor nosuch alone\n/me waves\n/msg carol psst\n/join #bots\nhello bots\n")
	carol.sees("[bob]  psst")
	h.isIn("#bots", "bob")
	bot.err.await(func(s string) bool { return strings.Contains(s, "Not sent: /me waves") })
	carol.types("/join #bots\r")
	carol.sees("bob  hello bots")
	carol.types("/join #lobby\r/join #ops\rtyped ahead\r/names\r")
	carol.sees("That room is private.")
	carol.sees("Not done: /names")
	carol.sees("#lobby carol> typed ahead")
	bot.in.Close()
	if got := bot.ends(); got != 1 {
		t.Errorf("exit status %d", got)
	}
	for _, text := range []string{"for ops alone", "for nosuch alone", "waves", "typed ahead"} {
		if strings.Contains(w.texts(), text) {
			t.Errorf("%q was said: %s", text, w.texts())
		}
	}
}

func TestAProgramThatIsPutOutSaysNothingElsewhere(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice := h.inOps("alice")
	bot := h.come("bob", "bob", false)
	bot.types("/join #ops\none\n")
	alice.sees("bob  one")
	alice.types("/kick bob\r")
	bot.sees("You were put out of #ops by alice")
	bot.types("two\n")
	bot.in.Close()
	if got := bot.ends(); got != 1 || strings.Contains(w.texts(), "two") {
		t.Errorf("exit status %d; said was %s", got, w.texts())
	}
}

// Who is not there hears nothing of what is decided about them there.
func TestRulingsAreNoWayToReachSomebody(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	mallory, bob := h.inOps("mallory"), h.arrive("bob")
	bob.sees("#lobby bob> ")
	for _, line := range []string{"/mute bob 5m buy pills", "/unmute bob", "/ban bob 5m buy pills", "/unban bob"} {
		mallory.types(line + "\r")
		mallory.sees("#ops mallory> " + line)
	}
	mallory.sees("bob is not banned from #ops any more.")
	mallory.types("/join #lobby\rhello bob\r")
	bob.sees("mallory  hello bob")
	bob.sawNot("#ops")
	bob.sawNot("pills")
	bob.types("/ignore mallory\r/join #ops\r")
	bob.sees("#ops bob> ")
	w.ok(w.n1.inc, fsm.AddOperator{Identity: h.owner("mallory")})
	mallory.types("/join #ops\r/mute bob 5m buy pills\r")
	bob.sees("You are muted in #ops by mallory for 5 min") // he is told, and no more
	bob.sawNot("pills")
}

func TestWhoComesIsToldThatTheyAreMuted(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	bob := h.inOps("bob")
	bob.types("/quit\r")
	bob.ends()
	alice := h.inOps("alice")
	w.ok(w.n1.inc, fsm.Ban{What: ban.Mute, Subject: string(idOf("bob")), For: id.Hour, Reason: "spam"})
	alice.types("still here\r")
	h.arrive("bob").sees("You are muted in this cluster for 1 h more: spam.")
}

func TestTheAuthorIsToldWhoseHandTookTheirWords(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice, bob := h.inOps("alice"), h.inOps("bob")
	bob.types("rude\r")
	alice.sees("bob  rude")
	alice.types("/delete bob\r")
	alice.sees("--  alice deleted what bob said at 10:30")
	bob.sees("--  alice deleted what bob said at 10:30")
}

// hasAgain waits for a line in the prompt, behind something seen.
func (p *person) hasAgain(line, behind string) {
	p.t.Helper()
	if s, ok := p.out.await(func(s string) bool {
		_, since, seen := strings.Cut(s, behind)
		return seen && strings.HasSuffix(since, "> "+line)
	}); !ok {
		p.t.Fatalf("%q is not in the prompt behind %q:\n%s", line, behind, s)
	}
}

// What came back to the prompt and a command that is typed then are two lines: behind each
// other, a code would be said, or what was for one alone.
func TestACommandIsNotTypedBehindWhatCameBack(t *testing.T) {
	w := newWorld(t)
	w.pass(id.Second)
	h := newHouse(t, w.n1, nil)
	alice, bob := h.inOps("alice"), h.inOps("bob")
	alice.types("/slow 1h\r")
	bob.sees("alice made #ops slow")
	bob.types("first\rone\r")
	bob.sees("The room is slow.")
	bob.sees("#ops bob> one")
	bob.types("/msg alice psst\r")
	bob.hasAgain("one", "[to alice]  psst")
	bob.types("\x1b[200~/msg alice hush\x1b[201~\r")
	bob.hasAgain("one", "[to alice]  hush")
	bob.types("\x1b[D/") // whoever has moved in it writes in it
	bob.sees("on/e")
	w.n1.View(func(st *fsm.State) {
		if said := st.History().Last("#ops", 9); len(said) != 1 || said[0].Text != "first" {
			t.Errorf("said in #ops: %+v", said)
		}
	})
}

// What a search stands before is a draft like any other.
func TestADraftUnderASearchIsPutAsideAndTold(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice, bob := h.inOps("alice"), h.inOps("bob")
	bob.types("for ops only\x12")
	bob.sees("not found [for ops only]:")
	alice.types("/kick bob out\r")
	bob.sees("What you typed for #ops is not sent; Up has it.")
	bob.types("\x1b[27u\r") // Esc
	bob.types("here\r")
	alice.types("/join #lobby\r")
	alice.sees("bob  here")
	bob.types("unfinished\x12")
	bob.sees("not found [unfinished]:")
	h.stop()
	bob.sees("Not sent: unfinished")
	if strings.Contains(w.texts(), "for ops only") {
		t.Errorf("said: %s", w.texts())
	}
}
