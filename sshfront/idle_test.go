package sshfront

import (
	"strings"
	"testing"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/setting"
)

// away is since when the state has somebody away.
func (w *world) away(name string) (a fsm.Away, is bool) {
	w.n1.View(func(st *fsm.State) { a, is = st.Away(idOf(name)) })
	return a, is
}

func TestWhoTypesNothingIsAwayUntilTheyDo(t *testing.T) {
	w := newWorld(t)
	w.set(setting.IdleAway, int64(id.Second))
	one, two := newHouse(t, w.n1, nil), newHouse(t, w.n2, nil)
	here, there := one.arrive("alice"), two.arrive("alice")
	here.sees("#lobby alice> ")
	there.sees("#lobby alice> ")
	until(t, "away", func() bool { _, is := w.away("alice"); return is })
	here.sees(" away   ")
	there.sees(" away   ")
	var before id.Index
	w.n1.View(func(st *fsm.State) { before = st.Applied() })
	w.set(setting.IdleAway, int64(id.Hour)) // and nothing of it is told again and again
	there.types("h")
	until(t, "back", func() bool { _, is := w.away("alice"); return !is })
	there.types("ello\r")
	here.sees("alice  hello")
	var after id.Index
	w.n1.View(func(st *fsm.State) { after = st.Applied() })
	if n := after - before; n > 4 { // the setting, both terminals, the message
		t.Errorf("%d entries", n)
	}
}

func TestAwayIsInOnesOwnStatusRowOnEveryTerminal(t *testing.T) {
	w := newWorld(t)
	one, two := newHouse(t, w.n1, nil), newHouse(t, w.n2, nil)
	here, there, bob := one.arrive("alice"), two.arrive("alice"), two.arrive("bob")
	here.sees("#lobby alice> ")
	there.sees("#lobby alice> ")
	bob.sees("#lobby bob> ")
	here.types("/away lunch\r")
	here.sees("You are away: lunch. /back ends it.")
	there.sees(" away   ")
	here.types("see you\r") // it stays
	bob.sees("alice  see you")
	bob.types("/names\r")
	bob.sees("alice (away), bob")
	bob.types("/msg alice hello\r")
	bob.sees("alice is away: lunch\r\n")
	there.types("/back\r")
	there.sees("You are back.")
	bob.types("/names\r")
	bob.sees("#lobby, 2: alice, bob")
	if _, is := w.away("alice"); is {
		t.Error("she is away")
	}
}

// The answer comes while the event still waits to be read.
func TestWhatALineIsAnsweredWithStandsBelowIt(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice, bob := h.inLobby("alice"), h.inLobby("bob")
	alice.types("/away lunch\r")
	alice.sees("You are away: lunch. /back ends it.")
	w.hold()
	bob.types("/msg alice hello\r")
	until(t, "it is under way", func() bool { return w.waiting() == 1 })
	w.release()
	s := bob.sees("alice is away: lunch\r\n")
	if line := strings.Index(s, "[to alice]  hello"); line < 0 || line > strings.Index(s, "alice is away: lunch\r\n") {
		t.Errorf("the answer stands above its line:\n%s", s)
	}
}

func TestWhoIsIgnoredReachesNoTerminal(t *testing.T) {
	w := newWorld(t)
	one, two := newHouse(t, w.n1, nil), newHouse(t, w.n2, nil)
	here, there := one.arrive("alice"), two.arrive("alice")
	here.sees("#lobby alice> ")
	there.sees("#lobby alice> ")
	bob, mallory := two.arrive("bob"), one.arrive("mallory")
	bob.sees("#lobby bob> ")
	mallory.sees("#lobby mallory> ")
	for _, p := range []*person{here, bob, mallory} {
		p.types("/join #ops\r")
		p.sees("#ops on n")
	}
	here.types("/join #lobby\r")
	here.types("/ignore mallory\r")
	here.sees("You ignore mallory, under any name.")
	mallory.types("alice: 1\r/msg alice 2\r/join #lobby\ralice: 3\r/nick innocent\ralice: 4\r/part #ops\r")
	mallory.sees("You have left #ops.")
	bob.types("/join #lobby\rover\r")
	for _, p := range []*person{here, there} {
		s := p.sees("bob  over\r\n")
		s = s[strings.Index(s, "mallory joined")+1:]
		if i := strings.Index(s, "under any name"); i > 0 {
			s = s[i:]
		}
		for _, not := range []string{"alice: ", "[mallory]", "innocent", "\a", "#ops 1", "mallory 1"} {
			if strings.Contains(s, not) {
				t.Errorf("%q in\n%q", not, s)
			}
		}
	}
	mallory.sawNot("ignore")
	there.types("\x04")
	there.ends()
	mallory.types("alice: 5\r")
	mallory.sees("alice: 5\r\n")
	again := two.arrive("alice")
	again.knows("end")
	again.sawNot("alice: ")
	again.sawNot("@innocent")
	again.types("/unignore innocent\r")
	again.sees("You ignore innocent no longer.")
	mallory.types("alice: 6\r")
	again.sees("innocent  alice: 6")
	here.sees("innocent  alice: 6")
}
