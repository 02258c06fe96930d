package demo_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"moniker/cmd/moniker/app"
	"moniker/cmd/moniker/demo"
	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/socket"
	"moniker/test/ports"
)

const soon = 60 * time.Second

// seat is a terminal with a program in it.
type seat struct {
	t    *testing.T
	cmd  *exec.Cmd
	keys *os.File
	came chan []byte // closed with the terminal's end
	text []byte      // what was not looked at yet
}

// sit starts a command in a terminal of its own, as role says.
func sit(t *testing.T, role, term string, command ...string) *seat {
	t.Helper()
	s := &seat{t: t, cmd: exec.Command(command[0], command[1:]...), came: make(chan []byte, 1<<12)}
	s.cmd.Env = append(os.Environ(), demo.RoleVariable+"="+role, "TERM="+term, "NO_COLOR=1", "HOME="+t.TempDir(), "SSH_AUTH_SOCK=")
	tty, err := pty.StartWithSize(s.cmd, &pty.Winsize{Cols: 100, Rows: 40})
	if err != nil {
		t.Fatal(err)
	}
	s.keys = tty
	go func() {
		defer close(s.came)
		buf := make([]byte, 4096)
		for {
			n, err := tty.Read(buf)
			s.came <- bytes.Clone(buf[:n])
			if err != nil {
				return // nobody has the terminal open any more
			}
		}
	}()
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		for range s.came {
		}
		s.cmd.Wait()
		tty.Close()
	})
	return s
}

// sees waits for what is described, behind all that was seen before, and returns it.
func (s *seat) sees(what string) string {
	s.t.Helper()
	re, late := regexp.MustCompile(what), time.After(soon)
	for {
		if at := re.FindIndex(s.text); at != nil {
			found := string(s.text[at[0]:at[1]])
			s.text = s.text[at[1]:]
			return found
		}
		select {
		case b, ok := <-s.came:
			if s.text = append(s.text, b...); !ok {
				s.t.Fatalf("it ended without %q: %q", what, s.text)
			}
		case <-late:
			s.t.Fatalf("no %q in %q", what, s.text)
		}
	}
}

func (s *seat) types(keys string) {
	s.t.Helper()
	if _, err := s.keys.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// ends waits for the program's end and returns its exit status.
func (s *seat) ends() int {
	s.t.Helper()
	late := time.After(soon)
	for {
		select {
		case _, ok := <-s.came:
			if !ok {
				s.cmd.Wait()
				return s.cmd.ProcessState.ExitCode()
			}
		case <-late:
			s.t.Fatal("it does not end")
		}
	}
}

// quorum is what a node itself says.
func quorum(t *testing.T, dir string) bool {
	t.Helper()
	conn, ok := socket.Dial(dir)
	if !ok {
		t.Fatalf("%s does not answer", dir)
	}
	var out bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if _, err := socket.Do(ctx, conn, socket.Call{Args: []string{"status", "--json"}}, socket.Streams{Out: &out, Err: &out}); err != nil {
		t.Fatal(err)
	}
	return strings.Contains(out.String(), `"quorum":true`)
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	late := time.After(soon)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for !ok() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("not within %s: %s", soon, what)
		}
	}
}

// TestThePromptBreaksAndMends works a demo of real nodes as a person does.
func TestThePromptBreaksAndMends(t *testing.T) {
	dir := t.TempDir()
	port := ports.Free(t)
	s := sit(t, "moniker", "xterm", os.Args[0], "demo", "--dir", dir, "--ssh-port", strconv.Itoa(port))
	const all, leads = `n1( leader)?, n2( leader)?, n3( leader)?> `, ` n\d leads (on|after \d+\.\d s)`
	s.sees(`Break  kill -9 \d+ +or here: kill \d, start \d, pause \d, cut \d, heal\r`)
	s.sees(`Check  SHA256:`)
	s.sees(all)

	s.types("kill 1\r")
	s.sees(`> kill 1\r`)
	s.sees(`n1 killed\.` + leads)
	s.sees(`n1 down, n2( leader)?, n3( leader)?> `)
	if _, ok := socket.Dial(filepath.Join(dir, "n1")); ok {
		t.Error("n1 is still there")
	}

	s.types("start 1\r")
	s.sees(`n1 is back after \d+\.\d s\.`)
	s.sees(all)

	s.types("cut 1\r")
	s.sees(`n1 cut off from all others\.` + leads)
	s.sees(`n1 cut, n2( leader)?, n3( leader)?> `)
	eventually(t, "n1 notices", func() bool { return !quorum(t, filepath.Join(dir, "n1")) })
	eventually(t, "those that are together have a majority", func() bool {
		return quorum(t, filepath.Join(dir, "n2")) || quorum(t, filepath.Join(dir, "n3"))
	})
	// n1 would be asked first, and has no leader.
	var out, errs bytes.Buffer
	change := []string{"admin", "--dir", dir, "setting", "set", "lease.grace", "9m"}
	if exit := app.Main(t.Context(), change, app.Streams{Out: &out, Err: &errs}); exit != 0 || errs.Len() > 0 {
		t.Errorf("exit %d, %s%s", exit, out.String(), errs.String())
	}

	s.types("kil 2\r")
	s.sees(`kil is no command; kill is\.`)
	s.types("heal\r")
	s.sees(`healed\. All that are up hear each other after \d+\.\d s; n\d leads\.`)
	eventually(t, "n1 is back", func() bool { return quorum(t, filepath.Join(dir, "n1")) })
	s.sees(all)

	// It begins with a leader, and there may be none for a moment.
	eventually(t, "chaos begins", func() bool {
		s.types("chaos 1h 7\r")
		return !strings.HasPrefix(s.sees(`chaos wants |0\.0 s  n\d (killed|paused|cut off)`), "chaos wants ")
	})
	s.types("\x03")
	s.sees(`over, and all are together\. The longest wait for a majority was \d+\.\d s,`)
	s.sees(all)

	s.types("pause 3\r")
	s.sees(`n3 paused\.` + leads)
	s.types("half\x03")
	s.sees(`> half\^C\r`)
	s.types("\x03")
	s.sees(`n1( leader)?, n2( leader)?, n3 paused> \^C  stopped\. The same command goes on from here\.\r\n`)
	if exit := s.ends(); exit != 0 {
		t.Errorf("exit %d", exit)
	}
	for _, n := range []string{"n1", "n2", "n3"} {
		if pid, ok := folder.PID(filepath.Join(dir, n)); ok {
			t.Errorf("%s (pid %d) has not ended as it should", n, pid)
		}
	}
}

// TestARemovedNodeStaysOut removes a node that is down: it learns of that from the
// others when it is started again.
func TestARemovedNodeStaysOut(t *testing.T) {
	dir := t.TempDir()
	command := []string{os.Args[0], "demo", "--dir", dir, "--ssh-port", strconv.Itoa(ports.Free(t))}
	s := sit(t, "moniker", "xterm", command...)
	s.sees(`n1( leader)?, n2( leader)?, n3( leader)?> `)
	s.types("kill 1\r")
	s.sees(`n1 killed\. n\d leads (on|after \d+\.\d s)`)
	ask(t, filepath.Join(dir, "n2"), "node", "remove", "n1")
	s.types("start 1\r")
	s.sees(`n1 was removed from the cluster; it stays out\.\r`)
	s.sees(`\nn2( leader)?, n3( leader)?> `)
	s.types("start 1\r")
	s.sees(`> start 1\r`)
	s.sees(`n1 was removed from the cluster; it stays out\.\r`)
	s.types("\x04")
	s.sees(`stopped\. The same command goes on from here\.\r\n`)
	s.ends()

	s = sit(t, "moniker", "xterm", command...)
	s.sees(`n1 was removed from the cluster; it stays out\.\r\nTwo nodes on this machine`)
	s.sees(`or here: kill (2, start 2, pause 2, cut 3|3, start 3, pause 3, cut 2), heal\r`)
	s.sees(`n2( leader)?, n3( leader)?> `)
	s.types("kill 1\r")
	s.sees(`n1 was removed from the cluster; it stays out\.\r`)
	s.types("\x04")
	s.ends()
}

// ask runs an admin command on a node.
func ask(t *testing.T, dir string, words ...string) {
	t.Helper()
	conn, ok := socket.Dial(dir)
	if !ok {
		t.Fatalf("nobody answers in %s", dir)
	}
	var out bytes.Buffer
	if exit, err := socket.Do(t.Context(), conn, socket.Call{Args: words}, socket.Streams{Out: &out, Err: &out}); exit != 0 || err != nil {
		t.Fatalf("%v: exit %d, %v\n%s", words, exit, err, out.String())
	}
}

// TestTheTerminalIsGivenBack has a shell compare the terminal before and after.
func TestTheTerminalIsGivenBack(t *testing.T) {
	for _, tool := range []string{"sh", "stty"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIPPED: there is no %s here, so nobody has looked at the terminal", tool)
		}
	}
	ends := map[string]func(*seat, int){
		"Ctrl-C":        func(s *seat, _ int) { s.types("\x03") },
		"Ctrl-D":        func(s *seat, _ int) { s.types("\x04") },
		"the word quit": func(s *seat, _ int) { s.types("quit\r") },
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		if signal.Ignored(sig) {
			t.Logf("not tried: who started this test had %s ignored, and so the demo has too", sig)
			continue
		}
		ends[sig.String()] = func(_ *seat, pid int) { syscall.Kill(pid, sig) }
	}
	for how, end := range ends {
		for _, term := range []string{"xterm", "dumb"} {
			if term == "dumb" && how != "Ctrl-C" {
				continue
			}
			t.Run(how+" "+term, func(t *testing.T) { givesBack(t, term, end) })
		}
	}
}

func givesBack(t *testing.T, term string, end func(*seat, int)) {
	dir := t.TempDir()
	const script = `echo was $(stty -g); "$@" 2>/dev/null; echo is $(stty -g)`
	s := sit(t, "demo", term, "sh", "-c", script, "sh", os.Args[0], dir, strconv.Itoa(ports.Free(t)))
	was := strings.TrimSpace(strings.TrimPrefix(s.sees(`was \S+\s`), "was "))
	s.sees(`n1 leader, n2> `)
	pid, ok := folder.PID(dir)
	if !ok {
		t.Fatal("the demo has no pid")
	}
	end(s, pid)
	if is := strings.TrimSpace(strings.TrimPrefix(s.sees(`is \S+:\S+\s`), "is ")); is != was {
		t.Errorf("the terminal was %s, and is %s", was, is)
	}
	s.ends()
}
