package sshfront

import (
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"moniker/fsm"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
)

// guest comes without a key, and is asked nothing.
func (h *house) guest(user string) *person {
	h.t.Helper()
	conf := clientConfig(user, ssh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
		h.t.Errorf("a guest is asked %q", questions)
		return nil, nil
	}))
	c, err := ssh.Dial("tcp", h.addr, conf)
	h.must(err)
	h.t.Cleanup(func() { c.Close() })
	return h.open(c, true, 80, 24)
}

func TestAGuestHasANameUntilItLeaves(t *testing.T) {
	w := newWorld(t)
	w.set(setting.Guests, 1)
	h := newHouse(t, w.n1, nil)
	alice := h.inLobby("alice")
	carol := h.guest("carol")
	carol.sees("Welcome, carol. You are a guest: the name is yours until you leave. With a key")
	carol.sees("it would stay yours: ssh-keygen -t ed25519")
	carol.sees("Here: alice, carol (guest).")
	carol.sees("#lobby carol> ")
	alice.sees("carol joined")
	alice.types("/names\r")
	alice.sees("#lobby, 2: alice, carol (guest)")
	alice.types("/whois carol\r")
	alice.sees("key     none: a guest")
	carol.types("hello\r")
	alice.sees("carol  hello")
	carol.types("/register\r")
	carol.sees("You are a guest: the name is yours until you leave.")
	carol.types("/key add\r")
	carol.sees("You are a guest, without a key. To make one: ssh-keygen -t ed25519")
	if who := w.state("carol").Owner; !who.Guest() {
		t.Errorf("carol is %s's", who)
	}
	carol.types("\x04")
	carol.sees("Bye. carol is free now.")
	carol.ends()
	alice.sees("carol left")
	if n := w.state("carol"); n.State != lease.Free {
		t.Errorf("carol is %+v", n)
	}
	again := h.guest("carol")
	again.sees("Welcome, carol. You are a guest")
	w.n1.View(func(st *fsm.State) {
		if all := st.People().Guests(); len(all) != 1 {
			t.Errorf("remembered are %v", all)
		}
	})
	if err := w.n1checks(); err != nil {
		t.Error(err)
	}
}

// A key is offered before anything else, so nobody who has one is a guest.
func TestWhoHasAKeyIsNoGuest(t *testing.T) {
	w := newWorld(t)
	w.set(setting.Guests, 1)
	h := newHouse(t, w.n1, nil)
	c, err := ssh.Dial("tcp", h.addr, clientConfig("alice", ssh.PublicKeys(key("alice")), ssh.KeyboardInteractive(
		func(string, string, []string, []bool) ([]string, error) { return nil, nil })))
	h.must(err)
	t.Cleanup(func() { c.Close() })
	h.open(c, true, 80, 24).sees("belongs to your key")
	if got := w.state("alice").Owner; got != idOf("alice") {
		t.Errorf("alice is %s's", got)
	}
	none := clientConfig("bob") // whom the method "none" would let in
	if c, err := ssh.Dial("tcp", h.addr, none); err == nil {
		c.Close()
		t.Error("somebody got in who asked for nothing")
	}
}

func TestAGuestAsksForTheNameOfSomebody(t *testing.T) {
	w := newWorld(t)
	w.set(setting.Guests, 1)
	h := newHouse(t, w.n1, nil)
	h.inLobby("alice")
	guest := h.guest("alice")
	s := guest.sees("Another name [alice2]: ")
	if !strings.Contains(s, "alice belongs to another key, and its owner is here.") || strings.Contains(s, "your key") || strings.Contains(s, "/key add") {
		t.Errorf("a guest is told %s", s)
	}
	guest.types("K7QM 2XWD 9FHT\r")
	guest.sees("A guest has no key to be let in by.")
	guest.types("alice2\r")
	guest.sees("#lobby alice2> ")
	if err := w.n1checks(); err != nil {
		t.Error(err)
	}
}

func TestNoMoreGuestsThanTheLimit(t *testing.T) {
	w := newWorld(t)
	w.set(setting.Guests, 1)
	w.set(setting.LimitGuests, 1)
	h := newHouse(t, w.n1, nil)
	h.guest("carol").sees("#lobby carol> ")
	h.guest("dave").sees("No more guests are let in now.")
	if err := w.n1checks(); err != nil {
		t.Error(err)
	}
}

// Of a guest who has left nothing is kept, so /reply would go to whoever wrote before.
func TestAReplyToAGuestWhoHasLeftGoesToNobody(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	w.set(setting.Guests, 1)
	alice, bob := h.inLobby("alice"), h.inLobby("bob")
	bob.types("/msg alice from bob\r")
	alice.sees("[bob]  from bob")
	gus := h.guest("gus")
	gus.sees("#lobby gus> ")
	gus.types("/msg alice from gus\r")
	alice.sees("[gus]  from gus")
	gus.types("/quit\r")
	gus.ends()
	alice.types("/reply for gus alone\r")
	alice.sees("gus, who wrote to you last, has no name any more and cannot be written to.")
	bob.types("/msg alice again\r")
	alice.sees("[bob]  again")
	alice.types("\x15/reply for bob\r")
	bob.sees("[alice]  for bob")
	bob.sawNot("for gus")
}
