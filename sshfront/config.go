package sshfront

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/crypto/ssh"

	"moniker/fsm/id"
)

// Config is what a Server needs.
type Config struct {
	HostKey  ssh.Signer
	NodeName string // as people see it: n1
	Cluster  Cluster
	Admin    func(context.Context, AdminRequest) int // runs an operator's command; nil: there is none
	Health   func() Health                           // of the node; cheap; nil: it always serves
	Others   func(name, user string) []string        // the commands by which name, who came as user, reaches the other nodes; may be nil
	Logger   hclog.Logger                            // nil: nothing is logged
	Now      func() time.Time                        // the wall clock, for what people read; nil: time.Now
	Limits   Limits
}

// AdminRequest is one `ssh host admin ...` of an operator.
type AdminRequest struct {
	Args           []string // without "admin"
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Who            id.Identity
	Width          int  // of the terminal; 0 if there is none
	Color          bool // the terminal wants colour
}

// Limits bound for how long people can make the server wait. Zero stands for the
// default. How many may come is replicated: see fsm/setting.
type Limits struct {
	Handshake time.Duration // from the connection to the end of the handshake, and then to the session: 10 s
	Login     time.Duration // to find a name that is free: 60 s
	Commit    time.Duration // to wait for the answer to a Take or Leave: 10 s
	Stall     time.Duration // a write that is stuck this long ends the connection: 30 s
	Goodbye   time.Duration // to tell people and detach them when Serve ends: 3 s
	Gather    time.Duration // in which joins and leaves share a line: 1 min
	Return    time.Duration // for which it is told that somebody whose node was lost is back through another: 10 s
	Glance    time.Duration // text that comes so soon after a line has come back was not meant to stand behind it: 500 ms
	Paste     time.Duration // a key that comes so long after the last of a paste is none of it: 1 s
}

// Validate says what is missing or out of range.
func (c Config) Validate() error {
	l := c.Limits
	switch {
	case c.HostKey == nil:
		return errors.New("sshfront: no host key")
	case c.NodeName == "":
		return errors.New("sshfront: the node has no name")
	case c.Cluster == nil:
		return errors.New("sshfront: no cluster")
	case min(l.Handshake, l.Login, l.Commit, l.Stall, l.Goodbye, l.Gather, l.Return, l.Glance, l.Paste) < 0:
		return errors.New("sshfront: a negative time limit")
	}
	return nil
}

// withDefaults returns c with every zero replaced.
func (c Config) withDefaults() Config {
	span := func(d *time.Duration, usual time.Duration) {
		if *d == 0 {
			*d = usual
		}
	}
	l := &c.Limits
	span(&l.Handshake, 10*time.Second)
	span(&l.Login, 60*time.Second)
	span(&l.Commit, 10*time.Second)
	span(&l.Stall, 30*time.Second)
	span(&l.Goodbye, 3*time.Second)
	span(&l.Gather, time.Minute)
	span(&l.Return, 10*time.Second)
	span(&l.Glance, 500*time.Millisecond)
	span(&l.Paste, time.Second)
	if c.Health == nil {
		c.Health = func() Health { return Health{Standing: Serving} }
	}
	if c.Others == nil {
		c.Others = func(string, string) []string { return nil }
	}
	if c.Logger == nil {
		c.Logger = hclog.NewNullLogger()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}
