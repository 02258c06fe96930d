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
	tellWithin  = time.Second
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

	switches *os.File // the writing end of what cuts its links; nil: it has none
	standing          // of a demo with a prompt, under its lock
}

// standing is what a prompt has done to a node, or seen of it.
type standing struct {
	starting bool
	paused   bool
	told     bool // its end needs no telling
	outside  bool // it ended, and somebody else has started it again
	out      bool // it was removed, and has no process
}

// launch starts program in a process group of its own, so that Ctrl-C reaches the
// demo alone, which then stops all alike. errPath takes its standard error. With a
// first word, its links can be cut: that is the first thing said to them.
func launch(name, program string, args, env []string, errPath, logPath, word string) (*process, error) {
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
	if word != "" {
		heard, err := p.addSwitches(word)
		if err != nil {
			write.Close()
			return nil, err
		}
		defer heard.Close()
	}
	if err := p.cmd.Start(); err != nil {
		p.hangUp()
		return nil, err
	}
	go func() {
		p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// addSwitches gives the node a pipe, with a word in it already, and returns the
// end that it inherits.
func (p *process) addSwitches(word string) (*os.File, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.switches = write
	p.cmd.ExtraFiles = append(p.cmd.ExtraFiles, read) // 4
	p.tell(word)
	return read, nil
}

// tell says a word to the node's links. A node that does not listen, as one that is
// paused, hears it later.
func (p *process) tell(word string) {
	if p.switches != nil {
		p.switches.SetWriteDeadline(time.Now().Add(tellWithin)) // a full pipe: thousands of words wait in it
		p.switches.WriteString(word + "\n")
	}
}

// hangUp lets the node end.
func (p *process) hangUp() {
	p.hold.Close()
	if p.switches != nil {
		p.switches.Close()
	}
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

// stopAll ends every node alike and waits. One that was paused goes on for that, and
// one that does not end by itself in time is killed.
func (d *demo) stopAll() {
	var running []*process
	for _, p := range d.nodes {
		if p != nil && !p.out {
			p.hangUp()
			p.cmd.Process.Signal(syscall.SIGCONT)
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
