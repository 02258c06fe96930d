package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"moniker/test/chaos/sabotage"
)

// Exit status.
const (
	held    = 0 // every law
	broken  = 1 // one, or more
	invalid = 2 // the run failed, or proves nothing
)

func main() {
	runtime.LockOSThread() // the child that does it all ends with this thread
	o, err := parse(os.Args[1:])
	if err == flag.ErrHelp {
		os.Exit(held)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(invalid)
	}
	if o.list {
		listFaults(os.Stdout)
		os.Exit(held)
	}
	if o.judge != "" {
		exit, err := rejudge(o.judge)
		if err != nil {
			fmt.Fprintln(os.Stderr, "chaos:", err)
		}
		os.Exit(exit)
	}
	if exit, done := apart(); done {
		os.Exit(exit)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once, and its nodes with it
	do := run
	if o.prove {
		do = prove
	}
	exit, err := do(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
	}
	os.Exit(exit)
}

// options are what a run is told.
type options struct {
	long     time.Duration
	seed     int64
	faults   string
	nodes    int
	clients  int
	out      string
	quick    bool
	race     bool
	loopback bool
	keep     bool
	list     bool
	judge    string
	sabotage string
	prove    bool
}

const usage = `Runs a cluster of real nodes, breaks it, mends it, and says what held.

  go run ./test/chaos                                a minute of everything
  go run ./test/chaos -for 10m -nodes 5 -clients 60
  go run ./test/chaos -seed 7 -faults kill,cut-leader,client
  go run ./test/chaos -faults all,-damage            everything but that
  go run ./test/chaos -prove                         builds that are wrong on purpose: each must be caught
  go run ./test/chaos -list                          all faults there are, and all saboteurs

Exit status: 0 every law held, 1 one was broken, 2 the run itself failed.

`

func parse(args []string) (options, error) {
	o := options{}
	f := flag.NewFlagSet("chaos", flag.ContinueOnError)
	f.Usage = func() {
		fmt.Fprint(f.Output(), usage)
		f.PrintDefaults()
	}
	f.DurationVar(&o.long, "for", time.Minute, "how long things are broken and mended")
	f.Int64Var(&o.seed, "seed", 0, "of the plan: which faults, when (default: another each time)")
	f.StringVar(&o.faults, "faults", "all", "which: names or families of them, with - before those that are not wanted")
	f.IntVar(&o.nodes, "nodes", 3, "how many")
	f.IntVar(&o.clients, "clients", 24, "how many people")
	f.StringVar(&o.out, "out", "", "folder for the report (default: a new one among the system's temporary files)")
	f.BoolVar(&o.quick, "quick", false, "a smoke: 30 s, fewer people, short faults")
	f.BoolVar(&o.race, "race", false, "nodes with the race detector")
	f.BoolVar(&o.loopback, "loopback", false, "nodes on loopback, with proxies between them, even where namespaces can be had")
	f.BoolVar(&o.keep, "keep", false, "keep the nodes' folders, also if every law held")
	f.StringVar(&o.judge, "judge", "", "a run.json: judge that run once more, and end")
	f.StringVar(&o.sabotage, "sabotage", "", "nodes with a mechanism swapped for a wrong one: whose, -list says")
	f.BoolVar(&o.prove, "prove", false, "run every saboteur under the faults that show it: each must be caught")
	f.BoolVar(&o.list, "list", false, "show all faults, and end")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	given := map[string]bool{}
	f.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if o.quick && !given["for"] {
		o.long = 30 * time.Second
	}
	if o.quick && !given["clients"] {
		o.clients = 12
	}
	if !given["seed"] {
		o.seed = time.Now().UnixNano() % 1_000_000
	}
	return o, o.validate(f.NArg())
}

func (o options) validate(more int) error {
	switch {
	case more > 0:
		return fmt.Errorf("there are flags only")
	case o.nodes < 1 || o.nodes > 9:
		return fmt.Errorf("-nodes is between 1 and 9")
	case o.clients < 1:
		return fmt.Errorf("-clients is at least 1")
	case o.long < 5*time.Second:
		return fmt.Errorf("-for is at least 5s")
	}
	if o.sabotage != "" {
		if _, err := sabotage.Find(o.sabotage); err != nil {
			return err
		}
	}
	_, err := choose(all(), o.faults)
	return err
}

// again is the line that runs it again.
func (o options) again() string {
	line := fmt.Sprintf("go run ./test/chaos -for %s -seed %d -faults %s -nodes %d -clients %d", o.long, o.seed, o.faults, o.nodes, o.clients)
	for _, f := range []struct {
		name string
		on   bool
	}{{" -quick", o.quick}, {" -race", o.race}, {" -loopback", o.loopback}} {
		if f.on {
			line += f.name
		}
	}
	if o.sabotage != "" {
		line += " -sabotage " + o.sabotage
	}
	return line
}
