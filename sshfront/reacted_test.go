package sshfront

import "testing"

func TestReactionsAreToldInTheRoomAndStandBehindTheMessageLater(t *testing.T) {
	w := newWorld(t)
	n1, n2 := newHouse(t, w.n1, nil), newHouse(t, w.n2, nil)
	alice, bob, carol := n1.arrive("alice"), n2.arrive("bob"), n2.arrive("carol")
	for _, p := range []*person{alice, bob, carol} {
		p.sees("> ")
	}
	carol.types("/join ops\r")
	carol.sees("#ops carol> ")
	alice.types("the interval is four\r")
	bob.sees("alice  the interval is four")
	bob.types("/react :tada:\r")
	alice.sees("--  bob 🎉 to alice: the interval is four")
	bob.sees("--  bob 🎉 to alice: the interval is four")
	bob.types("/react +1\r")
	alice.sees("--  bob +1 to alice: the interval is four")
	bob.sees("--  bob +1 to alice: the interval is four") // else they share a line
	alice.types("/react alice +1\r")
	bob.sees("--  alice +1 to alice: the interval is four")
	carol.types("/join lobby\r")
	carol.sees("alice  the interval is four (🎉; +1 ×2)")
	carol.sawNot("to alice")
	bob.types("/react +1\r/history\r")
	bob.sees("alice  the interval is four (🎉; +1)")
}

func TestReactionsThatComeTogetherShareALine(t *testing.T) {
	r := reactions{to: "alice", order: []string{"+1", "tada"}, by: map[string][]string{"+1": {"bob", "carol"}, "tada": {"dave"}}}
	if got, want := r.words("it is four\nnot five"), "bob and carol +1, dave tada to alice: it is four ..."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
