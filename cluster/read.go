package cluster

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/raft"

	"moniker/fsm/id"
)

// Read returns once this node has applied all that was acknowledged anywhere
// before Read was called: View then shows it (linearizable reads; Raft thesis,
// section 6.4). Without a leader it waits until ctx ends; then it is ErrNoLeader.
func (n *Node) Read(ctx context.Context) error {
	for {
		index, err := n.askIndex(ctx)
		if err == nil {
			if err = n.machine.reach(ctx, index); err == nil {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: nobody confirmed in time that what is read is current", ErrNoLeader)
		case <-n.stopped.Done():
			return ErrNoLeader
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
// this node's applied index covers it. That this node still leads is confirmed
// after that moment was chosen, by a majority. (raft's own commit index will not
// do: no-ops and barriers never reach the state machine. VerifyLeader alone will
// not do: a leader that has not applied an entry of its own term may lag.)
func (n *Node) readIndex(ctx context.Context) (id.Index, error) {
	g := n.reign.Load()
	if g == nil || n.raft.State() != raft.Leader {
		return 0, ErrNoLeader
	}
	verify := n.raft.VerifyLeader()
	if err := g.settled(ctx); err != nil {
		return 0, err
	}
	index := n.machine.summary().applied
	if err := await(ctx, verify); err != nil {
		return 0, ErrNoLeader
	}
	return index, nil
}
