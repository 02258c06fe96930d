package sshfront

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"moniker/fsm"
)

const whatThereIs = `  ssh NAME@HOST                 talk
  ssh HOST who [--json]         who is here
  ssh HOST admin ...            for operators
`

// command is one `ssh host WORD ...`: its words, and where it reads and writes.
type command struct {
	h        *channel
	ctx      context.Context
	args     []string // behind the first
	in       io.Reader
	out, err io.Writer
}

// exec runs a command line; it returns the exit status.
func (h *channel) exec(text string) int {
	ctx, cancel := context.WithCancel(h.ctx)
	defer cancel()
	h.wg.Go(func() {
		defer cancel()
		h.untilPutOut(ctx)
	})
	var mu sync.Mutex
	c := command{h: h, ctx: ctx, in: h.ssh, out: h.guarded(&mu, h.ssh), err: h.guarded(&mu, h.stderr())}
	if h.term.pty {
		c.in = strings.NewReader("")
		h.wg.Go(func() { h.interrupts(cancel) })
	} else {
		c.in = proofReader{h.conn, h.ssh}
	}
	if why := h.conn.shut(); why != "" {
		return c.turnedAway(why)
	}
	args, err := split(text)
	if err != nil {
		fmt.Fprintf(c.err, "moniker: %v.\n", err)
		return 2
	}
	if len(args) == 0 {
		args = []string{""}
	}
	c.args = args[1:]
	exit := c.run(args[0])
	if why := h.conn.outcast(); why != "" && ctx.Err() != nil && h.ctx.Err() == nil {
		return c.turnedAway(why)
	}
	return exit
}

// shut looks who has come, and says why they are not let in; empty if they are.
func (c *conn) shut() string {
	if !c.identify() {
		return c.keyRemoved()
	}
	return c.kept()
}

func (c *conn) keyRemoved() string {
	return "this key was removed by its owner, and is let in no more.\n  your key   " + string(c.key)
}

// outcast says why somebody may not be here any more, were they let in before: because
// of their key, or of a ban.
func (c *conn) outcast() string {
	admitted := false
	c.srv.cfg.Cluster.View(func(st *fsm.State) { _, admitted = st.Keys().Who(c.key) })
	if !admitted {
		return c.keyRemoved()
	}
	return c.banned()
}

func (c command) turnedAway(why string) int {
	c.h.conn.turnedAway()
	fmt.Fprintf(c.err, "moniker: %s\n", why)
	return 1
}

func (c command) run(word string) int {
	switch word {
	case "admin":
		return c.admin()
	case "who":
		return c.who()
	case "help", "--help", "-h":
		fmt.Fprint(c.out, whatThereIs)
		return 0
	}
	fmt.Fprintf(c.err, "moniker: there is no command %q. What there is:\n%s", word, whatThereIs)
	return 2
}

// untilPutOut returns when the server stops, ctx ends, or somebody may not be here any
// more, because the key that they came by is removed or for a ban: a command may run
// for long.
func (h *channel) untilPutOut(ctx context.Context) {
	news, unwatch := newsOf(h.conn.srv.cfg.Cluster.Feed())
	defer unwatch()
	for h.conn.outcast() == "" { // asked from the start: it may have happened before the watch began
		select {
		case <-news:
		case <-h.server.Done():
			return
		case <-ctx.Done():
			return
		}
	}
}

// newsOf tells through a channel when there is more in a feed, until unwatch is called.
func newsOf(feed Feed) (news <-chan struct{}, unwatch func()) {
	ch := make(chan struct{}, 1)
	return ch, feed.Watch(func() {
		select {
		case ch <- struct{}{}:
		default:
		}
	})
}

// admin hands an operator's command over. Anybody else is told so.
func (c command) admin() int {
	cfg := &c.h.conn.srv.cfg
	operator := false
	cfg.Cluster.View(func(st *fsm.State) { _, operator = st.Members().Operator(c.h.conn.who) })
	if c.h.conn.who.Guest() {
		fmt.Fprintf(c.err, "moniker: admin is for operators, and those come with a key.\n")
		return 1
	}
	if !operator {
		fmt.Fprintf(c.err, "moniker: admin is for operators, and this key is not one's.\n  your key   %s\n"+
			"  An operator can add it: admin operator add KEY\n", c.h.conn.key)
		return 1
	}
	if cfg.Admin == nil {
		fmt.Fprintf(c.err, "moniker: %s has no admin commands over SSH.\n", cfg.NodeName)
		return 1
	}
	width := 0
	if c.h.term.pty {
		width, _ = c.h.term.cells()
	}
	return cfg.Admin(c.ctx, AdminRequest{
		Args: c.args, Stdin: c.in, Stdout: c.out, Stderr: c.err,
		Who: c.h.conn.who, Width: width, Color: c.h.term.color(),
	})
}

// interrupts cancels a command before a terminal on Ctrl-C. A terminal's client
// sends keys, so a command cannot read from it. The end of them cancels nothing:
// `ssh -tt HOST admin status </dev/null` wants the answer.
func (h *channel) interrupts(cancel func()) {
	buf := make([]byte, 64)
	for {
		n, err := h.ssh.Read(buf)
		if n > 0 {
			h.conn.heard()
		}
		if bytes.IndexByte(buf[:n], 0x03) >= 0 {
			cancel()
		}
		if err != nil {
			return
		}
	}
}

// proofReader reads what a client pipes in: each piece is proof of life.
type proofReader struct {
	conn *conn
	r    io.Reader
}

func (p proofReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if n > 0 {
		p.conn.heard()
	}
	return n, err
}

// guardedWriter ends the connection if a write is stuck. A terminal gets CR LF.
type guardedWriter struct {
	mu   *sync.Mutex // shared by a channel's two streams
	w    io.Writer
	h    *channel
	last byte
}

func (h *channel) guarded(mu *sync.Mutex, w io.Writer) *guardedWriter {
	return &guardedWriter{mu: mu, w: w, h: h}
}

func (g *guardedWriter) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for done := 0; done < len(b); {
		n := min(len(b)-done, writeSize)
		piece := b[done : done+n]
		if g.h.term.pty {
			piece = g.crlf(piece)
		}
		stall := time.AfterFunc(g.h.conn.srv.cfg.Limits.Stall, func() { g.h.conn.drop("a write was stuck") })
		_, err := g.w.Write(piece)
		stall.Stop()
		if err != nil {
			return done, err
		}
		done += n
	}
	return len(b), nil
}

func (g *guardedWriter) crlf(b []byte) []byte {
	out := make([]byte, 0, len(b)+8)
	for _, c := range b {
		if c == '\n' && g.last != '\r' {
			out = append(out, '\r')
		}
		out = append(out, c)
		g.last = c
	}
	return out
}
