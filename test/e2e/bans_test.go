package e2e

import (
	"strings"
	"testing"
)

// With real OpenSSH: who comes from a banned network is told why, terminal or not, and who
// is on from there is put out on every node; operators come from everywhere, and undo it.
func TestANetworkIsBannedAndLetInAgain(t *testing.T) {
	d := startDemo(t)
	alice := d.person(t, "alice", "n2")
	d.admin(t, "operator", "add", fingerprint(t, d.path("keys", "bob.pub"))).wants(t, exitDone)
	asOperator := func(words ...string) result {
		t.Helper()
		return d.pipe(t, "bob", "bob", "n1", "", append([]string{"admin"}, words...)...)
	}
	eventually(t, soon, "bob is an operator", func() bool { return asOperator("ban", "list").exit == exitDone })
	asOperator("ban", "add", "127.0.0.1/8", "--for", "2d", "--reason", "'a drill'").wants(t, exitDone, "127.0.0.0/8 is banned for 2 d.")
	alice.waitFor("127.0.0.0/8, where you come from, is banned from this cluster", soon)
	if exit := alice.gone(); exit != exitRefused {
		t.Errorf("alice is put out with exit status %d", exit)
	}
	const told = "127.0.0.0/8, where you come from, is banned from this cluster for 2 d more: a drill."
	eventually(t, soon, "n3 has heard of it", func() bool {
		r := d.pipe(t, "alice", "alice", "n3", "hello\n")
		return r.exit == exitRefused && strings.Contains(r.err, told)
	})
	d.pipe(t, "alice", "alice", "n3", "", "who").wants(t, exitRefused, "moniker: "+told)
	d.settled(t)
	back := d.terminal(t, "alice", "alice", "n1")
	back.waitFor("is banned from this cluster", soon)
	if back.gone() != exitRefused || back.saw("Another name") {
		t.Errorf("alice, who came back, saw\n%s", back.text())
	}
	asOperator("ban", "list").wants(t, exitDone, "127.0.0.0/8", "a drill")
	asOperator("ban", "remove", "127.0.0.0/8").wants(t, exitDone, "127.0.0.0/8 may come in again.")
	eventually(t, soon, "alice may come in again", func() bool { return d.pipe(t, "alice", "alice", "n3", "", "who").exit == exitDone })
	d.person(t, "alice", "n3").waitFor("Welcome back, alice.", soon)
}

// A ban is of the person: on every node, whatever they do.
func TestAPersonIsBannedAndLetInAgain(t *testing.T) {
	d := startDemo(t)
	alice, mallory := d.person(t, "alice", "n1"), d.person(t, "mallory", "n2")
	d.admin(t, "mute", "add", "mallory", "--for", "10m").wants(t, exitDone, "mallory (SHA256:")
	mallory.waitFor("You are muted in this cluster", soon)
	d.admin(t, "nick", "rename", "mallory", "guest-1").wants(t, exitDone, "mallory is guest-1 now.")
	mallory.waitForPrompt("#lobby guest-1>")
	d.admin(t, "ban", "add", "guest-1", "--reason", "a drill").wants(t, exitDone, "guest-1 (SHA256:", " is banned; 1 session ended.")
	mallory.waitFor("You are banned from this cluster: a drill.", soon)
	if exit := mallory.gone(); exit != exitRefused {
		t.Errorf("mallory is put out with exit status %d", exit)
	}
	for _, node := range []string{"n1", "n3"} {
		eventually(t, soon, node+" has heard of it", func() bool {
			r := d.pipe(t, "mallory", "another", node, "hello\n")
			return r.exit == exitRefused && r.err == "You are banned from this cluster: a drill.\n"
		})
	}
	d.admin(t, "ban", "remove", "guest-1").wants(t, exitDone, "guest-1 may come in again.")
	d.admin(t, "mute", "remove", "guest-1").wants(t, exitDone, "mallory may speak again.")
	d.settled(t)
	back := d.person(t, "mallory", "n3")
	back.say("that was a drill")
	alice.hears("mallory", "that was a drill", soon)
	d.admin(t, "nick", "history", "mallory").wants(t, exitDone, "renamed by an operator")
}
