package sshfront

import (
	"strings"
	"testing"

	"moniker/fsm"
	"moniker/fsm/lease"
)

func TestAQueryIsAPlace(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	alice, bob := h.arrive("alice"), h.arrive("bob")
	alice.sees("#lobby alice> ")
	bob.sees("#lobby bob> ")
	alice.types("/query bob\rfor you\r/me waves\r")
	alice.sees("Alone with bob, who is connected. /query goes back to #lobby.")
	alice.sees("@bob alice> ")
	alice.sees("[to bob]  for you")
	bob.sees("[alice]  for you\r\n")
	bob.sees("[alice]  * alice waves\r\n")
	bob.types("hello all\ralice: come\r")
	alice.sees(">#lobby bob  alice: come") // as in any other room
	alice.sees(" #lobby 2> ")
	alice.sawNot("bob  hello all")
	bob.types("/reply back to you\r")
	alice.sees("[bob]  back to you")
	alice.types("/query\r")
	alice.sees("bob  hello all")
	bob.types("/query alice\r\x04")
	bob.ends()
	alice.types("/query bob\r")
	alice.sees("Alone with bob, who is not here and finds it on coming back. /query goes back to\r\n#lobby.")
}

// What is typed to somebody never reaches who has the name after them.
func TestALineOfAQueryComesBackIfTheNameHasMovedOn(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice, bob := h.arrive("alice"), h.arrive("bob")
	alice.sees("#lobby alice> ")
	bob.sees("#lobby bob> ")
	alice.types("/query bob\r")
	alice.sees("@bob alice> ")
	bob.types("/nick robert\r")
	bob.sees("#lobby robert> ")
	alice.sees("--  bob is now robert")
	mallory := h.inLobby("mallory")
	mallory.types("/nick bob\r")
	mallory.sees("#lobby bob> ")
	alice.types("between us\r")
	alice.sees("[to robert]  between us")
	alice.sees("@robert alice> ")
	bob.sees("[alice]  between us")
	bob.types("/quit\r")
	bob.ends()
	until(t, "free", func() bool { return w.state("robert").State == lease.Free })
	alice.types("are you there\r")
	alice.sees("robert has no name any more and cannot be written to. What you typed is back in\r\nyour prompt.")
	alice.sees("@robert alice> are you there")
	mallory.types("/names\r")
	mallory.sees("#lobby, 2:")
	mallory.sawNot("between us")
}

// The name moves on between the typing and the commit.
func TestALineOfAQueryComesBackIfTheNameMovesOnMeanwhile(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice, bob := h.arrive("alice"), h.arrive("bob")
	bob.sees("#lobby bob> ")
	alice.types("/query bob\r")
	alice.sees("@bob alice> ")
	w.hold()
	bob.types("/quit\r")
	until(t, "on its way", func() bool { return w.waiting() == 1 })
	alice.types("late\r")
	until(t, "on its way", func() bool { return w.waiting() == 2 })
	alice.types("later\r")
	alice.sees(" waiting  later")
	w.release()
	alice.sees("Nobody has that name. What you typed is back in your prompt.")
	alice.sees("@bob alice> late")
	alice.types("\x03")
	alice.sees("@bob alice> later")
}

func TestAFocusHidesAllElse(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	alice, bob, carol := h.arrive("alice"), h.arrive("bob"), h.arrive("carol")
	for _, p := range []*person{alice, bob} {
		p.types("/join ops\r")
		p.sees("#ops on n1. Here: ")
	}
	carol.sees("#lobby carol> ")
	alice.types("/focus\r")
	alice.sees("Only #ops is shown now")
	carol.types("alice: are you there\r/msg alice psst\r")
	alice.sees(" #lobby 1>  @carol 1")
	bob.types("in the room\r")
	alice.sees("bob  in the room")
	alice.types("/msg carol not now\r")
	alice.sees("[to carol]  not now") // one's own line is always seen
	alice.sawNot("psst")
	alice.sawNot("are you there")
	alice.sawNot("\a")
	alice.types("/focus off\r")
	alice.sees("What is said elsewhere is shown again.")
	carol.types("/msg alice and now\r")
	alice.sees("[carol]  and now")
	alice.sees("@carol 2") // there is one before it that she has not seen
	alice.types("/query carol\r")
	alice.sees("[carol]  psst")
	alice.types("/query\r/focus\r/join lobby\r")
	alice.sees("carol  alice: are you there")
	bob.types("alice: the pager\r")
	alice.sees(">#ops bob  alice: the pager") // going elsewhere has ended the focus
}

// What was said to her alone and not shown counts, whichever node she comes through.
func TestUnreadConversationsSurviveComingBack(t *testing.T) {
	w := newWorld(t)
	n1, n2 := newHouse(t, w.n1, nil), newHouse(t, w.n2, nil)
	alice, bob, carol := n1.arrive("alice"), n1.arrive("bob"), n1.arrive("carol")
	for _, p := range []*person{alice, bob, carol} {
		p.sees("> ")
	}
	carol.types("/msg alice seen\r")
	alice.sees("[carol]  seen")
	alice.types("/focus\r")
	alice.sees("Only #lobby is shown now")
	carol.types("/msg alice hidden\r")
	alice.sees(" @carol 1")
	alice.types("\x04")
	alice.ends()
	bob.types("/msg alice last\r")
	bob.sees("[to alice]  last")
	bob.types(strings.Repeat("noise\r", recapMost))
	until(t, "said", func() bool {
		n := 0
		w.n1.View(func(st *fsm.State) { n = len(st.History().Last("#lobby", 99)) })
		return n == recapMost
	})

	alice = n2.arrive("alice")
	alice.sees("-- 22 messages since you left at 10:30, here the last 20; /history 22")
	alice.sees(" @bob 1  @carol 1")
	alice.sawNot("hidden")
	alice.types("/query carol\r")
	s := alice.sees("@carol alice> ")
	if !strings.Contains(s, "seen\r\n-- 1 message since you looked here last ") || !strings.Contains(s, "[carol]  hidden") {
		t.Errorf("saw\n%s", s)
	}
	alice.sees(" @bob 1 ")
	alice.types("\x04")
	alice.ends()

	alice = n1.arrive("alice") // bob's is shown now, as the only one that is new
	alice.sees("[bob]  last")
	alice.sawNot("hidden")
	alice.types("/names\r")
	alice.sees("#lobby, 3: alice, bob, carol")
	alice.sawNot("@bob")
}
