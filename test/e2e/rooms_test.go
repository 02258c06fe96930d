package e2e

import "testing"

// TestRoomsAreRunByPeople: a private room, an invitation, a kick and a ban, across two
// nodes and with OpenSSH.
func TestRoomsAreRunByPeople(t *testing.T) {
	d := startDemo(t)
	olga, pete := d.person(t, "olga", "n1"), d.person(t, "pete", "n2")
	olga.say("/join #vault")
	olga.waitForPrompt("#vault olga>")
	olga.say("/topic where the keys are kept")
	olga.waitFor("olga set the topic: where the keys are kept", soon)
	olga.say("/private")
	olga.waitFor("olga made #vault private", soon)
	olga.say("/msg pete it is ours alone now")
	pete.waitFor("it is ours alone now", soon) // and so his node knows
	pete.say("/rooms")
	pete.waitFor("ROOM", soon)
	pete.waitForPrompt("#lobby pete>")
	if pete.sees("#vault") {
		t.Errorf("pete is told of a private room:\n%s", pete.text())
	}
	pete.say("/join #vault")
	pete.waitFor("That room is private. One of those who run it can /invite you.", soon)
	olga.say("/invite pete")
	pete.waitFor("olga invites you to #vault: /join #vault", soon)
	pete.say("/join #vault")
	pete.waitFor("#vault is about: where the keys are kept (olga)", soon)
	pete.say("between us")
	olga.hears("pete", "between us", soon)
	pete.press("not for everybody")
	pete.waitFor("#vault pete> not for everybody", soon)
	olga.say("/ban pete 2d enough")
	pete.waitFor("You were put out of #vault by olga: enough", soon)
	pete.waitFor("What you typed for #vault is not sent; Up has it.", soon)
	pete.waitForPrompt("#lobby pete>")
	pete.say("/join #vault")
	pete.waitFor("You are banned from #vault by olga for 2 d more: enough.", soon)
	olga.say("/unban pete")
	pete.waitFor("You may come into #vault again", soon)
}
