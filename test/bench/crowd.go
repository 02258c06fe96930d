package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

const (
	sign     = '~'  // stands in every line that is counted, and nowhere else
	arrived  = "> " // ends a prompt
	patience = time.Minute
)

// crowd is people before terminals of 80 by 24, who listen.
type crowd struct {
	addr   string
	people []*ssh.Client
	bytes  atomic.Int64
	mu     sync.Mutex
	lines  int // that have come, and nobody has asked for
	more   chan struct{}
}

func newCrowd(addr string, people int) (*crowd, error) {
	c := &crowd{addr: addr, more: make(chan struct{}, 1)}
	return c, c.come(people)
}

// come has more people come, some at a time.
func (c *crowd) come(people int) error {
	from, at := len(c.people), make(chan struct{}, 8)
	c.people = append(c.people, make([]*ssh.Client, people)...)
	failed := make(chan error, people)
	var wg sync.WaitGroup
	for i := from; i < from+people; i++ {
		at <- struct{}{}
		wg.Go(func() {
			defer func() { <-at }()
			client, err := c.listen(fmt.Sprint("p", i))
			if c.people[i] = client; err != nil {
				failed <- err
			}
		})
	}
	wg.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// listen has one come, under a name.
func (c *crowd) listen(name string) (*ssh.Client, error) {
	client, err := dial(c.addr, name)
	if err != nil {
		return nil, err
	}
	s, err := client.NewSession()
	if err != nil {
		return client, err
	}
	out, err := s.StdoutPipe()
	if err != nil {
		return client, err
	}
	if _, err := s.StdinPipe(); err != nil {
		return client, err
	}
	if err := s.RequestPty("xterm-256color", 24, 80, nil); err != nil {
		return client, err
	}
	if err := s.Shell(); err != nil {
		return client, err
	}
	here := make(chan struct{})
	go c.read(out, here)
	select {
	case <-here:
		return client, nil
	case <-time.After(patience):
		return client, fmt.Errorf("%s has no prompt within %s", name, patience)
	}
}

// read counts what comes, to the end.
func (c *crowd) read(out io.Reader, here chan struct{}) {
	buf := make([]byte, 4<<10)
	screen := "" // the first
	for {
		n, err := out.Read(buf)
		if here != nil {
			if screen += string(buf[:n]); strings.Contains(screen, arrived) {
				close(here)
				here, screen = nil, ""
			}
		}
		c.bytes.Add(int64(n))
		if lines := bytes.Count(buf[:n], []byte{sign}); lines > 0 {
			c.mu.Lock()
			c.lines += lines
			c.mu.Unlock()
			select {
			case c.more <- struct{}{}:
			default:
			}
		}
		if err != nil {
			return
		}
	}
}

// got waits until everybody has got so many lines.
func (c *crowd) got(lines int) error {
	late := time.After(patience)
	for want := lines * len(c.people); ; {
		c.mu.Lock()
		have := c.lines
		if have >= want {
			c.lines -= want
			c.mu.Unlock()
			return nil
		}
		c.mu.Unlock()
		select {
		case <-c.more:
		case <-late:
			return fmt.Errorf("%d of %d lines came", have, want)
		}
	}
}

// leave hangs up.
func (c *crowd) leave() {
	for _, p := range c.people {
		if p != nil {
			_ = p.Close()
		}
	}
}

// dial connects as name, with a key of that name's.
func dial(addr, name string) (*ssh.Client, error) {
	seed := sha256.Sum256([]byte(name))
	key, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		return nil, err
	}
	return ssh.Dial("tcp", addr, &ssh.ClientConfig{
		User: name, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, Timeout: patience,
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), // it is on this machine, and everything is thrown away
	})
}
