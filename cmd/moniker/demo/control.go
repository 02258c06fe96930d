package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"time"

	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/say"
	"moniker/cmd/moniker/socket"
)

const (
	leadWithin   = 10 * time.Second // for the others to agree on who leads
	backWithin   = 20 * time.Second
	statusWithin = 8 * time.Second
	countWithin  = time.Second
)

// control does what is asked at the prompt. What changes the cluster belongs to one
// goroutine, which does one thing after the other; others may look meanwhile.
type control struct {
	*demo
	changed chan struct{} // there may be something new in the picture
	glance  chan struct{} // somebody wants to know now
	width   func() int    // of the terminal
	color   bool

	mu     sync.Mutex // also over the demo's nodes and their standing
	cuts   cuts
	asked  uint64 // tickets given out
	seen   view
	voters map[string]bool // as a majority said last; nil: all
	calm   func()          // ends the chaos there is; nil: there is none
}

func newControl(d *demo, width func() int, color bool) *control {
	return &control{
		demo: d, changed: make(chan struct{}, 1), glance: make(chan struct{}, 1), width: width, color: color, cuts: cuts{},
	}
}

// poke says that the picture may be new.
func (c *control) poke() { signalTo(c.changed) }

// hurry has the lookout look now.
func (c *control) hurry() { signalTo(c.glance) }

func signalTo(to chan struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}

// do runs a command line that is not blank.
func (c *control) do(ctx context.Context, line string) {
	o, wrong := parse(line, len(c.plan.Nodes))
	if wrong != "" {
		c.say("%s\n", wrong)
		return
	}
	for _, i := range o.nodes {
		if p, s, _ := c.process(i); s.out {
			c.say("%s\n", staysOut(p.name))
			return
		}
	}
	o.run(c, ctx, o)
	c.poke()
	c.hurry()
}

func (c *control) name(i int) string { return c.plan.Nodes[i].Name }

// process is node i's, and how it stands.
func (c *control) process(i int) (*process, standing, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.nodes[i]
	return p, p.standing, !p.ended()
}

// runs says whether this demo has node i in hand, and if not, why not.
func (c *control) runs(i int) bool {
	_, s, running := c.process(i)
	switch {
	case running:
		return true
	case s.outside:
		c.say("%s was started elsewhere: %s\n", c.name(i), c.killElsewhere(i))
	default:
		c.say("%s is down.\n", c.name(i))
	}
	return false
}

func (c *control) killElsewhere(i int) string {
	if pid, ok := folder.PID(c.path(c.name(i))); ok {
		return fmt.Sprintf("kill -9 %d", pid)
	}
	return "only there can it be stopped."
}

// kill ends node i as a crash does.
func (c *control) kill(ctx context.Context, i int) {
	if !c.runs(i) {
		return
	}
	people := c.people(ctx, i, "was")
	before, began := c.now(), time.Now()
	c.killNow(i)
	c.tell(ctx, c.name(i)+" killed.", before, began, people)
}

func (c *control) killNow(i int) {
	c.mu.Lock()
	p := c.nodes[i]
	p.told = true
	c.mu.Unlock()
	p.cmd.Process.Kill()
	<-p.done
	p.hangUp()
	c.poke()
}

// pause holds node i still.
func (c *control) pause(ctx context.Context, i int) {
	if !c.runs(i) {
		return
	}
	if _, s, _ := c.process(i); s.paused {
		c.say("%s is paused already.\n", c.name(i))
		return
	}
	people := c.people(ctx, i, "is")
	before, began := c.now(), time.Now()
	c.setPaused(i, true)
	c.tell(ctx, c.name(i)+" paused.", before, began, people)
}

// setPaused stops and continues node i's process.
func (c *control) setPaused(i int, paused bool) {
	c.mu.Lock()
	p := c.nodes[i]
	p.paused = paused
	c.mu.Unlock()
	sig := syscall.SIGCONT
	if paused {
		sig = syscall.SIGSTOP
	}
	p.cmd.Process.Signal(sig)
	c.poke()
}

// start has node i go on, or starts it again.
func (c *control) start(ctx context.Context, i int) {
	_, s, running := c.process(i)
	switch {
	case running && s.paused:
		c.setPaused(i, false)
		c.say("%s goes on.\n", c.name(i))
	case running:
		c.say("%s is up.\n", c.name(i))
	case s.outside:
		c.say("%s is up; it was started elsewhere.\n", c.name(i))
	default:
		began := time.Now()
		err := c.startNow(ctx, i)
		if ctx.Err() != nil {
			return
		}
		if p, _, _ := c.process(i); err != nil && c.gone(i, p) {
			return
		}
		if err != nil {
			c.trouble(err)
			return
		}
		c.sayBack(i, time.Since(began))
	}
}

func (c *control) sayBack(i int, took time.Duration) {
	back := fmt.Sprintf("%s is back after %.1f s", c.name(i), took.Seconds())
	switch p := c.now(); {
	case !p.hasMajority():
		c.say("%s; %s.\n", back, p.noMajority())
	case p.isolated(i):
		c.say("%s, and still cut off; heal ends that.\n", back)
	default:
		c.say("%s.\n", back)
	}
}

// startNow starts node i under the cuts there are, and returns when it serves
// people, or cannot because it would not be with a majority.
func (c *control) startNow(ctx context.Context, i int) error {
	c.mu.Lock()
	word := c.cuts.word(c.plan, i)
	c.mu.Unlock()
	p, err := c.launch(i, nil, word)
	if err != nil {
		return err
	}
	p.starting = true
	c.mu.Lock()
	c.nodes[i] = p
	c.mu.Unlock()
	c.poke()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		p.starting, p.told = false, p.ended()
	}()
	then := c.now()
	then.nodes[i].condition = up
	within, cancel := context.WithTimeout(ctx, backWithin)
	defer cancel()
	if then.fit(i) {
		return c.await(within, []*process{p}, p)
	}
	return c.poll(within, []*process{p}, p.name+" does not answer", func(context.Context) bool { return c.alive(i) })
}

// trouble tells an error as one line and what to do below it.
func (c *control) trouble(err error) {
	var told *say.Error
	if !errors.As(err, &told) {
		c.say("%s.\n", err)
		return
	}
	c.say("%s\n", told.What)
	if told.Do != "" {
		c.say("  %s\n", told.Do)
	}
}

// status shows what a live node says, the best one to ask.
func (c *control) status(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, statusWithin)
	defer cancel()
	p := c.now()
	var asked []int
	for i, n := range p.nodes {
		if n.able() {
			asked = append(asked, i)
		}
	}
	slices.SortStableFunc(asked, func(a, b int) int { return p.heard(b) - p.heard(a) })
	for _, i := range asked {
		conn, ok := socket.Dial(c.path(c.name(i)))
		if !ok {
			continue
		}
		var out bytes.Buffer
		call := socket.Call{Args: []string{"status"}, Width: c.width(), Color: c.color}
		if _, err := socket.Do(ctx, conn, call, socket.Streams{Out: &out, Err: &out}); err == nil {
			c.say("%s", out.String())
			return
		}
	}
	if ctx.Err() == nil {
		c.say("no node answers; start 1 starts one.\n")
	}
}

// now is the picture.
func (c *control) now() picture {
	p, _ := c.picture()
	return p
}
