package e2e

import (
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	ttl = 10 * time.Second // of node leases
	// A node that dies lets go within this, and if it led within the second.
	diesWithin, leaderDiesWithin = ttl + time.Second, 2*ttl + time.Second
	// told is when people know that their node is cut off: it waits out an election.
	told = 4 * time.Second * leeway
)

// talker says numbered lines without end.
type talker struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	stop chan struct{}
	last chan int
}

// talks has somebody say a line now and then: so few that what is missed while a
// node's read positions are on their way is less than a screen shows.
func (w *wire) talks(t *testing.T, from *machine, who, node string, every time.Duration) *talker {
	t.Helper()
	line := w.ssh(t, from, who, node, "-T")
	k := &talker{cmd: exec.Command(line[0], line[1:]...), stop: make(chan struct{}), last: make(chan int, 1)}
	k.cmd.Env = w.env
	in, err := k.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	k.in = in
	if err := k.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		beat := time.NewTicker(every)
		defer beat.Stop()
		for i := 0; ; i++ {
			if _, err := io.WriteString(k.in, numbered(i, "")+"\n"); err != nil {
				k.last <- i - 1
				return
			}
			select {
			case <-beat.C:
			case <-k.stop:
				k.last <- i
				return
			}
		}
	}()
	t.Cleanup(func() {
		k.in.Close()
		k.cmd.Process.Kill()
		k.cmd.Wait()
	})
	return k
}

// silence ends the talk; it returns the last number.
func (k *talker) silence() int {
	close(k.stop)
	return <-k.last
}

func TestKilledNodeCostsItsPeopleNothing(t *testing.T) {
	inParallel(t)
	for _, leads := range []bool{false, true} {
		what := map[bool]string{false: "a follower", true: "the leader"}[leads]
		for n := range *faultRuns {
			t.Run(fmt.Sprintf("%s/%d", what, n+1), func(t *testing.T) {
				inParallel(t)
				killNode(t, leads)
			})
		}
	}
}

func killNode(t *testing.T, leads bool) {
	w := ownWire(t)
	leader := w.status(t).Leader
	rest := others(leader)
	home, away, within, row := rest[0], rest[1], diesWithin, "her node is killed"
	if leads {
		home, away, within, row = leader, rest[0], leaderDiesWithin, "her node is killed, and it led"
	}
	at := w.net.machine(t, "people")
	alice := w.listens(t, at, "alice", home, "-tt")
	w.listens(t, at, "dora", home, "-T") // stays away
	bob := w.talks(t, w.net.machine(t, "bob"), "bob", away, time.Second)
	// What she has read is known when she has answered a keepalive, and her node has
	// renewed its lease since: after 6.4 s at most.
	eventually(t, 2*soon, "alice hears some", func() bool { return len(alice.numbers()) >= 12 })

	term := w.status(t).Term
	w.kill(t, home, syscall.SIGKILL)
	killed := time.Now()
	if _, ok := alice.wait(soon); !ok {
		t.Fatal("her ssh has not noticed")
	}
	began := time.Now()
	again := w.listens(t, at, "alice", away, "-tt")
	eventually(t, soon, "her prompt", func() bool { return again.out.has("#lobby alice>") })
	took := time.Since(began)
	faults.add(row, ghostBack, took)
	t.Logf("alice was back in %s, %s after", took, time.Since(killed))
	if limit := atOnce + time.Since(killed) - took; took > limit+leaderGone(leads) {
		t.Errorf("alice was back in %s", took)
	}
	shown := len(again.numbers())
	eventually(t, soon, "she hears what is said now", func() bool { return len(again.numbers()) >= shown+3 })
	last := bob.silence()
	eventually(t, soon, "she hears the last", func() bool { return slices.Contains(again.numbers(), last) })
	noGap(t, alice.numbers(), again.numbers(), aboveMarker(t, again), last)

	m := w.until(t, 2*leaderDiesWithin, "dora is let go", func(names map[string]nickAnswer) bool { return names["dora"].State == "grace" })
	most, proven := m.since(killed)
	faults.add(row, staysHeld, most)
	t.Logf("dora stayed held for %s", most)
	if s := w.status(t, away); s.Term != term {
		within = leaderDiesWithin // a busy machine may change its leader at any time
	}
	if proven > within+scheduling {
		t.Errorf("dora stayed held for %s at least, want at most %s", proven, within)
	}
	if n := w.look(t).names["alice"]; n.State != "held" || len(n.Sessions) != 1 || n.Sessions[0].Node != away {
		t.Errorf("alice is %+v", n)
	}
	w.serve(t, home)
	w.settled(t)
}

// leaderGone is what a new leader takes, where that comes beside.
func leaderGone(leads bool) time.Duration {
	if leads {
		return time.Second
	}
	return 0
}

var (
	colours = regexp.MustCompile("\x1b\\[[0-9;?]*[a-zA-Z]")
	marked  = regexp.MustCompile(`-- \d+ messages? (since you left|you have not seen)[^\r\n]*`)
)

// aboveMarker returns the numbers that somebody who came back was shown above the
// marker: what she has read already.
func aboveMarker(t *testing.T, e *ear) []int {
	t.Helper()
	screen := colours.ReplaceAllString(e.out.String(), "")
	at := marked.FindStringIndex(screen)
	if at == nil {
		t.Fatalf("no marker:\n%s", screen)
	}
	above := number6.FindAllString(screen[:at[0]], -1)
	if strings.Contains(screen[at[0]:at[1]], "here the last") {
		t.Fatalf("more was missed than is shown: %s", screen[at[0]:at[1]])
	}
	return e.numbers()[:len(above)]
}

// noGap checks what somebody saw on two connections, one after the other: each in
// order without gap and repeat, all together everything, and above the second one's
// marker nothing that is new to her.
func noGap(t *testing.T, before, after, above []int, last int) {
	t.Helper()
	for _, seen := range [][]int{before, after} {
		for i := range seen {
			if seen[i] != seen[0]+i {
				t.Fatalf("on one connection: %v", seen)
			}
		}
	}
	t.Logf("seen before: %d to %d; after: %d to %d, of which above the marker: %v", before[0], before[len(before)-1], after[0], after[len(after)-1], above)
	read := before[len(before)-1]
	if before[0] != 0 || after[len(after)-1] < last {
		t.Errorf("it begins with %d and ends with %d, want 0 and %d", before[0], after[len(after)-1], last)
	}
	if len(above) > 0 && above[len(above)-1] > read {
		t.Errorf("%d is above the marker, and she has seen no more than %d", above[len(above)-1], read)
	}
	if below := after[len(above)]; below > read+1 {
		t.Errorf("below the marker it begins with %d, and she has seen no more than %d", below, read)
	}
}

func TestStoppedNodeTellsItsPeopleWhereToGo(t *testing.T) {
	inParallel(t)
	for n := range *faultRuns {
		t.Run(fmt.Sprint(n+1), func(t *testing.T) {
			inParallel(t)
			stopNode(t)
		})
	}
}

func stopNode(t *testing.T) {
	const row = "her node is stopped (`SIGTERM`)"
	w := ownWire(t)
	leader := w.status(t).Leader
	away := others(leader)[0]
	at := w.net.machine(t, "people")
	alice, _ := w.comes(t, at, "alice", leader)
	dora, _ := w.comes(t, at, "dora", leader)
	judge := w.listens(t, w.net.machine(t, "judge"), "judge", away, "-T")
	alice.say("before")
	eventually(t, soon, "the judge hears alice", func() bool { return judge.heard("alice", "before") == 1 })
	alice.press("and if not, shall I")
	alice.waitForPrompt("#lobby alice> and if not, shall I")
	token := w.look(t).names["alice"].Token

	w.kill(t, leader, syscall.SIGTERM)
	stopped := time.Now()
	inGrace := func(names map[string]nickAnswer) bool {
		return names["alice"].State == "grace" && names["dora"].State == "grace"
	}
	m := moment{after: stopped}
	for m.by.IsZero() { // the node that is asked must not be the one that stops
		g := w.lookOnce(away)
		switch {
		case g.err == nil && inGrace(g.names):
			m.by = g.ended
		case time.Since(stopped) > soon:
			t.Fatalf("%v: names are %+v", g.err, g.names)
		case g.err == nil:
			m.after = g.began
		}
	}
	most, proven := m.since(stopped)
	t.Logf("both were in grace after %s", most)
	faults.add(row, staysHeld, most)
	if proven > time.Second+scheduling {
		t.Errorf("both were in grace after %s at least", proven)
	}
	for _, p := range []*person{alice, dora} {
		p.gone()
		p.wants(leader + " is stopping. " + p.name + " stays yours for at least 10 min.")
		for _, n := range others(leader) {
			p.wants("    ssh -p " + peoplePort + " " + p.name + "@" + w.nodes[n].ip + "\n")
		}
	}
	alice.wants("Not sent: and if not, shall I")
	again, took := w.comes(t, at, "alice", away)
	faults.add(row, graceBack, took)
	if took > atOnce {
		t.Errorf("alice was back in %s", took)
	}
	again.wants("Welcome back, alice.")
	again.heardOnce("alice", "before")
	if now := w.look(t).names["alice"]; now.Token != token || now.State != "held" {
		t.Errorf("alice is %+v, want it under token %s", now, token)
	}
	again.say("after")
	eventually(t, soon, "the judge hears alice again", func() bool { return judge.heard("alice", "after") == 1 })
	if judge.out.has("shall I") {
		t.Error("a draft was said")
	}
}

// TestNodeCutOffKeepsItsPeopleWaitingAndNobodyElse puts silence between one node
// and the others; its people are still connected to it.
//
// What is expected of the front end, besides the laws (SCREENS 6):
//
//	n1 cannot reach a majority. What you type waits here, unsent.
//	Read-only. alice stays yours for at least 10 min. If another node answers, come
//	  back through it:  ssh -p ... for each of the others
//	n1 is with the others again after ...
//	Not sent while n1 was away; Enter sends it, Ctrl-C drops it.
func TestNodeCutOffKeepsItsPeopleWaitingAndNobodyElse(t *testing.T) {
	inParallel(t)
	for _, leads := range []bool{false, true} {
		what := map[bool]string{false: "a follower", true: "the leader"}[leads]
		for n := range *faultRuns {
			t.Run(fmt.Sprintf("%s/%d", what, n+1), func(t *testing.T) {
				inParallel(t)
				cutNodeOff(t, leads)
			})
		}
	}
}

// cut is a node without the others, and who is there.
type cut struct {
	*wire
	term        int64 // when it was cut off
	leads       bool  // it led, when it was cut off
	home, away  string
	row         string   // of the table
	lost        []string // by the switch
	at          *machine
	judge       *ear
	alice, dora *person
}

func cutNodeOff(t *testing.T, leads bool) {
	w := ownWire(t)
	leader := w.status(t).Leader
	rest := others(leader)
	c := &cut{wire: w, leads: leads, home: rest[0], away: rest[1], row: "her node is cut off from the others", at: w.net.machine(t, "people")}
	if leads {
		c.home, c.away, c.row = leader, rest[0], "her node is cut off, and it led"
	}
	for _, n := range others(c.home) {
		c.lost = append(c.lost, between(w.nodes[c.home], w.nodes[n])...)
	}
	c.judge = w.listens(t, w.net.machine(t, "judge"), "judge", c.away, "-T")
	c.alice, _ = w.comes(t, c.at, "alice", c.home)
	c.dora, _ = w.comes(t, c.at, "dora", c.home) // stays
	token := w.look(t).names["alice"].Token

	c.briefly(t)
	if leads {
		w.lead(t, c.home)
	}
	c.forLong(t)

	w.settled(t)
	if now := w.look(t).names["alice"]; now.Token != token || len(now.Sessions) != 2 {
		t.Errorf("alice is %+v, want two sessions under token %s", now, token)
	}
}

// forLong cuts the node off for longer than its lease: what waits comes back to the
// prompt, and goes out by its author's hand alone.
func (c *cut) forLong(t *testing.T) {
	t.Helper()
	waiting := []string{"said while cut off", "typed under the banner"}
	c.term = c.status(t).Term
	cutOff := c.cutOff(t)
	c.alice.say(waiting[0])
	again, took := c.comes(t, c.at, "alice", c.away)
	faults.add(c.row, ghostBack, took)
	t.Logf("alice was back on %s in %s, %s after", c.away, took, time.Since(cutOff))
	if took > atOnce+leaderGone(c.leads) {
		t.Errorf("alice was back in %s", took)
	}
	again.wants("Welcome back, alice.")
	again.say("I am on the other side")
	eventually(t, soon, "the others go on", func() bool { return c.judge.heard("alice", "I am on the other side") == 1 })
	c.alice.waitFor(c.home+" cannot reach a majority. What you type waits here, unsent.", left(cutOff, told+took))
	c.alice.waitFor(" | "+c.home+": no majority for ", soon)
	c.alice.say(waiting[1])
	c.alice.waitFor(" unsent  "+waiting[1], soon)

	c.losesItsLease(t, cutOff)
	c.unsaid(t, waiting, "said by a node that is cut off")
	c.dora.press("nobody is to say this for me")

	c.net.set(t, "delete", c.lost...)
	healed := time.Now()
	c.alice.waitFor(c.home+" is with the others again after ", soon)
	t.Logf("%s was with the others again after %s", c.home, time.Since(healed))
	c.alice.waitFor("Not sent while "+c.home+" was away; Enter sends it, Ctrl-C drops it.", soon)
	c.alice.waitForPrompt("#lobby alice> " + waiting[0])
	c.dora.waitForPrompt("#lobby dora> nobody is to say this for me")
	again.say("nothing went out by itself")
	eventually(t, soon, "the others go on", func() bool { return c.judge.heard("alice", "nothing went out by itself") == 1 })
	for i, line := range waiting {
		c.unsaid(t, waiting[i:], "it was of a session that had ended, and went out by itself")
		c.alice.waitForPrompt("#lobby alice> " + line)
		c.alice.press("\r")
		eventually(t, soon, line+" is said now", func() bool { return c.judge.heard("alice", line) == 1 })
	}
	c.dora.press("\x15")
	c.dora.say("dora goes on")
	eventually(t, soon, "dora goes on", func() bool { return c.judge.heard("dora", "dora goes on") == 1 })
	for _, said := range append(waiting, "I am on the other side", "nothing went out by itself") {
		c.once(t, said)
		c.alice.hears("alice", said, soon)
		c.alice.heardOnce("alice", said)
	}
	c.once(t, "waits for a moment")
}

// losesItsLease waits until the others let go of dora, who stays on the node that
// is cut off, and looks at what its people are told then.
func (c *cut) losesItsLease(t *testing.T, cutOff time.Time) {
	t.Helper()
	within := diesWithin
	m := moment{after: cutOff}
	for m.by.IsZero() { // the node that is asked must not be the one that is cut off
		g := c.lookOnce(c.away)
		switch {
		case g.err == nil && g.names["dora"].State == "grace":
			m.by = g.ended
		case time.Since(cutOff) > 2*leaderDiesWithin:
			t.Fatalf("%v: names are %+v", g.err, g.names)
		case g.err == nil:
			m.after = g.began
		}
	}
	most, proven := m.since(cutOff)
	faults.add(c.row, staysHeld, most)
	if s := c.status(t, c.away); s.Term != c.term {
		within = leaderDiesWithin // a busy machine may change its leader at any time
	}
	t.Logf("dora stayed held for %s", most)
	if proven > within+scheduling {
		t.Errorf("dora stayed held for %s at least, want at most %s", proven, within)
	}
	for _, p := range []*person{c.alice, c.dora} {
		p.waitFor("Read-only. "+p.name+" stays yours for at least 10 min.", soon)
		for _, n := range others(c.home) {
			p.waitFor("    ssh -p "+peoplePort+" "+p.name+"@"+c.nodes[n].ip+"\n", soon)
		}
	}
}

// briefly cuts the node off for less than its lease: what waits goes out by itself,
// once. A machine that is too slow for that gets more tries.
func (c *cut) briefly(t *testing.T) {
	t.Helper()
	const tries = 3
	for try := 1; !c.forAMoment(t, "waits for a moment"); try++ {
		if try == tries {
			t.Fatalf("%s lost its lease %d times", c.home, tries)
		}
	}
}

// forAMoment reports whether the line that waited went out. It may come back to the
// prompt instead where the cut took so long that the lease may have ended.
func (c *cut) forAMoment(t *testing.T, line string) bool {
	t.Helper()
	cutOff := c.cutOff(t)
	c.alice.say(line)
	c.alice.waitFor(c.home+" cannot reach a majority. What you type waits here, unsent.", left(cutOff, told))
	c.unsaid(t, []string{line}, "said by a node that is cut off")
	c.net.set(t, "delete", c.lost...)
	c.alice.waitFor(c.home+" is with the others again after ", soon)
	took := time.Since(cutOff)
	said := func() bool { return c.alice.said("alice", line) > 0 }
	eventually(t, soon, "what waited goes out, or comes back", func() bool { return said() || c.alice.last() == "#lobby alice> "+line })
	out := said()
	switch {
	case out:
		c.alice.heardOnce("alice", line)
		eventually(t, soon, "the others hear it", func() bool { return c.judge.heard("alice", line) == 1 })
	case took < ttl/2:
		t.Fatalf("what waited for %s did not go out by itself; the screen is\n%s", took, c.alice.text())
	default:
		t.Logf("this machine is slow: %s was cut off for %s", c.home, took)
		c.alice.press("\x15")
	}
	c.status(t, c.away)
	c.settled(t)
	// The next cut is another one on her screen.
	c.alice.press("\x0c")
	c.alice.waitForPrompt("#lobby alice>")
	eventually(t, soon, "an empty screen", func() bool { return len(c.alice.rows()) == 1 })
	return out
}

func (c *cut) once(t *testing.T, said string) {
	t.Helper()
	if n := c.judge.heard("alice", said); n != 1 {
		t.Errorf("%q was heard %d times", said, n)
	}
}

// unsaid checks that none of some lines has been heard.
func (c *cut) unsaid(t *testing.T, lines []string, why string) {
	t.Helper()
	for _, line := range lines {
		if c.judge.heard("alice", line) != 0 {
			t.Errorf("%q was heard: %s", line, why)
		}
	}
}

func (c *cut) cutOff(t *testing.T) time.Time {
	t.Helper()
	c.net.set(t, "add", c.lost...)
	return time.Now()
}
