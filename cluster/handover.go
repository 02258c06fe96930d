package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/raft"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/transport"
)

const (
	leadTime     = 5 * time.Second         // Lead gives up after
	takeOverTime = 1500 * time.Millisecond // what a node that was handed the lead may take
	drainTime    = time.Second             // what the batcher may take to come to rest
	timeoutNow   = 250 * time.Millisecond  // what raft's word to the heir may take: raft gives the transfer up after its election time-out, 300 ms, but refuses everything until this is over
	rehandTime   = 15 * time.Second        // before what did not work is tried again in one term
	wedgeTime    = 3 * time.Second         // raft may refuse everything for the sake of a transfer
)

// Answers to msgLead. Numbers are append-only.
const (
	ledOK byte = iota + 1
	ledNoLeader
	ledNotVoter
	ledNotTaken
)

// Lead makes a node lead, whichever it is called on, and returns once that node
// leads, as far as this one has applied; at once if it does already. Commands under
// way come out once: what the old leader had not committed is sent to the new one.
// It gives up after 5 s with ErrNoLeader if nobody led to hand over, ErrNotVoter, or
// ErrNotTaken.
func (n *Node) Lead(ctx context.Context, target id.Node) error {
	ctx, cancel := context.WithTimeout(ctx, leadTime)
	defer cancel()
	failure := ErrNoLeader
	for {
		err := n.askToLead(ctx, target)
		switch {
		case err == nil:
			waiting, done := context.WithTimeout(ctx, takeOverTime)
			led := n.awaitLeader(waiting, target)
			done()
			if led {
				return nil
			}
			failure = ErrNotTaken // somebody else took it: ask them
		case errors.Is(err, ErrNotVoter), errors.Is(err, ErrNotTaken):
			return err
		}
		pause(ctx, sendAgain)
		if ctx.Err() != nil {
			return failure
		}
	}
}

// askToLead has whoever leads hand over to target.
func (n *Node) askToLead(ctx context.Context, target id.Node) error {
	leader, self, ok := n.leader()
	switch {
	case !ok:
		return ErrNoLeader
	case leader == target:
		return nil
	case self:
		return n.handOver(ctx, target)
	}
	peer, _, err := n.leaderPeer(false)
	if err != nil {
		return err
	}
	answer, err := peer.Call(ctx, msgLead, []byte(target))
	var remote *transport.RemoteError
	switch {
	case errors.As(err, &remote):
		return fmt.Errorf("%w: %w", ErrNotTaken, err) // a leader of an older version
	case err != nil:
		return fmt.Errorf("%w: %w", ErrNoLeader, err) // if it has handed over for all that, the next look shows it
	case len(answer) != 1:
		return ErrNoLeader
	}
	switch answer[0] {
	case ledOK:
		return nil
	case ledNotVoter:
		return ErrNotVoter
	case ledNotTaken:
		return ErrNotTaken
	}
	return ErrNoLeader
}

// serveLead answers another node's msgLead.
func (n *Node) serveLead(ctx context.Context, target id.Node) byte {
	ctx, cancel := context.WithTimeout(ctx, leadTime)
	defer cancel()
	if target == n.config.Self {
		if n.reign.Load() != nil {
			return ledOK
		}
		return ledNoLeader
	}
	switch err := n.handOver(ctx, target); {
	case err == nil:
		return ledOK
	case errors.Is(err, ErrNotVoter):
		return ledNotVoter
	case errors.Is(err, ErrNotTaken):
		return ledNotTaken
	}
	return ledNoLeader
}

// awaitLeader reports whether a node leads and this one has applied its LeaderStart
// before ctx ends.
func (n *Node) awaitLeader(ctx context.Context, target id.Node) bool {
	for {
		changed := n.machine.changed()
		var term uint64
		n.View(func(s *fsm.State) { term = s.Term() })
		if leader, _, ok := n.leader(); ok && leader == target && term == n.raft.CurrentTerm() {
			return true
		}
		select {
		case <-changed:
		case <-time.After(5 * sendAgain): // raft may hear of it later than the state
		case <-ctx.Done():
			return false
		}
	}
}

// handOver makes another voter lead in this node's place. The batcher is at rest
// meanwhile: what comes waits, and goes on here if nothing comes of it.
//
// A transfer of raft's can wedge the leader (hashicorp/raft#696): one that has timed
// out waiting for a follower to catch up leaves a message in a channel of one, the
// next blocks on that channel, and if the leader steps down just then, nobody ever
// reads it: raft goes on refusing everything, also as the next leader. So the heir
// is asked first, must have applied what this node has, and what failed is not tried
// again in this term for longer than a follower's RPC can take; and raft's word to
// the heir, while which raft refuses everything too, is bounded in raftTransport.
func (n *Node) handOver(ctx context.Context, target id.Node) error {
	select {
	case n.handing.slot <- struct{}{}:
		defer func() { <-n.handing.slot }()
	case <-ctx.Done():
		return ErrNoLeader
	}
	g := n.reign.Load()
	if g == nil || n.raft.State() != raft.Leader {
		return ErrNoLeader
	}
	if target == n.config.Self {
		return nil
	}
	addr, ok := n.voterAt(target)
	if !ok {
		return ErrNotVoter
	}
	ready := func(behind id.Index) bool {
		return n.soon(ctx, drainTime, func(ctx context.Context) bool {
			r, err := n.ask(ctx, target)
			return err == nil && r.applied+behind >= n.machine.summary().applied
		})
	}
	if !ready(closeBehind) {
		return ErrNotTaken
	}
	return n.transfer(ctx, g, func() raft.Future {
		if !ready(0) {
			return nil
		}
		return n.raft.LeadershipTransferToServer(raft.ServerID(target), addr)
	})
}

// yield hands over to whichever voter has the most of the log, as raft sees it. It
// is for a leader that is no member any more and may not be answered by the others.
func (n *Node) yield(ctx context.Context) error {
	select {
	case n.handing.slot <- struct{}{}:
		defer func() { <-n.handing.slot }()
	default:
		return ErrNotTaken
	}
	g := n.reign.Load()
	if g == nil {
		return ErrNoLeader
	}
	return n.transfer(ctx, g, func() raft.Future { return n.raft.LeadershipTransfer() })
}

// handing lets one transfer of leadership happen at a time, and remembers the last
// that failed. Whoever has the slot may look at the rest.
type handing struct {
	slot   chan struct{}
	term   uint64
	failed time.Duration
}

// transfer rests the batcher, begins a transfer of raft's and waits for its end. If
// this node goes on leading, so does the batcher.
func (n *Node) transfer(ctx context.Context, g *reign, begin func() raft.Future) error {
	now := n.config.Clock.Boot()
	if n.handing.term == g.term && now-n.handing.failed < rehandTime {
		return fmt.Errorf("%w: a try less than %v ago failed", ErrNotTaken, rehandTime)
	}
	resting, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	resume, err := g.rest(resting)
	if err != nil {
		return fmt.Errorf("%w: what is under way did not come to rest", ErrNotTaken)
	}
	f := begin()
	if f == nil {
		resume()
		return ErrNotTaken
	}
	waiting, stop := context.WithTimeout(ctx, timeoutNow+drainTime)
	defer stop()
	if err := await(waiting, f); err != nil {
		n.handing.term, n.handing.failed = g.term, now
		resume()
		return fmt.Errorf("%w: %w", ErrNotTaken, err)
	}
	return nil // raft is no longer leading: the reign ends, and what waits in it is sent again
}

// soon asks until the answer is yes, or limit or ctx is over.
func (n *Node) soon(ctx context.Context, limit time.Duration, ask func(context.Context) bool) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		if ask(ctx) {
			return true
		}
		pause(ctx, sendAgain)
		if ctx.Err() != nil {
			return false
		}
	}
}

// voterAt returns where raft has a voter that is still a member.
func (n *Node) voterAt(node id.Node) (raft.ServerAddress, bool) {
	removed := n.isRemoved(node)
	for _, s := range n.raft.GetConfiguration().Configuration().Servers {
		if s.ID == raft.ServerID(node) {
			return s.Address, s.Suffrage == raft.Voter && !removed
		}
	}
	return "", false
}

// TimeoutNow implements raft.Transport, bounded: raft refuses everything until it
// returns. If the word arrives later all the same, the heir takes over then.
func (t *raftTransport) TimeoutNow(id raft.ServerID, target raft.ServerAddress, args *raft.TimeoutNowRequest, resp *raft.TimeoutNowResponse) error {
	type outcome struct {
		resp raft.TimeoutNowResponse
		err  error
	}
	done := make(chan outcome, 1)
	go func() { // ends with the transport's own time limits, or its closing
		var o outcome
		o.err = t.NetworkTransport.TimeoutNow(id, target, args, &o.resp)
		done <- o
	}()
	late := time.NewTimer(timeoutNow)
	defer late.Stop()
	select {
	case o := <-done:
		*resp = o.resp
		return o.err
	case <-late.C:
		return errors.New("no answer in time")
	}
}

// wedge notices a raft that refuses everything for the sake of a transfer that has
// long been over.
type wedge struct{ since time.Duration }

// stuck takes what ended a reign, whether it had got as far as to do anything, and
// when, and reports whether nothing but an end of the process helps.
func (w *wedge) stuck(why error, opened bool, now time.Duration) bool {
	if opened {
		w.since = 0 // raft did not refuse everything
	}
	switch {
	case !errors.Is(why, raft.ErrLeadershipTransferInProgress):
		w.since = 0
	case w.since == 0:
		w.since = now
	}
	return w.since != 0 && now-w.since > wedgeTime
}
