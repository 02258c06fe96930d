package sshfront

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/time/rate"

	"moniker/fsm/id"
	"moniker/sshfront/render"
)

const (
	farewell = 500 * time.Millisecond // for the client to close first, so that it has read all

	// What a client may ask for: so often, and so many things at once. Beyond that the
	// answer is no, and after so many of those the connection is given up.
	askPause = 10 * time.Millisecond
	askBurst = 200
	askMost  = 10_000
)

// eviction says why the server gives a connection up.
type eviction string

const (
	noProof     eviction = "no proof of life"
	stuckWrite  eviction = "a write was stuck"
	stuckClose  eviction = "a close was stuck"
	noSession   eviction = "no session was asked for"
	manyNewKeys eviction = "new keys were asked for too often"
	manyAsks    eviction = "too much was asked for"
)

// conn is one authenticated connection. It carries one session channel at a time.
type conn struct {
	srv   *Server
	net   net.Conn
	ssh   *ssh.ServerConn
	key   id.Fingerprint // that authenticated
	who   id.Identity    // whose it is, as of the last look: the session's, or the command's, own
	chans <-chan ssh.NewChannel
	reqs  <-chan *ssh.Request
	began time.Time
	proof atomic.Int64            // since began: the last proof of life
	talk  atomic.Pointer[session] // the person on it, if one is
	ch    *channel

	rekeys  *atomic.Bool // the library ends it, because of too many
	evicted atomic.Bool
	talked  bool // there was a session or a command
}

// serve returns when the connection is over, after all its goroutines.
func (c *conn) serve(ctx context.Context) {
	alive, end := context.WithCancel(context.Background())
	unhook := context.AfterFunc(ctx, func() {
		time.AfterFunc(c.srv.cfg.Limits.Goodbye+2*farewell, func() { c.net.Close() })
	})
	defer unhook()
	c.srv.fence.enter(c)
	defer c.srv.fence.leave(c)
	var wg sync.WaitGroup
	wg.Go(func() { c.keepalive(alive) })
	c.loop(ctx, alive, &wg)
	if c.rekeys.Load() {
		c.drop(manyNewKeys)
	}
	c.net.Close()
	end()
	c.drain()
	wg.Wait()
}

// loop answers what the client asks until the connection is over: the library
// stalls a connection whose requests and channels are not taken. So they are taken
// at once, also of one that floods: were it made to wait, its end would wait with it.
func (c *conn) loop(ctx, alive context.Context, wg *sync.WaitGroup) {
	idle := time.NewTimer(c.srv.cfg.Limits.Handshake)
	defer idle.Stop()
	asks := newBudget()
	stopping := ctx.Done()
	for !asks.exhausted() {
		var requests <-chan *ssh.Request
		var done <-chan struct{}
		if c.ch != nil {
			requests = c.ch.reqs
			if !c.ch.over {
				done = c.ch.done
			}
		}
		select {
		case nc, ok := <-c.chans:
			if !ok {
				return
			}
			c.heard()
			c.open(ctx, alive, wg, nc, asks.spend())
		case r, ok := <-c.reqs:
			if !ok {
				return
			}
			c.heard()
			asks.spend()
			reply(r, false)
		case r, ok := <-requests:
			c.asked(r, ok, asks)
		case <-done:
			c.ch.over = true
			c.forget()
			idle.Reset(c.srv.cfg.Limits.Handshake)
			if ctx.Err() != nil {
				idle.Reset(farewell)
			}
		case <-idle.C:
			if !c.busy() {
				c.idled(ctx)
				return
			}
		case <-stopping:
			stopping = nil
			if !c.busy() {
				return
			}
		}
	}
	c.drop(manyAsks)
}

// asked hands a request over to the channel. What a window's size is now is always
// worth knowing, and costs nothing.
func (c *conn) asked(r *ssh.Request, ok bool, asks *budget) {
	c.heard()
	if ok && (c.ch.over || r.Type != "window-change" && !asks.spend()) {
		reply(r, false)
		return
	}
	c.ch.take(r, ok)
	c.talked = c.talked || ok && c.ch.started
	c.forget()
}

// forget makes room for another channel, once this one is over for both sides: until
// the client has closed it too, its requests are to be taken.
func (c *conn) forget() {
	if c.ch.over && c.ch.reqs == nil {
		c.ch = nil
	}
}

func (c *conn) busy() bool { return c.ch != nil && c.ch.started && !c.ch.over }

// idled ends a connection that had its time to ask for a session. After a session
// that is no more than tidying up.
func (c *conn) idled(ctx context.Context) {
	if ctx.Err() == nil && !c.talked {
		c.drop(noSession)
	}
}

// budget is what a client may ask for.
type budget struct {
	limiter *rate.Limiter
	over    int
}

func newBudget() *budget { return &budget{limiter: rate.NewLimiter(rate.Every(askPause), askBurst)} }

// spend reports whether one thing more is within it.
func (b *budget) spend() bool {
	if b.limiter.Allow() {
		return true
	}
	b.over++
	return false
}

func (b *budget) exhausted() bool { return b.over >= askMost }

// open accepts a session channel, if it is the only one.
func (c *conn) open(ctx, alive context.Context, wg *sync.WaitGroup, nc ssh.NewChannel, within bool) {
	if nc.ChannelType() != "session" {
		_ = nc.Reject(ssh.UnknownChannelType, "moniker has sessions, and nothing else")
		return
	}
	if c.ch != nil {
		_ = nc.Reject(ssh.ResourceShortage, "one session a connection")
		return
	}
	if !within {
		_ = nc.Reject(ssh.ResourceShortage, "too many sessions, one after the other")
		return
	}
	ch, reqs, err := nc.Accept()
	if err != nil {
		return // the connection is over, and loop will see that
	}
	c.ch = newChannel(c, ch, reqs, wg)
	c.ch.server = ctx
	c.ch.ctx, c.ch.hangUp = context.WithCancel(alive)
}

// drain takes what is still coming, so that the library's goroutine can end.
func (c *conn) drain() {
	var requests <-chan *ssh.Request
	if c.ch != nil {
		c.ch.hangUp()
		requests = c.ch.reqs
	}
	chans, reqs := c.chans, c.reqs
	for chans != nil || reqs != nil || requests != nil {
		select {
		case _, ok := <-chans:
			if !ok {
				chans = nil
			}
		case _, ok := <-reqs:
			if !ok {
				reqs = nil
			}
		case _, ok := <-requests:
			if !ok {
				requests = nil
			}
		}
	}
}

// drop ends the connection at once, and tells the operator. Closing a channel
// instead would wait behind a write that is stuck.
func (c *conn) drop(why eviction) {
	if !c.evicted.CompareAndSwap(false, true) {
		return
	}
	n, text := &c.srv.counts, string(why)
	n.evicted.Add(1)
	switch why {
	case noProof:
		n.silent.Add(1)
		text += " for " + render.Ago(c.silence())
	case stuckWrite, stuckClose:
		n.stuck.Add(1)
		text += " for " + render.Ago(c.srv.cfg.Limits.Stall)
	case noSession:
		n.idle.Add(1)
	case manyNewKeys:
		n.rekeys.Add(1)
	case manyAsks:
		n.floods.Add(1)
	}
	c.srv.cfg.Logger.Info("connection given up", "why", text, "who", c.name(), "from", c.net.RemoteAddr())
	c.net.Close()
}

// name is how an operator knows who is on the connection: by name, else by key.
func (c *conn) name() string {
	if talk := c.talk.Load(); talk != nil {
		if h := talk.sits().Holds(); h.Nick.Display != "" {
			return h.Nick.Display
		}
	}
	return string(c.key)
}

func reply(r *ssh.Request, ok bool) {
	if r.WantReply {
		_ = r.Reply(ok, nil) // an error means that the connection is over
	}
}
