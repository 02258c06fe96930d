package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"moniker/test/chaos/load"
	"moniker/test/chaos/record"
	"moniker/test/chaos/report"
	"moniker/test/chaos/sabotage"
	"moniker/test/chaos/stage"
)

// What the cluster is set to: short, so that leases, graces and silences end within
// a run.
const (
	usualTTL   = 5 * time.Second // but for saboteurs that show under others
	usualGrace = 15 * time.Second
	interval   = time.Second
	misses     = 3
	calm       = 5 * time.Second  // of load on a whole cluster, at the end
	wholeIn    = 60 * time.Second // of everything being mended
)

// settings are set in this order: silence may not be longer than the lease.
func settings(ttl, grace time.Duration) [][2]string {
	return [][2]string{
		{"keepalive.interval", interval.String()}, {"keepalive.misses", fmt.Sprint(misses)},
		{"lease.ttl", ttl.String()}, {"lease.grace", grace.String()},
		{"limit.history.messages", "100000"}, {"limit.history.bytes", fmt.Sprint(16 << 20)}, {"limit.all.history", "1000000"},
	}
}

// chaos is one run.
type chaos struct {
	options
	dir   string // of the nodes' folders; it goes
	ttl   time.Duration
	grace time.Duration
	run   record.Run
	notes *diary
	stage *stage.Stage
	crowd *load.Crowd
	storm *storm

	faults   []fault
	findings []report.Finding
}

// run does a run and returns its exit status. What it says of itself goes to standard
// output, and all it found to the folder that it names there.
func run(ctx context.Context, o options) (exit int, err error) {
	return (&chaos{options: o}).whole(ctx)
}

// whole is the run, from the first build to the verdict.
func (c *chaos) whole(ctx context.Context) (exit int, err error) {
	defer func() { err = errors.Join(err, c.close()) }()
	if err := c.prepare(ctx); err != nil {
		return invalid, err
	}
	if err := c.open(ctx); err != nil {
		return invalid, err
	}
	c.play(ctx)
	whole := c.mend(ctx)
	c.notes.say("people leave, nodes stop, and all of it is judged")
	c.run.Ops, c.run.Lines, c.run.Skips = c.crowd.Stop()
	c.crowd = nil
	c.finish(whole)
	return c.judge()
}

// prepare makes the folders and the nodes' program.
func (c *chaos) prepare(ctx context.Context) error {
	var err error
	if c.out == "" {
		if c.out, err = os.MkdirTemp("", "moniker-chaos-"); err != nil {
			return err
		}
	}
	if c.out, err = filepath.Abs(c.out); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(c.out, "logs"), 0o755); err != nil {
		return err
	}
	if c.dir, err = os.MkdirTemp("", "chaos"); err != nil { // short: sockets have paths too
		return err
	}
	if c.notes, err = newDiary(filepath.Join(c.out, "logs", "diary.txt")); err != nil {
		return err
	}
	c.notes.say("seed %d: %s", c.seed, c.again())
	c.ttl, c.grace = usualTTL, usualGrace
	args := []string{"build", "-o", c.program()}
	if c.race {
		args = append(args, "-race")
	}
	if c.sabotage != "" {
		s, err := sabotage.Find(c.sabotage)
		if err != nil {
			return err
		}
		overlay, err := s.Overlay(c.dir)
		if err != nil {
			return err
		}
		c.notes.say("the nodes are sabotaged: %s", s.Says)
		c.ttl, c.grace = cmp.Or(s.TTL, c.ttl), cmp.Or(s.Grace, c.grace)
		args = append(args, "-overlay", overlay)
	}
	build := exec.CommandContext(ctx, "go", append(args, "moniker/test/chaos/node")...)
	if said, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the nodes' program (run this where moniker's go.mod is): %w\n%s", err, said)
	}
	return nil
}

func (c *chaos) program() string { return filepath.Join(c.dir, "node") }

// open starts the cluster and lets people in.
func (c *chaos) open(ctx context.Context) (err error) {
	wanted, err := choose(all(), c.options.faults)
	if err != nil {
		return err
	}
	began := time.Now()
	c.notes.zero(began)
	asked := func(prefix string) bool {
		return canMount() && slices.ContainsFunc(wanted, func(f fault) bool { return strings.HasPrefix(f.name, prefix) })
	}
	c.stage, err = stage.Open(ctx, stage.Config{
		Dir: c.dir, Logs: filepath.Join(c.out, "logs"), Program: c.program(), Nodes: c.nodes,
		Loopback: c.loopback, Small: asked("disk-full"), Power: asked("power-"), Settings: settings(c.ttl, c.grace), Began: began, Note: c.notes.note,
	})
	if err != nil {
		return fmt.Errorf("start the cluster: %w", err)
	}
	c.run = record.Run{
		Command: c.again(), Seed: c.seed, Began: began, Where: c.stage.Where(), TTL: c.ttl, Grace: c.grace, Silence: interval * misses,
	}
	for _, f := range wanted {
		if why := c.stage.Can(f.kind); why != "" {
			c.run.Cannot = append(c.run.Cannot, f.name+": "+why)
			continue
		}
		c.faults = append(c.faults, f)
	}
	c.notes.say("%d nodes: %s", c.nodes, c.stage.Where())
	for _, why := range c.run.Cannot {
		c.notes.say("not tested here: %s", why)
	}
	c.crowd, err = load.Start(context.WithoutCancel(ctx), load.Config{ // people stay until all is mended
		Nodes: func() (nodes []load.Node) {
			for _, d := range c.stage.Doors() {
				nodes = append(nodes, load.Node{Name: d.Name, SSH: d.SSH, Dial: d.Dial})
			}
			return nodes
		},
		Clients: c.clients, Seed: c.seed, HostKey: c.stage.HostKey(), Operator: c.stage.Operator(), Began: began, Lasts: c.long,
	})
	if err != nil {
		return fmt.Errorf("let people in: %w", err)
	}
	return nil
}

// play is the storm, with somebody who looks every second how it goes.
func (c *chaos) play(ctx context.Context) {
	now := time.Now()
	c.storm = &storm{
		stage: c.stage, crowd: c.crowd, dice: rand.New(rand.NewPCG(uint64(c.seed), 7)), faults: c.faults, brief: c.quick,
		ends: now.Add(c.long), begun: c.run.Began, note: c.notes.note, now: map[int]string{},
	}
	// A calm before, to know what is usual.
	c.looking(func() {
		c.storm.wait(ctx, min(3*time.Second, c.long/5))
		c.storm.run(ctx)
	})
}

// looking takes a sample a second while something goes on.
func (c *chaos) looking(while func()) {
	ctx, stop := context.WithCancel(context.Background())
	var beside sync.WaitGroup
	beside.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			seen, did := c.stage.Sample(), c.crowd.Sample()
			seen.At, seen.Accepted, seen.Failed, seen.Latency = time.Since(c.run.Began), did.Accepted, did.Failed, did.Latency
			c.run.Samples = append(c.run.Samples, seen)
			c.notes.progress(seen, c.storm.broken())
		}
	})
	while()
	stop()
	beside.Wait()
}

// mend undoes whatever is broken, and waits until the cluster is whole, with people
// on it still.
func (c *chaos) mend(ctx context.Context) (whole error) {
	if ctx.Err() != nil {
		c.notes.say("stopped: all is mended, then judged")
	}
	c.looking(func() {
		mending, cancel := context.WithTimeout(context.Background(), wholeIn)
		defer cancel()
		faults, err := c.stage.MendAll(mending)
		c.run.Faults = append(c.storm.done, faults...)
		from := time.Now()
		whole = errors.Join(err, errors.Join(c.storm.trial...), c.stage.Whole(mending))
		if whole == nil {
			c.notes.note("all is mended; the cluster was whole after %.1f s", time.Since(from).Seconds())
			quiet, cancel := context.WithTimeout(context.Background(), calm)
			defer cancel()
			<-quiet.Done()
		}
	})
	return whole
}

// finish asks the nodes for what they have, and writes all of it down.
func (c *chaos) finish(whole error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var err error
	if whole == nil {
		missed, cancel := context.WithTimeout(ctx, interval*misses+c.ttl)
		<-missed.Done()
		cancel()
	}
	sessions, left, err := c.stage.Left(ctx)
	if err != nil {
		c.notes.note("who is left is not known: %v", err)
	}
	lives := c.stage.Lives()
	if c.run.End, err = c.stage.End(ctx); err != nil && whole == nil {
		c.run.End.Logs = append(c.run.End.Logs, err.Error())
	}
	c.run.Faults = append(c.run.Faults, c.stage.Repairs()...)
	c.run.End.Sessions, c.run.End.Held = sessions, left
	c.run.Lives = lives
	if whole != nil {
		c.run.End.Hurt = strings.ReplaceAll(whole.Error(), "\n", "; ")
	}
	c.run.Took = time.Since(c.run.Began)
	slices.SortFunc(c.run.Faults, func(a, b record.Fault) int { return int(a.From - b.From) })
}

// judge writes the run down, as a judge may be stopped and asked again, and has the
// verdict made, and the report.
func (c *chaos) judge() (int, error) {
	written := filepath.Join(c.out, "run.json")
	err := write(written, c.run.Write)
	if err == nil {
		c.notes.say("it can be judged again: go run ./test/chaos -judge %s", written)
	}
	began := time.Now()
	findings, unsaid := weigh(&c.run, c.out)
	c.notes.note("judged in %.1f s: %d operations, %d lines on screens", time.Since(began).Seconds(), len(c.run.Ops), len(c.run.Lines))
	c.findings = findings
	exit := status(findings, unsaid)
	err = errors.Join(
		err,
		c.stage.Keep(c.keep || exit == broken),
		page(c.out, &c.run, findings, unsaid))
	for _, f := range findings {
		c.notes.verdict(f)
	}
	if unsaid != nil {
		c.notes.say("this run proves nothing: %v", unsaid)
	}
	c.notes.say("%s", filepath.Join(c.out, "index.html"))
	c.notes.say("again: %s", c.again())
	return exit, err
}

// close ends whatever still runs, and removes what is not the report's.
func (c *chaos) close() error {
	var err error
	if c.crowd != nil {
		c.crowd.Stop()
	}
	if c.stage != nil {
		err = c.stage.Close()
	}
	if c.dir != "" {
		err = errors.Join(err, os.RemoveAll(c.dir))
	}
	if c.notes != nil {
		err = errors.Join(err, c.notes.close())
	}
	return err
}
