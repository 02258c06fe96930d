package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"moniker/cmd/moniker/admin"
	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/say"
	"moniker/cmd/moniker/socket"
	"moniker/transport"
)

// watched is a node of a demo's folder that answers as run says, until the test ends.
func watched(t *testing.T, dir, name string, run func(context.Context, admin.Request) int) {
	t.Helper()
	f, err := folder.Open(filepath.Join(dir, name), folder.Node)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetRecord(folder.Record{Name: name, SSH: "127.0.0.1:1", Peer: "127.0.0.1:2"}); err != nil {
		t.Fatal(err)
	}
	l, err := socket.Listen(f)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var server sync.WaitGroup
	server.Go(func() { socket.Server{Run: run}.Serve(ctx, l) })
	t.Cleanup(func() {
		cancel()
		server.Wait()
		f.Close()
	})
}

// stops answers as a node that is about to stop.
func stops(name string) func(context.Context, admin.Request) int {
	return func(_ context.Context, r admin.Request) int {
		fmt.Fprintf(r.Stderr, "1 event skipped\n")
		fmt.Fprintf(r.Stdout, "from %s: %s\n", name, strings.Join(r.Args, " "))
		return say.Print(r.Stderr, admin.Stopping(name))
	}
}

func TestAWatchGoesOnThroughAnotherNodeOfTheDemo(t *testing.T) {
	dir := t.TempDir()
	watched(t, dir, "n1", stops("n1"))
	exit, out, errs := command(t, "admin", "--dir", dir, "watch", "bob")
	if exit != 1 || out != "from n1: watch bob\n" || errs != "1 event skipped\nmoniker: n1 is stopping.\n  Watch through another node.\n" {
		t.Errorf("alone: exit %d\n%s%s", exit, out, errs)
	}
	watched(t, dir, "n2", func(_ context.Context, r admin.Request) int {
		fmt.Fprintln(r.Stdout, "from n2")
		return say.Print(r.Stderr, say.No("End one of them.", "16 watches run on n2."))
	})
	exit, out, errs = command(t, "admin", "--dir", dir, "watch", "bob")
	if exit != 1 || out != "from n1: watch bob\nfrom n2\n" ||
		errs != "1 event skipped\nn1 is stopping; watching through n2\nmoniker: 16 watches run on n2.\n  End one of them.\n" {
		t.Errorf("with n2: exit %d\n%s%s", exit, out, errs)
	}
	exit, _, errs = command(t, "admin", "--dir", filepath.Join(dir, "n1"), "watch")
	if exit != 1 || strings.Contains(errs, "through n2") {
		t.Errorf("of n1 alone: exit %d\n%s", exit, errs)
	}
}

func TestAWatchOutlivesNodesThatStopOneAfterTheOther(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []string{"n1", "n2", "n3"} {
		watched(t, dir, n, stops(n))
	}
	exit, out, errs := command(t, "admin", "--dir", dir, "watch")
	const skipped = "1 event skipped\n"
	if exit != 1 || out != "from n1: watch\nfrom n2: watch\nfrom n3: watch\n" ||
		errs != skipped+"n1 is stopping; watching through n2\n"+skipped+"n2 is stopping; watching through n3\n"+skipped+
			"moniker: n3 is stopping.\n  Watch through another node.\n" {
		t.Errorf("exit %d\n%s%s", exit, out, errs)
	}
}

// One that is killed says nothing.
func TestAWatchOutlivesANodeThatDies(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "n1", folder.SocketName)
	if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(filepath.Join(dir, "n1", folder.RecordFile), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	dead := make(chan struct{})
	go func() {
		defer close(dead)
		const here = 9
		conn, err := l.Accept()
		if err == nil {
			transport.WriteFrame(conn, here, nil)
			transport.ReadFrame(conn, 1<<10, nil)
		}
		l.Close() // before the connection: nobody comes back to it
		conn.Close()
	}()
	ctx, cancel := context.WithCancel(t.Context())
	watched(t, dir, "n2", func(ctx context.Context, r admin.Request) int {
		fmt.Fprintln(r.Stdout, "from n2")
		cancel() // the person has enough
		<-ctx.Done()
		return 0
	})
	var out, errs bytes.Buffer
	exit := Main(ctx, []string{"admin", "--dir", dir, "watch"}, Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
	<-dead
	if exit != 0 || errs.String() != "the node that was watched ended; watching through n2\n" {
		t.Errorf("exit %d\n%s%s", exit, out.String(), errs.String())
	}
}
