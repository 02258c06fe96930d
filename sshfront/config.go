package sshfront

import (
	"context"
	"errors"
	"fmt"
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
	Peers    func() []string                         // where people reach the other nodes, "host:port"; may be nil
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

// Limits bound what people can make the server do. Zero stands for the default.
type Limits struct {
	Connections int           // in all: 20,000
	Handshakes  int           // at a time: 32
	Handshake   time.Duration // from the connection to the end of the handshake: 10 s
	Login       time.Duration // to find a name that is free: 60 s
	Commit      time.Duration // to wait for the answer to a Take or Leave: 10 s
	Stall       time.Duration // a write that is stuck this long ends the connection: 30 s
	Goodbye     time.Duration // to tell people and detach them when Serve ends: 3 s
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
	case l.Connections < 0 || l.Handshakes < 0:
		return fmt.Errorf("sshfront: %d connections and %d handshakes at a time", l.Connections, l.Handshakes)
	case min(l.Handshake, l.Login, l.Commit, l.Stall, l.Goodbye) < 0:
		return errors.New("sshfront: a negative time limit")
	}
	return nil
}

// withDefaults returns c with every zero replaced.
func (c Config) withDefaults() Config {
	count := func(n *int, usual int) {
		if *n == 0 {
			*n = usual
		}
	}
	span := func(d *time.Duration, usual time.Duration) {
		if *d == 0 {
			*d = usual
		}
	}
	l := &c.Limits
	count(&l.Connections, 20_000)
	count(&l.Handshakes, 32)
	span(&l.Handshake, 10*time.Second)
	span(&l.Login, 60*time.Second)
	span(&l.Commit, 10*time.Second)
	span(&l.Stall, 30*time.Second)
	span(&l.Goodbye, 3*time.Second)
	if c.Health == nil {
		c.Health = func() Health { return Health{Standing: Serving} }
	}
	if c.Peers == nil {
		c.Peers = func() []string { return nil }
	}
	if c.Logger == nil {
		c.Logger = hclog.NewNullLogger()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}
