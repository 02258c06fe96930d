package model

// The laws, as they are told when one is broken.
const (
	lawOwner    = "One owner: a session of somebody else is on the name"
	lawEarly    = "Never early: a lease ended before its ttl had passed in real time since its last accepted renewal was sent"
	lawBurned   = "Never early: a stall, or a change of leader, burned a lease: its node had no ttl of a working leader to renew it in"
	lawInTime   = "Never early: a lease ended though its renewal had reached the leader in time"
	lawReplaced = "Never early: a process that is gone replaced one that is live"
	lawGrace    = "Never early: a name was somebody else's before the grace that its owner was promised was over"
	lawLate     = "Never late: a lease outlived the cluster time that its last renewal is good for"
	lawPace     = "Never late: leaders have worked for longer than a lease may last, and it is not over"
	lawReturns  = "The owner returns at once: she was refused her own name"
	lawMissed   = "The owner returns at once: her name was freed though she was back in the same entry"
	lawFenced   = "Fenced: a line was said by a dead session or under a stale token"
	lawBelief   = "Fenced: a node believes in its lease, and it is over"
	lawRobbed   = "Fenced: a node believes that a name is its person's, and it is somebody else's"
	lawTokens   = "Fenced: a grant's token is not larger than all before"
	lawTime     = "Time is the log's: it went back"
	lawFinal    = "An end is final: an incarnation that had ended is live again"
	lawOnce     = "Exactly once: it was executed twice"
	lawSkipped  = "Exactly once: a command was passed over and will never be executed"
	lawGhost    = "No ghosts: a session is on a name, its person is gone, and no Detach is under way"
)

// vow notes what an accepted sign of life promises.
func (w *world) vow(c Cmd) {
	t := &w.Truth
	ttl := w.ttl(t)
	v := &w.Vows[c.Inc]
	if t.Inc[c.Inc].Deadline > t.Now+ttl { // an earlier promise goes further
		v.Latest = max(v.Latest, t.Inc[c.Inc].Deadline+1)
	} else {
		v.Latest = t.Now + ttl + 1
	}
	v.Sent, v.TTL, v.Gain = c.At, ttl, w.entry.Gained
	v.Served, v.From, v.Need, v.Changes = w.Served, w.entry.Chances, ttl, 0
}

// opened notes that a leader has opened: who renewed before may have renewed in
// vain, and has a ttl from then, once.
func (w *world) opened(chances uint8) {
	for i := uint8(1); i <= w.Incs; i++ {
		v := &w.Vows[i]
		if v.Changes == 0 {
			v.From = chances
		}
		v.Changes = min(v.Changes+1, 100)
	}
}

// executed notes that a numbered command is executed.
func (w *world) executed(c Cmd) {
	v := &w.Vows[c.Inc]
	if v.Done&(1<<(c.Num&7)) != 0 {
		w.breaks(lawOnce)
	}
	v.Done |= 1 << (c.Num & 7)
	for n := uint8(1); n < c.Num; n++ {
		if v.Done&(1<<(n&7)) == 0 {
			w.breaks(lawSkipped)
		}
	}
}

// checkExpiry holds the end of a lease for want of renewal against the promise.
func (w *world) checkExpiry(i uint8) {
	v := w.Vows[i]
	if w.Real+w.Gained-v.Gain < v.Sent+v.TTL {
		w.breaks(lawEarly)
	}
	if w.Chances < v.From+v.Need {
		w.breaks(lawBurned)
	}
	waiting := w.entry.Waiting&(1<<i) != 0
	for _, c := range w.behind() {
		waiting = waiting || c.Verb == renew && c.Inc == i && c.Num > w.Truth.Inc[i].Counter
	}
	if waiting {
		w.breaks(lawInTime)
	}
}

// behind is what comes behind the Tick in its entry.
func (w *world) behind() []Cmd { return w.entry.Cmds[w.ran:w.entry.N] }

// checkGrace holds the end of a grace against the promise.
func (w *world) checkGrace(k uint8) {
	if w.Truth.Now < w.Kept[k].Until {
		w.breaks(lawGrace)
	}
	for _, c := range w.behind() {
		back := c.Verb == attach && c.Name == k && w.Whose[c.Sess] == w.Truth.Name[k].Owner
		if inc := w.Truth.Inc[c.Inc]; back && inc.Status == live && inc.Stream+1 == c.Num {
			w.breaks(lawMissed)
		}
	}
}

// checkTruth checks what must be true of the replicated state after every entry.
func (w *world) checkTruth() {
	t := &w.Truth
	for i := uint8(1); i <= w.Incs; i++ {
		if t.Inc[i].Status == live && t.Now > w.Vows[i].Latest+w.Gained-w.Vows[i].Gain {
			w.breaks(lawLate)
		}
	}
	for s := uint8(1); s <= w.Sess; s++ {
		if k := t.On[s]; k != 0 && t.Name[k].Owner != w.Whose[s] {
			w.breaks(lawOwner)
		}
	}
}

// checkWorld checks what must be true of nodes and state together after every move.
func (w *world) checkWorld() {
	t := &w.Truth
	for n := range w.cfg.Nodes {
		if node := &w.Nodes[n]; w.believes(n) && t.Inc[node.Trying].Status != live {
			w.breaks(lawBelief)
		}
	}
	for _, seat := range w.Seats {
		if seat.Who == 0 || !seat.Attached || !w.believes(seat.Node) {
			continue
		}
		if o := t.Name[seat.Has].Owner; o != seat.Who && o != 0 && t.On[seat.Sess] == 0 {
			w.breaks(lawRobbed)
		}
	}
	for s := uint8(1); s <= w.Sess; s++ {
		if t.On[s] != 0 && w.ghost(s) {
			w.breaks(lawGhost)
		}
	}
	for i := uint8(1); i <= w.Incs; i++ {
		if v := w.Vows[i]; t.Inc[i].Status == live && w.Served-v.Served > w.longest(v) {
			w.breaks(lawPace)
		}
	}
}

// longest is how long leaders may work until a lease that is not renewed is over:
// a ttl, two if the leader changed, and a second that each change may lose.
func (w *world) longest(v Promise) uint8 {
	longest := max(v.TTL, w.cfg.TTL[0], w.cfg.TTL[1])
	if v.Changes == 0 {
		return longest + 1
	}
	return 2*longest + v.Changes
}

// ghost reports whether the node whose session it is has nobody on it and nothing
// under way that ends it.
func (w *world) ghost(s uint8) bool {
	n := w.IncOf[w.Under[s]]
	node := &w.Nodes[n]
	if !node.Alive || node.Trying != w.Under[s] {
		return false
	}
	for _, seat := range w.Seats {
		if seat.Who != 0 && seat.Node == n && seat.Sess == s {
			return false
		}
	}
	for _, c := range node.Out[:node.OutN] {
		if c.Sess == s && (c.Verb == detach || c.Verb == release) {
			return false
		}
	}
	return true
}

func laws() []string {
	return []string{
		lawOwner, lawEarly, lawBurned, lawInTime, lawReplaced, lawGrace, lawLate, lawPace, lawReturns, lawMissed, lawFenced,
		lawBelief, lawRobbed, lawTokens, lawTime, lawFinal, lawOnce, lawSkipped, lawGhost,
	}
}
