package cluster

import "sync/atomic"

// Counts is what a node has counted since it started, and a few things as they are
// now. Counters only rise.
type Counts struct {
	Applied            int64 // entries of the log applied here
	Proposed           int64 // commands put into this node's stream
	Resent             int64 // of those, how often one was sent to a leader once more
	LeaderChanges      int64 // how often this node heard of a leader, another or in another term
	TimesLeading       int64 // how often it began to lead
	IncarnationsLost   int64 // how often its incarnation was ended by others while it ran: expired, replaced or removed
	TimesWaiting       int64 // how often what people type began to wait
	TimesReadOnly      int64 // how often its lease may have been over
	ReadsConfirmed     int64 // linearizable reads that were answered
	SnapshotsTaken     int64 // snapshots of its own state written
	SnapshotsInstalled int64 // snapshots of a leader that replaced its state
	FeedLost           int64 // events that readers of the feed will never see: they fell behind, or a snapshot jumped

	LogBytes      int64 // now: size of the file that holds the log; -1 if that is not known
	OutboxPending int64 // now: commands in its stream that it has not applied
	Sessions      int64 // now: people with a session here
	Leads         int64 // now: 1 while this node leads, else 0
	Standing      int64 // now: 0 serving, 1 waiting, 2 read-only, 3 lost (or removed), 4 starting: more is worse, but for the last
	Term          int64 // now: raft's term, as this node knows it
	Ready         int64 // 1 from when it first served (see Node.Ready), 0 before; how it is now is Standing
}

// tally is the counters that have no better place.
type tally struct {
	leaders, timesLeading, lost, waiting, readOnly, reads, installed atomic.Int64
}

// entered counts a change of standing.
func (t *tally) entered(was, now Standing) {
	switch {
	case was == now:
	case now == Waiting:
		t.waiting.Add(1)
	case now == ReadOnly:
		t.readOnly.Add(1)
	}
}

// Counts returns what was counted so far. It waits for nobody.
func (n *Node) Counts() Counts {
	proposed, resent, pending := n.outbox.counts()
	c := Counts{
		Applied: n.machine.count.Load(), Proposed: proposed, Resent: resent,
		LeaderChanges: n.counts.leaders.Load(), TimesLeading: n.counts.timesLeading.Load(),
		IncarnationsLost: n.counts.lost.Load(), TimesWaiting: n.counts.waiting.Load(), TimesReadOnly: n.counts.readOnly.Load(),
		ReadsConfirmed: n.counts.reads.Load(), SnapshotsTaken: n.machine.images.Load(),
		SnapshotsInstalled: n.counts.installed.Load(), FeedLost: n.feed.lost.Load(),
		LogBytes: n.config.Stores.size(), OutboxPending: pending, Sessions: int64(n.seats.count()),
		Standing: n.Health().Standing.gauge(),
	}
	if n.reign.Load() != nil {
		c.Leads = 1
	}
	if r := n.servers.Load(); r != nil {
		c.Term = int64(r.CurrentTerm())
	}
	select {
	case <-n.ready:
		c.Ready = 1
	default:
	}
	return c
}

// gauge returns the number that scrapers know a standing by. Numbers are append-only.
func (s Standing) gauge() int64 {
	switch s {
	case Serving:
		return 0
	case Waiting:
		return 1
	case ReadOnly:
		return 2
	case Lost:
		return 3
	}
	return 4
}
