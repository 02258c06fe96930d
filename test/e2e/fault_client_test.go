package e2e

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// What the laws allow, with the settings that nobody has touched.
const (
	goneWithin  = 100 * time.Millisecond // a connection that ends: a commit
	proofWithin = 15 * time.Second       // 3 x 3 s without proof of life, and slack of the law's own
	stands      = 6 * time.Second        // a ghost, at least
	// scheduling is for processes that wait for their turn on a machine that does
	// other things beside. What is measured is told, whatever is allowed.
	scheduling = 900 * time.Millisecond * leeway
	// atOnce is from the start of ssh to the prompt: a handshake and a commit, and no
	// waiting for a ghost to go, which takes 9 s.
	atOnce = 2 * time.Second * leeway
)

// hurt is what can happen to a client.
type hurt struct {
	name   string // of people
	row    string // of the table
	within time.Duration
	// strike hurts a machine and the clients that run on it; soothe undoes it, after
	// the server has let go.
	strike, soothe func(t *testing.T, m *machine, clients []*person)
	asleep         time.Duration // soothe no sooner than this
	gone           bool          // ssh has ended by strike
	heard          bool          // what she types still reaches the node
	own            bool          // she can come back from the machine itself
	room           bool          // what it costs the others is measured for itself
}

func hurts() []hurt {
	signal := func(sig syscall.Signal) func(*testing.T, *machine, []*person) {
		return func(t *testing.T, _ *machine, clients []*person) {
			for _, p := range clients {
				if err := p.cmd.Process.Signal(sig); err != nil {
					t.Error(err)
				}
			}
		}
	}
	loses := func(what ...func(*machine) string) (strike, soothe func(*testing.T, *machine, []*person)) {
		list := func(m *machine) (sets []string) {
			for _, f := range what {
				sets = append(sets, f(m))
			}
			return sets
		}
		return func(t *testing.T, m *machine, _ []*person) { m.lose(t, list(m)...) },
			func(t *testing.T, m *machine, _ []*person) { m.heal(t, list(m)...) }
	}
	both := func(a, b func(*testing.T, *machine, []*person)) func(*testing.T, *machine, []*person) {
		return func(t *testing.T, m *machine, c []*person) { a(t, m, c); b(t, m, c) }
	}
	nothing := func(*testing.T, *machine, []*person) {}
	stop, cont := signal(syscall.SIGSTOP), signal(syscall.SIGCONT)
	dark, lit := loses((*machine).sends, (*machine).gets)
	mute, unmute := loses((*machine).sends)
	deaf, undeaf := loses((*machine).gets)
	return []hurt{
		{name: "killed", room: true, row: "ssh is killed (`kill -9`)", within: goneWithin, strike: signal(syscall.SIGKILL), soothe: nothing, gone: true, own: true},
		{name: "stopped", room: true, row: "ssh is suspended (`SIGSTOP`)", within: proofWithin, strike: stop, soothe: cont, own: true},
		{name: "dark", room: true, row: "her network goes dark, both ways", within: proofWithin, strike: dark, soothe: lit},
		{name: "mute", row: "what she sends is lost", within: proofWithin, strike: mute, soothe: unmute},
		{name: "deaf", row: "what she is sent is lost", within: proofWithin, strike: deaf, soothe: undeaf, heard: true},
		{name: "unplugged", room: true, row: "her link goes down", within: proofWithin,
			strike: func(t *testing.T, m *machine, _ []*person) { m.unplug(t) },
			soothe: func(t *testing.T, m *machine, _ []*person) { m.plug(t) }},
		{name: "restarted", row: "her machine loses power and restarts: half-open", within: proofWithin,
			strike: func(t *testing.T, m *machine, _ []*person) { m.cutPower(t); m.start(t) }, soothe: nothing, gone: true, own: true},
		{name: "asleep", row: "her laptop sleeps for 20 s", within: proofWithin, strike: both(stop, dark), soothe: both(lit, cont), asleep: 20 * time.Second},
	}
}

// hospital is the cluster that clients are hurt on, and what they all share.
var hospital struct {
	once  sync.Once
	wire  *wire
	cafe  *machine // where people come back from
	judge *ear     // hears the room from the first line to the last
	hurt  atomic.Int32
}

func openHospital(t *testing.T) {
	t.Helper()
	needsNetworks(t)
	hospital.once.Do(func() {
		w := newWire(t)
		hospital.wire, hospital.cafe = w, w.net.machine(t, "cafe")
		w.mayTalk(t)
		hospital.judge = w.listens(t, w.net.machine(t, "judge"), "judge", "n2", "-T")
	})
	if hospital.judge == nil {
		t.Fatal("the cluster did not start")
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(hospital.wire.logs())
		}
	})
}

func endFaults() error {
	if hospital.judge != nil {
		hospital.judge.leaves()
	}
	if hospital.wire != nil {
		return hospital.wire.end()
	}
	return nil
}

// TestAGhostKeepsNobodyOut hurts clients in every way that leaves their connection
// standing at the node, and one that does not. Two people are on each machine: one
// is herself again at once, from elsewhere, while her ghost still stands; the other
// stays away, and her name leaves held in time.
func TestAGhostKeepsNobodyOut(t *testing.T) {
	inParallel(t)
	openHospital(t)
	for i, h := range hurts() {
		for n := range *faultRuns {
			t.Run(fmt.Sprintf("%s/%d", h.name, n+1), func(t *testing.T) {
				inParallel(t)
				// The judge has heard whoever had that name in an earlier run.
				haunt(t, h, i+n, fmt.Sprintf("%s-%d", h.name, hospital.hurt.Add(1)))
			})
		}
	}
}

// haunted is one of the two.
type haunted struct {
	*person
	ghost string // her session
	token string
}

func haunt(t *testing.T, h hurt, i int, name string) {
	w, judge := hospital.wire, hospital.judge
	home, away := nodes()[i%3], nodes()[(i+1)%3]
	m := w.net.machine(t, name)
	back, stay := w.haunted(t, m, "b-"+name, home), w.haunted(t, m, "a-"+name, home)

	h.strike(t, m, []*person{back.person, stay.person})
	struck := time.Now()
	ghostTalk := func() {
		if !h.gone {
			back.press("ghost of " + back.name + "\r")
			stay.press("ghost of " + stay.name + "\r")
		}
	}
	if !h.heard {
		ghostTalk()
	}
	later := make(chan func(), 1)
	go func() { later <- w.letsGo(t, h, stay, struck) }()
	comeBack(t, h, m, back, home, away, struck)
	(<-later)()

	open := 0
	if h.own {
		open = 1 // she is there again
	}
	// They were judged by their names. What a node lets go of, it closes.
	eventually(t, soon, "the node has closed its connections", func() bool {
		return connections(t, w.pids()[home], m) == open
	})
	again, took := w.comes(t, hospital.cafe, stay.name, away)
	faults.add(h.row, graceBack, took)
	if took > atOnce {
		t.Errorf("%s was back in %s, after her ghost had gone", stay.name, took)
	}
	again.wants("Welcome back, " + stay.name + ".")
	missed(t, again)
	w.same(t, stay)

	if !h.gone {
		holdsWithin(left(struck, h.asleep), func() bool { return false })
		h.soothe(t, m, []*person{back.person, stay.person})
		if h.heard {
			ghostTalk()
		}
		for _, p := range []haunted{back, stay} {
			p.tty.WriteString("x") // a connection that nobody uses does not learn that it is over
			// TCP says again what was lost, but no sooner than after as long a silence.
			p.goneWithin(soon + time.Since(struck))
		}
	}
	again.say("the end of " + name)
	eventually(t, soon, "the judge hears the end", func() bool { return judge.heard(stay.name, "the end of "+name) == 1 })
	for _, p := range []haunted{back, stay} {
		if strings.Contains(judge.out.String(), "ghost of "+p.name) {
			t.Errorf("the ghost of %s has spoken", p.name)
		}
	}
}

// missed checks that somebody is told that she has missed what was said to her ghost:
// what is written into a dead connection is not read. It is more than is shown.
func missed(t *testing.T, p *person) {
	t.Helper()
	if told := fmt.Sprintf(", here the last %d; /history ", recap); !p.saw(" messages since you left at ") || !p.saw(told) {
		t.Errorf("%s is not told what she has missed; the screen is\n%s", p.name, p.text())
	}
}

// left is what is left of a time.
func left(since time.Time, d time.Duration) time.Duration {
	return max(time.Until(since.Add(d)), time.Millisecond)
}

// haunted comes, and is heard.
func (w *wire) haunted(t *testing.T, m *machine, name, node string) haunted {
	t.Helper()
	p, _ := w.comes(t, m, name, node)
	p.say(name + " is here")
	eventually(t, soon, "the judge hears "+name, func() bool { return hospital.judge.heard(name, name+" is here") == 1 })
	n := w.look(t).names[name]
	if n.State != "held" || len(n.Sessions) != 1 || n.Sessions[0].Node != node {
		t.Fatalf("%s is %+v", name, n)
	}
	return haunted{p, n.Sessions[0].ID, n.Token}
}

// same checks that a name is held under the token that it always had.
func (w *wire) same(t *testing.T, p haunted) {
	t.Helper()
	if n := w.look(t).names[p.name]; n.State != "held" || n.Token != p.token || n.has(p.ghost) {
		t.Errorf("%s is %+v, want it held under token %s without %s", p.name, n, p.token, p.ghost)
	}
}

// letsGo watches the name of somebody who stays away. What it returns judges, on
// the test's own goroutine.
func (w *wire) letsGo(t *testing.T, h hurt, p haunted, struck time.Time) func() {
	var m moment
	m.after = struck
	for {
		g := w.glance()
		n, ok := g.names[p.name]
		if g.err != nil {
			return func() { t.Fatal(g.err) }
		}
		if ok && n.State == "grace" {
			m.by = g.ended
			break
		}
		if !ok || n.State != "held" {
			return func() { t.Fatalf("%s is %+v, want it in grace after held", p.name, n) }
		}
		m.after = g.began
		if time.Since(struck) > 2*proofWithin+scheduling {
			return func() { t.Fatalf("%s is still %+v %s after", p.name, n, time.Since(struck)) }
		}
	}
	return func() {
		most, proven := m.since(struck)
		t.Logf("%s stayed held for %s", p.name, most)
		faults.add(h.row, staysHeld, most)
		if proven > h.within+scheduling {
			t.Errorf("%s stayed held for %s at least, want at most %s", p.name, proven, h.within)
		}
	}
}

// comeBack brings somebody back from everywhere, while her ghost stands. She says
// more than a screen shows to those who come later.
func comeBack(t *testing.T, h hurt, m *machine, p haunted, home, away string, struck time.Time) {
	t.Helper()
	w, judge := hospital.wire, hospital.judge
	var last *person
	type way struct {
		from *machine
		to   string
	}
	ways := []way{{hospital.cafe, away}, {hospital.cafe, home}}
	if h.own {
		ways = append(ways, way{m, home})
	}
	for i, way := range ways {
		again, took := w.comes(t, way.from, p.name, way.to)
		t.Logf("%s was back on %s in %s", p.name, way.to, took)
		faults.add(h.row, ghostBack, took)
		if took > atOnce {
			t.Errorf("%s was back on %s in %s, %s after", p.name, way.to, took, time.Since(struck))
		}
		again.wants("Welcome back, " + p.name + ".")
		said := fmt.Sprintf("back %d of %s", i, p.name)
		again.say(said)
		eventually(t, soon, "the judge hears "+said, func() bool { return judge.heard(p.name, said) == 1 })
		if n := w.look(t).names[p.name]; !h.gone && !n.has(p.ghost) && time.Since(struck) < stands {
			t.Errorf("%s has no ghost any more: %+v", p.name, n)
		}
		last = again
	}
	// The ghosts are asked for proof of life before this, and let go after it.
	if !h.gone {
		holdsWithin(left(struck, stands), func() bool { return false })
	}
	for i := range recap + 1 {
		said := fmt.Sprintf("late word %d of %s", i, p.name)
		last.say(said)
		eventually(t, soon, "the judge hears "+said, func() bool { return judge.heard(p.name, said) == 1 })
	}
	gone := moment{after: struck}
	for gone.by.IsZero() {
		g := w.look(t)
		n := g.names[p.name]
		switch {
		case n.State != "held" || n.Token != p.token:
			t.Fatalf("%s is %+v, want it held under token %s", p.name, n, p.token)
		case !n.has(p.ghost):
			gone.by = g.ended
		case time.Since(struck) > 2*proofWithin+scheduling:
			t.Fatalf("%s is still haunted: %+v", p.name, n)
		default:
			gone.after = g.began
		}
	}
	if _, proven := gone.since(struck); proven > h.within+scheduling && !h.gone {
		t.Errorf("the ghost of %s stood for %s at least, want at most %s", p.name, proven, h.within)
	}
}
