// Moniker is chat over SSH where a nickname has exactly one owner: on every node,
// through every crash.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"moniker/cmd/moniker/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	os.Exit(app.Main(ctx, os.Args[1:], app.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}
