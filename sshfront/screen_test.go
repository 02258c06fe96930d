package sshfront

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v3/vt"

	"moniker/fsm/id"
	"moniker/fsm/setting"
)

// screen is what a terminal of 80 by 24 shows of what came to p so far, without
// blanks at the right and below.
func (p *person) screen() string { return p.screenOf(80, 24) }

// screenOf is screen, of a terminal of another size.
func (p *person) screenOf(width, height int) string {
	mt := vt.NewMockTerm(vt.MockOptSize{X: vt.Col(width), Y: vt.Row(height)})
	if err := mt.Start(); err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = mt.Stop() }()
	// This emulator forgets that CR ends a pending wrap.
	out := bytes.ReplaceAll([]byte("\x1b[?2027h"+p.out.String()), []byte("\r"), []byte("\r\x1b[1G"))
	if _, err := mt.Write(out); err != nil {
		p.t.Fatal(err)
	}
	var rows []string
	for y := range height {
		var b strings.Builder
		for x := 0; x < width; {
			c := mt.GetCell(vt.Coord{X: vt.Col(x), Y: vt.Row(y)})
			if c.C == "" {
				b.WriteByte(' ')
			}
			b.WriteString(c.C)
			x += max(1, c.W)
		}
		rows = append(rows, strings.TrimRight(b.String(), " "))
	}
	return strings.TrimRight(strings.Join(rows, "\n"), "\n")
}

// shows waits until the screen is want.
func (p *person) shows(want string) {
	p.t.Helper()
	want = strings.TrimPrefix(want, "\n")
	if _, ok := p.out.await(func(string) bool { return p.screen() == want }); !ok {
		p.t.Errorf("the screen is\n%s\nwant\n%s", p.screen(), want)
	}
}

func TestScreenOfSomebodyNewAndOfSomebodyWhoComesBack(t *testing.T) {
	w := newWorld(t)
	one, two := newHouse(t, w.n1, nil), newHouse(t, w.n2, nil)
	bob, carol := one.arrive("bob"), one.arrive("carol")
	bob.sees("#lobby bob> ")
	carol.sees("#lobby carol> ")
	alice := one.arrive("alice")
	alice.shows(`
Welcome, alice. The name is yours while you are here and for 10 min after; it
belongs to your key SHA256:WeXpogac. Times are UTC (/set tz). /help for more.
#lobby on n1. Here: alice, bob, carol.
#lobby alice>`)
	carol.types("then I will sleep\r")
	alice.sees("then I will sleep")
	alice.types("hm")
	alice.shows(`
Welcome, alice. The name is yours while you are here and for 10 min after; it
belongs to your key SHA256:WeXpogac. Times are UTC (/set tz). /help for more.
#lobby on n1. Here: alice, bob, carol.
10:30    carol  then I will sleep
#lobby alice> hm`)
	w.pass(id.Minute)
	alice.types("\x15\x04")
	alice.ends()
	w.pass(2 * id.Minute)
	bob.types("@alice the disk on n3 is at 80 %\r")
	bob.sees("80 %\r\n")
	w.pass(9 * id.Minute)
	carol.types("morning. the backup finished at four, and the restore test is green on all three\r")
	carol.sees("all three\r\n")
	carol.types("/quit\r")
	carol.ends()
	alice = two.arrive("alice")
	alice.shows(`
Welcome back, alice. #lobby on n2. Here: alice, bob.
10:30    carol  then I will sleep
-- 2 messages since you left at 10:31 ------------------------------------------
10:33>     bob  @alice the disk on n3 is at 80 %
10:42    carol  morning. the backup finished at four, and the restore test is
                green on all three
#lobby alice>`)
}

func TestScreenOfANameThatIsTaken(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	h.inLobby("alice")
	w.pass(16 * id.Minute)
	mallory := h.come("alice", "mallory", true)
	mallory.sees("Another name")
	mallory.types(":\r")
	mallory.sees("cannot be")
	mallory.types("mallory\r")
	mallory.shows(`
alice belongs to another key, and its owner is here.
  its key    SHA256:WeXpogacdCqvmaxuNZFUpT1Te6ZU/j7aPAocB0T2i8o
  your key   SHA256:A16g1CV73CP/WZNmfbPLr1WND08i1wEWLHWtcnfachE
  since      10:30 UTC (16 min)
  until      10 min after its owner leaves, unless the owner returns
If alice is you, come with that key: ssh -i KEYFILE ...
If alice is you on a new device: type the code that /key add gives there.
Another name [alice2]: :
":" cannot be in a name: 1 to 24 letters or digits, with - _ . inside it.
Another name [alice2]: mallory
Welcome, mallory. The name is yours while you are here and for 10 min after; it
belongs to your key SHA256:A16g1CV7. Times are UTC (/set tz). /help for more.
#lobby on n1. Here: alice, mallory.
#lobby mallory>`)
	mallory.types("/help quit\r/quit\r")
	mallory.sees("Bye. mallory is free now.\r\n")
	mallory.ends()
	if s := mallory.screen(); !strings.Contains(s, "\n#lobby mallory> /help quit\n/quit   leave") {
		t.Errorf("the screen is\n%s", s)
	}
	if s := mallory.out.String(); !strings.HasSuffix(s, "\x1b[?2004l") {
		t.Errorf("the end is %q", s[max(0, len(s)-20):])
	}
}

func TestWhoHasAllHerNamesIsOfferedOneOfThem(t *testing.T) {
	w := newWorld(t)
	w.set(setting.LimitNames, 1)
	h := newHouse(t, w.n1, nil)
	h.inLobby("alice")
	again := h.come("alicia", "alice", true)
	again.sees("You have 1 name already")
	again.sees("Another name [alice]: ")
	again.types("\r")
	again.sees("Welcome back, alice.")
}
