package demo_test

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"moniker/cmd/moniker/app"
	"moniker/cmd/moniker/demo"
	"moniker/cmd/moniker/say"
)

// TestMain is here, outside, because app wires the demo: the whole program is not to
// be had from inside.
func TestMain(m *testing.M) {
	switch os.Getenv(demo.RoleVariable) {
	case "node":
		os.Exit(say.Print(os.Stderr, demo.PlayNode(os.Args[1:])))
	case "demo":
		os.Exit(say.Print(os.Stderr, demo.PlayDemo(os.Args[1], os.Args[2])))
	case "moniker":
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		context.AfterFunc(ctx, stop)
		os.Exit(app.Main(ctx, os.Args[1:], app.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
	}
	os.Exit(m.Run())
}
