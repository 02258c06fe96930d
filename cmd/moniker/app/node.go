package app

import (
	"crypto/rand"
	"encoding/binary"
	"time"

	"moniker/cluster"
	"moniker/cmd/moniker/admin"
	"moniker/fsm/id"
	"moniker/transport"
)

// node is the cluster's node, and what this package wants to know beside.
type node struct{ *cluster.Node }

// Age is since when the node has not been with the others.
func (n node) Age() time.Duration {
	if h := n.Health(); h.Standing != cluster.Serving {
		return h.Away
	}
	return 0
}

// Events are what this node has applied.
func (n node) Events() admin.Feed { return n.Feed() }

// newNode opens the stores and makes the cluster's node. From here on a folder
// whose stores are gone is one that has lost its memory, and says so.
func newNode(p parts) (Running, error) {
	stores, err := cluster.OpenStores(p.folder.Dir(), p.record.Cluster+"/"+p.record.Node, !p.record.Initialised, p.log.Named("snapshots"))
	if err != nil {
		return nil, err
	}
	peer := peerAddress(p.record)
	n, err := cluster.New(cluster.Config{
		Name: p.record.Name, Cluster: p.record.Cluster, Self: id.Node(p.record.Node),
		Peer: peer, SSH: reach(p.record.SSH, peer), Found: p.record.Founder,
		Port: func(denied func(string) bool) (*transport.Port, error) {
			return transport.NewPort(transport.Config{
				Network: p.network, Addr: p.record.Peer, Credentials: p.keys.Credentials(p.record.Cluster),
				Denied: denied, Logger: p.log.Named("port"),
			})
		},
		Authority: p.keys.Authority, Secrets: p.keys.HostPEM,
		Stores: stores, Version: buildVersion(), Clock: p.clock, Random: random, Logger: p.log,
	})
	if err != nil {
		stores.Close()
		return nil, err
	}
	p.metrics.Add(nodeMetrics(n))
	if !p.record.Initialised {
		p.record.Initialised = true
		if err := p.folder.SetRecord(p.record); err != nil {
			return nil, stopAtOnce(node{n}, err)
		}
	}
	return node{n}, nil
}

func random() uint64 {
	var b [8]byte
	rand.Read(b[:])
	return binary.BigEndian.Uint64(b[:])
}
