package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"moniker/cmd/moniker/admin"
	"moniker/cmd/moniker/folder"
	"moniker/test/ports"
)

// A log on a disk that hangs keeps nobody waiting: the watchdog logs before it ends the
// node.
func TestWhoLogsDoesNotWaitForTheDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	disk, err := os.OpenFile(path, os.O_RDWR, 0) // nobody reads until the end: writes stand still when it is full
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	l, err := openLog(path)
	if err != nil {
		t.Fatal(err)
	}
	logged := make(chan error, 1)
	go func() {
		for i := range 2 * logQueue {
			fmt.Fprintf(l, "line %d %s\n", i, strings.Repeat("x", 100))
		}
		logged <- l.Close()
	}()
	select {
	case err := <-logged:
		if err == nil || !strings.Contains(err.Error(), "the disk hangs") {
			t.Errorf("it was closed with %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("who logs waits for the disk")
	}
	go io.Copy(io.Discard, disk)
	<-l.done
}

func TestLinesThatTheDiskDidNotTakeAreTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l := &logFile{path: path, lines: make(chan []byte, 2), done: make(chan struct{})}
	if err := l.open(); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		fmt.Fprintf(l, "line %d\n", i)
	}
	l.append(<-l.lines) // there is room again
	fmt.Fprintln(l, "line 5")
	go l.write()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(l, "line 6")
	got, err := os.ReadFile(path)
	want := "line 0\nline 1\n3 lines are missing here: the disk did not take them in time\nline 5\n"
	if err != nil || string(got) != want {
		t.Errorf("%v, and the log is\n%s", err, got)
	}
}

// Whatever hangs when a node has ended, its process ends.
func TestAProcessOutlivesItsNodeByFiveSecondsAtMost(t *testing.T) {
	broken, hangs := errors.New("the disk hangs"), make(chan struct{})
	t.Cleanup(func() { close(hangs) })
	half := makers{
		node: func(p parts) (Running, error) {
			n, err := newNode(p)
			return failing{n, broken}, err
		},
		front: func(parts, Running, func(context.Context, admin.Request) int) (func(context.Context) error, error) {
			return func(context.Context) error { <-hangs; return nil }, nil
		},
	}
	served := make(chan error, 1)
	c := Config{Dir: filepath.Join(t.TempDir(), "n1"), Name: "n1", SSH: ports.FreeAddr(t), Peer: ports.FreeAddr(t), Init: true}
	go func() { served <- serve(t.Context(), c, half) }()
	select {
	case err := <-served:
		if !errors.Is(err, broken) || !errors.Is(err, errHangs) {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(6 * endWithin):
		t.Error("it does not end")
	}
	if f, err := folder.Open(c.Dir, folder.Node); err != nil {
		t.Errorf("its folder is not given back: %v", err)
	} else {
		f.Close()
	}
}

// failing is a node that must stop as soon as it runs.
type failing struct {
	Running
	why error
}

func (n failing) Run(context.Context) error { return stopAtOnce(n.Running, n.why) }
