package demo

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"moniker/cmd/moniker/admin"
	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/say"
	"moniker/cmd/moniker/socket"
)

// Processes of a test are this very program: what a child is, this variable says.
const roleVariable = "MONIKER_DEMO_TEST_ROLE"

// playNode is a node as far as a demo can see: it takes its folder, answers on its
// socket, and ends with its pipe.
func playNode(args []string) error {
	flags := map[string]string{}
	for i, a := range args {
		if strings.HasPrefix(a, "--") && i+1 < len(args) {
			flags[a] = args[i+1]
		}
	}
	if _, err := os.Stat(filepath.Join(flags["--dir"], "die")); err == nil {
		return say.No("Look there.", "the store is gone.")
	}
	if _, err := os.Stat(filepath.Join(flags["--dir"], "leave")); err == nil {
		return say.No("", "this node was removed from the cluster; its folder is of no use any more.")
	}
	f, err := folder.Open(flags["--dir"], folder.Node)
	if err != nil {
		return err
	}
	defer f.Close()
	r := folder.Record{Name: flags["--name"], SSH: flags["--ssh"], Peer: flags["--peer"], Initialised: true}
	if token, ok := strings.CutPrefix(flags["--token"], "@"); ok {
		if data, err := os.ReadFile(token); err != nil || string(data) != "the token\n" {
			return say.No("", "the token is %q, %v.", data, err)
		}
	}
	if err := f.SetRecord(r); err != nil {
		return err
	}
	if _, ok, _ := f.Read(folder.HostKeyFile); !ok {
		_, private, _ := ed25519.GenerateKey(rand.Reader)
		block, _ := ssh.MarshalPrivateKey(private, "")
		if err := f.Write(folder.HostKeyFile, pem.EncodeToMemory(block)); err != nil {
			return err
		}
	}
	l, err := socket.Listen(f)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		io.Copy(io.Discard, os.NewFile(3, "pipe"))
		cancel()
	}()
	ready := make(chan struct{})
	close(ready)
	return socket.Server{Run: playAdmin, Ready: ready}.Serve(ctx, l)
}

// playAdmin answers what a demo asks.
func playAdmin(_ context.Context, r admin.Request) int {
	switch line := strings.Join(r.Args, " "); line {
	case "status --json":
		io.WriteString(r.Stdout, `{"leader":"n1","quorum":true,"nodes":[{"name":"n1","voter":true,"reachable":true},{"name":"n2","voter":true,"reachable":true},{"name":"n3","voter":true,"reachable":true}]}`)
	case "token create --ttl 10m":
		io.WriteString(r.Stdout, "the token\n")
	case "operator list --json":
		io.WriteString(r.Stdout, `[{"identity":"SHA256:rrNFuuTnph4X/SBHjP0/eiPmH+OH+Thn91poLnFiYu4"}]`)
	case "nick list --json":
		io.WriteString(r.Stdout, `[{"nick":"alice"},{"nick":"bob"}]`)
	case "room list --json":
		io.WriteString(r.Stdout, `[{"messages":200},{"messages":1012}]`)
	default:
		fmt.Fprintf(r.Stderr, "moniker: what is %s?\n", line)
		return 1
	}
	return 0
}

func playDemo(dir, port string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var n int
	fmt.Sscan(port, &n)
	return Run(ctx, Config{
		Dir: dir, Nodes: 2, SSHPort: n, Program: os.Args[0], Stdin: os.Stdin, Stdout: os.Stdout, env: []string{roleVariable + "=node"},
	})
}

// output is a writer that can be waited on.
type output struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

func newOutput() *output { return &output{changed: make(chan struct{}, 1)} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.changed <- struct{}{}:
	default:
	}
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// until waits for s to have been written.
func (o *output) until(t *testing.T, s string) {
	t.Helper()
	late := time.After(30 * time.Second)
	for !strings.Contains(o.String(), s) {
		select {
		case <-o.changed:
		case <-late:
			t.Fatalf("no %q in %q", s, o.String())
		}
	}
}

// eventually polls, because what it waits for is another process.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	late := time.After(30 * time.Second)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for !ok() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

// released tells whether nobody has the folder open.
func released(dir string) bool {
	f, err := folder.Open(dir, folder.Node)
	if err != nil {
		return false
	}
	f.Close()
	return true
}
