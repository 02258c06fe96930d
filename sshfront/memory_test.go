package sshfront

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

const (
	crowdEnv  = "MONIKER_TEST_CROWD"
	crowdSize = 200
	idleMost  = 70 << 10 // bytes
)

// crowd is what the test's other process does: people who come and say nothing,
// until standard input ends.
func crowd(addr string) {
	for i := range crowdSize {
		name := fmt.Sprint("p", i)
		c, err := ssh.Dial("tcp", addr, clientConfig(name, ssh.PublicKeys(key(name))))
		if err != nil {
			panic(err)
		}
		s, err := c.NewSession()
		if err != nil {
			panic(err)
		}
		out, _ := s.StdoutPipe()
		if _, err = s.StdinPipe(); err == nil {
			err = s.RequestPty("xterm", 24, 80, nil)
		}
		if err == nil {
			err = s.Shell()
		}
		if err != nil {
			panic(err)
		}
		r := bufio.NewReader(out)
		for said := ""; !strings.Contains(said, name+"> "); {
			b, err := r.ReadByte()
			if err != nil {
				panic(err)
			}
			said += string(b)
		}
		go io.Copy(io.Discard, r)
	}
	fmt.Println("here")
	io.Copy(io.Discard, os.Stdin)
}

// TestIdleSessionIsSmall counts heap and stacks of the server alone: the clients
// are another process.
func TestIdleSessionIsSmall(t *testing.T) {
	if raceDetector || testing.Short() {
		t.Skip("counts memory")
	}
	h := newHouse(t, newWorld(t).n1, nil)
	used := func() uint64 {
		runtime.GC()
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	before := used()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crowdEnv+"="+h.addr)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	h.must(err)
	out, err := cmd.StdoutPipe()
	h.must(err)
	h.must(cmd.Start())
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "here\n" {
		t.Fatalf("the crowd said %q, %v", line, err)
	}
	each := (used() - before) / crowdSize
	t.Logf("%d bytes and %d goroutines a session", each, runtime.NumGoroutine()/crowdSize)
	if each > idleMost {
		t.Errorf("an idle session takes %d bytes, %d at most", each, idleMost)
	}
	in.Close()
	h.must(cmd.Wait())
}
