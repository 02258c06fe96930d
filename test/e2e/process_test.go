package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	lookEvery = 20 * time.Millisecond * slower
	// soon is for what a healthy cluster does in well under a second, on a machine
	// that runs other tests beside these.
	soon = 20 * time.Second * slower
)

// eventually polls, because what it waits for is other processes' doing.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	if !holdsWithin(within, ok) {
		t.Fatalf("not within %s: %s", within, what)
	}
}

func holdsWithin(within time.Duration, ok func() bool) bool {
	late := time.NewTimer(within)
	defer late.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for !ok() {
		select {
		case <-look.C:
		case <-late.C:
			return ok()
		}
	}
	return true
}

// never is the opposite: it looks on for a while.
func never(t *testing.T, during time.Duration, what string, happened func() bool) {
	t.Helper()
	if holdsWithin(during, happened) {
		t.Fatalf("within %s: %s", during, what)
	}
}

// text is what a process has written.
type text struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *text) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *text) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

func (o *text) has(s string) bool { return strings.Contains(o.String(), s) }

// child is a process of ours.
type child struct {
	cmd      *exec.Cmd
	out, err text
	done     chan struct{} // closed when it has ended
}

// spawn starts a process whose end somebody else sees to: see child.end.
func spawn(name string, env []string, args ...string) (*child, error) {
	c := &child{cmd: exec.Command(name, args...), done: make(chan struct{})}
	c.cmd.Env, c.cmd.Stdout, c.cmd.Stderr = env, &c.out, &c.err
	c.cmd.WaitDelay = 20 * time.Second // grandchildren may hold the pipes
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		c.cmd.Wait()
		close(c.done)
	}()
	return c, nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

func (c *child) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// wait returns the exit status; false if there is none in time.
func (c *child) wait(within time.Duration) (exit int, ok bool) {
	late := time.NewTimer(within)
	defer late.Stop()
	select {
	case <-c.done:
		return c.cmd.ProcessState.ExitCode(), true
	case <-late.C:
		return 0, false
	}
}

// end ends it as a person would, and in the end by force.
func (c *child) end() error {
	if c.ended() {
		return nil
	}
	c.cmd.Process.Signal(syscall.SIGINT)
	if _, ok := c.wait(soon); ok {
		return nil
	}
	c.cmd.Process.Kill()
	c.wait(soon)
	return fmt.Errorf("process %d did not end on SIGINT within %s", c.pid(), soon)
}

// result is how a short command went.
type result struct {
	exit     int
	out, err string
}

func (r result) String() string {
	return fmt.Sprintf("exit %d\nstdout:\n%s\nstderr:\n%s", r.exit, r.out, r.err)
}

// run runs a short command. Its deadline is long: who wants speed measures it.
func run(t *testing.T, env []string, stdin, name string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*soon)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var out, errs text
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, strings.NewReader(stdin), &out, &errs
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	r := result{out: out.String(), err: errs.String()}
	var exit *exec.ExitError
	if err != nil && (ctx.Err() != nil || !errors.As(err, &exit)) {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, r)
	}
	r.exit = cmd.ProcessState.ExitCode()
	return r
}

// wants checks a result: its exit status, and words that must be in stdout (or, if
// the exit status is not 0, in stderr).
func (r result) wants(t *testing.T, exit int, words ...string) result {
	t.Helper()
	where := r.out
	if exit != 0 {
		where = r.err
	}
	for _, w := range words {
		if r.exit != exit || !strings.Contains(where, w) {
			t.Fatalf("want exit %d and %q, got %s", exit, w, r)
		}
	}
	if r.exit != exit {
		t.Fatalf("want exit %d, got %s", exit, r)
	}
	return r
}

// moniker runs the program.
func moniker(t *testing.T, env []string, args ...string) result {
	t.Helper()
	return run(t, env, "", program, args...)
}

// environment is a process's: nobody's keys and agent, and a place for what the
// race detector finds.
func environment(home, races string, more ...string) []string {
	var env []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "HOME", "SSH_AUTH_SOCK", "SSH_ASKPASS", "DISPLAY", "MONIKER_TOKEN", "NO_COLOR", "TERM", "TZ", "GORACE":
			continue
		}
		env = append(env, v)
	}
	// The go command wants its caches where they are.
	for _, v := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		if os.Getenv(v) != "" {
			continue
		}
		if said, err := exec.Command("go", "env", v).Output(); err == nil {
			env = append(env, v+"="+strings.TrimSpace(string(said)))
		}
	}
	return append(append(env, "HOME="+home, "TERM=xterm-256color", "GORACE=atexit_sleep_ms=20 log_path="+races), more...)
}

// alive tells whether a process runs; one that is dead and not yet buried does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		if _, noProc := os.Stat("/proc/self/stat"); noProc == nil {
			return false
		}
		return syscall.Kill(pid, 0) == nil
	}
	_, rest, _ := strings.Cut(string(stat[bytes.LastIndexByte(stat, ')'):]), " ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}

// keygen makes a key with OpenSSH's own tool.
func keygen(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, os.Environ(), "", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", filepath.Base(path), "-f", path).wants(t, 0)
}

// fingerprint is a public key's, as OpenSSH tells it.
func fingerprint(t *testing.T, path string) string {
	t.Helper()
	r := run(t, os.Environ(), "", "ssh-keygen", "-lf", path).wants(t, 0, "SHA256:")
	return strings.Fields(r.out)[1]
}
