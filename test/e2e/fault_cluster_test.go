package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// wire is a cluster whose three nodes are machines on a network, and so are the
// people's. Its demo has no process of its own: moniker serve made each node.
type wire struct {
	*demo
	net   *network
	nodes map[string]*machine

	mu    sync.Mutex
	fresh []chan glance // who waits for the next look at all names
}

const peoplePort, peersPort = "2222", "7222"

// newWire starts one that has to be ended.
func newWire(t *testing.T) *wire {
	t.Helper()
	n := newNetwork(t)
	w := &wire{demo: newDemo(n.dir, false), net: n, nodes: map[string]*machine{}}
	ok := false
	defer func() {
		if !ok {
			w.report(t)
			w.end()
		}
	}()
	for _, name := range nodes() {
		w.nodes[name] = n.machine(t, name)
	}
	w.join(t, "n1", "--init")
	for _, name := range []string{"n2", "n3"} {
		path := filepath.Join(w.base, "token-"+name)
		token := w.change(t, "n1", "token", "create").out
		if err := os.WriteFile(path, []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
		w.join(t, name, "--join", w.nodes["n1"].ip+":"+peersPort, "--token", "@"+path)
	}
	w.settled(t)
	eventually(t, soon, "all vote", func() bool {
		for _, n := range ask[statusAnswer](t, w.demo, "status").Nodes {
			if !n.Voter {
				return false
			}
		}
		return true
	})
	w.writeConfig(t)
	ok = true
	return w
}

// ownWire is a test's own, to break as it likes.
func ownWire(t *testing.T) *wire {
	t.Helper()
	w := newWire(t)
	t.Cleanup(func() {
		w.report(t)
		if err := w.end(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// join starts a node for the first time.
func (w *wire) join(t *testing.T, name string, how ...string) {
	t.Helper()
	m := w.nodes[name]
	w.serve(t, name, append([]string{"--name", name, "--ssh", m.ip + ":" + peoplePort, "--peer", m.ip + ":" + peersPort}, how...)...)
}

// serve starts a node on its machine, and waits until it serves people.
func (w *wire) serve(t *testing.T, name string, how ...string) *child {
	t.Helper()
	line := w.nodes[name].on(append([]string{program, "serve", "--dir", w.path(name)}, how...)...)
	c, err := spawn(line[0], w.env, line[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	w.serves = append(w.serves, c)
	eventually(t, readyWithin, name+" is ready", func() bool { return c.ended() || c.out.has(name+" is ready") })
	if c.ended() {
		t.Fatalf("%s ended: %s%s", name, c.out.String(), c.err.String())
	}
	return c
}

// report fails a test for what nodes logged, and shows their logs if it failed.
func (w *wire) report(t *testing.T) {
	w.scan()
	for _, what := range w.found {
		t.Error(what)
	}
	w.found = nil
	if t.Failed() {
		t.Log(w.logs())
	}
}

// end ends the nodes, looks through their logs, and takes the network down.
func (w *wire) end() error { return errors.Join(w.demo.end(), w.net.close()) }

func (w *wire) writeConfig(t *testing.T) {
	t.Helper()
	key := run(t, os.Environ(), "", "ssh-keygen", "-y", "-f", w.path("n1", "ssh_host_key")).wants(t, 0).out
	known := filepath.Join(w.base, "known_hosts")
	var config strings.Builder
	for _, n := range nodes() {
		fmt.Fprintf(&config, "Host %s\n  HostName %s\n  Port %s\n", n, w.nodes[n].ip, peoplePort)
	}
	fmt.Fprintf(&config, "Match all\n  HostKeyAlias moniker\n  UserKnownHostsFile %s\n  GlobalKnownHostsFile /dev/null\n"+
		"  StrictHostKeyChecking yes\n  UpdateHostKeys no\n  IdentitiesOnly yes\n  IdentityAgent none\n"+
		"  PreferredAuthentications publickey\n  ControlPath none\n  ConnectTimeout 20\n", known)
	err := errors.Join(os.WriteFile(known, []byte("moniker "+key), 0o600), os.WriteFile(w.path("ssh_config"), []byte(config.String()), 0o600))
	if err != nil {
		t.Fatal(err)
	}
}

// ssh is a command line: from a machine, as who, to a node.
func (w *wire) ssh(t *testing.T, from *machine, who, node string, options ...string) []string {
	t.Helper()
	line := append([]string{"ssh", "-F", w.path("ssh_config"), "-i", w.key(t, who), "-l", who}, options...)
	return from.on(append(line, node)...)
}

// sits puts somebody before a terminal on a machine; the prompt is not there yet.
func (w *wire) sits(t *testing.T, from *machine, who, node string) *person {
	t.Helper()
	return newPerson(t, who, w.env, w.ssh(t, from, who, node)...)
}

// comes is the same with the prompt, and how long that took.
func (w *wire) comes(t *testing.T, from *machine, who, node string) (*person, time.Duration) {
	t.Helper()
	began := time.Now()
	p := w.sits(t, from, who, node)
	prompt := "#lobby " + who + ">"
	if !watched(soon, 4*time.Millisecond*slower, func() bool { return p.last() == prompt }) {
		t.Fatalf("%s has no prompt on %s within %s; the screen is\n%s", who, node, soon, p.text())
	}
	return p, time.Since(began)
}

// watched is holdsWithin with a closer look.
func watched(within, every time.Duration, ok func() bool) bool {
	deadline := time.Now().Add(within)
	look := time.NewTicker(every)
	defer look.Stop()
	for !ok() {
		if (<-look.C).After(deadline) {
			return ok()
		}
	}
	return true
}

// glance is all names as they were at some moment between two.
type glance struct {
	began, ended time.Time
	names        map[string]nickAnswer
	err          error
}

// look is one that begins from now on.
func (w *wire) look(t *testing.T) glance {
	t.Helper()
	g := w.glance()
	if g.err != nil {
		t.Fatal(g.err)
	}
	return g
}

// glance is look for any goroutine. Whoever looks at the same time shares one, so
// that a crowd of tests costs no more than one.
func (w *wire) glance() glance {
	c := make(chan glance, 1)
	w.mu.Lock()
	w.fresh = append(w.fresh, c)
	if len(w.fresh) == 1 {
		time.AfterFunc(lookEvery, w.lookForAll)
	}
	w.mu.Unlock()
	return <-c
}

func (w *wire) lookForAll() {
	w.mu.Lock()
	waiting := w.fresh
	w.fresh = nil
	w.mu.Unlock()
	// A cluster that is busy or electing may have no answer in time, which breaks no law.
	var g glance
	holdsWithin(soon, func() bool {
		g = w.lookOnce()
		return g.err == nil
	})
	for _, c := range waiting {
		c <- g
	}
}

func (w *wire) lookOnce(at ...string) glance {
	g := glance{began: time.Now(), names: map[string]nickAnswer{}}
	cmd := exec.Command(program, "admin", "--dir", w.path(at...), "nick", "list", "-o", "json")
	cmd.Env = w.env
	said, err := cmd.Output()
	g.ended = time.Now()
	var list []nickAnswer
	if g.err = err; err == nil {
		g.err = json.Unmarshal(said, &list)
	}
	for _, n := range list {
		g.names[n.Nick] = n
	}
	return g
}

// moment is when something came about: after the first time, at the latest at the
// second.
type moment struct{ after, by time.Time }

// since is how long it took at most, and what is proven: looking takes time, and a
// test must not hold that against the program.
func (m moment) since(t time.Time) (most, proven time.Duration) {
	return m.by.Sub(t), max(m.after.Sub(t), 0)
}

// until looks until something is so of the names.
func (w *wire) until(t *testing.T, within time.Duration, what string, ok func(map[string]nickAnswer) bool) moment {
	t.Helper()
	m := moment{after: time.Now()}
	for began := time.Now(); ; {
		g := w.look(t)
		if ok(g.names) {
			m.by = g.ended
			return m
		}
		if m.after = g.began; time.Since(began) > within {
			t.Fatalf("not within %s: %s; the names are %+v", within, what, g.names)
		}
	}
}

// has tells whether a session is one of a name's.
func (n nickAnswer) has(session string) bool {
	for _, s := range n.Sessions {
		if s.ID == session {
			return true
		}
	}
	return false
}

// ear is somebody who only listens, and notes what comes when.
type ear struct {
	*child
	in io.Closer
	mu sync.Mutex

	at  map[int]time.Time
	seq []int // numbers of numbered lines, as they came
}

// numbered is the beginning of a line said by the test: its number.
func numbered(i int, filler string) string { return fmt.Sprintf("L%06dx%s", i, filler) }

var number6 = regexp.MustCompile(`L(\d{6})x`)

const numberLen = len("L000000x")

// listens puts an ear on a machine; options are ssh's, -T or -tt.
func (w *wire) listens(t *testing.T, from *machine, who, node string, options ...string) *ear {
	t.Helper()
	e := &ear{at: map[int]time.Time{}}
	line := w.ssh(t, from, who, node, options...)
	c := &child{cmd: exec.Command(line[0], line[1:]...), done: make(chan struct{})}
	c.cmd.Env, c.cmd.Stderr = w.env, &c.err
	in, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	e.child, e.in = c, in
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.done)
		e.listen(out)
		c.cmd.Wait()
	}()
	eventually(t, soon, who+" listens", func() bool { return c.out.has("Here: ") || c.ended() })
	if c.ended() {
		t.Fatalf("%s: %s%s", who, c.out.String(), c.err.String())
	}
	return e
}

// listen reads to the end.
func (e *ear) listen(from io.Reader) {
	r := bufio.NewReaderSize(from, 64<<10)
	var tail []byte
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		now := time.Now()
		e.out.Write(buf[:n])
		tail = append(tail, buf[:n]...)
		e.mu.Lock()
		for _, m := range number6.FindAllSubmatch(tail, -1) {
			i, _ := strconv.Atoi(string(m[1]))
			if _, twice := e.at[i]; !twice {
				e.at[i] = now
			}
			e.seq = append(e.seq, i)
		}
		e.mu.Unlock()
		// What may be the beginning of a number stays.
		keep := min(len(tail), numberLen-1)
		if last := bytes.LastIndexByte(tail, 'x'); last >= 0 {
			keep = min(keep, len(tail)-last-1)
		}
		tail = append(tail[:0], tail[len(tail)-keep:]...)
		if err != nil {
			return
		}
	}
}

// heard returns how often a message has come.
func (e *ear) heard(author, text string) int {
	line := regexp.MustCompile(`(?m)^\d\d:\d\d[ >] *` + regexp.QuoteMeta(author) + `  ` + regexp.QuoteMeta(text) + `\r?$`)
	return len(line.FindAllString(e.out.String(), -1))
}

// numbers returns those that have come, in their order.
func (e *ear) numbers() []int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]int(nil), e.seq...)
}

// leaves hangs up.
func (e *ear) leaves() {
	e.in.Close()
	if _, ok := e.wait(soon); !ok {
		e.cmd.Process.Kill()
		<-e.done
	}
}
