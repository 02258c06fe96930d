package demo

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"moniker/sshfront/line"
)

const (
	maxCommand = 200 // bytes
	maxWaiting = 32  // commands, while one is done
	escAfter   = 50 * time.Millisecond
	dieWithin  = time.Second
	leave      = "^D"
	stopped    = "stopped. The same command goes on from here.\n"
)

// console is the prompt: one goroutine has the editor and the screen; another does
// what is asked; others read keys and look at the cluster.
type console struct {
	*control
	tty   *terminal
	ed    *line.Editor
	dumb  bool
	keys  chan []byte
	said  chan string // finished lines, from whoever has something to say
	todo  chan string
	done  chan struct{} // closed when nobody shows what is said any more
	above []byte        // finished lines, not shown yet
	over  string        // the key by which all shall stop
}

func newConsole(d *demo) *console {
	t, term := d.tty, os.Getenv("TERM")
	c := &console{
		tty: t, dumb: term == "" || term == "dumb",
		keys: make(chan []byte), said: make(chan string), todo: make(chan string, maxWaiting), done: make(chan struct{}),
	}
	c.control = newControl(d, func() int { w, _ := t.size(); return w }, os.Getenv("NO_COLOR") == "" && !c.dumb)
	c.ed = line.New(t.size())
	if c.dumb {
		c.ed = line.NewDumb()
		c.ed.Resize(t.size())
	}
	c.ed.SetLimit(maxCommand)
	return c
}

// Write shows finished lines above the prompt.
func (c *console) Write(p []byte) (int, error) {
	select {
	case c.said <- string(p):
	case <-c.done:
	}
	return len(p), nil
}

// converse has a person work the demo until ctx ends or they want no more. The
// terminal is its own again, and all is stopped, when it returns.
func (d *demo) converse(ctx context.Context) error {
	if err := d.tty.take(); err != nil {
		d.tty = nil // what cannot be had is done without
		return d.watch(ctx)
	}
	c := newConsole(d)
	screen := d.Stdout
	d.Stdout = c
	c.run(ctx)
	d.Stdout = screen
	d.stopAll()
	d.say(stopped)
	return nil
}

// run returns when the terminal has been given back and all goroutines have ended.
func (c *console) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	defer close(c.done)
	last := []byte{}
	if !c.dumb {
		last = []byte(line.End)
	}
	defer c.tty.rescue(last)
	signals, forget := deaths()
	defer forget()
	start := func(f func()) {
		all.Go(func() {
			defer c.tty.rescue(last)
			f()
		})
	}
	start(func() { c.tty.read(ctx, c.keys) })
	start(func() { c.lookout(ctx) })
	start(func() { c.work(ctx) })
	if !c.dumb {
		c.print([]byte(line.Begin))
	}
	c.loop(ctx, signals)
	if len(c.above) > 0 {
		c.redraw()
	}
	end := append(c.ed.AppendClear(nil), last...)
	if c.over != "" && (!c.dumb || c.over == leave) { // else a dumb terminal has it already
		end = append(end, c.now().prompt()+c.over+"  "...)
	}
	c.tty.giveBack(end)
}

// loop shows what changes and takes what is typed, until it is over.
func (c *console) loop(ctx context.Context, signals <-chan os.Signal) {
	var lone <-chan time.Time // when an Esc has stood alone for long enough
	for c.over == "" {
		c.redraw()
		if lone == nil && c.ed.PendingEsc() {
			lone = time.After(escAfter)
		}
		select {
		case <-ctx.Done():
			return
		case typed, ok := <-c.keys:
			if !ok {
				return // the terminal is gone
			}
			lone = nil
			c.ed.Feed(typed, c.act)
		case <-lone:
			lone = nil
			c.ed.FlushEsc()
		case text := <-c.said:
			c.above = append(c.above, strings.ReplaceAll(text, "\n", "\r\n")...)
		case <-c.changed:
		case s := <-signals:
			c.heed(s)
		}
	}
}

// redraw brings the screen up to date.
func (c *console) redraw() {
	c.ed.SetPrompt(c.now().prompt())
	out := c.ed.AppendRedraw(nil, c.above)
	c.above = c.above[:0]
	if len(out) > 0 {
		c.print(out)
	}
}

func (c *console) print(b []byte) { c.tty.out.Write(b) }

// act does what the keys ask.
func (c *console) act(a line.Action) {
	switch a.Kind {
	case line.Enter:
		c.enter(a.Text)
	case line.Interrupt:
		switch {
		case c.calmDown() || a.Text != "":
			c.echo(a.Text + "^C")
		default:
			c.over = "^C"
		}
	case line.EOF:
		c.over = leave
	case line.Clear:
		c.print(c.ed.AppendClearScreen(nil))
	case line.Complete:
		c.ed.SetCompletions(complete(a.Before, a.Text, len(c.plan.Nodes)), " ")
	}
}

// enter has what was typed done, after what was asked before.
func (c *console) enter(text string) {
	for typed := range strings.SplitSeq(text, "\n") {
		typed = strings.TrimSpace(typed)
		switch typed {
		case "":
			c.hurry()
			c.print(c.ed.AppendClear(nil)) // and it is drawn anew
			continue
		case "quit", "exit":
			c.over = typed
			return
		}
		c.echo(typed)
		select {
		case c.todo <- typed:
		default:
			c.above = append(c.above, "too much is waiting to be done; this is dropped.\r\n"...)
		}
	}
}

// echo leaves the prompt and what stood behind it on the screen. A dumb terminal
// has that already.
func (c *console) echo(typed string) {
	if !c.dumb {
		c.above = append(c.above, c.now().prompt()+typed+"\r\n"...)
	}
}

// work does what is asked, one after the other.
func (c *console) work(ctx context.Context) {
	for {
		select {
		case typed := <-c.todo:
			c.do(ctx, typed)
		case <-ctx.Done():
			return
		}
	}
}

// deaths are the signals that a terminal must be given back for before they end
// the process, and those that change it.
func deaths() (<-chan os.Signal, func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGWINCH, syscall.SIGCONT)
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	return signals, func() { signal.Stop(signals) }
}

// heed acts on a signal: a deadly one ends the process, as if nobody had minded.
func (c *console) heed(s os.Signal) {
	switch s {
	case syscall.SIGWINCH:
		c.ed.Resize(c.tty.size())
	case syscall.SIGCONT:
		c.tty.take()
		c.print(c.ed.AppendClear(nil))
		if !c.dumb {
			c.print([]byte(line.Begin))
		}
	default:
		end := c.ed.AppendClear(nil)
		if !c.dumb {
			end = append(end, line.End...)
		}
		c.tty.giveBack(end)
		signal.Reset(s)
		syscall.Kill(os.Getpid(), s.(syscall.Signal))
		<-time.After(dieWithin) // it is about to come; nothing is drawn meanwhile
	}
}
