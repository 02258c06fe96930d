// Command node is a moniker node that can be lied to: about the time, and about
// where the other nodes are. All else is what `moniker serve` runs. A chaos run
// builds it and starts it; it is of no use to anybody else.
//
// Its wall clock is off by what the file MONIKER_CHAOS_CLOCK says ("-30s"), from the
// moment that it says so: no tool can shift the wall clock of a Go process from
// outside. MONIKER_CHAOS_WAYS ("ADDR=ADDR,...") has it dial one address instead of
// another, so that a proxy can stand between any two nodes.
//
// It writes how many goroutines it has to the file MONIKER_CHAOS_COUNT, every second.
// With --autopsy it does not run: it reads what a node has left in its folder.
//
// It ends when its standard input does: however a run ends, its nodes end with it.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"moniker/cluster"
	"moniker/cmd/moniker/app"
	"moniker/cmd/moniker/say"
	"moniker/test/chaos/autopsy"
	"moniker/transport"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	os.Exit(serve(ctx))
}

func serve(ctx context.Context) int {
	c := app.Config{Stdout: os.Stdout}
	token, at := "", uint64(0)
	flag.StringVar(&c.Dir, "dir", "", "the node's folder")
	flag.StringVar(&c.Name, "name", "", "its name")
	flag.StringVar(&c.SSH, "ssh", "", "HOST:PORT for people")
	flag.StringVar(&c.Peer, "peer", "", "HOST:PORT for other nodes")
	flag.BoolVar(&c.Init, "init", false, "make a new cluster")
	flag.StringVar(&c.Join, "join", "", "enter the cluster of the node at HOST:PORT")
	flag.StringVar(&token, "token", "", "@FILE with the join token")
	flag.Uint64Var(&at, "autopsy", 0, "do not run: read the folder, as it was at this index of the log, and print it")
	flag.Parse()
	if at > 0 {
		return look(c.Dir, at)
	}
	var err error
	if c.Token, err = app.Token(token, "", os.ReadFile); err != nil {
		return say.Print(os.Stderr, err)
	}
	c.Clock = &clock{Clock: cluster.SystemClock(), path: os.Getenv("MONIKER_CHAOS_CLOCK")}
	c.Network = ways{transport.TCP{}, table(os.Getenv("MONIKER_CHAOS_WAYS"))}
	if path := os.Getenv("MONIKER_CHAOS_COUNT"); path != "" {
		go count(ctx, path)
	}
	if err := app.Serve(ctx, c); err != nil {
		return say.Print(os.Stderr, err)
	}
	return say.Done
}

// look prints what a node that has stopped has on its disk.
func look(dir string, at uint64) int {
	body, err := autopsy.Open(dir, at)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(body)
	}
	if err != nil {
		return say.Print(os.Stderr, err)
	}
	return say.Done
}

// count says every second how many goroutines there are.
func count(ctx context.Context, path string) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			os.WriteFile(path, strconv.AppendInt(nil, int64(runtime.NumGoroutine()), 10), 0o600)
		}
	}
}

const lookEvery = 20 * time.Millisecond

// clock is the machine's, but for the time of day.
type clock struct {
	cluster.Clock
	path string // of the file that says by how much it is wrong
	off  atomic.Int64
	look atomic.Int64 // when to look there again, by Mono
}

// Now is the wall clock, wrong by what the file says.
func (c *clock) Now() time.Time {
	if mono := int64(c.Mono()); c.path != "" && mono >= c.look.Load() {
		c.look.Store(mono + int64(lookEvery))
		data, _ := os.ReadFile(c.path)
		off, _ := time.ParseDuration(strings.TrimSpace(string(data))) // no file: not wrong
		c.off.Store(int64(off))
	}
	return c.Clock.Now().Add(time.Duration(c.off.Load()))
}

// ways is TCP on which some addresses are reached at others.
type ways struct {
	transport.TCP
	to map[string]string
}

// Dial connects to addr, or to what stands before it.
func (w ways) Dial(ctx context.Context, addr string) (net.Conn, error) {
	if to, ok := w.to[addr]; ok {
		addr = to
	}
	return w.TCP.Dial(ctx, addr)
}

func table(text string) map[string]string {
	to := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		if from, at, ok := strings.Cut(pair, "="); ok {
			to[from] = at
		}
	}
	return to
}
