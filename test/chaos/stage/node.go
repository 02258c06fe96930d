package stage

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// node is one node of the cluster, whether its process runs or not.
type node struct {
	name    string
	dir     string // its folder
	said    string // the file that has what its processes said
	clock   string // the file that says by how much its clock is wrong
	count   string // the file that says how many goroutines it has
	machine machine
	program string

	mu     sync.Mutex
	run    *process
	lives  []*process
	holder string // the fault that has it; empty: none, and whoever ends is started again
	member bool   // it belongs to the cluster
	spare  bool   // it comes and goes
}

// process is a node's that runs, or ran.
type process struct {
	cmd   *exec.Cmd
	stdin interface{ Close() error }
	began time.Time
	from  int64         // where in node.said its words begin
	done  chan struct{} // closed when it has ended
	asked bool          // it may end, or must; under the node's lock
	by    string        // what we did to end it: killed, stopped; likewise
	term  time.Time     // when it was first asked to stop; likewise
	over  time.Time     // when it had ended; likewise
}

// start starts the node's process. args are for a folder that is new.
func (n *node) start(args ...string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.run != nil && !n.run.ended() {
		return nil
	}
	out, err := os.OpenFile(n.said, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	at, err := out.Seek(0, 2)
	if err != nil {
		return err
	}
	cmd := exec.Command(n.program, append([]string{"--dir", n.dir, "--name", n.name, "--ssh", n.machine.ssh(), "--peer", n.machine.peer()}, args...)...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = append(os.Environ(), append(n.machine.env(), "MONIKER_CHAOS_CLOCK="+n.clock, "MONIKER_CHAOS_COUNT="+n.count, "GORACE=atexit_sleep_ms=20")...)
	hold, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := n.machine.start(cmd); err != nil {
		return fmt.Errorf("%s cannot be started: %w", n.name, err)
	}
	p := &process{cmd: cmd, stdin: hold, began: time.Now(), from: at, done: make(chan struct{})}
	n.run = p
	n.lives = append(n.lives, p)
	go func() {
		cmd.Wait()
		n.mu.Lock()
		p.over = time.Now()
		n.mu.Unlock()
		close(p.done)
	}()
	return nil
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// within waits for the end.
func (p *process) within(d time.Duration) bool {
	late := time.NewTimer(d)
	defer late.Stop()
	select {
	case <-p.done:
		return true
	case <-late.C:
		return false
	}
}

// process returns the one that runs; nil: none does.
func (n *node) process() *process {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.run == nil || n.run.ended() {
		return nil
	}
	return n.run
}

// pid is the running process's; 0: none runs.
func (n *node) pid() int {
	if p := n.process(); p != nil {
		return p.cmd.Process.Pid
	}
	return 0
}

// signal sends one to the process that runs. To end it by one is our doing.
func (n *node) signal(sig syscall.Signal) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.run == nil || n.run.ended() {
		return
	}
	switch sig {
	case syscall.SIGKILL:
		n.run.asked, n.run.by = true, "killed"
	case syscall.SIGTERM:
		n.run.asked, n.run.by = true, "stopped"
		if n.run.term.IsZero() {
			n.run.term = time.Now()
		}
	}
	n.run.cmd.Process.Signal(sig)
}

// expectEnd says that the process may end by itself, and that this is right.
func (n *node) expectEnd() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.run != nil {
		n.run.asked = true
	}
}

// doom says that the process is about to be killed, whatever it makes of what is done to
// it before.
func (n *node) doom() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.run != nil && !n.run.ended() {
		n.run.asked, n.run.by = true, "killed"
	}
}

// kill ends the process as SIGKILL does, and waits for it to be gone. What it has
// written, the kernel still has: powers are about what it has not.
func (n *node) kill() {
	p := n.process()
	if p == nil {
		return
	}
	n.signal(syscall.SIGKILL)
	<-p.done
}

const stopWithin = 20 * time.Second

// stop ends the process as a person does.
func (n *node) stop() error {
	p := n.process()
	if p == nil {
		return nil
	}
	n.signal(syscall.SIGTERM)
	n.signal(syscall.SIGCONT)
	if p.within(stopWithin) {
		return nil
	}
	n.signal(syscall.SIGQUIT) // where does it hang
	p.within(time.Second)
	n.kill()
	return fmt.Errorf("%s did not end within %s of being asked to", n.name, stopWithin)
}

// wipe takes all that the node knew.
func (n *node) wipe() error {
	entries, err := os.ReadDir(n.dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(n.dir, e.Name())))
	}
	return err
}

// words are the last that a process said.
func (n *node) words(p *process) string {
	data, err := os.ReadFile(n.said)
	if err != nil || int64(len(data)) < p.from {
		return ""
	}
	text := strings.TrimSpace(string(data[p.from:]))
	const most = 600
	for _, begin := range []string{"panic: ", "fatal error: ", "WARNING: DATA RACE", "moniker: "} {
		if i := strings.Index(text, begin); i >= 0 {
			text = text[i:]
			break
		}
	}
	if len(text) > most {
		text = text[:most] + " ..."
	}
	return text
}

// usage is what the process has of memory and files.
func (n *node) usage() (rss int64, files int, ok bool) {
	pid := n.pid()
	if pid == 0 {
		return 0, 0, false
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, false
	}
	for line := range strings.Lines(string(status)) {
		if kb, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			fmt.Sscan(kb, &rss)
		}
	}
	open, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return rss << 10, len(open), true
}
