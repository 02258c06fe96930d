package e2e

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestKilledLeaderCostsASecond(t *testing.T) {
	d := startDemo(t)
	leader := d.status(t).Leader
	rest := others(leader)
	bob, alice := d.person(t, "bob", rest[0]), d.person(t, "alice", leader)
	alice.say("first of all")
	bob.hears("alice", "first of all", soon)
	bob.say("are you there")
	alice.hears("bob", "are you there", soon)
	alice.say("yes")
	bob.hears("alice", "yes", soon)
	before := ask[nickAnswer](t, d, "nick", "show", "alice")
	// Her node tells the others what she has read when it renews its lease, every 3.3 s,
	// and knows it when she has answered a keepalive, which she is asked after 3 s.
	const renewed = 8000 // ms, by the cluster's clock
	told := d.status(t).ClusterTime + renewed
	eventually(t, soon, "her node's lease is renewed", func() bool { return d.status(t).ClusterTime > told })

	bob.press("the leader is gone")
	bob.waitForPrompt("#lobby bob> the leader is gone")
	d.kill(t, leader, syscall.SIGKILL)
	killed := time.Now()
	bob.press("\r")
	bob.hears("bob", "the leader is gone", 2*time.Second*leeway)
	t.Logf("the next message after the leader's death was accepted after %s", time.Since(killed))
	eventually(t, soon, "the demo tells of the death", func() bool { return d.main.out.has(leader + " killed.\n") })
	alice.gone()

	killed = time.Now()
	alice = d.terminal(t, "alice", "alice", rest[1])
	alice.waitForPrompt("#lobby alice>")
	t.Logf("alice was back after %s", time.Since(killed))
	alice.wants("Welcome back, alice.")
	after := ask[nickAnswer](t, d, "nick", "show", "alice")
	if after.Token != before.Token || after.State != "held" {
		t.Errorf("alice was %+v, and is %+v", before, after)
	}
	for _, said := range [][2]string{{"alice", "first of all"}, {"bob", "are you there"}, {"alice", "yes"}, {"bob", "the leader is gone"}} {
		alice.heardOnce(said[0], said[1])
	}
	marker, new, old := alice.row("-- 1 message "), alice.row("the leader is gone"), alice.row("first of all")
	if marker <= old || marker != new-1 {
		t.Errorf("the marker is in row %d, between %d and %d wanted:\n%s", marker, old, new, alice.text())
	}
	alice.say("I am back")
	bob.hears("alice", "I am back", soon)
	bob.heardOnce("alice", "yes")

	d.serve(t, leader)
	d.settled(t)
	carol := d.person(t, "carol", leader)
	carol.heardOnce("bob", "the leader is gone")
}

// statusWithoutMajority looks at what the only node that runs can tell.
func statusWithoutMajority(t *testing.T, d *demo, up string) {
	d.admin(t, "status").wants(t, 0, "leader none ", "quorum no, 1 of 3 voters up", "n1    yes    unreachable")
	s := ask[statusAnswer](t, d, "status")
	if s.Quorum || s.Leader != "" || len(s.Nodes) != 3 {
		t.Errorf("status is %+v", s)
	}
	for _, n := range s.Nodes {
		if n.Reachable != (n.Name == up) || (n.Sessions == nil) != (n.Name != up) {
			t.Errorf("status of %s is %+v", n.Name, n)
		}
	}
	r := d.admin(t, "nick", "list", "--stale").wants(t, 0, "alice  held")
	if !strings.HasPrefix(r.err, "as "+up+" knew it ") || !strings.HasSuffix(r.err, " ago\n") {
		t.Errorf("the age is told as %q", r.err)
	}
}

func TestWithoutAMajorityNothingIsAccepted(t *testing.T) {
	d := startDemo(t)
	alice := d.person(t, "alice", "n2")
	alice.say("accepted by all three")
	alice.hears("alice", "accepted by all three", soon)
	token := ask[nickAnswer](t, d, "nick", "show", "alice").Token
	d.kill(t, "n1", syscall.SIGKILL)
	d.kill(t, "n3", syscall.SIGKILL)

	alice.say("accepted by nobody")
	alice.waitFor("cannot reach a majority", soon)
	accepted := func() bool { return alice.said("alice", "accepted by nobody") > 0 }
	t.Run("meanwhile", func(t *testing.T) { // each waits as long as people would
		t.Run("a list is refused", func(t *testing.T) {
			t.Parallel()
			d.admin(t, "nick", "list").wants(t, 3, "moniker: no leader: n2 reaches 1 of 3 voters, 2 are needed.\n"+
				"  Nothing was changed. What n2 knows by itself: add --stale\n")
		})
		t.Run("a change is refused", func(t *testing.T) {
			t.Parallel()
			d.admin(t, "setting", "set", "lease.ttl", "12s").wants(t, 3, "moniker: no leader: n2 reaches 1 of 3 voters, 2 are needed.\n  Nothing was changed.")
		})
		t.Run("somebody new is told", func(t *testing.T) {
			t.Parallel()
			bob := d.pipe(t, "bob", "bob", "n2", "let me in\n")
			if bob.exit != 3 || bob.out != "" || !strings.Contains(bob.err, "n2 has no answer from the other nodes, so it cannot give out names now.") {
				t.Errorf("%s", bob)
			}
		})
		t.Run("status answers", func(t *testing.T) {
			t.Parallel()
			statusWithoutMajority(t, d, "n2")
		})
		t.Run("a message is not accepted", func(t *testing.T) {
			t.Parallel()
			never(t, 3*time.Second, "accepted by one node of three", accepted)
		})
	})
	if accepted() {
		t.Fatalf("accepted:\n%s", alice.text())
	}

	d.serve(t, "n3")
	d.status(t)
	eventually(t, soon, "what waited is sent, or said not to be", func() bool {
		return accepted() || alice.sees("Not sent")
	})
	sent := accepted()
	if sent == alice.sees("Not sent") {
		t.Fatalf("sent or not?\n%s", alice.text())
	}
	t.Logf("what waited was sent: %v", sent)
	if !sent {
		alice.press("\x15") // it is back in the prompt
	}
	alice.waitForPrompt("#lobby alice>")
	alice.say("and on it goes")
	alice.hears("alice", "and on it goes", soon)
	if sent {
		alice.heardOnce("alice", "accepted by nobody")
	}

	d.serve(t, "n1")
	d.settled(t)
	if now := ask[nickAnswer](t, d, "nick", "show", "alice"); now.Token != token || now.State != "held" {
		t.Errorf("alice is %+v, want token %s", now, token)
	}
	bobThen := d.person(t, "bob", "n1")
	bobThen.heardOnce("alice", "accepted by all three")
	bobThen.heardOnce("alice", "and on it goes")
	if got := bobThen.said("alice", "accepted by nobody") == 1; got != sent {
		t.Errorf("alice's waiting line is in the history: %v, and she was told: %v\n%s", got, sent, bobThen.text())
	}
}
