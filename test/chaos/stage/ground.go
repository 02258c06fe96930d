package stage

import (
	"context"
	"net"
	"os/exec"
)

// people is the machine that all clients come from.
const people = "people"

// Ports of a machine of its own.
const (
	sshPort  = "2022"
	peerPort = "7201"
)

// ground is what machines stand on.
type ground interface {
	// add makes one more machine.
	add(name string) (machine, error)
	// says what it is, for people.
	says() string
	close()
}

// machine is where one node runs.
type machine interface {
	ssh() string  // where people reach the node
	peer() string // where other nodes do
	// start starts a process there, which dies with this one.
	start(cmd *exec.Cmd) error
	// dial connects to addr from there.
	dial(ctx context.Context, addr string) (net.Conn, error)
	// env is what a node there needs to know.
	env() []string
}
