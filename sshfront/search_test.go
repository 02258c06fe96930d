package sshfront

import (
	"strings"
	"testing"

	"moniker/fsm/id"
)

// What is found stands below its day, with its room if that is another. It is old: it
// rings for nobody, and what is unread in its room stays so.
func TestWhatASearchFindsIsShownAsItWasSaid(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	bob := h.arrive("bob")
	bob.types("/join ops\rthe disk, carol\r")
	bob.sees("the disk, carol")
	w.pass(24 * id.Hour)
	carol := h.arrive("carol")
	carol.types("/join ops\r/join #lobby\rthe disks are new\r")
	carol.sees("carol  the disks are new")
	bob.types("not the disk\r")
	carol.sees(" #ops 1")
	before := len(carol.out.String())
	carol.types("/search all DISK\r/search disk\r/search tape\r")
	carol.sees("Nothing that is kept in #lobby has that word.")
	carol.shows(`
Welcome, carol. The name is yours while you are here and for 10 min after; it
belongs to your key SHA256:fw8YS1jL. Times are UTC (/set tz). /help for more.
#lobby on n1. Here: bob, carol.
#lobby carol> /join ops
#ops on n1. Here: bob, carol.
-- Tue 6 Jan -------------------------------------------------------------------
10:30>     bob  the disk, carol
#ops carol> /join #lobby
#lobby on n1. Here: bob, carol.
-- Wed 7 Jan -------------------------------------------------------------------
10:30    carol  the disks are new
#lobby carol> /search all DISK
-- Tue 6 Jan -------------------------------------------------------------------
10:30>#ops bob  the disk, carol
-- Wed 7 Jan -------------------------------------------------------------------
10:30    carol  the disks are new
10:30 #ops bob  not the disk
#lobby carol> /search disk
10:30    carol  the disks are new
#lobby carol> /search tape
Nothing that is kept in #lobby has that word. /search all WORDS looks in every
place that you read.
 #ops 1
#lobby carol>`)
	if got := carol.out.String()[before:]; strings.Contains(got, "\a") {
		t.Errorf("it rings: %q", got)
	}
}

func TestWhatWasLookedForIsBold(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	p := h.session(h.dial("alice", "alice"))
	h.must(p.session.RequestPty("xterm-256color", 24, 80, nil))
	h.must(p.session.Shell())
	p.types("the disks are new\r/search DISK\r")
	p.sees("the \x1b[1mdisk\x1b[ms are new")
	p.types("other disks\r")
	p.sees("  other disks\r\n")
}
