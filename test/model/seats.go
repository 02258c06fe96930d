package model

// takeSession gives a seat a new session under the node's incarnation, and
// proposes to attach it to what it wants.
func (w *world) takeSession(i uint8) bool {
	seat := &w.Seats[i]
	if w.Sess == maxSess {
		return false
	}
	w.Sess++
	w.Whose[w.Sess], w.Under[w.Sess] = seat.Who, w.Nodes[seat.Node].Trying
	seat.Sess, seat.Asking = w.Sess, true
	return w.add(seat.Node, Cmd{Verb: attach, Sess: w.Sess, Name: seat.Wants})
}

// updateSeats tells the seats of a node what its replica has of them.
func (w *world) updateSeats(n uint8) {
	node := &w.Nodes[n]
	for i := range w.Seats {
		s := &w.Seats[i]
		if s.Who == 0 || s.Node != n || s.Sess == 0 || w.Under[s.Sess] != node.Trying {
			continue
		}
		if s.Asking {
			s.Asking = false
			for _, c := range node.Out[:node.OutN] {
				s.Asking = s.Asking || c.Sess == s.Sess && (c.Verb == attach || c.Verb == claim)
			}
		}
		k := node.Sees.On[s.Sess]
		switch {
		case k != 0 && !s.Asking:
			s.Attached, s.Has, s.Token, s.Wants = true, k, node.Sees.Name[k].Token, k
		case k == 0 && s.Attached:
			s.Attached = false // it gave way: its person is told and asks no more
			s.Wants = 0
		}
	}
}

// connect seats a person who wants a name.
func (w *world) connect(who, n, k uint8) {
	for i := range w.Seats {
		if w.Seats[i].Who == 0 {
			w.Seats[i] = Seat{Who: who, Node: n, Wants: k}
			w.takeSession(uint8(i))
			return
		}
	}
}

// hangUp ends a seat, on its person's wish or because the connection is gone. The
// stream ends its session behind every Attach and Claim that was proposed.
func (w *world) hangUp(i uint8, quit bool) {
	s := w.Seats[i]
	w.Seats[i] = Seat{}
	if s.Sess == 0 {
		return
	}
	if s.Asking && !s.Attached && !w.on(DetachFollows) {
		w.tell("nothing follows its Attach")
		return
	}
	c := Cmd{Verb: detach, Sess: s.Sess, Name: s.Has}
	if quit {
		c.Verb = release
	}
	w.add(s.Node, c)
}

// say has a person write a line. A line that was shown as unsent may be said again.
func (w *world) say(i, line uint8) {
	s := w.Seats[i]
	w.Lines[line].Fate, w.Lines[line].Who = pending, s.Who
	w.add(s.Node, Cmd{Verb: post, Sess: s.Sess, Post: line, Token: s.Token})
}
