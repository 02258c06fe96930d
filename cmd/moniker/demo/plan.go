package demo

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/say"
)

const (
	planFile     = folder.DemoFile
	defaultNodes = 3
	defaultPort  = 2201
	peerOffset   = 5000 // n1's port for nodes is near 7201: below those the system hands out
	peerTries    = 200
	host         = "127.0.0.1"
)

// plan is what a demo remembers: demo.json.
type plan struct {
	Made  time.Time `json:"made"`
	Nodes []place   `json:"nodes"`
	isNew bool
}

// place is where a node is.
type place struct {
	Name string `json:"name"`
	SSH  int    `json:"ssh_port"`
	Peer int    `json:"peer_port"`
}

func (p place) sshAddr() string  { return net.JoinHostPort(host, strconv.Itoa(p.SSH)) }
func (p place) peerAddr() string { return net.JoinHostPort(host, strconv.Itoa(p.Peer)) }

func (p plan) names() []string {
	var names []string
	for _, n := range p.Nodes {
		names = append(names, n.Name)
	}
	return names
}

// makePlan reads the folder's plan, changes it as c says, checks that every port
// is free and records it.
func makePlan(c Config, f *folder.Folder) (plan, error) {
	var p plan
	data, ok, err := f.Read(planFile)
	if err != nil {
		return p, err
	}
	if ok {
		if err := folder.Strict(data, &p); err != nil {
			return p, folder.Damaged(f.Path(planFile), err.Error())
		}
		if err := p.check(); err != nil {
			return p, folder.Damaged(f.Path(planFile), err.Error())
		}
	} else {
		if err := strangers(f); err != nil {
			return p, err
		}
		p = plan{Made: time.Now().UTC().Truncate(time.Second), isNew: true}
	}
	if c.Nodes > 0 && c.Nodes < len(p.Nodes) {
		return p, say.No("Start without --nodes, or use another folder: --dir OTHER",
			"%s has %d nodes; with %d of them there would be no majority to ask.", say.Path(c.Dir), len(p.Nodes), c.Nodes)
	}
	if err := p.grow(c); err != nil {
		return p, err
	}
	for _, n := range p.Nodes {
		if isOut(f.Path(n.Name)) {
			continue
		}
		if err := free(n.SSH); err != nil {
			return p, taken(n.sshAddr(), err, fmt.Sprintf("Other ports: moniker demo --ssh-port %d", n.SSH+1000))
		}
		if err := free(n.Peer); err != nil {
			return p, taken(n.peerAddr(), err, "It is "+n.Name+"'s for the other nodes, by "+say.Path(f.Path(planFile)))
		}
	}
	return p, f.WriteJSON(planFile, p)
}

// strangers refuses a folder that is something else already: a demo would write
// over its files. What a demo has made lies beside a plan, which is written first.
func strangers(f *folder.Folder) error {
	for _, name := range []string{configFile, hostsFile, keysDir, folder.RecordFile} {
		if _, err := os.Lstat(f.Path(name)); err == nil {
			return say.No("Nothing was changed. Use another folder: --dir OTHER",
				"%s is there, and no demo has made it.", say.Path(f.Path(name)))
		}
	}
	return nil
}

// check holds what was read against what this program writes.
func (p plan) check() error {
	if len(p.Nodes) == 0 || len(p.Nodes) > maxNodes {
		return fmt.Errorf("it has %d nodes", len(p.Nodes))
	}
	for i, n := range p.Nodes {
		if n.Name != "n"+strconv.Itoa(i+1) || n.SSH < 1 || n.SSH > 65535 || n.Peer < 1 || n.Peer > 65535 {
			return fmt.Errorf("it has a node %q at ports %d and %d", n.Name, n.SSH, n.Peer)
		}
	}
	return nil
}

// grow gives every node wanted its ports.
func (p *plan) grow(c Config) error {
	want := c.Nodes
	if want == 0 {
		want = max(len(p.Nodes), defaultNodes)
		if !p.isNew {
			want = len(p.Nodes)
		}
	}
	first := c.SSHPort
	switch {
	case first == 0 && len(p.Nodes) > 0:
		first = p.Nodes[0].SSH
	case first == 0:
		first = defaultPort
	}
	for i := range want {
		if i < len(p.Nodes) {
			if c.SSHPort > 0 {
				p.Nodes[i].SSH = first + i
			}
			continue
		}
		n := place{Name: "n" + strconv.Itoa(i+1), SSH: first + i}
		peer, err := p.peerPort(first + peerOffset + i)
		if err != nil {
			return err
		}
		n.Peer = peer
		p.Nodes = append(p.Nodes, n)
	}
	return nil
}

// peerPort finds a port that is free and nobody's in the plan.
func (p *plan) peerPort(from int) (int, error) {
	used := map[int]bool{}
	for _, n := range p.Nodes {
		used[n.SSH], used[n.Peer] = true, true
	}
	for i := range peerTries {
		port := from + i
		if port > 65535 {
			port -= 65535 - 1024
		}
		if !used[port] && free(port) == nil {
			return port, nil
		}
	}
	return 0, say.No("", "none of the ports %d to %d is free for nodes to talk to each other.", from, from+peerTries-1)
}

// free opens the port for a moment.
func free(port int) error {
	l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return err
	}
	return l.Close()
}

func taken(addr string, err error, do string) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return say.No(do, "%s is taken by another program.", addr)
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return say.No(do, "%s cannot be listened on: %s.", addr, errno.Error())
	}
	return say.No(do, "%s cannot be listened on.", addr)
}
