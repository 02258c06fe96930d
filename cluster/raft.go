package cluster

import (
	"context"
	"net"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"moniker/fsm/id"
	"moniker/transport"
)

const (
	raftProto = "moniker-raft/1"
	logCache  = 512
)

// raftConfig has the numbers that DESIGN.md gives reasons for.
func raftConfig(self id.Node, log hclog.Logger) *raft.Config {
	c := raft.DefaultConfig()
	c.LocalID = raft.ServerID(self)
	c.Logger = log
	c.HeartbeatTimeout = 300 * time.Millisecond
	c.ElectionTimeout = 300 * time.Millisecond
	c.LeaderLeaseTimeout = 250 * time.Millisecond
	c.CommitTimeout = 5 * time.Millisecond // 50 ms makes followers apply a lone message 75 to 103 ms late
	c.MaxAppendEntries = 64
	c.SnapshotInterval = 20 * time.Second
	c.SnapshotThreshold = 1024
	c.TrailingLogs = 2048 // >= 2 x threshold, or falling back to the older snapshot panics "log not found"
	c.ShutdownOnRemove = false
	c.PreVoteDisabled = false
	c.BatchApplyCh = false // the reign batches
	return c
}

// raftTransport is raft's own network transport without its heartbeat fast path,
// which lets a heartbeat overtake the main loop and replicas diverge
// (hashicorp/raft#695). Heartbeats take the main loop instead.
type raftTransport struct{ *raft.NetworkTransport }

// SetHeartbeatHandler implements raft.Transport, on purpose, by doing nothing.
func (*raftTransport) SetHeartbeatHandler(func(raft.RPC)) {}

// dialer connects to the node that must answer at an address; to any if want is empty.
type dialer func(ctx context.Context, proto, addr, want string) (*transport.Conn, error)

func newRaftTransport(ctx context.Context, dial dialer, port *transport.Port, addr string, log hclog.Logger, address func(id.Node) string) *raftTransport {
	layer := &streamLayer{Layer: port.Layer(raftProto), ctx: ctx, dial: dial, advertised: advertised(addr)}
	return &raftTransport{raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		Stream:                  layer,
		ServerAddressProvider:   provider{address},
		MaxPool:                 4,
		MaxRPCsInFlight:         1, // the default of 2 pipelines, which deadlocks and makes Shutdown hang (#612)
		Timeout:                 5 * time.Second,
		Logger:                  log,
		MsgpackUseNewTimeFormat: true,
	})}
}

// provider tells raft where a server is now, and which node must answer there.
type provider struct{ address func(id.Node) string }

// ServerAddr implements raft.ServerAddressProvider.
func (p provider) ServerAddr(server raft.ServerID) (raft.ServerAddress, error) {
	addr := p.address(id.Node(server))
	if addr == "" {
		return "", errUnknownServer
	}
	return raft.ServerAddress(string(server) + "@" + addr), nil
}

// streamLayer is the port's raft connections as raft wants them.
type streamLayer struct {
	*transport.Layer
	ctx        context.Context // ends with the node: no dial may hold up its shutdown
	dial       dialer
	advertised advertised
}

// Dial implements raft.StreamLayer. The address may begin with the id of the node
// that must answer: an address that has moved to another member is an error, not
// a vote.
func (l *streamLayer) Dial(address raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	want, addr, ok := strings.Cut(string(address), "@")
	if !ok {
		want, addr = "", string(address)
	}
	ctx, cancel := context.WithTimeout(l.ctx, timeout)
	defer cancel()
	conn, err := l.dial(ctx, raftProto, addr, want)
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// Addr implements net.Listener: raft tells it to others as its own.
func (l *streamLayer) Addr() net.Addr { return l.advertised }

// advertised is the address that others reach this node at.
type advertised string

// Network implements net.Addr.
func (advertised) Network() string { return "tcp" }

func (a advertised) String() string { return string(a) }

// AppendEntries implements raft.Transport. It tells a follower what is committed only
// as far as this message shows what that is: the entry it must have before, and those
// that are sent. Raft's follower (v1.7.3, appendEntries) takes it to be true of its
// whole log, and so applies what a leader of the past has left at its end.
func (t *raftTransport) AppendEntries(id raft.ServerID, target raft.ServerAddress, args *raft.AppendEntriesRequest, resp *raft.AppendEntriesResponse) error {
	args.LeaderCommitIndex = min(args.LeaderCommitIndex, args.PrevLogEntry+uint64(len(args.Entries)))
	return t.NetworkTransport.AppendEntries(id, target, args, resp)
}
