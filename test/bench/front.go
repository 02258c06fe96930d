package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// What a front end costs is counted in a process of its own, beside a bare server of
// golang.org/x/crypto/ssh in another that writes as many bytes to as many channels.
// People are in this process. CPU time is the server's alone, so that a busy machine
// disturbs little.
const (
	warm     = 50     // people who come before anybody is counted
	bursting = 10     // lines in a burst
	mostRows = 10_000 // deliveries to wait for, at least
)

// cost is what one server was measured to need.
type cost struct {
	connect     time.Duration // CPU time of one who comes, to the first screen
	idle        int           // bytes of one who is there
	line, burst time.Duration // CPU time to bring one line to one person
	size        [2]int        // bytes that one line was on the way, alone and in a burst
}

// runFront measures moniker's front end and the bare one, and prints both.
func runFront(people int) error {
	ours, err := measure("front", people, [2]int{})
	if err != nil {
		return err
	}
	bare, err := measure("bare", people, ours.size)
	if err != nil {
		return err
	}
	perCore := func(d time.Duration) string { return fmt.Sprintf("%.0f", float64(time.Second)/float64(d)) }
	percent := func(a, b time.Duration) string { return fmt.Sprintf("%.0f %% of bare", 100*float64(b)/float64(a)) }
	row := func(what, ours, bare, ratio string) { fmt.Printf("%-52s %12s %12s   %s\n", what, ours, bare, ratio) }
	row(strconv.Itoa(people)+" people in one room", "measured", "bare ssh", "")
	row("connects/s and core, first screen included", perCore(ours.connect), perCore(bare.connect), percent(ours.connect, bare.connect))
	row("memory of an idle session with a terminal, KiB", fmt.Sprint(ours.idle>>10), fmt.Sprint(bare.idle>>10), "")
	row("deliveries/s and core, a line at a time", perCore(ours.line), perCore(bare.line), percent(ours.line, bare.line))
	row("deliveries/s and core, "+strconv.Itoa(bursting)+" lines at once", perCore(ours.burst), perCore(bare.burst), percent(ours.burst, bare.burst))
	micro := func(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(time.Microsecond)) }
	row("CPU of a line, prompt redrawn, one session, us", micro(ours.line), micro(bare.line), "")
	row("the same, "+strconv.Itoa(bursting)+" lines at once, us", micro(ours.burst), micro(bare.burst), "")
	row("bytes of a line, prompt included: alone / of a burst", fmt.Sprintf("%d / %d", ours.size[0], ours.size[1]), "the same", "")
	return nil
}

// measure runs one kind of server, which writes lines of so many bytes if it is told to.
func measure(kind string, people int, size [2]int) (c cost, err error) {
	dir, err := os.MkdirTemp("", "moniker-bench")
	if err != nil {
		return c, err
	}
	defer os.RemoveAll(dir)
	addr := freeAddr()
	s := &child{dir: dir, name: kind, role: []string{kind, dir, addr}}
	if err := s.start(); err != nil {
		return c, err
	}
	defer func() {
		_ = s.cmd.Process.Kill()
		<-s.done
	}()
	// Everybody has been there before: who comes back within the grace time is no
	// news to the others.
	first, err := newCrowd(addr, people)
	if err != nil {
		return c, err
	}
	first.leave()
	cr, err := newCrowd(addr, warm)
	if err != nil {
		return c, err
	}
	defer cr.leave()
	before, err := s.count("cpu", "memory")
	if err != nil {
		return c, err
	}
	if err := cr.come(people - warm); err != nil {
		return c, err
	}
	after, err := s.count("cpu", "memory")
	if err != nil {
		return c, err
	}
	c.connect = time.Duration((after[0] - before[0]) / (people - warm))
	c.idle = (after[1] - before[1]) / (people - warm)
	if c.line, c.size[0], err = s.deliver(cr, 1, size[0]); err != nil {
		return c, err
	}
	c.burst, c.size[1], err = s.deliver(cr, bursting, size[1])
	return c, err
}

// count asks a server for numbers.
func (c *child) count(what ...string) ([]int, error) {
	var all []int
	for _, w := range what {
		s, err := c.ask(w, time.Minute)
		if err != nil {
			return nil, err
		}
		n, err := strconv.Atoi(s)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

// deliver has lines said, some at once, until each person has got many of them. It
// returns the server's CPU time and the bytes of one.
func (c *child) deliver(cr *crowd, at, size int) (each time.Duration, bytes int, err error) {
	rounds := max(20, 10*mostRows/len(cr.people)/at)
	for i := range 5 + rounds { // the first warm it up
		if i == 5 {
			cr.bytes.Store(0)
			n, err := c.count("cpu")
			if err != nil {
				return 0, 0, err
			}
			each = -time.Duration(n[0])
		}
		if _, err := c.ask(fmt.Sprintf("say %d %d", at, size), time.Minute); err != nil {
			return 0, 0, err
		}
		if err := cr.got(at); err != nil {
			return 0, 0, err
		}
	}
	n, err := c.count("cpu")
	if err != nil {
		return 0, 0, err
	}
	lines := rounds * at * len(cr.people)
	return (each + time.Duration(n[0])) / time.Duration(lines), int(cr.bytes.Load()) / lines, nil
}

// reachable waits until something listens.
func reachable(addr string) error {
	var err error
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		var c net.Conn
		if c, err = net.Dial("tcp", addr); err == nil {
			return c.Close()
		}
	}
	return err
}

// command is how a child process is started.
func command(args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, args...)
	cmd.Stderr = os.Stderr
	return cmd, nil
}

// obey does what the parent says, until it goes away.
func obey(do func(words []string) (string, error)) {
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		if said, err := do(strings.Fields(in.Text())); err != nil {
			fmt.Println("failed", err)
		} else {
			fmt.Println("ok " + said)
		}
	}
	os.Exit(0)
}
