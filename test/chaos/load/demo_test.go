package load

import (
	"crypto/ed25519"
	"crypto/rand"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"moniker/test/chaos/record"
	"moniker/test/chaos/verdict"
	"moniker/test/ports"
)

// TestTheLawsHoldWhileANodeDies is a chaos run in small, on loopback and without the
// stage: ten people, one node killed. CHAOS_PROGRAM names a program that is built
// already, CHAOS_RECORD a file to keep the record in, CHAOS_FOR how long it takes.
func TestTheLawsHoldWhileANodeDies(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts processes and takes half a minute")
	}
	dir := t.TempDir()
	operator := ownKey(t, filepath.Join(dir, "home"))
	program := filepath.Join(dir, "moniker")
	if p := os.Getenv("CHAOS_PROGRAM"); p != "" {
		program = p
	} else if out, err := exec.Command("go", "build", "-o", program, "moniker/cmd/moniker").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	port := ports.Free(t)
	demo := exec.Command(program, "demo", "--dir", filepath.Join(dir, "d"), "--ssh-port", strconv.Itoa(port))
	demo.Env = append(os.Environ(), "HOME="+filepath.Join(dir, "home"), "SSH_AUTH_SOCK=")
	ready := make(chan struct{})
	demo.Stdout = &until{what: "Check  ", seen: ready}
	demo.Stderr = os.Stderr
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = demo.Wait(); close(ended) }()
	defer func() { _ = demo.Process.Signal(syscall.SIGTERM); <-ended }()
	select {
	case <-ready:
	case <-ended:
		t.Fatal("the demo has ended")
	case <-time.After(time.Minute):
		t.Fatal("the demo is not ready after a minute")
	}
	run := &record.Run{
		Seed: 7, Began: time.Now(), Where: "loopback",
		TTL: 4 * time.Second, Grace: 3 * time.Second, Silence: 3 * time.Second,
	}
	crowd, err := Start(t.Context(), Config{
		Nodes: func() []Node {
			var all []Node
			for i, name := range []string{"n1", "n2", "n3"} {
				all = append(all, Node{Name: name, SSH: net.JoinHostPort("127.0.0.1", strconv.Itoa(port+i))})
			}
			return all
		},
		Clients: wanted("CHAOS_CLIENTS", 10), Seed: run.Seed, Operator: operator, Began: run.Began, Lasts: time.Minute,
		Settings: map[string]string{"lease.ttl": "4s", "lease.grace": "3s", "keepalive.interval": "1s", "keepalive.misses": "3"},
	})
	if err != nil {
		t.Fatal(err)
	}
	span, kinds := 12*time.Second, []string{"cable"}
	if d, err := time.ParseDuration(os.Getenv("CHAOS_FOR")); err == nil {
		span, kinds = d, Kinds()
	}
	step := span / time.Duration(len(kinds)+3)
	pass(t, run, crowd, step)
	for i, kind := range kinds {
		run.Faults = append(run.Faults, crowd.Break(kind, int64(i)))
		pass(t, run, crowd, step)
	}
	if len(kinds) > 1 {
		for _, n := range []string{"n1", "n3"} {
			pid := pidOf(t, filepath.Join(dir, "d", n))
			f := record.Fault{Kind: "pause", What: n + " is suspended", Node: []string{n}, From: time.Since(run.Began)}
			_ = syscall.Kill(pid, syscall.SIGSTOP)
			pass(t, run, crowd, step)
			_ = syscall.Kill(pid, syscall.SIGCONT)
			f.To = time.Since(run.Began)
			run.Faults = append(run.Faults, f)
			pass(t, run, crowd, step)
		}
	}
	f := record.Fault{Kind: "kill", What: "n2 is killed", Node: []string{"n2"}, From: time.Since(run.Began)}
	if err := syscall.Kill(pidOf(t, filepath.Join(dir, "d", "n2")), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	pass(t, run, crowd, step)
	mend(t, program, dir)
	f.To = time.Since(run.Began)
	run.Faults = append(run.Faults, f)
	pass(t, run, crowd, step)
	run.Ops, run.Lines, run.Skips = crowd.Stop()
	run.Took = time.Since(run.Began)
	run.Samples = append(run.Samples, crowd.Sample())
	keep(t, run)
	t.Logf("%d ops, %d lines, %d skips", len(run.Ops), len(run.Lines), len(run.Skips))
	if err := verdict.Enough(run); err != nil {
		t.Error(err)
	}
	for _, f := range verdict.Judge(run, t.TempDir()) {
		t.Logf("%-28s %v  %s  %s", f.Law, f.Held, f.What, f.Numbers)
		switch f.Law {
		case "One log, one state", "Everything is bounded", "Acknowledged is kept", "Exactly once":
			continue // nobody asks the nodes here
		}
		if !f.Held {
			t.Errorf("%s is broken: %s", f.Law, f.What)
		}
	}
}

func wanted(env string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(env)); err == nil {
		return n
	}
	return usual
}

// pass lets time pass, and takes samples of it.
func pass(t *testing.T, run *record.Run, crowd *Crowd, span time.Duration) {
	end := time.NewTimer(span)
	defer end.Stop()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			run.Samples = append(run.Samples, crowd.Sample())
		case <-end.C:
			return
		case <-t.Context().Done():
			return
		}
	}
}

// pidOf is a node's process.
func pidOf(t *testing.T, dir string) int {
	data, err := os.ReadFile(filepath.Join(dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func mend(t *testing.T, program, dir string) {
	serve := exec.Command(program, "serve", "--dir", filepath.Join(dir, "d", "n2"))
	serve.Env = append(os.Environ(), "HOME="+filepath.Join(dir, "home"))
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = serve.Process.Signal(syscall.SIGTERM)
		_ = serve.Wait()
	})
}

func keep(t *testing.T, run *record.Run) {
	path := os.Getenv("CHAOS_RECORD")
	if path == "" {
		return
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := run.Write(f); err != nil {
		t.Fatal(err)
	}
}

// ownKey makes a key that the demo finds, so that it is an operator's.
func ownKey(t *testing.T, home string) ssh.Signer {
	_, secret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	pub := ssh.MarshalAuthorizedKey(signer.PublicKey())
	if err := os.WriteFile(filepath.Join(home, ".ssh", "id.pub"), pub, 0o600); err != nil {
		t.Fatal(err)
	}
	return signer
}

// until closes seen once what has been written.
type until struct {
	what string
	all  strings.Builder
	seen chan struct{}
	done bool
}

func (u *until) Write(p []byte) (int, error) {
	u.all.Write(p)
	if !u.done && strings.Contains(u.all.String(), u.what) {
		u.done = true
		close(u.seen)
	}
	return len(p), nil
}
