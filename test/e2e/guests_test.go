package e2e

import (
	"strings"
	"testing"
)

// With real OpenSSH, which asks to be let in without anything before it offers a key:
// who has a key is never a guest, who has none is one where guests may come, and is told
// how to make a key where they may not.
func TestGuestsComeWithoutAKey(t *testing.T) {
	d := startDemo(t)
	keyless := func(name, node string) []string {
		args := d.sshArgs(t, "alice", name, node)
		return append([]string{"ssh", "-o", "PubkeyAuthentication=no", "-o", "BatchMode=no"}, args...)
	}
	out := newPerson(t, "carol", d.env, keyless("carol", "n1")...)
	out.waitFor("To make one: ssh-keygen -t ed25519", soon)
	if status := out.gone(); status == 0 {
		t.Error("somebody without a key is let in")
	}
	if r := d.admin(t, "setting", "set", "guests", "1"); r.exit != 0 {
		t.Fatalf("%+v", r)
	}
	d.settled(t)
	alice := d.person(t, "alice", "n1")
	if text := alice.text(); strings.Contains(text, "guest") {
		t.Errorf("alice has a key and is greeted by\n%s", text)
	}
	carol := newPerson(t, "carol", d.env, keyless("carol", "n2")...)
	carol.waitFor("You are a guest: the name is yours until you leave.", soon)
	carol.waitForPrompt("#lobby carol>")
	carol.say("hello")
	alice.hears("carol", "hello", soon)
	alice.say("/names")
	alice.waitFor("carol (guest)", soon)
	owner := ask[nickAnswer](t, d, "nick", "show", "alice").Owner
	if want := fingerprint(t, d.path("keys", "alice.pub")); owner != want {
		t.Errorf("alice is %s's, want %s", owner, want)
	}
	carol.press("\x04")
	carol.waitFor("Bye. carol is free now.", soon)
	carol.gone()
	alice.waitFor("carol left", soon)
}
