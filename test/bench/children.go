package main

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"moniker/transport"
)

// bench is three node processes and their folder.
type bench struct {
	dir   string
	nodes []*child
}

// child is one node process, told what to do over its standard input.
type child struct {
	dir, name string
	role      []string // its arguments; nil: those of a node
	cmd       *exec.Cmd
	in        io.WriteCloser
	out       chan string
	done      chan struct{}
}

// nodeConfig is what a child finds in its folder.
type nodeConfig struct {
	Name, Peer     string
	Found          bool
	Key, Authority []byte
}

// start makes a cluster of three.
func start() (*bench, error) {
	dir, err := os.MkdirTemp("", "moniker-bench")
	if err != nil {
		return nil, err
	}
	b := &bench{dir: dir}
	authority, err := transport.NewAuthority("bench", rand.Reader)
	if err != nil {
		return nil, err
	}
	ca, err := authority.MarshalPEM()
	if err != nil {
		return nil, err
	}
	var admit []string
	for i := range 3 {
		key, err := transport.NewNodeKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		pem, err := key.MarshalPEM()
		if err != nil {
			return nil, err
		}
		c := nodeConfig{Name: fmt.Sprintf("n%d", i+1), Peer: freeAddr(), Found: i == 0, Key: pem, Authority: ca}
		node := &child{dir: filepath.Join(dir, c.Name), name: c.Name}
		text, _ := json.Marshal(c)
		if err := errors.Join(os.Mkdir(node.dir, 0o700), os.WriteFile(filepath.Join(node.dir, "bench.json"), text, 0o600)); err != nil {
			return nil, err
		}
		b.nodes = append(b.nodes, node)
		if i > 0 {
			admit = append(admit, fmt.Sprintf("admit %s %s %s", key.ID(), c.Name, c.Peer))
		}
	}
	if err := b.nodes[0].start(); err != nil {
		return b, err
	}
	for i, line := range admit {
		if _, err := b.nodes[0].ask(line, 30*time.Second); err != nil {
			return b, err
		}
		if err := b.nodes[i+1].start(); err != nil {
			return b, err
		}
	}
	return b, b.settled()
}

func freeAddr() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "127.0.0.1:0"
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs the child until it says that it serves.
func (c *child) start() error {
	role := c.role
	if role == nil {
		role = []string{"node", c.dir}
	}
	var err error
	if c.cmd, err = command(role...); err != nil {
		return err
	}
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.cmd.Start(); err != nil {
		return err
	}
	c.out, c.done = make(chan string, 16), make(chan struct{})
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			c.out <- s.Text()
		}
		close(c.out)
		_ = c.cmd.Wait()
		close(c.done)
	}()
	_, err = c.answer(30 * time.Second)
	return err
}

// ask gives the child one line and waits for its answer.
func (c *child) ask(line string, limit time.Duration) (string, error) {
	if _, err := fmt.Fprintln(c.in, line); err != nil {
		return "", err
	}
	return c.answer(limit)
}

func (c *child) answer(limit time.Duration) (string, error) {
	select {
	case s, ok := <-c.out:
		if text, fine := strings.CutPrefix(s, "ok "); ok && fine {
			return text, nil
		}
		return "", fmt.Errorf("%s: %s", c.name, s)
	case <-time.After(limit):
		return "", fmt.Errorf("%s did not answer within %s", c.name, limit)
	}
}

// settled waits until all three vote.
func (b *bench) settled() error {
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if s, err := b.nodes[0].ask("voters", 5*time.Second); err == nil && s == "3" {
			return nil
		}
	}
	return errors.New("not all nodes became voters")
}

func (b *bench) leader() (*child, error) {
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		for _, c := range b.nodes {
			if s, err := c.ask("leader", 5*time.Second); err == nil && s == c.name {
				return c, nil
			}
		}
	}
	return nil, errors.New("nobody leads")
}

func (b *bench) other(than *child) *child {
	for _, c := range b.nodes {
		if c != than {
			return c
		}
	}
	return nil
}

// gaps takes the leader away some times while a follower's node posts, and returns
// the median and the longest time without an accepted post.
func (b *bench) gaps(times int, kill bool) (string, error) {
	var all []time.Duration
	for range times {
		leader, err := b.leader()
		if err != nil {
			return "", err
		}
		if _, err := fmt.Fprintln(b.other(leader).in, "gap 4s"); err != nil {
			return "", err
		}
		if s, err := b.other(leader).answer(5 * time.Second); err != nil {
			return s, err
		}
		sig := syscall.SIGTERM
		if kill {
			sig = syscall.SIGKILL
		}
		if err := leader.cmd.Process.Signal(sig); err != nil {
			return "", err
		}
		<-leader.done
		s, err := b.other(leader).answer(30 * time.Second)
		if err != nil {
			return "", err
		}
		gap, err := time.ParseDuration(s)
		if err != nil {
			return "", err
		}
		all = append(all, gap)
		if err := leader.start(); err != nil {
			return "", err
		}
		if err := b.settled(); err != nil {
			return "", err
		}
	}
	if len(all) == 0 {
		return "-", nil
	}
	slices.Sort(all)
	return fmt.Sprintf("%s / %s", all[len(all)/2].Round(time.Millisecond), all[len(all)-1].Round(time.Millisecond)), nil
}

// close ends the processes it started and removes their folder.
func (b *bench) close() {
	for _, c := range b.nodes {
		if c.cmd != nil && c.cmd.Process != nil {
			_ = c.cmd.Process.Kill()
			<-c.done
		}
	}
	_ = os.RemoveAll(b.dir)
}
