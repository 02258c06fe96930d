package stage

import (
	"context"
	"slices"
	"time"
)

func cuts() []Kind {
	return []Kind{
		{Name: "cut-halves", Says: "the nodes fall into two groups that do not hear each other", Short: 2 * time.Second, Long: 14 * time.Second, can: atLeast(2), do: halves},
		{Name: "cut-leader", Says: "nobody hears the node that leads, nor does it", Short: 2 * time.Second, Long: 14 * time.Second, can: atLeast(2), do: cutLeader},
		{Name: "cut-oneway", Says: "what one node sends is lost, or what it is sent", Short: 2 * time.Second, Long: 10 * time.Second, can: atLeast(2), do: oneWay},
		{Name: "cut-ring", Says: "every node hears only its neighbours; of three nodes, two do not hear each other", Short: 2 * time.Second, Long: 12 * time.Second, can: atLeast(3), do: ring},
		{Name: "cut-flap", Says: "a node is cut off and found again, many times", Short: 3 * time.Second, Long: 10 * time.Second, can: atLeast(2), do: flap},
		{Name: "cut-people", Says: "people's way to one node goes dark, both ways; nodes hear each other", Short: 2 * time.Second, Long: 14 * time.Second, do: cutPeople},
		{Name: "cut-machine", Says: "one node's cable is pulled: neither nodes nor people hear it", Short: 2 * time.Second, Long: 14 * time.Second, do: cutMachine},
	}
}

// layered is a fault that is a layer on the wires.
func (s *Stage) layered(what string, nodes []*node, layer map[way]link) *Broken {
	undo := s.wires.add(layer)
	return &Broken{What: what, Nodes: names(nodes), mend: func(context.Context) error { undo(); return nil }}
}

// apart is a layer on which two groups do not hear each other.
func apart(a, b []*node) map[way]link {
	layer := map[way]link{}
	for _, x := range a {
		for _, y := range b {
			both(layer, x.name, y.name, link{cut: true})
		}
	}
	return layer
}

// rest are the members that are not among these.
func (s *Stage) rest(of ...*node) []*node {
	return slices.DeleteFunc(s.members(), func(n *node) bool { return slices.Contains(of, n) })
}

func (s *Stage) any(d *dice) *node {
	all := s.members()
	return all[d.IntN(len(all))]
}

func halves(_ context.Context, s *Stage, d *dice) (*Broken, error) {
	all := s.members()
	d.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	a, b := all[:len(all)/2], all[len(all)/2:]
	return s.layered(list(a)+" | "+list(b), all, apart(a, b)), nil
}

func cutLeader(ctx context.Context, s *Stage, _ *dice) (*Broken, error) {
	leader := s.leader()
	if leader == nil {
		return nil, ErrBusy
	}
	return s.layered(leader.name+", which leads, | all others", []*node{leader}, apart([]*node{leader}, s.rest(leader))), nil
}

func oneWay(_ context.Context, s *Stage, d *dice) (*Broken, error) {
	n := s.any(d)
	sends := d.IntN(2) == 0
	layer := map[way]link{}
	for _, other := range s.rest(n) {
		w := way{n.name, other.name}
		if !sends {
			w = way{other.name, n.name}
		}
		layer[w] = link{cut: true}
	}
	what := "what is sent to " + n.name + " by other nodes is lost"
	if sends {
		what = "what " + n.name + " sends to other nodes is lost"
	}
	return s.layered(what, []*node{n}, layer), nil
}

func ring(_ context.Context, s *Stage, d *dice) (*Broken, error) {
	all := s.members()
	d.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	layer := map[way]link{}
	last := len(all) - 1
	for i := range all {
		for j := i + 2; j < len(all); j++ {
			if i == 0 && j == last && len(all) > 3 {
				continue // the ring closes
			}
			both(layer, all[i].name, all[j].name, link{cut: true})
		}
	}
	what := ""
	for i, n := range all {
		if i > 0 {
			what += " - "
		}
		what += n.name
	}
	return s.layered("only neighbours hear each other: "+what, all, layer), nil
}

func flap(ctx context.Context, s *Stage, d *dice) (*Broken, error) {
	n := s.any(d)
	if leader := s.leader(); leader != nil && d.IntN(2) == 0 {
		n = leader
	}
	layer := apart([]*node{n}, s.rest(n))
	most := []time.Duration{200 * time.Millisecond, time.Second, 3 * time.Second}[d.IntN(3)]
	stop := s.round(func(ctx context.Context) time.Duration {
		undo := s.wires.add(layer)
		pause(ctx, d.between(most/10, most))
		undo()
		return d.between(most/10, most)
	})
	return &Broken{
		What: n.name + " | all others, on and off, up to " + most.String() + " at a time", Nodes: []string{n.name},
		mend: func(context.Context) error { stop(); return nil },
	}, nil
}

func cutPeople(_ context.Context, s *Stage, d *dice) (*Broken, error) {
	n := s.any(d)
	layer := map[way]link{}
	both(layer, n.name, people, link{cut: true})
	return s.layered("people | "+n.name, []*node{n}, layer), nil
}

func cutMachine(_ context.Context, s *Stage, d *dice) (*Broken, error) {
	n := s.any(d)
	layer := apart([]*node{n}, s.rest(n))
	both(layer, n.name, people, link{cut: true})
	return s.layered(n.name+"'s cable is pulled", []*node{n}, layer), nil
}
