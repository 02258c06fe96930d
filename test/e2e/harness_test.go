package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"moniker/test/ports"
)

const readyWithin = 40 * time.Second * slower

// demo is a folder of nodes, and the processes on it.
type demo struct {
	base   string // the test's folder
	dir    string // the demo's
	port   int    // n1's for people
	free   func() // gives the ports back; nil: there are none, or they are the test's
	env    []string
	own    string // the caller's key; empty: none
	main   *child // moniker demo
	serves []*child
	found  []string // what was in logs that no log may have
}

// nodes of a demo.
func nodes() []string { return []string{"n1", "n2", "n3"} }

// newDemo is a demo that is not started yet. withKey gives the caller a key, which
// makes them an operator.
func newDemo(base string, withKey bool) *demo {
	d := &demo{base: base, dir: filepath.Join(base, "d")}
	home := filepath.Join(base, "home")
	d.env = environment(home, filepath.Join(base, "race"))
	if withKey {
		d.own = filepath.Join(home, ".ssh", "id_ed25519")
	}
	return d
}

// startDemo gives a test a demo of its own.
func startDemo(t *testing.T) *demo {
	t.Helper()
	d := idleDemo(t)
	if err := d.start(); err != nil {
		t.Fatal(err)
	}
	return d
}

// idleDemo is one that the test starts itself.
func idleDemo(t *testing.T) *demo {
	t.Helper()
	needs(t, "ssh", "ssh-keygen")
	d := newDemo(t.TempDir(), false)
	t.Cleanup(func() {
		if err := d.end(); err != nil {
			t.Error(err)
		}
		d.report(t)
	})
	return d
}

// sharedDemo gives a test the demo that all may use and none may harm. Its caller
// has a key.
func sharedDemo(t *testing.T) *demo {
	t.Helper()
	needs(t, "ssh", "ssh-keygen")
	common.once.Do(func() {
		var base string
		if base, common.err = os.MkdirTemp("", "e2e-"); common.err != nil {
			return
		}
		d := newDemo(base, true)
		keygen(t, d.own)
		common.demo, common.err = d, d.start()
	})
	if common.err != nil {
		t.Fatal(common.err)
	}
	t.Cleanup(func() { common.demo.report(t) })
	return common.demo
}

// start runs moniker demo and waits until it says that it is ready. A folder that
// has been started keeps its ports.
func (d *demo) start() error {
	args := []string{"demo", "--dir", d.dir}
	if d.port == 0 {
		var err error
		if d.port, d.free, err = ports.Take(); err != nil {
			return err
		}
		args = append(args, "--ssh-port", strconv.Itoa(d.port))
	}
	c, err := spawn(program, d.env, args...)
	if err != nil {
		return err
	}
	d.main = c
	holdsWithin(readyWithin, func() bool { return c.out.has("Check  ") || c.ended() })
	if c.ended() || !c.out.has("ready in") {
		return fmt.Errorf("the demo is not ready within %s:\n%s\n%s\n%s", readyWithin, c.out.String(), c.err.String(), d.logs())
	}
	return nil
}

// stop ends the demo with a signal, waits, and returns its exit status.
func (d *demo) stop(t *testing.T, sig syscall.Signal) int {
	t.Helper()
	d.main.cmd.Process.Signal(sig)
	exit, ok := d.main.wait(soon)
	if !ok {
		t.Fatalf("the demo did not end within %s of %v", soon, sig)
	}
	d.scan()
	return exit
}

// end ends all that runs.
func (d *demo) end() error {
	var errs []error
	pids := d.pids()
	for _, c := range d.serves {
		errs = append(errs, c.end())
	}
	if d.main != nil {
		errs = append(errs, d.main.end())
	}
	for node, pid := range pids {
		if !holdsWithin(soon, func() bool { return !alive(pid) }) {
			syscall.Kill(pid, syscall.SIGKILL)
			errs = append(errs, fmt.Errorf("%s (pid %d) outlived the demo", node, pid))
		}
	}
	if d.free != nil {
		d.free()
	}
	d.scan()
	for _, what := range d.found {
		errs = append(errs, errors.New(what))
	}
	d.found = nil
	return errors.Join(errs...)
}

// scan looks for what no log may have.
func (d *demo) scan() {
	var files []string
	for _, pattern := range []string{"d/n*/log", "d/n*/log.old", "d/n*/stderr", "race.*"} {
		found, _ := filepath.Glob(filepath.Join(d.base, pattern))
		files = append(files, found...)
	}
	for _, f := range files {
		data, _ := os.ReadFile(f)
		d.find(f, string(data))
	}
	for _, c := range append(d.serves, d.main) {
		if c != nil {
			d.find("a process", c.err.String())
		}
	}
}

func (d *demo) find(where, said string) {
	for _, bad := range []string{"panic", "DATA RACE", "fatal error"} {
		if i := strings.Index(said, bad); i >= 0 {
			d.found = append(d.found, fmt.Sprintf("%s has %q:\n%s", where, bad, said[max(0, i-200):min(len(said), i+4000)]))
			return
		}
	}
}

// report fails a test for what its nodes logged, and shows the logs if it failed.
func (d *demo) report(t *testing.T) {
	if d.free != nil {
		d.free()
	}
	d.scan()
	for _, what := range d.found {
		t.Error(what)
	}
	d.found = nil
	if t.Failed() && d.main != nil {
		t.Logf("demo:\n%s%s\n%s", d.main.out.String(), d.main.err.String(), d.logs())
	}
}

// logs are the ends of the nodes' logs.
func (d *demo) logs() string {
	const most = 25 // lines of each
	var out strings.Builder
	for _, n := range nodes() {
		for _, f := range []string{"log", "stderr"} {
			data, _ := os.ReadFile(d.path(n, f))
			lines := strings.Split(strings.TrimSpace(string(data)), "\n")
			fmt.Fprintf(&out, "--- %s/%s\n", n, f)
			for _, l := range lines[max(0, len(lines)-most):] {
				fmt.Fprintf(&out, "%.300s\n", l)
			}
		}
	}
	return out.String()
}

func (d *demo) path(parts ...string) string {
	return filepath.Join(append([]string{d.dir}, parts...)...)
}

// pids are those that nodes recorded and that are alive.
func (d *demo) pids() map[string]int {
	pids := map[string]int{}
	for _, n := range nodes() {
		data, err := os.ReadFile(d.path(n, "pid"))
		if err != nil {
			continue
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
		// The number may be somebody else's by now.
		line, readErr := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err == nil && alive(pid) && (readErr != nil || strings.Contains(string(line), d.path(n))) {
			pids[n] = pid
		}
	}
	return pids
}

// kill sends a signal to a node, and waits for its end if it is SIGKILL.
func (d *demo) kill(t *testing.T, node string, sig syscall.Signal) {
	t.Helper()
	pid, ok := d.pids()[node]
	if !ok {
		t.Fatalf("%s does not run", node)
	}
	if err := syscall.Kill(pid, sig); err != nil {
		t.Fatal(err)
	}
	if sig == syscall.SIGKILL {
		eventually(t, soon, node+" is dead", func() bool { return !alive(pid) })
	}
}

// serve starts a node that was killed, by its folder alone, and waits until it
// serves people.
func (d *demo) serve(t *testing.T, node string) *child {
	t.Helper()
	c, err := spawn(program, d.env, "serve", "--dir", d.path(node))
	if err != nil {
		t.Fatal(err)
	}
	d.serves = append(d.serves, c)
	eventually(t, readyWithin, node+" is ready", func() bool { return c.ended() || c.out.has(node+" is ready") })
	if c.ended() {
		t.Fatalf("%s ended: %s%s", node, c.out.String(), c.err.String())
	}
	return c
}

// admin asks the demo, or one node of it: admin(t, "n2", ...).
func (d *demo) admin(t *testing.T, args ...string) result {
	t.Helper()
	dir := d.dir
	if len(args) > 0 && len(args[0]) == 2 && args[0][0] == 'n' {
		dir, args = d.path(args[0]), args[1:]
	}
	return moniker(t, d.env, append([]string{"admin", "--dir", dir}, args...)...)
}

// change is admin that asks again where nobody leads, which a busy machine brings about.
func (d *demo) change(t *testing.T, args ...string) result {
	t.Helper()
	var r result
	eventually(t, soon, "there is a leader", func() bool {
		r = d.admin(t, args...)
		return r.exit != exitNoLeader
	})
	return r.wants(t, exitDone)
}

// lead has a node lead, again if another does by the time.
func (d *demo) lead(t *testing.T, node string) {
	t.Helper()
	eventually(t, soon, node+" leads", func() bool {
		if d.status(t).Leader == node {
			return true
		}
		d.admin(t, "node", "lead", node)
		return false
	})
}

// ask reads an admin answer in JSON.
func ask[T any](t *testing.T, d *demo, args ...string) T {
	t.Helper()
	r := d.admin(t, append(args, "-o", "json")...).wants(t, 0)
	return decode[T](t, r.out)
}

// decode reads one JSON value, with no field that we do not know.
func decode[T any](t *testing.T, s string) T {
	t.Helper()
	var v T
	dec := json.NewDecoder(strings.NewReader(s))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, s)
	}
	if strings.Count(s, "\n") != 1 || !strings.HasSuffix(s, "\n") {
		t.Fatalf("JSON is not on one line: %q", s)
	}
	return v
}

// Answers of admin -o json, as the contract has them.
type (
	statusAnswer struct {
		Leader      string       `json:"leader"`
		Term        int64        `json:"term"`
		Quorum      bool         `json:"quorum"`
		ClusterTime int64        `json:"cluster_time_ms"`
		Nodes       []nodeAnswer `json:"nodes"`
	}
	nodeAnswer struct {
		Name      string `json:"name"`
		ID        string `json:"id"`
		Leader    bool   `json:"leader"`
		Voter     bool   `json:"voter"`
		Reachable bool   `json:"reachable"`
		Applied   *int64 `json:"applied_index"`
		Sessions  *int   `json:"sessions"`
		SSH       string `json:"ssh"`
		Peer      string `json:"peer"`
	}
	nickAnswer struct {
		Nick       string       `json:"nick"`
		Owner      string       `json:"owner"`
		State      string       `json:"state"`
		Registered bool         `json:"registered"`
		Token      string       `json:"token"`
		Expires    *int64       `json:"expires_in_ms"`
		Sessions   []seatAnswer `json:"sessions"`
	}
	seatAnswer struct {
		ID    string    `json:"id"`
		Node  string    `json:"node"`
		Since time.Time `json:"since"`
	}
	sessionAnswer struct {
		ID       string    `json:"id"`
		Nick     string    `json:"nick"`
		Identity string    `json:"identity"`
		Key      string    `json:"key"` // by which it came: one of the identity\'s
		Node     string    `json:"node"`
		Since    time.Time `json:"since"`
		Heard    int64     `json:"last_heard_ms"`
		Away     *int64    `json:"away_ms"`
	}
)

// status asks until there is a leader.
func (d *demo) status(t *testing.T, args ...string) statusAnswer {
	t.Helper()
	var s statusAnswer
	eventually(t, soon, "there is a leader", func() bool {
		s = ask[statusAnswer](t, d, append(args, "status")...)
		return s.Leader != "" && s.Quorum
	})
	return s
}

// others are the nodes but one.
func others(node string) []string {
	var rest []string
	for _, n := range nodes() {
		if n != node {
			rest = append(rest, n)
		}
	}
	return rest
}

// settled waits until all nodes are up and have applied the same, and nobody's
// name differs.
func (d *demo) settled(t *testing.T) {
	t.Helper()
	eventually(t, soon, "all nodes have the same", func() bool {
		s := ask[statusAnswer](t, d, "status")
		for _, n := range s.Nodes {
			if !n.Reachable || n.Applied == nil || *n.Applied != *s.Nodes[0].Applied {
				return false
			}
		}
		return len(s.Nodes) == len(nodes()) && s.Quorum
	})
	// One after the other is asked, and names may go on changing meanwhile.
	names := map[string]string{}
	same := func() bool {
		for _, n := range nodes() {
			var got strings.Builder
			for _, name := range ask[[]nickAnswer](t, d, n, "nick", "list", "--stale") {
				fmt.Fprintln(&got, name.Nick, name.Owner, name.State, name.Token)
			}
			names[n] = got.String()
		}
		return names["n2"] == names["n1"] && names["n3"] == names["n1"]
	}
	if !holdsWithin(soon, same) {
		t.Fatalf("names differ for %s: %v", soon, names)
	}
}

// key is where the private key of somebody is, made if there is none.
func (d *demo) key(t *testing.T, who string) string {
	t.Helper()
	for _, path := range []string{d.path("keys", who), filepath.Join(d.base, "keys", who)} {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	path := filepath.Join(d.base, "keys", who)
	keygen(t, path)
	return path
}

// sshArgs are ssh's, to come as name with the key of who.
func (d *demo) sshArgs(t *testing.T, who, name, node string, more ...string) []string {
	t.Helper()
	args := []string{"-F", d.path("ssh_config")}
	if who != name || who != "alice" && who != "bob" && who != "mallory" {
		args = append(args, "-i", d.key(t, who), "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none")
	}
	return append(append(args, "-l", name, node), more...)
}

// pipe comes without a terminal.
func (d *demo) pipe(t *testing.T, who, name, node, stdin string, command ...string) result {
	t.Helper()
	args := append([]string{"-T"}, d.sshArgs(t, who, name, node, command...)...)
	return run(t, d.env, stdin, "ssh", args...)
}
