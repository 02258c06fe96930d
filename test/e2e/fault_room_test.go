package e2e

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const (
	roomLines = 1000
	lineBytes = 1000
	ahead     = 15 // lines that bob may be ahead of what eve has heard
	// pace is how bob speaks where the machine keeps up: all is said before the nodes
	// let go of who is hurt.
	pace      = 8 * time.Millisecond
	roomTries = 3
	// A write that is stuck ends a connection after this long.
	stuckWithin = 30 * time.Second
	slowRow     = "her terminal takes 1 byte a second"
	// mostGrowth is what the faulty may make a node keep.
	mostGrowth = 64 << 20 * slower
)

// audience is a room in which one speaks and others listen, on a cluster whose
// buffers in the kernel are small: a write to somebody who does not read is stuck
// at once, and not after megabytes.
type audience struct {
	*wire
	bob  *exec.Cmd
	in   io.WriteCloser
	home string // his node
	said int    // numbers used up
	ears map[string]*ear
	// later are the ends of who is hurt that nothing is measured after.
	later []func()
}

func TestNobodyWaitsForAClientThatDoesNotRead(t *testing.T) {
	w := ownWire(t)
	for _, m := range w.nodes {
		m.smallBuffers(t)
	}
	w.mayTalk(t)
	leader := w.status(t).Leader
	rest := others(leader)
	a := &audience{wire: w, home: leader, ears: map[string]*ear{
		"carol": w.listens(t, w.net.machine(t, "carol"), "carol", rest[0], "-tt"),
		"dave":  w.listens(t, w.net.machine(t, "dave"), "dave", rest[1], "-T"),
		"eve":   w.listens(t, w.net.machine(t, "eve"), "eve", leader, "-T"),
	}}
	bob := w.ssh(t, w.net.machine(t, "bob"), "bob", leader, "-T")
	a.bob = exec.Command(bob[0], bob[1:]...)
	a.bob.Env = w.env
	in, err := a.bob.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	a.in = in
	if err := a.bob.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		a.in.Close()
		a.bob.Process.Kill()
		a.bob.Wait()
		for _, e := range a.ears {
			e.leaves()
		}
	})
	a.speak(t, 20, 0) // all is warm
	for run := range *faultRuns {
		for _, h := range hurts() {
			if h.room && *faultRuns > 1 {
				a.withHurt(t, h, run)
			}
		}
		a.withDead(t, run)
		a.withSlow(t, run)
	}
	inParallel(t) // from here on it only waits
	for _, end := range a.later {
		end()
	}
}

// mayTalk lets people talk as fast as they can.
func (w *wire) mayTalk(t *testing.T) {
	t.Helper()
	for _, set := range [][2]string{{"rate.lines", "600000"}, {"rate.burst", "10000"}} {
		w.change(t, "setting", "set", set[0], set[1])
	}
}

// addedLate is what the faulty may cost the others: 50 ms is the law's, the rest is
// for a machine that does other things beside. With the race detector, which is
// what would be measured, it tells only a room that waits from one that does not.
func addedLate() time.Duration {
	if raceDetector {
		return 15 * time.Second
	}
	return 50*time.Millisecond + 200*time.Millisecond*leeway
}

func (m *machine) smallBuffers(t *testing.T) {
	t.Helper()
	line := m.on("sh", "-c", "echo 4096 16384 65536 >/proc/sys/net/ipv4/tcp_wmem && echo 4096 16384 65536 >/proc/sys/net/ipv4/tcp_rmem")
	if said, err := exec.Command(line[0], line[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
}

// speak has bob say lines, and returns how late they were for everybody else, when
// all have heard all, once and in order.
func (a *audience) speak(t *testing.T, lines int, every time.Duration) []time.Duration {
	t.Helper()
	filler := strings.Repeat("abcdefg ", (lineBytes-numberLen)/8)
	first := a.said
	a.said += lines
	at := make([]time.Time, lines)
	tick := time.NewTicker(max(every, time.Microsecond))
	defer tick.Stop()
	for i := range lines {
		<-tick.C
		// A machine that is too slow for the pace slows bob down; a room that waits
		// for somebody makes these late, which are more than one in a hundred.
		if behind := first + i - ahead; behind >= first {
			eventually(t, 3*soon, "bob is heard", func() bool { return len(a.ears["eve"].numbers()) > behind })
		}
		at[i] = time.Now()
		if _, err := io.WriteString(a.in, numbered(first+i, filler)+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	var late []time.Duration
	for name, e := range a.ears {
		eventually(t, 3*soon, name+" has heard all", func() bool { return len(e.numbers()) >= first+lines })
		for i, n := range e.numbers()[first:] {
			if n != first+i {
				t.Fatalf("%s heard number %d as the %dth", name, n, first+i)
			}
		}
		e.mu.Lock()
		for i := range lines {
			late = append(late, e.at[first+i].Sub(at[i]))
		}
		e.mu.Unlock()
	}
	return late
}

// compare measures without the faulty and with them: hurt makes them, and is told
// to end them by the function it returns. A machine that does other things beside
// gets more tries.
func (a *audience) compare(t *testing.T, row string, hurt func() (end func())) {
	t.Helper()
	const alone = "nobody is hurt"
	for try := 1; ; try++ {
		a.lead(t, a.home) // his lines take longer from elsewhere
		without := a.speak(t, roomLines, pace)
		before := a.load(t)
		end := hurt()
		stop := a.watchLoad()
		with := a.speak(t, roomLines, pace)
		most, kept := stop()
		t.Logf("%s\nwithout: %s\nwith:    %s", row, spread(without), spread(with))
		for n, l := range most {
			t.Logf("%s: %s, at most %s while they were hurt, then %s; %d files, then at most %d",
				n, before[n].memory, l.memory, kept[n], before[n].files, l.files)
			if kept[n] > before[n].memory+mostGrowth {
				t.Errorf("%s grew from %s to %s", n, before[n].memory, kept[n])
			}
		}
		// On a machine that has too much to do, everything is late, and unevenly so.
		added := quantile(with, 0.99) - 2*quantile(without, 0.99)
		again := added > addedLate() && try < roomTries
		if row == slowRow && *faultRuns == 1 && !again {
			a.later = append(a.later, end)
		} else {
			end()
		}
		if again {
			continue
		}
		faults.add(alone, othersLate, without...)
		faults.add(row, othersLate, with...)
		if added > addedLate() {
			t.Errorf("one line in a hundred was %s late with them, and %s without", quantile(with, 0.99), quantile(without, 0.99))
		}
		return
	}
}

func (a *audience) withDead(t *testing.T, run int) {
	round := 0
	a.compare(t, "one suspended, one dark, on each node", func() func() {
		round++
		var dead []*person
		for _, n := range nodes() {
			name := fmt.Sprintf("%s-%d-%d", n, run, round)
			still, _ := a.comes(t, a.net.machine(t, "still"), "still-"+name, n)
			far := a.net.machine(t, "far")
			away, _ := a.comes(t, far, "away-"+name, n)
			dead = append(dead, still, away)
			still.cmd.Process.Signal(syscall.SIGSTOP)
			far.lose(t, far.sends(), far.gets())
		}
		return func() { a.letGo(t, dead, proofWithin) }
	})
}

// withHurt has one on each node, all hurt in the same way.
func (a *audience) withHurt(t *testing.T, h hurt, run int) {
	round := 0
	a.compare(t, h.row, func() func() {
		round++
		var clients []*person
		for _, n := range nodes() {
			m := a.net.machine(t, h.name)
			p, _ := a.comes(t, m, fmt.Sprintf("%s-%s-%d-%d", h.name, n, run, round), n)
			h.strike(t, m, []*person{p})
			clients = append(clients, p)
		}
		return func() { a.letGo(t, clients, h.within) }
	})
}

// letGo waits until nobody of them is there any more.
func (a *audience) letGo(t *testing.T, gone []*person, d time.Duration) {
	t.Helper()
	a.until(t, d+scheduling, "they are gone", func(names map[string]nickAnswer) bool {
		return !slices.ContainsFunc(gone, func(p *person) bool { return names[p.name].State == "held" })
	})
	for _, p := range gone {
		p.close()
	}
}

// withSlow has somebody in the room who reads a byte a second.
func (a *audience) withSlow(t *testing.T, run int) {
	round := 0
	a.compare(t, slowRow, func() func() {
		round++
		name := fmt.Sprintf("slow-%d-%d", run, round)
		s := a.slow(t, name, a.home)
		a.speak(t, 1500, 0) // more than her client takes in for her
		began := time.Now()
		return func() {
			m := a.until(t, stuckWithin+proofWithin+scheduling, "she is gone", func(names map[string]nickAnswer) bool {
				return names[name].State == "grace"
			})
			most, _ := m.since(began)
			if *faultRuns > 1 { // nothing was done in between
				t.Logf("she was let go %s after 1,500 lines, having read %d bytes", most, s.read.Load())
				faults.add(slowRow, staysHeld, most)
			}
			again, took := a.comes(t, a.net.machine(t, "again"), name, others(a.home)[0])
			faults.add(slowRow, graceBack, took)
			again.close()
			s.cmd.Process.Kill()
			s.cmd.Wait()
		}
	})
}

type slowReader struct {
	cmd  *exec.Cmd
	read atomic.Int64
}

func (a *audience) slow(t *testing.T, name, node string) *slowReader {
	t.Helper()
	line := a.ssh(t, a.net.machine(t, "slow"), name, node, "-tt")
	s := &slowReader{cmd: exec.Command(line[0], line[1:]...)}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := s.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Env, s.cmd.Stdout = a.env, w
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	buf := make([]byte, 1<<10)
	var got bytes.Buffer
	for !bytes.Contains(got.Bytes(), []byte("#lobby "+name+">")) {
		n, err := r.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got.Write(buf[:n])
	}
	stop := make(chan struct{})
	t.Cleanup(func() {
		close(stop)
		in.Close()
		r.Close()
	})
	go func() {
		beat := time.NewTicker(time.Second)
		defer beat.Stop()
		for {
			select {
			case <-stop:
				return
			case <-beat.C:
			}
			if n, err := r.Read(buf[:1]); err == nil {
				s.read.Add(int64(n))
			}
		}
	}()
	return s
}

// load is what a node's process takes.
type load struct {
	memory size
	files  int
}

type size int64

func (s size) String() string { return fmt.Sprintf("%.1f MiB", float64(s)/(1<<20)) }

func (a *audience) load(t *testing.T) map[string]load {
	t.Helper()
	loads := map[string]load{}
	for node, pid := range a.pids() {
		l, err := loadOf(pid)
		if err != nil {
			t.Fatal(err)
		}
		loads[node] = l
	}
	return loads
}

func loadOf(pid int) (l load, err error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		return l, err
	}
	l.files = len(files)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return l, err
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	l.memory = size(kb << 10)
	return l, err
}

// watchLoad looks at all nodes again and again, until it is asked for the most, and for
// the memory that was kept: the least of the last looks, because any one of them may come
// right before a collection.
func (a *audience) watchLoad() func() (most map[string]load, kept map[string]size) {
	const lastLooks = 15
	pids := a.pids()
	most, stop, done := map[string]load{}, make(chan struct{}), make(chan struct{})
	looks := map[string][]size{}
	go func() {
		defer close(done)
		beat := time.NewTicker(200 * time.Millisecond)
		defer beat.Stop()
		for {
			for n, pid := range pids {
				if l, err := loadOf(pid); err == nil {
					most[n] = load{max(most[n].memory, l.memory), max(most[n].files, l.files)}
					looks[n] = append(looks[n], l.memory)
				}
			}
			select {
			case <-stop:
				return
			case <-beat.C:
			}
		}
	}()
	return func() (map[string]load, map[string]size) {
		close(stop)
		<-done
		kept := map[string]size{}
		for n, all := range looks {
			kept[n] = slices.Min(all[max(0, len(all)-lastLooks):])
		}
		return most, kept
	}
}
