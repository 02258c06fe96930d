package e2e

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestDemoStartsThreeNodesAndSaysHow(t *testing.T) {
	d := sharedDemo(t)
	said := strings.TrimPrefix(d.main.out.String(), "starting n1, n2, n3\n")
	quoted := regexp.QuoteMeta(d.dir)
	lines := []string{`Three nodes on this machine, data in ` + quoted + ` \(new\), ready in \d+\.\d s\.`}
	for i, n := range nodes() {
		lines = append(lines, fmt.Sprintf(`  %s   ssh -p %d alice@127\.0\.0\.1   pid (\d+)(   leader)?`, n, d.port+i))
	}
	lines = append(lines,
		`Talk   any name will do; your key makes it yours\. Open two terminals\.`,
		fmt.Sprintf(`Look   ssh -p %d 127\.0\.0\.1 admin nick list +\(your keys may do this\)`, d.port),
		`       moniker admin --dir `+quoted+` status`,
		`Break  kill -9 (\d+) +and back: moniker serve --dir `+quoted+`/n\d`,
		`Stop   Ctrl-C +names, history and host key stay for next time`,
		`Check  (SHA256:\S+)  host key of all three`)
	m := regexp.MustCompile(`^` + strings.Join(lines, "\n") + "\n").FindStringSubmatch(said)
	if m == nil {
		t.Fatalf("the first screen is\n%s\nwant\n%s", said, strings.Join(lines, "\n"))
	}
	if n := strings.Count(said, "   leader\n"); n != 1 {
		t.Errorf("%d leaders are shown", n)
	}
	pids := d.pids()
	for i, n := range nodes() {
		if got := strconv.Itoa(pids[n]); got != m[1+2*i] {
			t.Errorf("%s has pid %s, the screen says %s", n, got, m[1+2*i])
		}
		if group, err := syscall.Getpgid(pids[n]); err != nil || group != pids[n] {
			t.Errorf("%s is in process group %d, %v; want its own", n, group, err)
		}
	}
	hosts := d.path("known_hosts")
	if got, want := fingerprint(t, hosts), m[len(m)-1]; got != want {
		t.Errorf("known_hosts has %s, the screen says %s", got, want)
	}
	onlyLoopback(t, pids)
	onlyOurs(t, d.dir)
	asksNothing(t, d, hosts)
}

// onlyLoopback checks what the processes listen on.
func onlyLoopback(t *testing.T, pids map[string]int) {
	t.Helper()
	sockets := map[string]bool{}
	for _, pid := range pids {
		fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		for _, fd := range fds {
			to, _ := os.Readlink(fd)
			if inode, ok := strings.CutPrefix(to, "socket:["); ok {
				sockets[strings.TrimSuffix(inode, "]")] = true
			}
		}
	}
	listening := 0
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		file, err := os.Open(table)
		if err != nil {
			continue
		}
		defer file.Close()
		for lines := bufio.NewScanner(file); lines.Scan(); {
			f := strings.Fields(lines.Text())
			const localAddress, state, inode, listen, loopback = 1, 3, 9, "0A", "0100007F:"
			if len(f) <= inode || f[state] != listen || !sockets[f[inode]] {
				continue
			}
			listening++
			if !strings.HasPrefix(f[localAddress], loopback) {
				t.Errorf("a node listens on %s", f[localAddress])
			}
		}
	}
	if listening != 2*len(pids) {
		t.Errorf("%d listening sockets found, want one for people and one for nodes each", listening)
	}
}

// onlyOurs checks that nobody else can read a file or enter the folder.
func onlyOurs(t *testing.T, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || strings.HasPrefix(e.Name(), ".new-") {
			return nil // it was there for a moment
		}
		info, err := e.Info()
		if err != nil {
			return nil
		}
		switch {
		case e.Name() == "snapshots": // behind a folder that is closed
		case e.IsDir() && info.Mode().Perm() != 0o700, !e.IsDir() && info.Mode().Perm() != 0o600:
			t.Errorf("%s has mode %s", path, info.Mode())
		}
		files++
		return nil
	})
	if err != nil || files < 30 {
		t.Errorf("%d files looked at, %v", files, err)
	}
}

// asksNothing checks that ssh -F goes through, on every node, without a question, a
// word on stderr, or a change to known_hosts.
func asksNothing(t *testing.T, d *demo, hosts string) {
	t.Helper()
	before, err := os.ReadFile(hosts)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes() {
		for _, who := range []string{"alice", "bob", "mallory"} {
			r := run(t, d.env, "", "ssh", "-F", d.path("ssh_config"), "-o", "BatchMode=yes", who+"@"+n, "who").wants(t, 0, "NAME")
			if r.err != "" {
				t.Errorf("%s@%s is told %q", who, n, r.err)
			}
		}
	}
	if after, _ := os.ReadFile(hosts); string(after) != string(before) {
		t.Errorf("known_hosts was %s, and is %s", before, after)
	}
}

func TestSameFolderGoesOn(t *testing.T) {
	d := startDemo(t)
	alice := d.person(t, "alice", "n1")
	alice.say("this stays")
	alice.hears("alice", "this stays", soon)
	alice.press("\x04")
	alice.waitFor("Bye. alice stays yours", soon)
	alice.gone()
	bob := d.person(t, "bob", "n2")
	before := ask[nickAnswer](t, d, "nick", "show", "alice")
	bobBefore := ask[nickAnswer](t, d, "nick", "show", "bob")
	hostKey := fingerprint(t, d.path("known_hosts"))
	ids := map[string]string{}
	for _, n := range d.status(t).Nodes {
		ids[n.Name] = n.ID
	}
	if exit := d.stop(t, syscall.SIGINT); exit != 0 || !d.main.out.has("stopped. The same command goes on from here.") {
		t.Errorf("exit %d, %s", exit, d.main.out.String())
	}
	bob.waitFor(" is stopping. bob stays yours", soon)
	bob.gone()
	d.admin(t, "status").wants(t, 3, "moniker: none of the 3 nodes in "+d.dir+" is running.\n  Nothing was changed.")

	if err := d.start(); err != nil {
		t.Fatal(err)
	}
	if first, _, _ := strings.Cut(strings.TrimPrefix(d.main.out.String(), "starting n1, n2, n3\n"), "\n"); !strings.Contains(first, "(2 names, 1 message, since ") {
		t.Errorf("the first line is %q", first)
	}
	after := ask[nickAnswer](t, d, "nick", "show", "alice")
	bobAfter := ask[nickAnswer](t, d, "nick", "show", "bob")
	if after.Token != before.Token || after.Owner != before.Owner || after.State != "grace" {
		t.Errorf("alice was %+v, and is %+v", before, after)
	}
	if bobAfter.Token != bobBefore.Token || bobAfter.Owner != bobBefore.Owner || bobAfter.State != "grace" {
		t.Errorf("bob was %+v, and is %+v", bobBefore, bobAfter)
	}
	if got := fingerprint(t, d.path("known_hosts")); got != hostKey {
		t.Errorf("the host key was %s, and is %s", hostKey, got)
	}
	for _, n := range d.status(t).Nodes {
		if ids[n.Name] != n.ID {
			t.Errorf("%s was %s, and is %s", n.Name, ids[n.Name], n.ID)
		}
	}
	alice = d.person(t, "alice", "n3")
	alice.wants("Welcome back, alice.")
	alice.heardOnce("alice", "this stays")
	d.settled(t)
}

func TestEndingTheDemoEndsAllNodes(t *testing.T) {
	d := startDemo(t)
	end := func(t *testing.T, how func()) {
		t.Helper()
		pids := d.pids()
		if len(pids) != len(nodes()) {
			t.Fatalf("these run: %v", pids)
		}
		how()
		for n, pid := range pids {
			eventually(t, soon, fmt.Sprintf("%s (pid %d) is gone", n, pid), func() bool { return !alive(pid) })
		}
		if _, ok := d.main.wait(soon); !ok {
			t.Error("the demo itself is still there")
		}
		d.scan()
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(sig.String(), func(t *testing.T) {
			if d.main.ended() {
				if err := d.start(); err != nil {
					t.Fatal(err)
				}
			}
			end(t, func() { d.main.cmd.Process.Signal(sig) })
		})
	}
	t.Run("go run killed", func(t *testing.T) {
		args := []string{"run"}
		if raceDetector {
			args = append(args, "-race")
		}
		c, err := spawn("go", d.env, append(args, "moniker/cmd/moniker", "demo", "--dir", d.dir)...)
		if err != nil {
			t.Fatal(err)
		}
		d.main = c
		// The program is linked anew, on a machine that does other things.
		if !holdsWithin(4*readyWithin, func() bool { return c.out.has("Check  ") || c.ended() }) || c.ended() {
			t.Fatalf("%s%s", c.out.String(), c.err.String())
		}
		end(t, func() { c.cmd.Process.Kill() })
	})
}

func TestPortInUse(t *testing.T) {
	d := idleDemo(t)
	if err := d.start(); err != nil {
		t.Fatal(err)
	}
	d.stop(t, syscall.SIGINT)
	d.main = nil
	before := digest(t, d.dir)
	for i, n := range nodes() {
		l := listen(t, d.port+i)
		moniker(t, d.env, "demo", "--dir", d.dir).wants(t, 1,
			fmt.Sprintf("moniker: 127.0.0.1:%d is taken by another program.\n  Other ports: moniker demo --ssh-port ", d.port+i))
		moniker(t, d.env, "serve", "--dir", d.path(n)).wants(t, 1,
			fmt.Sprintf("moniker: 127.0.0.1:%d is taken by another program.\n  Another address: --ssh HOST:PORT\n", d.port+i))
		l.Close()
	}
	sameDigest(t, before, digest(t, d.dir))

	fresh := filepath.Join(d.base, "fresh")
	l := listen(t, d.port)
	moniker(t, d.env, "demo", "--dir", fresh, "--ssh-port", strconv.Itoa(d.port)).wants(t, 1,
		fmt.Sprintf("moniker: 127.0.0.1:%d is taken by another program.\n  Other ports: moniker demo --ssh-port %d\n", d.port, d.port+1000))
	l.Close()
	if left := digest(t, fresh); len(left) != 0 {
		t.Errorf("a demo that did not start left %v", left)
	}
	if err := d.start(); err != nil {
		t.Errorf("with its ports free again: %v", err)
	}
}

func TestFolderInUse(t *testing.T) {
	d := sharedDemo(t)
	before := digest(t, d.dir, "raft.db", "log")
	moniker(t, d.env, "demo", "--dir", d.dir).wants(t, 1,
		fmt.Sprintf("moniker: %s is in use by a running demo (pid %d).\n  Stop it with Ctrl-C there, or use another folder: --dir OTHER\n", d.dir, d.main.pid()))
	for n, pid := range d.pids() {
		moniker(t, d.env, "serve", "--dir", d.path(n)).wants(t, 1,
			fmt.Sprintf("moniker: %s is in use by a running node (pid %d).\n", d.path(n), pid))
	}
	sameDigest(t, before, digest(t, d.dir, "raft.db", "log"))
	eventually(t, soon, "all three go on", func() bool {
		return strings.Contains(d.admin(t, "status").wants(t, 0).out, "quorum yes, 3 of 3 voters up")
	})
}

func TestCorruptFolder(t *testing.T) {
	d := startDemo(t)
	d.stop(t, syscall.SIGINT)
	garbage := []byte(strings.Repeat("this is no database. ", 2000))
	cut := func(data []byte) []byte { return data[:len(data)/2] }
	flip := func(data []byte) []byte {
		out := append([]byte{}, data...)
		out[len(out)/2] ^= 0x11
		return out
	}
	// Damage to n2: the demo's own words for it end up behind "n2 ended while it was
	// starting".
	for _, c := range []struct {
		name, file string
		damage     func([]byte) []byte // nil: the file is deleted
		want       string
		touched    string // a file that the attempt itself changes
	}{
		{"record cut", "node.json", cut, "node.json is damaged", ""},
		{"record of another kind", "node.json", func([]byte) []byte { return []byte(`{"name": 7}`) }, "node.json is damaged", ""},
		{"store is garbage", "raft.db", func([]byte) []byte { return garbage }, "raft.db cannot be opened", ""},
		{"store is empty", "raft.db", func([]byte) []byte { return nil }, "raft.db has lost its data", "raft.db"}, // the database fills an empty file
		{"store is gone", "raft.db", nil, "raft.db has lost its data", ""},
		{"node key cut", "node.key", cut, "node.key is damaged", ""},
		{"node key gone", "node.key", nil, "node.key is damaged: it is gone", ""},
		{"node key flipped", "node.key", flip, "node.key is damaged", ""},
		{"certificate cut", "node.crt", cut, "node.crt is damaged", ""},
		{"CA key cut", "ca.key", cut, "ca.key is damaged", ""},
		{"host key cut", "ssh_host_key", cut, "ssh_host_key is damaged", ""},
		{"host key gone", "ssh_host_key", nil, "ssh_host_key is damaged: it is gone", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := d.path("n2", c.file)
			sound, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if c.damage == nil {
				err = os.Remove(path)
			} else {
				err = os.WriteFile(path, c.damage(sound), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			before := digest(t, d.path("n2"), c.touched)
			moniker(t, d.env, "serve", "--dir", d.path("n2")).wants(t, 1, "moniker: "+d.path("n2")+string(filepath.Separator)+c.want)
			sameDigest(t, before, digest(t, d.path("n2"), c.touched))
			moniker(t, d.env, "demo", "--dir", d.dir).wants(t, 1, "moniker: ", d.path("n2")+string(filepath.Separator)+c.want)
			sameDigest(t, before, digest(t, d.path("n2"), c.touched))
			if pids := d.pids(); len(pids) > 0 {
				t.Errorf("these were left running: %v", pids)
			}
			if err := os.WriteFile(path, sound, 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
	t.Run("plan cut", func(t *testing.T) {
		path := d.path("demo.json")
		sound, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, cut(sound), 0o600); err != nil {
			t.Fatal(err)
		}
		before := digest(t, d.dir)
		moniker(t, d.env, "demo", "--dir", d.dir).wants(t, 1, "moniker: "+path+" is damaged")
		sameDigest(t, before, digest(t, d.dir))
		if err := os.WriteFile(path, sound, 0o600); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("undone", func(t *testing.T) {
		if err := d.start(); err != nil {
			t.Fatal(err)
		}
		d.settled(t)
	})
}

// listen takes a port for a while.
func listen(t *testing.T, port int) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// digest is what is in a folder: not what every start leaves there, nor the files
// called as skip says.
func digest(t *testing.T, dir string, skip ...string) map[string]string {
	t.Helper()
	skip = append(skip, "lock", "log", "stderr", "admin.sock")
	sums := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || slices.Contains(skip, e.Name()) || !e.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		sums[path] = fmt.Sprintf("%d bytes, %x", len(data), sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

func sameDigest(t *testing.T, before, after map[string]string) {
	t.Helper()
	for path, sum := range before {
		if after[path] != sum {
			t.Errorf("%s was %s, and is %s", path, sum, cmp.Or(after[path], "gone"))
		}
	}
	for path := range after {
		if _, was := before[path]; !was {
			t.Errorf("%s is new", path)
		}
	}
}
