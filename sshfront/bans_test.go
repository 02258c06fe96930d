package sshfront

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"

	"moniker/fsm"
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
)

const loopback = "127.0.0.0/8" // where all clients of the tests come from

func TestWhoComesFromABannedNetworkIsToldWhy(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, func(c *Config) { c.Admin = func(context.Context, AdminRequest) int { return 7 } })
	w.ok(w.n1.inc, fsm.AddOperator{Identity: idOf("op")})
	h.arrive("op").sees("#lobby op> ")
	w.ok(w.n1.inc, fsm.Ban{What: ban.Out, Subject: "192.0.2.0/24"})
	w.ok(w.n1.inc, fsm.Ban{What: ban.Out, Subject: loopback, For: 2 * id.Hour, Reason: "spam", By: idOf("op")})
	const says = loopback + ", where you come from, is banned from this cluster by op for 2 h more: spam."
	alice := h.arrive("alice")
	alice.sees("is banned from this cluster by op for 2 h\r\nmore: spam")
	if got := alice.ends(); got != 1 {
		t.Errorf("exit status %d", got)
	}
	alice.sawNot("Another name")
	alice.sawNot("Come back")
	plain := h.come("alice", "alice", false)
	if got := plain.ends(); got != 1 || plain.err.String() != says+"\n" || plain.out.String() != "" {
		t.Errorf("without a terminal: exit %d\n%s\nstderr\n%s", got, plain.out.String(), plain.err.String())
	}
	if got, _, errs := h.runs("alice", "who"); got != 1 || errs != "moniker: "+says+"\n" {
		t.Errorf("who: exit status %d, %s", got, errs)
	}
	if n := h.srv.Counts().TurnedAway; n != 3 {
		t.Errorf("%d are counted", n)
	}
	if n := w.state("alice"); n.State != lease.Free {
		t.Errorf("alice is %+v", n)
	}
	h.arrive("op").sees("#lobby op> ")
	if got, _, errs := h.runs("op", "admin ban list"); got != 7 {
		t.Errorf("an operator's command: exit status %d, %s", got, errs)
	}
	w.ok(w.n1.inc, fsm.Unban{What: ban.Out, Subject: loopback})
	h.arrive("alice").sees("#lobby alice> ")
}

// A ban ends what is on from there at every node, whatever it heard of what happened.
func TestABannedNetworkIsPutOutAtOnce(t *testing.T) {
	w := newWorld(t)
	running := make(chan struct{})
	h, other := newHouse(t, w.n1, func(c *Config) { c.Admin = waitingAdmin(running) }), newHouse(t, w.n2, nil)
	w.ok(w.n1.inc, fsm.AddOperator{Identity: idOf("op")})
	w.ok(w.n1.inc, fsm.AddOperator{Identity: idOf("bob")})
	op, alice := h.arrive("op"), other.arrive("alice")
	op.sees("#lobby op> ")
	alice.sees("#lobby alice> ")
	naming := h.come("alice", "mallory", true)
	naming.sees("Another name [")
	alice.types("half a sen")
	alice.sees("half a sen")
	watch := h.session(h.dial("x", "bob"))
	h.must(watch.session.Start("admin watch"))
	<-running
	w.ok(w.n1.inc, fsm.RemoveOperator{Identity: idOf("bob")})
	w.feed.mute(true)
	w.ok(w.n1.inc, fsm.Ban{What: ban.Out, Subject: loopback, Reason: "spam"})
	w.feed.lose()
	w.feed.mute(false)
	w.feed.wake()
	const says = loopback + ", where you come from, is banned from this cluster: spam."
	for name, p := range map[string]*person{"alice": alice, "mallory": naming} {
		p.sees(says[:40])
		if got := p.ends(); got != 1 {
			t.Errorf("%s: exit status %d", name, got)
		}
	}
	alice.sees("Not sent: half a sen")
	if got := watch.ends(); got != 1 || watch.err.String() != "moniker: "+says+"\n" {
		t.Errorf("a command that runs: exit status %d, %s", got, watch.err.String())
	}
	if n := w.state("alice"); n.State != lease.Grace {
		t.Errorf("alice is %+v", n)
	}
	op.types("still here\r")
	op.sees("op  still here")
	for _, p := range []*person{alice, naming, watch} {
		p.client.Close()
	}
	until(t, "everybody else is gone", func() bool { return len(h.srv.fence.everybody()) == 1 && len(other.srv.fence.everybody()) == 0 })
	w.ok(w.n1.inc, fsm.RemoveOperator{Identity: idOf("op")})
	op.sees("is banned from this cluster:")
	if got := op.ends(); got != 1 {
		t.Errorf("who is no operator any more: exit status %d", got)
	}
}

// A connection may open its session long after it has said who it is.
func TestAConnectionIsJudgedWhenItsSessionBegins(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	c := h.dial("alice", "alice")
	w.ok(w.n1.inc, fsm.Ban{What: ban.Out, Subject: loopback})
	again := h.open(c, true, 80, 24)
	again.sees("is banned from this cluster.")
	if got := again.ends(); got != 1 {
		t.Errorf("exit status %d", got)
	}
}

func TestWhoIsBannedIsToldAtTheDoor(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	w.ok(w.n1.inc, fsm.Ban{What: ban.Out, Subject: string(idOf("mallory")), For: id.Hour, Reason: "spam"})
	const says = "You are banned from this cluster for 1 h more: spam."
	m := h.arrive("mallory")
	m.sees(says)
	if got := m.ends(); got != 1 {
		t.Errorf("exit status %d", got)
	}
	m.sawNot("Another name")
	if got, _, errs := h.runs("mallory", "who"); got != 1 || errs != "moniker: "+says+"\n" {
		t.Errorf("who: exit status %d, %s", got, errs)
	}
	w.pass(id.Hour)
	h.arrive("mallory").sees("#lobby mallory> ")
}

// A node may hear of a ban only by the answer to a name.
func TestWhoIsBannedMeanwhileIsAskedForNoOtherName(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	w.hold()
	m := h.arrive("mallory")
	until(t, "mallory asks for a name", func() bool { return w.waiting() == 1 })
	w.ok(w.n1.inc, fsm.Ban{What: ban.Out, Subject: string(idOf("mallory"))})
	w.release()
	m.sees("You are banned from this cluster.")
	if got := m.ends(); got != 1 {
		t.Errorf("exit status %d", got)
	}
	m.sawNot("Another name")
	m.sawNot("Come back")
}

func TestWhoIsNotOnTheListIsToldAtTheDoor(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	w.set(setting.Guests, 1)
	w.set(setting.Allowlist, 1)
	w.ok(w.n1.inc, fsm.Allow{Identity: idOf("alice")})
	w.ok(w.n1.inc, fsm.AddOperator{Identity: idOf("op")})
	m := h.arrive("mallory")
	m.sees("This cluster is for those on its list, and your key is not on it:")
	m.sees(string(idOf("mallory")))
	if got := m.ends(); got != 1 {
		t.Errorf("exit status %d", got)
	}
	m.sawNot("Another name")
	if got, _, errs := h.runs("mallory", "who"); got != 1 || !strings.HasPrefix(errs, "moniker: This cluster is for those on its list") {
		t.Errorf("who: exit status %d, %s", got, errs)
	}
	h.guest("carol").sees("which is of keys. To make")
	h.arrive("alice").sees("#lobby alice> ")
	h.arrive("op").sees("#lobby op> ")
}

func TestAnAddressIsInTheNarrowestNetwork(t *testing.T) {
	r := newRanges(&ban.Networks{List: []string{"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "2001:db8::/32", "2001:db8::1/128", "nonsense/8"}})
	for address, want := range map[string]string{
		"10.1.2.3": "10.1.2.3/32", "10.1.2.4": "10.1.0.0/16", "10.2.0.1": "10.0.0.0/8", "11.0.0.1": "",
		"2001:db8::1": "2001:db8::1/128", "2001:db8::2": "2001:db8::/32", "2001:db9::1": "", "::a01:203": "",
	} {
		if got := r.match(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is in %q, want %q", address, got, want)
		}
	}
	mapped, _ := addressOf(&net.TCPAddr{IP: net.ParseIP("::ffff:10.1.2.3"), Zone: "eth0"})
	if got := r.match(mapped); got != "10.1.2.3/32" {
		t.Errorf("an IPv4 address that came as IPv6 is in %q", got)
	}
}
