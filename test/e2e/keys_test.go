package e2e

import (
	"regexp"
	"testing"
)

// One person with two keys, which come from two devices through two nodes: the second
// says the code that the first asked for, and from then on both are one. Then the
// first takes the second's key away.
func TestTwoKeysAreOnePerson(t *testing.T) {
	d := startDemo(t)
	alice := d.person(t, "alice", "n1")
	phone := d.terminal(t, "mallory", "alice", "n2") // the key of mallory, as the device that is new
	phone.waitForPrompt("Another name [alice2]:")
	alice.say("/key add")
	alice.waitFor("It works once. Whoever says it is you from then on.", soon)
	code := regexp.MustCompile(`(?m)^  (\w{4} \w{4} \w{4})$`).FindStringSubmatch(alice.text())
	if code == nil {
		t.Fatalf("there is no code on\n%s", alice.text())
	}
	phone.say(code[1])
	phone.waitFor("This key is one of alice's now: whoever comes by it is you.", soon)
	phone.waitForPrompt("#lobby alice>")
	phone.say("it is me")
	alice.hears("alice", "it is me", soon)
	owner := ask[nickAnswer](t, d, "nick", "show", "alice").Owner
	if want := fingerprint(t, d.path("keys", "alice.pub")); owner != want {
		t.Errorf("alice is %s's, want %s", owner, want)
	}
	key := fingerprint(t, d.path("keys", "mallory.pub"))
	alice.say("/key remove " + key[:15])
	alice.waitFor("is let in no more, and whoever was here by it has left:", soon)
	phone.waitFor("This session has ended.", soon)
	d.settled(t)
	phone = d.terminal(t, "mallory", "alice", "n3")
	phone.waitFor("This key was removed by its owner, and is let in no more.", soon)
	phone.waitForPrompt("Code:")
}
