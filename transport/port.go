package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sort"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/time/rate"
)

const (
	defaultHandshakeTimeout = 5 * time.Second
	defaultMaxHandshakes    = 64
)

// Config is what a Port is made of.
type Config struct {
	Network     Network
	Addr        string // to listen on
	Credentials Credentials
	// Denied says whether a node was removed. It is asked from many goroutines
	// and must not wait. nil denies nobody.
	Denied func(nodeID string) bool
	// Logger is told what went wrong with strangers; nil is silent.
	Logger hclog.Logger
	// HandshakeTimeout bounds proving who one is, on either side; 0 is 5 s.
	HandshakeTimeout time.Duration
	// MaxHandshakes bounds how many are proving it at once; 0 is 64.
	MaxHandshakes int
}

// Validate says what is wrong with the configuration.
func (c Config) Validate() error {
	switch {
	case c.Network == nil:
		return errors.New("transport config: no network")
	case c.Addr == "":
		return errors.New("transport config: no address to listen on")
	case c.HandshakeTimeout < 0:
		return fmt.Errorf("transport config: handshake timeout %v is negative", c.HandshakeTimeout)
	case c.MaxHandshakes < 0:
		return fmt.Errorf("transport config: %d handshakes at once", c.MaxHandshakes)
	}
	return c.Credentials.Validate()
}

// Port is a node's one door for other nodes. Handle, Layer and HandleJoin are
// called before Run, and panic afterwards; everything else may be called at any
// time from any goroutine.
type Port struct {
	config   Config
	identity *identity
	listener net.Listener
	routes   map[string]func(ctx context.Context, conn *Conn)
	layers   []*Layer
	door     *joinDoor
	waiting  *waitingRoom
	conns    *connTable
	strange  rate.Sometimes // how often a stranger is logged

	mu      sync.Mutex
	started bool
}

// NewPort opens the address, so an address in use fails here, and connections
// wait from now on; they are answered by Run. A port that is never run wants
// Close.
func NewPort(config Config) (*Port, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if config.Denied == nil {
		config.Denied = func(string) bool { return false }
	}
	if config.Logger == nil {
		config.Logger = hclog.NewNullLogger()
	}
	if config.HandshakeTimeout == 0 {
		config.HandshakeTimeout = defaultHandshakeTimeout
	}
	if config.MaxHandshakes == 0 {
		config.MaxHandshakes = defaultMaxHandshakes
	}
	who, err := newIdentity(config.Credentials)
	if err != nil {
		return nil, err
	}
	listener, err := config.Network.Listen(config.Addr)
	if err != nil {
		return nil, fmt.Errorf("open the node port: %w", err)
	}
	return &Port{
		config:   config,
		identity: who,
		listener: listener,
		routes:   make(map[string]func(context.Context, *Conn)),
		waiting:  &waitingRoom{seats: config.MaxHandshakes},
		conns:    newConnTable(),
		strange:  rate.Sometimes{First: 10, Interval: 10 * time.Second},
	}, nil
}

// ID is this node's own.
func (p *Port) ID() string { return p.identity.id }

// Addr is where it listens.
func (p *Port) Addr() net.Addr { return p.listener.Addr() }

// Handle gives the connections of a protocol to handler, each in a goroutine of
// its own. handler returns when ctx ends, which is when Run ends and the
// connection is cut; the connection is closed when it returns.
func (p *Port) Handle(proto string, handler func(ctx context.Context, conn *Conn)) {
	p.route(proto, func(ctx context.Context, conn *Conn) {
		defer conn.Close()
		handler(ctx, conn)
	})
}

// Layer gives the connections of a protocol to whoever calls Accept on the layer.
func (p *Port) Layer(proto string) *Layer {
	l := newLayer(p, proto)
	p.route(proto, l.deliver)
	p.layers = append(p.layers, l)
	return l
}

func (p *Port) route(proto string, deliver func(context.Context, *Conn)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.started {
		panic("transport: protocol " + proto + " added to a port that runs")
	}
	if proto == "" || proto == joinProto || len(proto) > 255 || p.routes[proto] != nil {
		panic("transport: protocol " + proto + " is taken, or no name")
	}
	p.routes[proto] = deliver
}

// Run answers connections until ctx ends, and returns nil after all its
// goroutines have. Then every connection of the port is cut, those it dialled
// included, and it cannot be used again. An error means that the listener broke.
func (p *Port) Run(ctx context.Context) error {
	p.mu.Lock()
	again := p.started
	p.started = true
	p.mu.Unlock()
	if again {
		return errors.New("transport: a port runs once")
	}
	ctx, cancel := context.WithCancel(ctx)
	var children sync.WaitGroup
	defer children.Wait()
	defer cancel()
	children.Go(func() {
		<-ctx.Done()
		p.shut()
	})
	return p.accept(ctx, &children)
}

// Close shuts a port that was never run. (Run is ended by its context.)
func (p *Port) Close() error {
	p.mu.Lock()
	p.started = true
	p.mu.Unlock()
	p.shut()
	return nil
}

// Drop cuts all connections with a node, both ways, and says how many there
// were. Make Config.Denied answer true for it first, or it will be back.
func (p *Port) Drop(nodeID string) int { return p.conns.drop(nodeID) }

func (p *Port) shut() {
	p.listener.Close()
	for _, l := range p.layers {
		l.Close()
	}
	p.waiting.close()
	p.conns.close()
}

func (p *Port) accept(ctx context.Context, children *sync.WaitGroup) error {
	server := p.serverTLS()
	const shortest, longest = 5 * time.Millisecond, time.Second
	pause := shortest
	for {
		raw, err := p.listener.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				raw.Close()
			}
			return nil
		case err == nil:
			pause = shortest
			children.Go(func() { p.receive(ctx, raw, server) })
			continue
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("the node port broke: %w", err)
		}
		// Out of file descriptors, most likely: wait for some to come back.
		p.config.Logger.Error("cannot accept a connection of another node, trying again", "wait", pause, "error", err)
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		pause = min(2*pause, longest)
	}
}

// serverTLS picks by protocol: who joins cannot have a member's certificate yet.
func (p *Port) serverTLS() *tls.Config {
	protos := make([]string, 0, len(p.routes))
	for proto := range p.routes {
		protos = append(protos, proto)
	}
	sort.Strings(protos)
	member := p.identity.memberServer(protos)
	join := p.identity.joinServer()
	outer := p.identity.baseTLS()
	outer.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if p.door != nil && len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == joinProto {
			return join, nil
		}
		return member, nil
	}
	return outer
}
