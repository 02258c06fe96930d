package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // people's zones are known on every machine, whatever is installed there

	"github.com/hashicorp/go-hclog"

	"moniker/cluster"
	"moniker/cmd/moniker/admin"
	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/metrics"
	"moniker/cmd/moniker/say"
	"moniker/cmd/moniker/socket"
	"moniker/transport"
)

// Running is a node as this package sees it.
type Running interface {
	admin.Node
	admin.Cluster
	Ready() <-chan struct{} // closed when the node serves people
	// Run returns after the node has stopped: nil if ctx ended it.
	Run(ctx context.Context) error
	Age() time.Duration // since it was sure to have the newest state
	Events() admin.Feed
}

// parts are what a node is made of, once all is on disk and every port is open.
type parts struct {
	folder  *folder.Folder
	record  folder.Record
	keys    folder.Keys
	network transport.Network // its Listen gives the port for other nodes
	clock   cluster.Clock
	ssh     net.Listener
	metrics *metrics.Exporter
	scrape  net.Listener // where metrics are shown; nil: nowhere
	log     hclog.Logger
}

// makers make the two halves of a node: what is one with the others, and what
// people see.
type makers struct {
	node  func(parts) (Running, error)
	front func(parts, Running, func(context.Context, admin.Request) int) (func(context.Context) error, error)
}

// Serve runs a node until ctx ends or it must stop, and returns after all its
// goroutines have. The folder is ours and every port open before anything else
// is done, so that who has them is told at once.
func Serve(ctx context.Context, c Config) error {
	return failed(serve(ctx, c, makers{node: newNode, front: newFront}))
}

// failed makes trouble that has no exit status of its own a plain failure: it is
// not about how the command was typed.
func failed(err error) error {
	var told *say.Error
	if err == nil || errors.As(err, &told) {
		return err
	}
	return say.No("", "%s.", strings.TrimRight(err.Error(), "."))
}

func serve(ctx context.Context, c Config, half makers) error {
	if err := c.Validate(); err != nil {
		return err
	}
	was, known, err := folder.ReadRecord(c.Dir)
	if err != nil {
		return err
	}
	r, err := c.settle(was, known)
	if err != nil {
		return err
	}
	f, err := folder.Open(c.Dir, folder.Node)
	if err != nil {
		return err
	}
	defer f.Close()
	people, err := listen(transport.TCP{}, r.SSH, "--ssh")
	if err != nil {
		return err
	}
	defer people.Close()
	between, clock := c.world()
	nodes, err := listen(between, r.Peer, "--peer")
	if err != nil {
		return err
	}
	network := &bound{Network: between, l: nodes}
	defer network.Close()
	var scrape net.Listener
	if r.Metrics != "" {
		if scrape, err = listen(transport.TCP{}, r.Metrics, "--metrics"); err != nil {
			return err
		}
		defer scrape.Close()
	}
	logs, err := openLog(f.Path(folder.LogFile))
	if err != nil {
		return say.No("", "%s cannot be written: %s.", say.Path(f.Path(folder.LogFile)), reason(err))
	}
	defer logs.Close()
	p := parts{
		folder: f, network: network, clock: clock, ssh: people, metrics: metrics.New(), scrape: scrape,
		log: logger(r.Name, logs, c.Stderr),
	}
	if p.record, p.keys, err = enrol(ctx, c, f, r, network); err != nil {
		return err
	}
	c.tell("%s starts: %s\n", p.record.Name, commandLine(c.Dir, p.record))
	return run(ctx, c, p, half)
}

// world is the network between nodes and the clock.
func (c Config) world() (transport.Network, cluster.Clock) {
	network, clock := c.Network, c.Clock
	if network == nil {
		network = transport.TCP{}
	}
	if clock == nil {
		clock = cluster.SystemClock()
	}
	return network, clock
}

func logger(name string, to, also io.Writer) hclog.Logger {
	if also != nil {
		to = io.MultiWriter(to, also)
	}
	return hclog.New(&hclog.LoggerOptions{Name: name, Level: hclog.Info, Output: to})
}

func (c Config) tell(format string, args ...any) {
	if c.Stdout != nil {
		fmt.Fprintf(c.Stdout, format, args...)
	}
}

// run runs the node's parts. They end in an order: people first, while the node
// can still tell the others that they left; then the node; the socket last, so
// that whoever looks can.
func run(ctx context.Context, c Config, p parts, half makers) error {
	node, err := half.node(p)
	if err != nil {
		return err
	}
	people, stopPeople := context.WithCancel(ctx)
	defer stopPeople()
	tree := admin.New(node, node, admin.Config{Self: p.record.Name, Age: node.Age, Feed: node.Events(), Stopping: people.Done()})
	front, err := half.front(p, node, tree)
	if err != nil {
		return stopAtOnce(node, err)
	}
	local, err := socket.Listen(p.folder)
	if err != nil {
		return stopAtOnce(node, err)
	}
	nodes, stopNode := context.WithCancel(context.WithoutCancel(ctx))
	door, stopDoor := context.WithCancel(context.WithoutCancel(ctx))
	defer stopNode()
	defer stopDoor()
	var all sync.WaitGroup
	var frontErr, nodeErr, doorErr error
	ended := make(chan struct{})
	all.Go(func() {
		defer stopNode()
		frontErr = front(people)
	})
	all.Go(func() {
		defer stopDoor()
		defer stopPeople() // a node that stops by itself takes its people's door with it
		defer close(ended)
		nodeErr = node.Run(nodes)
	})
	all.Go(func() {
		doorErr = socket.Server{Run: tree, Ready: node.Ready()}.Serve(door, local)
		if doorErr != nil {
			p.log.Error("the local socket broke", "error", doorErr)
		}
	})
	if p.scrape != nil {
		all.Go(func() {
			if err := p.metrics.Serve(door, p.scrape); err != nil {
				p.log.Error("the port for metrics broke", "error", err)
			}
		})
	}
	all.Go(func() {
		select {
		case <-node.Ready():
			c.tell("%s is ready: ssh %s\n", p.record.Name, sshTo(reach(p.record.SSH, peerAddress(p.record))))
		case <-people.Done():
		}
	})
	over := make(chan struct{})
	go func() {
		all.Wait()
		close(over)
	}()
	<-ended
	late := time.NewTimer(endWithin)
	defer late.Stop()
	select {
	case <-over:
		return errors.Join(nodeErr, frontErr)
	case <-late.C: // with the disk, most likely, which ended the node; it goes with the process
		return errors.Join(nodeErr, errHangs)
	}
}

// endWithin is for what stands round a node to end once the node has.
const endWithin = 5 * time.Second

var errHangs = errors.New("parts of this node do not end")

// stopAtOnce ends a node that never ran: Run is what closes its ports and stores.
func stopAtOnce(node Running, why error) error {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	return errors.Join(why, node.Run(ended))
}

// sshTo is how a person types an address: -p 2201 127.0.0.1.
func sshTo(addr string) string {
	host, port, _ := net.SplitHostPort(addr)
	return "-p " + port + " " + host
}
