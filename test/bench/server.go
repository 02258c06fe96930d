package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"moniker/cmd/moniker/app"
)

// used answers what both servers are asked: CPU time in nanoseconds, and bytes of
// heap and stacks.
func used(what string) (string, error) {
	if what == "memory" {
		for range 3 {
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return strconv.FormatUint(m.HeapAlloc+m.StackInuse, 10), nil
	}
	var r syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return strconv.FormatInt(r.Utime.Nano()+r.Stime.Nano(), 10), err
}

// runServer is a child process: moniker as it is served, a cluster of one node.
func runServer(dir, addr string) error {
	ended := make(chan error, 1)
	folder := filepath.Join(dir, "n1")
	go func() {
		ended <- app.Serve(context.Background(), app.Config{Dir: folder, Name: "n1", SSH: addr, Peer: freeAddr(), Init: true})
	}()
	if err := reachable(addr); err != nil {
		return err
	}
	for _, set := range []string{
		"limit.connections 100000", "limit.address 100000", "limit.address.unproven 10000", "limit.handshakes 1000",
		"rate.lines 60000", "rate.burst 1000",
		"lease.ttl 10m", "keepalive.interval 1m", // else they are counted as deliveries
	} {
		if err := admit(append([]string{"admin", "--dir", folder, "setting", "set"}, strings.Fields(set)...)); err != nil {
			return err
		}
	}
	var speakers []io.Writer // whose lines share an entry of the log, as each says one at a time
	for i := range bursting {
		in, err := speaker(addr, fmt.Sprint("speaker", i))
		if err != nil {
			return err
		}
		speakers = append(speakers, in)
	}
	fmt.Println("ok serving")
	go obey(func(words []string) (string, error) {
		if words[0] != "say" {
			return used(words[0])
		}
		lines, err := strconv.Atoi(words[1])
		for i := range min(lines, bursting) {
			_, failed := io.WriteString(speakers[i], "the backup finished at four, all green "+string(sign)+"\n")
			err = errors.Join(err, failed)
		}
		return "said", err
	})
	return <-ended
}

// admit runs a command line, again and again until the node is ready for it.
func admit(args []string) error {
	var said bytes.Buffer
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		said.Reset()
		if app.Main(context.Background(), args, app.Streams{In: &said, Out: &said, Err: &said}) == 0 {
			return nil
		}
	}
	return errors.New(said.String())
}

// speaker is somebody without a terminal, whose lines are said.
func speaker(addr, name string) (io.Writer, error) {
	client, err := dial(addr, name)
	if err != nil {
		return nil, err
	}
	s, err := client.NewSession()
	if err != nil {
		return nil, err
	}
	s.Stdout = io.Discard
	in, err := s.StdinPipe()
	if err != nil {
		return nil, err
	}
	return in, s.Shell()
}

// bare is a server of golang.org/x/crypto/ssh that writes what it is told to all,
// each from a goroutine of its own.
type bare struct {
	config ssh.ServerConfig
	mu     sync.Mutex
	people []chan []byte
}

// runBare is a child process: a bare server.
func runBare(addr string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return err
	}
	b := &bare{}
	b.config.PublicKeyCallback = func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }
	b.config.AddHostKey(signer)
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Println("ok serving")
	go obey(func(words []string) (string, error) {
		if words[0] != "say" {
			return used(words[0])
		}
		return "said", b.say(words[1:])
	})
	for {
		c, err := ln.Accept()
		if err != nil {
			return err
		}
		go b.serve(c)
	}
}

// say has some lines of a size written to everybody, in one write.
func (b *bare) say(words []string) error {
	lines, err := strconv.Atoi(words[0])
	if err != nil {
		return err
	}
	size, err := strconv.Atoi(words[1])
	if err != nil {
		return err
	}
	text := bytes.Repeat(append(bytes.Repeat([]byte("x"), size-1), sign), lines)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.people {
		p <- text
	}
	return nil
}

func (b *bare) serve(c net.Conn) {
	conn, chans, reqs, err := ssh.NewServerConn(c, &b.config)
	if err != nil {
		return
	}
	defer conn.Close()
	go ssh.DiscardRequests(reqs)
	for next := range chans {
		ch, reqs, err := next.Accept()
		if err != nil {
			return
		}
		lines := make(chan []byte, 1)
		go b.answer(ch, reqs, lines)
		go write(ch, lines)
	}
}

// answer says yes to everything, shows a first screen, and reads what is typed.
func (b *bare) answer(ch ssh.Channel, reqs <-chan *ssh.Request, lines chan []byte) {
	go func() { _, _ = io.Copy(io.Discard, ch) }()
	defer close(lines)
	defer b.forget(lines) // before that: nobody sends on it any more
	for r := range reqs {
		_ = r.Reply(true, nil)
		if r.Type == "shell" {
			lines <- []byte(strings.Repeat("x", 300) + arrived)
			b.mu.Lock()
			b.people = append(b.people, lines)
			b.mu.Unlock()
		}
	}
}

func (b *bare) forget(lines chan []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, p := range b.people {
		if p == lines {
			b.people = append(b.people[:i], b.people[i+1:]...)
			return
		}
	}
}

func write(w io.Writer, lines <-chan []byte) {
	for l := range lines {
		_, _ = w.Write(l)
	}
}
