package sshfront

import (
	"testing"

	"moniker/fsm/id"
)

// What changes is told on every node as it happens, and read so by whoever comes later.
func TestWhatIsEditedOrDeletedIsToldAndReadSoLater(t *testing.T) {
	w := newWorld(t)
	n1, n2 := newHouse(t, w.n1, nil), newHouse(t, w.n2, nil)
	alice, bob := n1.arrive("alice"), n2.arrive("bob")
	alice.sees("#lobby alice> ")
	bob.types("the interval is for\rforget this\r")
	alice.sees("bob  forget this")
	w.pass(3 * id.Minute)
	bob.types("/edit 2 s/for/four/\r")
	alice.sees("10:33      bob  the interval is four (edited, 10:30)")
	bob.sees("10:33      bob  the interval is four (edited, 10:30)")
	bob.types("/delete\r")
	alice.sees("10:33       --  bob deleted what they said at 10:30")
	bob.sees("What you said at 10:30 is deleted.")
	bob.types("/msg alice psst\r/query alice\r/edit pst\r")
	alice.sees("[bob]  pst (edited, 10:33)")
	alice.types("\x04")
	alice.ends()

	alice = n2.arrive("alice")
	carol := n1.arrive("carol")
	for _, p := range []*person{alice, carol} {
		p.sees("10:30      bob  the interval is four (edited)")
		p.sees("10:30      bob  (deleted)")
		p.types("/history\r")
		p.sees("10:30      bob  (deleted)")
		p.sawNot("forget this")
		p.sawNot("psst")
	}
	carol.sawNot("pst")
}
