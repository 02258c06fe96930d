package model

// Config is a corner of the world to search: how large it is, what may go wrong
// in it and how often, and which rules are off.
type Config struct {
	Off     Off
	Nodes   uint8
	Names   uint8
	TTL     [2]uint8 // by setting
	Grace   [2]uint8
	Limit   uint8 // sessions an identity may have
	Horizon uint8 // real time at which a search ends; times are bytes, so at most 100
	Net     bool  // messages are under way for any time; else they arrive at once or never
	Lag     bool  // nodes that do not lead apply when they come to it; else at once
	Slow    bool  // entries are committed when raft comes to it; else at once if nothing is stuck
	Seated  bool  // alice sits on the first name, on the second node
	Most    Limits

	Only string // the law that is looked at; empty: all
}

// Limits says how often each move may be made. Of those not named, faults and what
// people do may not be made at all, and everything else without limit.
type Limits map[Kind]uint8

const margin = 1 // units in hand: 2 % and 250 ms are less than one

// Start returns the first state: everybody is registered and the first node leads.
func (c *Config) Start() State {
	var s State
	s.Term, s.Incs = 1, c.Nodes
	for k := range numMoves {
		most, limited := c.Most[k]
		if s.Left[k] = most; unlimited(k) && !limited {
			s.Left[k] = none
		}
	}
	for n := range c.Nodes {
		i := n + 1
		s.Truth.Member[n] = i
		s.IncOf[i] = n
		s.Truth.Inc[i] = Incarnation{Status: live, Deadline: c.TTL[0]}
		s.Vows[i] = Promise{TTL: c.TTL[0], Need: c.TTL[0], Latest: c.TTL[0] + 1}
	}
	s.Reign = Reign{Phase: open}
	if c.Seated {
		s.Sess, s.Whose[1], s.Under[1] = 1, alice, 2
		s.Truth.On[1], s.Truth.Last = 1, 1
		s.Truth.Name[1] = Name{Owner: alice, Token: 1}
		s.Kept[1] = Name{Owner: alice, Token: 1, Until: none}
		s.Seats[0] = Seat{Who: alice, Node: 1, Sess: 1, Wants: 1, Has: 1, Token: 1, Attached: true}
	}
	for n := range c.Nodes {
		s.Nodes[n] = Node{Alive: true, Trying: n + 1, Live: true, SentAt: noneSent(), Sees: s.Truth}
	}
	return s
}

func noneSent() (at [maxUnsure]uint8) {
	for i := range at {
		at[i] = none
	}
	return at
}

// Identities.
const (
	alice uint8 = 1
	bob   uint8 = 2
)
