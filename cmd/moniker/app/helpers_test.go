package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"moniker/cmd/moniker/admin"
	"moniker/cmd/moniker/say"
)

// console takes what a node tells people, and can be waited on.
type console struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

func newConsole() *console { return &console{changed: make(chan struct{}, 1)} }

func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case c.changed <- struct{}{}:
	default:
	}
	return c.text.Write(p)
}

func (c *console) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

func (c *console) until(t *testing.T, s string) {
	t.Helper()
	late := time.After(30 * time.Second)
	for !strings.Contains(c.String(), s) {
		select {
		case <-c.changed:
		case <-late:
			t.Fatalf("no %q in %q", s, c.String())
		}
	}
}

// withoutPeople is a real node, with nobody let in.
func withoutPeople() makers {
	return makers{node: newNode, front: func(parts, Running, func(context.Context, admin.Request) int) (func(context.Context) error, error) {
		return func(ctx context.Context) error {
			<-ctx.Done()
			return nil
		}, nil
	}}
}

// start runs a node until stop is called, which returns what came of it.
func start(t *testing.T, c Config) (out *console, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out = newConsole()
	c.Stdout = out
	done := make(chan error, 1)
	go func() { done <- serve(ctx, c, withoutPeople()) }()
	var once sync.Once
	var err error
	stop = func() error {
		once.Do(func() {
			cancel()
			err = <-done
		})
		return err
	}
	t.Cleanup(func() { stop() })
	return out, stop
}

// command runs a command line as main does.
func command(t *testing.T, args ...string) (exit int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	exit = Main(t.Context(), args, Streams{In: strings.NewReader(""), Out: &o, Err: &e})
	return exit, o.String(), e.String()
}

func wantTrouble(t *testing.T, err error, exit int, what string) {
	t.Helper()
	var e *say.Error
	if !errors.As(err, &e) || e.Exit != exit || e.What != what {
		t.Errorf("got %v\nwant %d: %s", fmt.Sprintf("%+v", err), exit, what)
	}
}
