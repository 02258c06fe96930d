package cluster

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"moniker/fsm/id"
)

// Read returns once this node has applied all that was acknowledged anywhere
// before Read was called: View then shows it (linearizable reads; Raft thesis,
// section 6.4). Without a leader it waits until ctx ends; then it is ErrNoLeader.
func (n *Node) Read(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(n.stopped, cancel)()
	for {
		index, err := n.askIndex(ctx)
		if err == nil {
			if err = n.machine.reach(ctx, index); err == nil {
				n.counts.reads.Add(1)
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: nobody confirmed in time that what is read is current", ErrNoLeader)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (n *Node) askIndex(ctx context.Context) (id.Index, error) {
	_, self, ok := n.leader()
	if !ok {
		return 0, ErrNoLeader
	}
	if self {
		return n.readIndex(ctx)
	}
	peer, node, err := n.leaderPeer(false)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, progressTime)
	defer cancel()
	answer, err := peer.Call(ctx, msgRead, nil)
	if err != nil {
		return 0, err
	}
	n.peers.answered(node)
	if len(answer) != 8 {
		return 0, errors.New("a malformed answer")
	}
	return id.Index(binary.BigEndian.Uint64(answer)), nil
}

// readIndex returns, on the leader, an index that everything acknowledged so far
// lies at or before. Whatever was acknowledged went through this reign's batcher or
// was there at its start: once what has been given to raft so far is applied here,
// this node's applied index covers it. That nobody else has led meanwhile is
// confirmed after the call began. (raft's own commit index will not do: no-ops and
// barriers never reach the state machine. VerifyLeader will not do, see confirm.)
func (n *Node) readIndex(ctx context.Context) (id.Index, error) {
	g := n.reign.Load()
	if g == nil || n.raft.State() != raft.Leader {
		return 0, ErrNoLeader
	}
	if err := g.settled(ctx); err != nil {
		return 0, err
	}
	index := n.machine.summary().applied
	if err := n.confirm(ctx, g.term); err != nil {
		return 0, err
	}
	return index, nil
}

// confirm returns nil once a majority of voters, this node among them, has said that
// it knows of no term after this one. Whoever leads a later term got a vote from one
// of that majority, after it had said so: until confirm was called, then, nobody else
// has acknowledged anything. raft.VerifyLeader takes the answer to a heartbeat sent
// before it was called as well, and a process that was stopped for a minute finds
// just such answers when it goes on.
func (n *Node) confirm(ctx context.Context, term uint64) error {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel()
	voters := 0
	servers := n.raft.GetConfiguration().Configuration().Servers
	terms := make(chan uint64, len(servers))
	for _, s := range servers {
		if s.Suffrage != raft.Voter {
			continue
		}
		voters++
		asking.Go(func() {
			r, err := n.ask(ctx, id.Node(s.ID))
			if err != nil {
				r.term = 0
			}
			terms <- r.term
		})
	}
	agreed := 0
	for range voters {
		if <-terms == term {
			agreed++
		}
		if agreed > voters/2 {
			return nil
		}
	}
	return ErrNoLeader
}
