package demo

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	stopWithin  = 10 * time.Second
	lastWords   = "stderr" // file in a node's folder: what it said at its end, if anything
	maxLastTail = 64 << 10
)

// process is a node that this demo started.
type process struct {
	name string
	cmd  *exec.Cmd
	hold *os.File      // closed, the node ends
	done chan struct{} // closed when it has ended
	logs []string      // where its last words are: standard error first, then its log from here on
	skip int64         // of the log: from before it was started
}

// launch starts program in a process group of its own, so that Ctrl-C reaches the
// demo alone, which then stops all alike. errPath takes its standard error.
func launch(name, program string, args, env []string, errPath, logPath string) (*process, error) {
	errs, err := os.OpenFile(errPath, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer errs.Close()
	read, write, err := os.Pipe() // both close-on-exec: no other node inherits them
	if err != nil {
		return nil, err
	}
	defer read.Close()
	p := &process{name: name, hold: write, done: make(chan struct{}), logs: []string{errPath, logPath}}
	if info, err := os.Stat(logPath); err == nil {
		p.skip = info.Size()
	}
	p.cmd = exec.Command(program, args...)
	// One port for metrics cannot be every node's.
	p.cmd.Env = append(append(os.Environ(), "MONIKER_METRICS="), env...)
	p.cmd.Stderr = errs
	p.cmd.ExtraFiles = []*os.File{read} // 3
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		write.Close()
		return nil, err
	}
	go func() {
		p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// fate is how a node that has ended did.
func (p *process) fate() string {
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case ok && status.Signaled() && status.Signal() == syscall.SIGKILL:
		return "killed"
	case p.cmd.ProcessState.Success():
		return "ended"
	}
	if last := p.last(); last != "" {
		return "ended: " + strings.TrimRight(last, ".\n")
	}
	return "ended"
}

// last is what the node said last: its trouble with the hint below it if it told
// one, else the last line.
func (p *process) last() string {
	for i, path := range p.logs {
		skip := int64(0)
		if i > 0 {
			skip = p.skip
		}
		if said := tail(path, skip); said != "" {
			return said
		}
	}
	return ""
}

func tail(path string, skip int64) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil {
		if skip > info.Size() {
			skip = 0 // the log was begun anew
		}
		skip = max(skip, info.Size()-maxLastTail)
	}
	data, err := io.ReadAll(io.NewSectionReader(file, skip, maxLastTail))
	if err != nil {
		return ""
	}
	data = bytes.TrimRight(data, "\n")
	if at := bytes.LastIndex(append([]byte("\n"), data...), []byte("\nmoniker: ")); at >= 0 {
		return string(data[at+len("moniker: "):])
	}
	return string(data[bytes.LastIndexByte(data, '\n')+1:])
}

// stopAll ends every node alike and waits. One that does not end by itself in time,
// such as one that was paused, is killed.
func (d *demo) stopAll() {
	var running []*process
	for _, p := range d.nodes {
		if p != nil {
			p.hold.Close()
			running = append(running, p)
		}
	}
	patience := time.NewTimer(stopWithin)
	defer patience.Stop()
	for _, p := range running {
		select {
		case <-p.done:
			continue
		case <-patience.C:
			for _, late := range running {
				if err := late.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
					d.say("%s (pid %d) cannot be stopped.\n", late.name, late.pid())
				}
			}
		}
		<-p.done
	}
}
