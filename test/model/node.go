package model

// now is the clock by which a node judges itself.
func (w *world) now(n uint8) uint8 {
	if w.on(BootClock) {
		return w.Real
	}
	return w.mono(n)
}

// believes reports whether the node takes its lease for live: it can act, its own
// replica says so, and the last confirmed sign of life is young enough.
func (w *world) believes(n uint8) bool {
	node := &w.Nodes[n]
	inc := &node.Sees.Inc[node.Trying]
	if !w.running(n) || !node.Live || inc.Status != live {
		return false
	}
	lease := w.ttl(&node.Sees)
	if w.on(WorthApplied) {
		lease = min(lease, inc.Deadline-inc.Renewed)
	}
	if w.on(Margin) {
		lease -= margin
	}
	return w.now(n)-node.Sure < lease
}

// spread brings the truth to the leader's replica, and to the others' if they do
// not lag.
func (w *world) spread() {
	for n := range w.cfg.Nodes {
		leads := w.Reign.Node == n && w.Reign.Phase >= starting
		if leads || !w.cfg.Lag && w.running(n) && !w.Nodes[n].Cut {
			w.look(n)
		}
	}
}

// look lets a node apply all that is committed, and act on it.
func (w *world) look(n uint8) {
	node := &w.Nodes[n]
	if node.Sees == w.Truth {
		return
	}
	node.Sees = w.Truth
	inc := &node.Sees.Inc[node.Trying]
	w.confirm(n)
	switch {
	case node.Live && inc.Status != live:
		w.tell("%n learns that %i is over", n, node.Trying)
		w.giveUp(n)
	case !node.Live && inc.Status == live:
		w.begin(n)
	case !node.Live && node.Sees.Member[n] != node.Replaces:
		w.tryAnew(n)
	}
	w.updateSeats(n)
}

// confirm takes note of what the replica has applied of the node's own: a sign of
// life counts from when it was first sent.
func (w *world) confirm(n uint8) {
	node := &w.Nodes[n]
	inc := &node.Sees.Inc[node.Trying]
	sure := func(at uint8) {
		if !w.on(FirstSending) {
			at = w.now(n)
		}
		node.Sure = max(node.Sure, at)
	}
	for i, at := range node.SentAt {
		if c := counterAt(uint8(i), node.Counter); at != none && c != 0 && c <= inc.Counter {
			node.SentAt[i] = none
			sure(at)
		}
	}
	for node.OutN > 0 && node.Out[0].Num <= inc.Stream {
		if c := node.Out[0]; c.Verb == post {
			w.Lines[c.Post].Fate = settled
		}
		sure(node.OutAt[0])
		node.drop()
	}
}

// counterAt is the newest counter up to last that is remembered in that place.
func counterAt(place, last uint8) uint8 {
	for c := last; c > 0 && c+maxUnsure > last; c-- {
		if c%maxUnsure == place {
			return c
		}
	}
	return 0
}

// drop takes the first command off the stream.
func (node *Node) drop() {
	copy(node.Out[:], node.Out[1:])
	copy(node.OutAt[:], node.OutAt[1:])
	node.OutN--
	node.Out[node.OutN], node.OutAt[node.OutN] = Cmd{}, 0
}

// giveUp ends the node's stream: what was not applied is shown as unsent. A new
// incarnation is begun.
func (w *world) giveUp(n uint8) {
	node := &w.Nodes[n]
	for node.OutN > 0 {
		if c := node.Out[0]; c.Verb == post {
			w.Lines[c.Post].Fate = unsent
			w.tell("line %d is shown as unsent", c.Post)
		}
		node.drop()
	}
	for i := range w.Seats {
		if s := &w.Seats[i]; s.Who != 0 && s.Node == n {
			s.Attached, s.Asking, s.Sess = false, false, 0
		}
	}
	w.tryAnew(n)
}

// tryAnew takes a new number for the node's incarnation.
func (w *world) tryAnew(n uint8) {
	node := &w.Nodes[n]
	node.Live, node.Trying, node.Counter, node.Next = false, 0, 0, 0
	node.SentAt = noneSent()
	if w.Incs == maxIncs {
		return // the search ends for this node
	}
	w.Incs++
	w.IncOf[w.Incs] = n
	node.Trying, node.Replaces, node.FirstTry = w.Incs, node.Sees.Member[n], w.now(n)
}

// begin notes that the incarnation is live, and seats everybody again.
func (w *world) begin(n uint8) {
	node := &w.Nodes[n]
	node.Live, node.Sure = true, node.FirstTry
	w.tell("%n learns that %i is live", n, node.Trying)
	for i := range w.Seats {
		if s := &w.Seats[i]; s.Who != 0 && s.Node == n && s.Wants != 0 {
			w.takeSession(uint8(i))
		}
	}
}

// add puts a command at the end of the node's stream; false if there is no room.
func (w *world) add(n uint8, c Cmd) bool {
	node := &w.Nodes[n]
	if node.OutN == maxOut || node.Next == 7 {
		return false
	}
	node.Next++
	c.Inc, c.Num = node.Trying, node.Next
	node.Out[node.OutN], node.OutAt[node.OutN] = c, none
	node.OutN++
	return true
}

// sendRenew sends a new renewal.
func (w *world) sendRenew(n uint8) {
	node := &w.Nodes[n]
	node.Counter++
	node.SentAt[node.Counter%maxUnsure] = w.now(n)
	w.send(n, Cmd{Verb: renew, Inc: node.Trying, Num: node.Counter, At: w.Real})
}

// sendOut sends an unapplied command of the stream, for the first time or again.
func (w *world) sendOut(n, i uint8) {
	node := &w.Nodes[n]
	if node.OutAt[i] == none {
		node.OutAt[i], node.Out[i].At = w.now(n), w.Real
	}
	w.send(n, node.Out[i])
}

// send puts a message on its way. Without a network it arrives now or never.
func (w *world) send(n uint8, c Cmd) {
	switch {
	case w.Nodes[n].Cut:
		w.tell("it is lost")
	case w.cfg.Net:
		w.Net[maxNet-1] = c // the last place is kept empty by those who move
		w.sortNet()
	case !w.arrive(c):
		w.tell("nobody takes it")
	}
}

func (w *world) sortNet() {
	for i := maxNet - 1; i > 0 && before(w.Net[i], w.Net[i-1]); i-- {
		w.Net[i], w.Net[i-1] = w.Net[i-1], w.Net[i]
	}
}

// before puts messages in an order that does not depend on when they were sent,
// so that states that differ only in that are one. Empty places come last.
func before(a, b Cmd) bool {
	if (a.Verb == nothing) != (b.Verb == nothing) {
		return b.Verb == nothing
	}
	if a.Inc != b.Inc {
		return a.Inc < b.Inc
	}
	if a.Verb != b.Verb {
		return a.Verb < b.Verb
	}
	return a.Num < b.Num
}

// unsend takes a message off the network.
func (w *world) unsend(i uint8) {
	copy(w.Net[i:], w.Net[i+1:])
	w.Net[maxNet-1] = Cmd{}
}
