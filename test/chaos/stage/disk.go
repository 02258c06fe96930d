package stage

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func disks() []Kind {
	return []Kind{
		{Name: "disk-full", Says: "one node's disk is full", Short: 2 * time.Second, Long: 8 * time.Second, do: fullDisk,
			can: func(s *Stage) string {
				if !s.cfg.Small {
					return "no small file systems can be mounted here: that takes root, on Linux"
				}
				return ""
			}},
		{Name: "disk-error", Says: "what one node writes cannot be made to last: fsync fails", Short: 2 * time.Second, Long: 6 * time.Second, can: tracing,
			do: traced("error=EIO", "fsync fails on %s")},
		{Name: "disk-slow", Says: "one node's disk is slow: every fsync takes up to half a second", Short: 3 * time.Second, Long: 9 * time.Second, can: tracing,
			do: traced("delay_enter=", "every fsync of %s takes ")},
		{Name: "disk-hang", Says: "one node's disk hangs", Short: 7 * time.Second, Long: 12 * time.Second, can: tracing,
			do: traced("delay_enter=60000000", "no fsync of %s ends")},
	}
}

const ballast = "ballast"

func fullDisk(_ context.Context, s *Stage, d *dice) (*Broken, error) {
	nodes, err := s.take(d, "disk-full", 1, nil)
	if err != nil {
		return nil, err
	}
	n := nodes[0]
	n.expectEnd()
	path := filepath.Join(n.dir, ballast)
	if err := fill(path); err != nil {
		os.Remove(path)
		s.release(n)
		return nil, err
	}
	b := &Broken{What: "the disk of " + n.name + " is full", Nodes: names(nodes), held: nodes}
	b.mend = func(context.Context) error {
		b.What += s.lived(n)
		if err := os.Remove(path); err != nil {
			return err
		}
		return n.start()
	}
	return b, nil
}

// lived says how a node took what was done to it.
func (s *Stage) lived(n *node) string {
	n.mu.Lock()
	p := n.run
	n.mu.Unlock()
	if p == nil || !p.ended() {
		return "; it went on"
	}
	words, _, _ := strings.Cut(n.words(p), "\n")
	return "; it ended: " + words
}

func tracing(s *Stage) string {
	if _, err := exec.LookPath("strace"); err != nil {
		return "strace is not installed"
	}
	if _, err := os.Stat("/proc/self/status"); err != nil || os.Geteuid() != 0 {
		return "to trace a process takes root, on Linux"
	}
	return ""
}

// traced has strace between a node and its disk.
func traced(inject, what string) func(context.Context, *Stage, *dice) (*Broken, error) {
	return func(_ context.Context, s *Stage, d *dice) (*Broken, error) {
		nodes, err := s.take(d, "disk", 1, nil)
		if err != nil {
			return nil, err
		}
		n := nodes[0]
		how, said := inject, strings.Replace(what, "%s", n.name, 1)
		if strings.HasSuffix(how, "=") {
			by := d.between(20*time.Millisecond, 500*time.Millisecond)
			how, said = how+strconv.FormatInt(by.Microseconds(), 10), said+by.Round(time.Millisecond).String()
		}
		n.expectEnd()
		cmd := exec.Command("strace", "-f", "-qq", "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:"+how, "-o", "/dev/null", "-p", strconv.Itoa(n.pid()))
		var words strings.Builder
		cmd.Stderr = &words
		if err := n.machine.start(cmd); err != nil {
			s.release(n)
			return nil, err
		}
		done := make(chan struct{})
		go func() {
			cmd.Wait()
			if words.Len() > 0 {
				s.cfg.Note("strace: %s", words.String())
			}
			close(done)
		}()
		b := &Broken{What: said, Nodes: names(nodes), held: nodes}
		b.mend = func(context.Context) error {
			b.What += s.lived(n)
			cmd.Process.Signal(syscall.SIGINT)
			select {
			case <-done:
			case <-time.After(3 * time.Second):
				cmd.Process.Kill() // what it holds up goes on
				<-done
			}
			return n.start()
		}
		return b, nil
	}
}
