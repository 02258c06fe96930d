package socket

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"moniker/cmd/moniker/admin"
	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/say"
)

// serving runs a server on a folder until the test ends.
func serving(t *testing.T, dir string, s Server) {
	t.Helper()
	f, err := folder.Open(dir, folder.Node)
	if err != nil {
		t.Fatal(err)
	}
	l, err := Listen(f)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var server sync.WaitGroup
	server.Go(func() {
		if err := s.Serve(ctx, l); err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	t.Cleanup(func() {
		cancel()
		server.Wait()
		f.Close()
	})
}

func dial(t *testing.T, dir string) net.Conn {
	t.Helper()
	conn, err := Any(dir)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// echo answers with what it was asked.
func echo(_ context.Context, r admin.Request) int {
	if len(r.Args) > 0 && r.Args[0] == "cat" {
		io.Copy(r.Stdout, r.Stdin)
		return 0
	}
	fmt.Fprintf(r.Stdout, "%q %d %v %v %q", r.Args, r.Width, r.Color, r.Local, r.Who)
	io.WriteString(r.Stderr, "hint")
	return 4
}

func TestACallGoesThereAndBack(t *testing.T) {
	dir := t.TempDir()
	serving(t, dir, Server{Run: echo})
	var out, errs bytes.Buffer
	exit, err := Do(t.Context(), dial(t, dir), Call{Args: []string{"nick", "a b"}, Width: 72, Color: true}, Streams{Out: &out, Err: &errs})
	if err != nil || exit != 4 {
		t.Fatalf("exit %d, %v", exit, err)
	}
	if got, want := out.String(), `["nick" "a b"] 72 true true ""`; got != want || errs.String() != "hint" {
		t.Errorf("got %s and %s", got, errs.String())
	}
}

func TestInputIsReadOnlyIfWanted(t *testing.T) {
	dir := t.TempDir()
	serving(t, dir, Server{Run: echo})
	text := strings.Repeat("0123456789", 20_000)
	in := strings.NewReader(text)
	var out bytes.Buffer
	if _, err := Do(t.Context(), dial(t, dir), Call{Args: []string{"x"}}, Streams{In: in, Out: &out, Err: &out}); err != nil {
		t.Fatal(err)
	}
	if in.Len() != len(text) {
		t.Errorf("%d bytes were taken by a call that reads none", len(text)-in.Len())
	}
	out.Reset()
	if _, err := Do(t.Context(), dial(t, dir), Call{Args: []string{"cat"}}, Streams{In: in, Out: &out, Err: &out}); err != nil {
		t.Fatal(err)
	}
	if out.String() != text {
		t.Errorf("%d bytes came back of %d", out.Len(), len(text))
	}
}

func TestSocketIsTheOwnersAlone(t *testing.T) {
	dir := t.TempDir()
	serving(t, dir, Server{Run: echo})
	info, err := os.Stat(filepath.Join(dir, folder.SocketName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode is %v, %v", info.Mode(), err)
	}
}

func TestPathTooLongForTheSystem(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 40))
	serving(t, dir, Server{Run: echo})
	recorded, err := os.ReadFile(filepath.Join(dir, folder.SocketFile))
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimSpace(string(recorded))
	if len(path) > maxPath || strings.HasPrefix(path, dir) {
		t.Errorf("the socket is at %s", path)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("its folder: %v, %v", info, err)
	}
	var out bytes.Buffer
	if exit, err := Do(t.Context(), dial(t, dir), Call{}, Streams{Out: &out, Err: &out}); err != nil || exit != 4 {
		t.Errorf("exit %d, %v", exit, err)
	}
}

func TestShortFolderGoesWithTheListener(t *testing.T) {
	f, err := folder.Open(filepath.Join(t.TempDir(), strings.Repeat("long", 40)), folder.Node)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	l, err := Listen(f)
	if err != nil {
		t.Fatal(err)
	}
	away := filepath.Dir(l.Addr().String())
	l.Close()
	if _, err := os.Stat(away); !os.IsNotExist(err) {
		t.Errorf("%s is left behind", away)
	}
}

// slow is a listener that takes its time to go, once nobody can come any more.
type slow struct {
	shut chan struct{}
	gone chan struct{}
}

func (s *slow) Accept() (net.Conn, error) { <-s.shut; return nil, net.ErrClosed }
func (s *slow) Addr() net.Addr            { return &net.UnixAddr{} }
func (s *slow) Close() error              { close(s.shut); <-s.gone; return nil }

func TestServeReturnsWhenItsListenerIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &slow{make(chan struct{}), make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		returned := false
		go func() {
			if err := (Server{}).Serve(ctx, l); err != nil {
				t.Errorf("serve: %v", err)
			}
			returned = true
		}()
		cancel()
		if synctest.Wait(); returned {
			t.Error("it returned before")
		}
		close(l.gone)
		if synctest.Wait(); !returned {
			t.Error("it has not returned")
		}
	})
}

func TestReadinessIsWaitedFor(t *testing.T) {
	dir := t.TempDir()
	ready := make(chan struct{})
	serving(t, dir, Server{Run: echo, Ready: ready})
	conn := dial(t, dir)
	done := make(chan error, 1)
	go func() { done <- AwaitReady(t.Context(), conn) }()
	select {
	case err := <-done:
		t.Fatalf("ready before it is: %v", err)
	default:
	}
	close(ready)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestHangingUpEndsTheCall(t *testing.T) {
	dir := t.TempDir()
	began, ended := make(chan struct{}), make(chan struct{})
	serving(t, dir, Server{Run: func(ctx context.Context, _ admin.Request) int {
		close(began)
		<-ctx.Done()
		close(ended)
		return 0
	}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	conn := dial(t, dir)
	go func() {
		_, err := Do(ctx, conn, Call{}, Streams{Out: io.Discard, Err: io.Discard})
		done <- err
	}()
	<-began
	cancel()
	<-ended
	var stopped *say.Error
	if err := <-done; !asError(err, &stopped) || stopped.Exit != say.Unknown {
		t.Errorf("got %v", err)
	}
}

func asError(err error, into **say.Error) bool {
	e, ok := err.(*say.Error)
	*into = e
	return ok
}

func TestAnyLiveNodeOfADemoAnswers(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []string{"n1", "n2", "n10", "notes"} {
		sub := filepath.Join(dir, n)
		if err := os.MkdirAll(sub, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(sub, folder.RecordFile), []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Any(dir)
	wantTrouble(t, err, "none of the 3 nodes in "+dir+" is running.")
	_, err = Any(filepath.Join(dir, "n2"))
	wantTrouble(t, err, "the node of "+dir+"/n2 is not running.")
	_, err = Any(filepath.Join(dir, "absent"))
	wantTrouble(t, err, "there is no folder "+dir+"/absent.")
	_, err = Any(t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "is no node's folder, nor a demo's.") {
		t.Errorf("got %v", err)
	}
	serving(t, filepath.Join(dir, "n10"), Server{Run: echo})
	dial(t, dir).Close()
}

func TestAFolderThatIsNotOursIsNotCalledAbsent(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("SKIPPED: root may look everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o700) })
	for _, path := range []string{dir, filepath.Join(dir, "n1")} {
		var e *say.Error
		if _, err := Any(path); !asError(err, &e) || e.Exit != say.Failed || e.What != path+" cannot be looked into: permission denied." {
			t.Errorf("got %v", err)
		}
	}
}

func wantTrouble(t *testing.T, err error, what string) {
	t.Helper()
	var e *say.Error
	if !asError(err, &e) || e.Exit != say.NoLeader || e.What != what {
		t.Errorf("got %v, want %s", err, what)
	}
}
