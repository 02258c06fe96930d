package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"moniker/test/chaos/record"
)

const (
	readEvery  = 150 * time.Millisecond
	readWithin = 8 * time.Second
	operator   = 0 // the number of the client that looks
)

// settings are the limits that would stand in the way of many from one address, and
// of asking at the end what was said in the beginning.
func settings() map[string]string {
	return map[string]string{
		"rate.lines": "600000", "rate.burst": "10000",
		"limit.address": "100000", "limit.address.unproven": "1000", "limit.handshakes": "256",
		"limit.names": "100", "limit.sessions": "100",
		"limit.history.messages": "100000", "limit.history.bytes": "16777216",
	}
}

func rows(s string) []string { return strings.Fields(s) }

// set changes settings, through whatever node answers.
func (c *Crowd) set() error {
	if c.cfg.Operator == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(c.ctx, setWithin)
	defer cancel()
	all := settings()
	maps.Copy(all, c.cfg.Settings)
	o := &desk{crowd: c}
	defer o.close()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for try := 0; ; try++ {
			out, exit, err := o.run(ctx, try, "admin setting set "+name+" "+all[name])
			if err == nil && exit == 0 {
				break
			}
			if ctx.Err() != nil || err == nil && (exit == 1 || exit == 2) {
				return fmt.Errorf("load: set %s: exit status %d, %s %w", name, exit, out, errors.Join(err, ctx.Err()))
			}
			select {
			case <-time.After(readEvery):
			case <-ctx.Done():
			}
		}
	}
	return nil
}

// desk is the operator's connection to one node, kept while it works.
type desk struct {
	crowd  *Crowd
	node   string
	wire   *wire
	client *ssh.Client
}

// run runs a command on a node: the one it is connected to, or the try-th.
func (d *desk) run(ctx context.Context, try int, command string) (out string, exit int, err error) {
	if d.client == nil {
		nodes := d.crowd.cfg.Nodes()
		if len(nodes) == 0 {
			return "", 0, errors.New("no node")
		}
		n := nodes[try%len(nodes)]
		if d.wire, err = dial(ctx, n); err != nil {
			return "", 0, err
		}
		if d.client, err = handshake(d.wire, "operator", d.crowd.cfg.Operator, d.crowd.cfg.HostKey); err != nil {
			d.client = nil
			return "", 0, err
		}
		d.node = n.Name
	}
	guard := time.AfterFunc(readWithin, func() { d.wire.Close() })
	unhook := context.AfterFunc(ctx, func() { d.wire.Close() })
	defer guard.Stop()
	defer unhook()
	s, err := d.client.NewSession()
	if err != nil {
		d.close()
		return "", 0, err
	}
	defer s.Close()
	var stdout, stderr bytes.Buffer
	s.Stdout, s.Stderr = &stdout, &stderr
	err = s.Run(command)
	var status *ssh.ExitError
	switch {
	case err == nil:
		return stdout.String(), 0, nil
	case errors.As(err, &status):
		return stdout.String() + stderr.String(), status.ExitStatus(), nil
	}
	d.close()
	return "", 0, err
}

func (d *desk) close() {
	if d.client != nil {
		d.wire.Close()
		d.client.Close()
		d.client = nil
	}
}

// read looks whose names are, until ctx ends: those first that have just changed hands.
func (c *Crowd) read(ctx context.Context) {
	rng := rand.New(rand.NewPCG(uint64(c.cfg.Seed), 2))
	d := &desk{crowd: c}
	defer func() { d.close() }()
	for try := rng.IntN(3); ctx.Err() == nil; try++ {
		if rng.IntN(8) == 0 {
			d.close() // and through another
		}
		name := c.book.takeRecent()
		if name == "" {
			name = c.someName(rng)
			if rng.IntN(2) == 0 {
				name = c.contested[rng.IntN(len(c.contested))] // more can become of it
			}
		}
		c.look(ctx, d, try, name)
		select {
		case <-time.After(readEvery):
		case <-ctx.Done():
		}
	}
}

// look reads one name, and writes down what was told.
func (c *Crowd) look(ctx context.Context, d *desk, try int, name string) {
	op := c.book.begin(record.Op{Kind: record.Read, Client: operator, Identity: "operator", Name: name})
	out, exit, err := d.run(ctx, try, "admin nick show "+name+" -o json")
	node := d.node
	if err != nil {
		c.book.settle(op, record.Unknown, func(o *record.Op) { o.Node = node })
		return
	}
	var a struct{ Owner, State, Token string }
	switch {
	case exit == 0 && json.Unmarshal([]byte(out), &a) == nil:
		c.book.settle(op, record.OK, func(o *record.Op) { o.Node, o.Owner, o.State, o.Token = node, a.Owner, a.State, a.Token })
	case exit == 1 && strings.Contains(out, "nobody has the name"):
		c.book.settle(op, record.OK, func(o *record.Op) { o.Node = node })
	default:
		c.book.settle(op, record.Unknown, func(o *record.Op) { o.Node, o.Why = node, brief(out) })
		d.close() // a node that cannot tell, because it is cut off, takes seconds to say so: the next may
	}
}
