package sshfront

import (
	"strings"
	"testing"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/keyring"
)

// What was typed for one place, or as one person, is never said in another, or as
// another.

func TestWhoGoesElsewhereWhileCutOffLeavesWhatWaitsBehind(t *testing.T) {
	m, h := newMoody(t)
	bob, alice := h.inLobby("bob"), h.inLobby("alice")
	alice.types("/query bob\r")
	alice.sees("@bob alice> ")
	m.is(Waiting, 3*time.Second)
	alice.sees("What you type waits here, unsent.")
	alice.types("between us\r")
	alice.sees(" 1 unsent")
	alice.types("/query\r") // it waits its turn
	alice.sees(" 2 unsent")
	alice.types("/focus #lobby\r")
	alice.sees(" 3 unsent")
	alice.types("to all\r")
	alice.sees(" 4 unsent")
	m.is(Serving, 0)
	bob.sees("[alice]  between us")
	bob.sees("alice  to all")
	bob.sawNot("alice  between us")
	bob.sawNot("[alice]  to all")
}

func TestALineThatCameBackIsNotOfferedInAnotherPlace(t *testing.T) {
	for _, away := range []string{"/join #lobby", "/query bob", "/focus #lobby"} {
		t.Run(away, func(t *testing.T) {
			w := newWorld(t)
			w.pass(id.Minute)
			h := newHouse(t, w.n1, nil)
			bob, alice := h.inLobby("bob"), h.inLobby("alice")
			bob.types("/join #ops\r")
			bob.sees("#ops bob> ")
			alice.types("/join #ops\r")
			alice.sees("#ops alice> ")
			bob.types("/slow 30s\r")
			alice.sees("bob made #ops slow")
			alice.types("first\r")
			alice.sees("alice  first")
			alice.types("secret\r")
			alice.sees("#ops alice> secret")
			alice.types(away + "\r")
			alice.sees("What came back to you in #ops is one Up away.")
			alice.types("hello\r")
			alice.sees("  hello\r\n")
			alice.sawNot("#lobby alice> secret")
			alice.sawNot("@bob alice> secret")
		})
	}
}

func TestWhoBecomesAnotherSaysNothingThatTheyTypedBefore(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	h.inLobby("alice")
	dave := h.inLobby("dave")
	dave.types("/query alice\r")
	dave.sees("@alice dave> ")
	dave.types("the password is hunter2")
	dave.sees("@alice dave> the password is hunter2")
	n := w.state("alice")
	w.ok(w.n1.inc, fsm.OpenCode{Session: n.Live[0], Token: n.Token, Proof: keyring.Proof{1}})
	w.ok(w.n1.inc, fsm.AddKey{Key: idOf("dave").First(), Proof: keyring.Proof{1}})
	dave.sees("What you typed for @alice is not sent; Up has it.")
	dave.sees("#lobby alice> ")
	dave.sawNot("#lobby alice> the")
}

func TestWhoLosesTheirNameIsNotAskedWithWhatTheyTyped(t *testing.T) {
	m, h := newMoody(t)
	alice := h.inLobby("alice")
	m.keepsUnsent(alice, "one")
	alice.types("draft")
	alice.sees("#lobby alice> draft")
	m.w.feed.mute(true) // its node hears of that late
	m.w.ok(m.w.n2.inc, fsm.FreeName{Key: "alice"})
	m.w.ok(m.w.n2.inc, fsm.Attach{Session: id.Session{Incarnation: m.w.n2.inc, Number: 99}, Identity: idOf("mallory"), Nick: nameOf("alice"), By: idOf("mallory").First()})
	refused := m.w.apply(m.w.n2.inc, fsm.Attach{Session: id.Session{Incarnation: m.w.n2.inc, Number: 98}, Identity: idOf("alice"), Nick: nameOf("alice"), By: idOf("alice").First()})
	m.is(Serving, 0)
	m.seat().lose(&refused)
	alice.sees("What you typed for #lobby is not sent; Up has it.")
	alice.sees("Another name [alice2]: ")
	alice.types("\r")
	s := alice.sees("#lobby alice2> ")
	if strings.Contains(s, "]: draft") || strings.Contains(s, "alice2> one") {
		t.Errorf("what was typed stands in another prompt:\n%s", s)
	}
}
