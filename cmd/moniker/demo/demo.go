// Package demo runs a whole cluster on this machine: node processes on loopback,
// found, joined and started by the very commands a person would type.
//
// The nodes are processes of their own, in process groups of their own, and end
// when the demo does, however it does: each holds the reading end of a pipe that
// nobody writes to, and the demo's death closes it. Nothing restarts by itself.
// Ports are chosen once and recorded in the folder.
//
// At a terminal, a prompt breaks the cluster and mends it: it kills, pauses and
// starts nodes, and cuts the links between them, for which they listen to one more
// pipe.
//
// It knows nodes only as others do: by their processes, folders, sockets and
// exit. It does not know raft or what is in the state.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/say"
)

const (
	startWithin = 30 * time.Second
	tellAfter   = time.Second
)

// Config is what a demo is made of.
type Config struct {
	Dir     string
	Nodes   int       // 0: as last time, or 3
	SSHPort int       // of n1; 0: as last time, or 2201
	Program string    // this very program, for the nodes
	Home    string    // the caller's, for their public keys
	Agent   string    // socket of the caller's SSH agent; may be empty
	Stdin   io.Reader // with Stdout a terminal: there is a prompt; may be nil
	Stdout  io.Writer // what the person is told
	env     []string  // of the nodes, beside our own; for tests
}

const maxNodes = 9

// Validate says what cannot be.
func (c Config) Validate() error {
	switch {
	case c.Dir == "":
		return &say.Error{Exit: say.Usage, What: "--dir wants a value.", Do: "A folder for the nodes: --dir DIR"}
	case c.Nodes < 0 || c.Nodes > maxNodes:
		return &say.Error{Exit: say.Usage, What: fmt.Sprintf("--nodes is between 1 and %d, not %d.", maxNodes, c.Nodes), Do: "Three are enough to lose one."}
	case c.SSHPort < 0 || c.SSHPort > 65535-maxNodes:
		return &say.Error{Exit: say.Usage, What: fmt.Sprintf("--ssh-port is between 1 and %d, not %d.", 65535-maxNodes, c.SSHPort)}
	case c.Program == "" || c.Stdout == nil:
		return errors.New("demo config: Program or Stdout is missing")
	}
	return nil
}

// Run runs the demo until ctx ends. On a terminal there is a prompt, at which a
// person ends it too; without one it also ends when no node is left. All nodes have
// ended when it returns.
func Run(ctx context.Context, c Config) error {
	if err := c.Validate(); err != nil {
		return err
	}
	ctx, stop := withParent(ctx)
	defer stop()
	f, err := folder.Open(c.Dir, folder.Demo)
	if err != nil {
		return err
	}
	defer f.Close()
	p, err := makePlan(c, f)
	if err != nil {
		return err
	}
	d := &demo{Config: c, folder: f, plan: p, began: time.Now(), tty: openTerminal(c.Stdin, c.Stdout)}
	defer d.stopAll()
	if err := d.startAloud(ctx); err != nil {
		if ctx.Err() != nil {
			d.stopAll()
			d.say(stopped)
			return nil
		}
		return err
	}
	if d.tty != nil {
		return d.converse(ctx)
	}
	return d.watch(ctx)
}

// demo is one that runs.
type demo struct {
	Config
	folder *folder.Folder
	plan   plan
	nodes  []*process // in the order of names; nil: not started yet
	began  time.Time
	tty    *terminal // where there is a prompt; nil: there is none
}

func (d *demo) path(parts ...string) string {
	return filepath.Join(append([]string{d.Dir}, parts...)...)
}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.Stdout, format, args...) }

// startAloud starts all, and says so if that takes long enough to wonder.
func (d *demo) startAloud(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	type outcome struct {
		screen string
		err    error
	}
	done, names := make(chan outcome, 1), d.left().names()
	go func() {
		screen, err := d.start(within)
		done <- outcome{screen, err}
	}()
	wonder := time.NewTimer(tellAfter)
	defer wonder.Stop()
	for {
		select {
		case <-wonder.C:
			d.say("starting %s\n", strings.Join(names, ", "))
		case o := <-done: // start heeds the context, so this comes
			if o.err == nil {
				d.say("%s", o.screen)
			}
			return o.err
		}
	}
}

// watch tells who ends, until ctx does or nobody is left.
func (d *demo) watch(ctx context.Context) error {
	ended := make(chan *process, len(d.nodes))
	running := 0
	for _, p := range d.nodes {
		if p.out {
			continue
		}
		running++
		go func() {
			<-p.done // ends: stopAll sees to that, at the latest
			ended <- p
		}()
	}
	for left := running; left > 0; left-- {
		select {
		case <-ctx.Done():
			d.stopAll()
			d.say(stopped)
			return nil
		case p := <-ended:
			d.say("%s\n", d.epitaph(p))
		}
	}
	return say.No("The same command starts all of them again.", "no node is left.")
}

// withParent returns a context that also ends when `go run` does, which leaves its
// program behind if it is killed.
func withParent(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	parent := os.Getppid()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if !underGoRun(parent) {
			return
		}
		look := time.NewTicker(tellAfter / 4)
		defer look.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-look.C:
				if os.Getppid() != parent {
					cancel()
				}
			}
		}
	}()
	return ctx, func() {
		cancel()
		<-done
	}
}

// underGoRun tells whether the parent process is the go command.
func underGoRun(parent int) bool {
	if name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", parent)); err == nil {
		return strings.TrimSpace(string(name)) == "go"
	}
	program, err := os.Executable()
	return err == nil && strings.Contains(program, "go-build")
}
