package sshfront

import (
	"slices"
	"testing"

	"moniker/fsm"
	"moniker/fsm/id"
)

// TestOnesOwnWordsStandWhereTheyWereSaid: what she wrote in private is not known to have
// reached her, and what came in the room later is. She has missed neither, so both stand
// above the marker, in the order in which they were said.
func TestOnesOwnWordsStandWhereTheyWereSaid(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	alice := h.inLobby("alice")
	bob := newHouse(t, w.n2, nil).arrive("bob")
	bob.sees("#lobby bob> ")
	alice.types("/msg bob between us\r")
	bob.sees("between us")
	bob.types("one\r")
	alice.sees("bob  one")
	var sid id.Session
	var one id.Event
	w.n1.View(func(st *fsm.State) {
		sid = st.Lease().Of(idOf("alice"))[0]
		last := st.History().Last("#lobby", 1)
		one = last[0].ID
	})
	w.ok(w.n1.inc, fsm.Detach{Session: sid, Reads: []fsm.Position{{Session: sid.Number, Place: "#lobby", At: one}}})
	bob.types("two\r")
	bob.sees("bob  two")
	var r recap
	w.n1.View(func(st *fsm.State) { r = recapOf(st, "#lobby", idOf("alice"), id.Event{}, true) })
	var texts []string
	for _, p := range r.last {
		texts = append(texts, p.Text)
	}
	if want := []string{"between us", "one", "two"}; !slices.Equal(texts, want) || r.old != 2 || r.missed != 1 {
		t.Errorf("%q, the first %d are old, %d missed", texts, r.old, r.missed)
	}
}
