package sshfront

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"moniker/fsm/id"
)

const farewell = 500 * time.Millisecond // for the client to close first, so that it has read all

// conn is one authenticated connection. It carries one session channel at a time.
type conn struct {
	srv   *Server
	net   net.Conn
	ssh   *ssh.ServerConn
	who   id.Identity
	chans <-chan ssh.NewChannel
	reqs  <-chan *ssh.Request
	began time.Time
	proof atomic.Int64            // since began: the last proof of life
	talk  atomic.Pointer[session] // the person on it, if one is
	ch    *channel
}

// serve returns when the connection is over, after all its goroutines.
func (c *conn) serve(ctx context.Context) {
	alive, end := context.WithCancel(context.Background())
	unhook := context.AfterFunc(ctx, func() {
		time.AfterFunc(c.srv.cfg.Limits.Goodbye+2*farewell, func() { c.net.Close() })
	})
	defer unhook()
	var wg sync.WaitGroup
	wg.Go(func() { c.keepalive(alive) })
	c.loop(ctx, alive, &wg)
	c.net.Close()
	end()
	c.drain()
	wg.Wait()
}

// loop answers what the client asks until the connection is over: the library
// stalls a connection whose requests and channels are not taken.
func (c *conn) loop(ctx, alive context.Context, wg *sync.WaitGroup) {
	idle := time.NewTimer(c.srv.cfg.Limits.Handshake)
	defer idle.Stop()
	stopping := ctx.Done()
	for {
		var requests <-chan *ssh.Request
		var done <-chan struct{}
		if c.ch != nil {
			requests, done = c.ch.reqs, c.ch.done
		}
		select {
		case nc, ok := <-c.chans:
			if !ok {
				return
			}
			c.open(ctx, alive, wg, nc)
		case r, ok := <-c.reqs:
			if !ok {
				return
			}
			reply(r, false)
		case r, ok := <-requests:
			c.ch.take(r, ok)
		case <-done:
			c.ch = nil
			idle.Reset(c.srv.cfg.Limits.Handshake)
			if ctx.Err() != nil {
				idle.Reset(farewell)
			}
		case <-idle.C:
			if c.ch == nil || !c.ch.started {
				return
			}
		case <-stopping:
			stopping = nil
			if c.ch == nil || !c.ch.started {
				return
			}
		}
	}
}

// open accepts a session channel, if it is the only one.
func (c *conn) open(ctx, alive context.Context, wg *sync.WaitGroup, nc ssh.NewChannel) {
	if nc.ChannelType() != "session" {
		_ = nc.Reject(ssh.UnknownChannelType, "moniker has sessions, and nothing else")
		return
	}
	if c.ch != nil {
		_ = nc.Reject(ssh.ResourceShortage, "one session a connection")
		return
	}
	ch, reqs, err := nc.Accept()
	if err != nil {
		return // the connection is over, and loop will see that
	}
	c.ch = newChannel(c, ch, reqs, wg)
	c.ch.stopping = ctx.Done()
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

// drop ends the connection at once. Closing a channel instead would wait behind a
// write that is stuck.
func (c *conn) drop(why string) {
	c.srv.cfg.Logger.Debug("connection dropped", "why", why, "from", c.net.RemoteAddr())
	c.net.Close()
}

func reply(r *ssh.Request, ok bool) {
	if r.WantReply {
		_ = r.Reply(ok, nil) // an error means that the connection is over
	}
}
