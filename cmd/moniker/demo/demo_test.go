package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/say"
	"moniker/test/ports"
)

// spawn starts a demo as a process of its own.
func spawn(t *testing.T, dir string, port int) (*exec.Cmd, *output) {
	t.Helper()
	cmd := exec.Command(os.Args[0], dir, strconv.Itoa(port))
	cmd.Env = append(os.Environ(), roleVariable+"=demo")
	out := newOutput()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd, out
}

func TestNodesEndHoweverTheDemoDies(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			if signal.Ignored(sig) {
				t.Logf("not tried: who started this test had %s ignored, as nohup does, and so the demo has too", sig)
				return
			}
			dir := t.TempDir()
			cmd, out := spawn(t, dir, ports.Free(t))
			out.until(t, "Check  SHA256:")
			pid, ok := folder.PID(filepath.Join(dir, "n2"))
			if group, err := syscall.Getpgid(pid); !ok || err != nil || group != pid {
				t.Errorf("n2 (pid %d) is in the process group %d, %v", pid, group, err)
			}
			cmd.Process.Signal(sig)
			for _, n := range []string{"n1", "n2"} {
				eventually(t, n+" ends", func() bool { return released(filepath.Join(dir, n)) })
			}
			cmd.Wait()
			if said := strings.Contains(out.String(), "stopped. The same command goes on from here.\n"); said != (sig == syscall.SIGTERM) {
				t.Errorf("it said %q", out.String())
			}
		})
	}
}

func TestNothingRestartsByItself(t *testing.T) {
	dir := t.TempDir()
	cmd, out := spawn(t, dir, ports.Free(t))
	out.until(t, "Check  SHA256:")
	if strings.Contains(out.String(), "join-token") || exists(filepath.Join(dir, "n2", tokenFile)) {
		t.Error("the join token is left behind")
	}
	for _, n := range []string{"n1", "n2"} {
		pid, _ := folder.PID(filepath.Join(dir, n))
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		out.until(t, n+" killed.\n")
	}
	out.until(t, "moniker: no node is left.\n  The same command starts all of them again.\n")
	cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 1 {
		t.Errorf("exit %d", got)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// run runs a demo of fake nodes here until ctx ends.
func run(ctx context.Context, c Config) (string, error) {
	out := newOutput()
	c.Program, c.Stdout, c.env = os.Args[0], out, []string{roleVariable + "=node"}
	err := Run(ctx, c)
	return out.String(), err
}

func TestTheNextStartIsOnTheSamePorts(t *testing.T) {
	dir, port := t.TempDir(), ports.Free(t)
	for _, c := range []struct {
		port  int
		state string
	}{{port, "(new)"}, {0, "(2 names, 1,212 messages, since "}} {
		ctx, cancel := context.WithCancel(t.Context())
		out := newOutput()
		done := make(chan error, 1)
		config := Config{Dir: dir, SSHPort: c.port, Program: os.Args[0], Stdout: out, env: []string{roleVariable + "=node"}}
		if c.port > 0 {
			config.Nodes = 2
		}
		go func() { done <- Run(ctx, config) }()
		out.until(t, "Check  SHA256:")
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{c.state, fmt.Sprintf("  Port %d\n", port)} {
			config, _ := os.ReadFile(filepath.Join(dir, configFile))
			if !strings.Contains(out.String()+string(config), want) {
				t.Errorf("no %q in\n%s%s", want, out.String(), config)
			}
		}
	}
}

func TestWhatStandsInTheWayIsTold(t *testing.T) {
	dir, port := t.TempDir(), ports.Free(t)
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	_, err = run(t.Context(), Config{Dir: dir, Nodes: 2, SSHPort: port})
	wantTrouble(t, err, fmt.Sprintf("127.0.0.1:%d is taken by another program.", port), fmt.Sprintf("Other ports: moniker demo --ssh-port %d", port+1000))
	l.Close()

	busy, err := folder.Open(dir, folder.Demo)
	if err != nil {
		t.Fatal(err)
	}
	_, err = run(t.Context(), Config{Dir: dir, Nodes: 2, SSHPort: port})
	wantTrouble(t, err, fmt.Sprintf("%s is in use by a running demo (pid %d).", dir, os.Getpid()), "Stop it with Ctrl-C there, or use another folder: --dir OTHER")
	busy.Close()

	if err := os.MkdirAll(filepath.Join(dir, "n2"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "n2", "die"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = run(t.Context(), Config{Dir: dir, Nodes: 2, SSHPort: port})
	wantTrouble(t, err, "n2 ended while it was starting: the store is gone.", "Look there.")
	if !released(filepath.Join(dir, "n1")) {
		t.Error("n1 goes on without a demo")
	}

	const damaged = `{"made":"2026-01-06T10:31:00Z","nodes":[{"name":"n7","ssh_port":1,"peer_port":2}]}`
	if err := os.WriteFile(filepath.Join(dir, planFile), []byte(damaged), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = run(t.Context(), Config{Dir: dir})
	wantTrouble(t, err, filepath.Join(dir, planFile)+` is damaged: it has a node "n7" at ports 1 and 2.`, "")
	if data, _ := os.ReadFile(filepath.Join(dir, planFile)); string(data) != damaged {
		t.Errorf("the damaged file is %s now", data)
	}
}

func TestADemoWritesOverNobodysFiles(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // a demo that starts does not end
	defer cancel()
	for _, name := range []string{"known_hosts", "ssh_config", "node.json"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := run(ctx, Config{Dir: filepath.Dir(path), Nodes: 1, SSHPort: ports.Free(t)})
		wantTrouble(t, err, path+" is there, and no demo has made it.", "Nothing was changed. Use another folder: --dir OTHER")
		if data, _ := os.ReadFile(path); string(data) != "precious" {
			t.Errorf("%s is %q now", path, data)
		}
	}
}

func wantTrouble(t *testing.T, err error, what, do string) {
	t.Helper()
	var e *say.Error
	if !errors.As(err, &e) || e.What != what || do != "" && e.Do != do || e.Exit != say.Failed {
		t.Errorf("got %+v\nwant %s / %s", err, what, do)
	}
}

func TestTheLastWordsAreFound(t *testing.T) {
	dir := t.TempDir()
	errs, log := filepath.Join(dir, "stderr"), filepath.Join(dir, "log")
	p := &process{logs: []string{errs, log}, skip: 4}
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ errs, log, want string }{
		{"", "", ""},
		{"", "old\n", ""},
		{"", "old\nnew 1\nnew 2\n", "new 2"},
		{"moniker: a\n  b\n", "old\nnew\n", "a\n  b"},
		{"noise\nmoniker: a\n  b\n", "", "a\n  b"},
		{"panic: x\n\ngoroutine 1\n", "", "goroutine 1"},
	} {
		write(errs, c.errs)
		write(log, c.log)
		if got := p.last(); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
