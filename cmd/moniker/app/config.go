// Package app wires the program: from a command line or a Config to a node that
// runs until its context ends. It is the one place that knows every part; it
// decides nothing that a part could decide.
package app

import (
	"io"
	"net"
	"strconv"
	"strings"

	"moniker/cluster"
	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/say"
	"moniker/fsm/member"
	"moniker/transport"
)

// Config is what a node is started with. What is empty is taken from the folder,
// which remembers.
type Config struct {
	Dir           string
	Name          string
	SSH, Peer     string // to listen on
	AdvertisePeer string // where other nodes reach Peer, if not there
	Metrics       string // to show what is counted on; unset: nowhere any more
	SSHConfig     string // by which people come, where they need one; unset: not any more
	Init          bool   // make the cluster, on a new folder
	Join          string // let in by the node at this address, on a new folder
	Token         func() (transport.JoinToken, error)
	Stdout        io.Writer // what a person is told; nil: nobody is
	Stderr        io.Writer // the log, beside the folder's; nil: only there

	// What tests, or a demo, put in place of the machine's own; nil: the machine's.
	Clock   cluster.Clock
	Network transport.Network // between nodes
}

// Validate says what cannot be, before anything is touched.
func (c Config) Validate() error {
	switch {
	case c.Dir == "":
		return wrong("--dir is missing.", "A node keeps what it knows in a folder: --dir DIR")
	case c.Init && c.Join != "":
		return wrong("--init makes a cluster, --join enters one.", "Leave one of them away.")
	case c.Join != "" && c.Token == nil:
		return wrong("--join wants a token.", "On a node of the cluster: moniker admin token create\nThen here: --token @FILE, or MONIKER_TOKEN")
	}
	metrics := c.Metrics
	if metrics == unset {
		metrics = ""
	}
	for flag, addr := range map[string]string{"--ssh": c.SSH, "--peer": c.Peer, "--advertise-peer": c.AdvertisePeer, "--join": c.Join, "--metrics": metrics} {
		if addr != "" && !address(addr) {
			return wrong(flag+" "+addr+" is no address.", "An address is HOST:PORT.")
		}
	}
	if len(c.Name) > member.MaxName || strings.ContainsFunc(c.Name, notInName) {
		return wrong("--name "+c.Name+" cannot be a node's.", "A node's name is up to 64 of a-z, A-Z, 0-9, - _ .")
	}
	return nil
}

// unset takes back what the folder remembers.
const unset = "off"

func wrong(what, do string) error { return &say.Error{Exit: say.Usage, What: what, Do: do} }

func notInName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.", r)
}

func address(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil || len(s) > member.MaxAddr {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

// settle is what the node is started with: what the folder remembers, changed by
// what is said now.
func (c Config) settle(was folder.Record, known bool) (folder.Record, error) {
	r := was
	for _, f := range []struct {
		into *string
		said string
	}{{&r.Name, c.Name}, {&r.SSH, c.SSH}, {&r.Peer, c.Peer}, {&r.Advertise, c.AdvertisePeer}, {&r.Metrics, c.Metrics}, {&r.SSHConfig, c.SSHConfig}} {
		if f.said != "" {
			*f.into = f.said
		}
	}
	for _, may := range []*string{&r.Metrics, &r.SSHConfig} {
		if *may == unset {
			*may = ""
		}
	}
	if known && was.Node != "" && r.Name != was.Name {
		return r, say.No("Start it as "+was.Name+", or use another folder: --dir OTHER", "%s is the folder of %s.", say.Path(c.Dir), was.Name)
	}
	for _, f := range []struct{ flag, value string }{{"--name", r.Name}, {"--ssh", r.SSH}, {"--peer", r.Peer}} {
		if f.value == "" {
			return r, wrong(f.flag+" is missing.", say.Path(c.Dir)+" does not remember a node, so it must be told.")
		}
	}
	if host, _, _ := net.SplitHostPort(r.Peer); r.Advertise == "" && everywhere(host) {
		return r, wrong("other nodes cannot tell where to reach "+r.Peer+".", "Say where: --advertise-peer HOST:PORT")
	}
	if !r.Initialised && !c.Init && c.Join == "" && r.Cluster == "" {
		return r, wrong(r.Name+" belongs to no cluster yet.", "Make one: --init\nOr enter one: --join ADDR --token @FILE")
	}
	return r, nil
}

func everywhere(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}

// reach is where others reach what listens on addr: on the host they reach peer
// at, if addr names none.
func reach(addr, peer string) string {
	host, port, _ := net.SplitHostPort(addr)
	if !everywhere(host) {
		return addr
	}
	there, _, _ := net.SplitHostPort(peer)
	return net.JoinHostPort(there, port)
}

// peerAddress is where other nodes reach the node.
func peerAddress(r folder.Record) string {
	if r.Advertise != "" {
		return r.Advertise
	}
	return r.Peer
}

// commandLine starts the node again, without its folder's memory.
func commandLine(dir string, r folder.Record) string {
	line := "moniker serve --dir " + say.Arg(dir) + " --name " + r.Name + " --ssh " + say.Arg(r.SSH) + " --peer " + say.Arg(r.Peer)
	if r.Advertise != "" {
		line += " --advertise-peer " + say.Arg(r.Advertise)
	}
	if r.Metrics != "" {
		line += " --metrics " + say.Arg(r.Metrics)
	}
	return line
}
