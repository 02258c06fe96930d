package demo

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// drawn is a picture of so many nodes that are up, all voters, led by one.
func drawn(nodes, leader int) picture {
	p := picture{leader: leader, cuts: cuts{}}
	for i := range nodes {
		p.nodes = append(p.nodes, portrait{name: fmt.Sprintf("n%d", i+1), voter: true})
	}
	return p
}

func (p picture) with(i int, c condition) picture {
	p.nodes[i].condition = c
	return p
}

// without is the picture after node i was removed.
func (p picture) without(i int) picture {
	p.nodes[i].condition, p.nodes[i].voter, p.nodes[i].out = down, false, true
	return p
}

func (p picture) cut(i int, from ...int) picture {
	for _, j := range from {
		p.cuts[between(i, j)] = true
	}
	return p
}

func TestThePromptShowsTheCluster(t *testing.T) {
	for _, c := range []struct {
		p    picture
		want string
	}{
		{drawn(3, 0), "n1 leader, n2, n3> "},
		{drawn(3, -1), "n1, n2, n3> "},
		{drawn(3, 2).with(0, down), "n1 down, n2, n3 leader> "},
		{drawn(3, 0).with(0, down), "n1 down, n2, n3> "}, // who led is known not to
		{drawn(3, 0).with(1, down).with(2, paused), "n1, n2 down, n3 paused: no majority> "},
		{drawn(3, 0).with(1, starting).with(2, silent), "n1 leader, n2 starting, n3 silent> "},
		{drawn(3, 0).cut(1, 0, 2), "n1 leader, n2 cut, n3> "},
		{drawn(3, 0).cut(0, 1, 2), "n1 cut, n2, n3> "},
		{drawn(3, 0).cut(1, 0, 2).with(1, down), "n1 leader, n2 down, n3> "},
		{drawn(3, 0).cut(1, 2), "n1 leader, n2, n3, n2-n3 cut> "},
		{drawn(3, 0).cut(0, 1, 2).cut(1, 2), "n1 cut, n2 cut, n3 cut: no majority> "},
		{drawn(4, 0).cut(3, 1).cut(2, 1), "n1 leader, n2, n3, n4, n2-n3 cut, n2-n4 cut> "},
		{drawn(3, 1).without(0), "n2 leader, n3> "},
		{drawn(3, 1).without(0).cut(2, 1), "n2 cut, n3 cut: no majority> "},
		{drawn(4, 1).without(0).cut(2, 1), "n2 leader, n3, n4, n2-n3 cut> "},
		{drawn(1, 0), "n1 leader> "},
		{drawn(1, 0).with(0, down), "n1 down: no majority> "},
	} {
		if got := c.p.prompt(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestAMajorityIsCountedByWhoHearsWhom(t *testing.T) {
	spare := drawn(4, 0)
	spare.nodes[3].voter = false
	for _, c := range []struct {
		p    picture
		has  bool
		want string
	}{
		{drawn(3, 0).with(1, down), true, "no majority: 2 of 3 up, 2 are needed"},
		{drawn(3, 0).with(1, down).with(0, paused), false, "no majority: 1 of 3 up, 2 are needed"},
		{drawn(3, 0).with(1, silent).with(2, down), true, "no majority: 2 of 3 up, 2 are needed"},
		{drawn(5, 0).cut(0, 1, 2).cut(3, 1, 2).cut(4, 0, 1, 2, 3), false, "no majority: 2 of 5 together, 3 are needed"},
		{drawn(1, 0).with(0, down), false, "no majority: 0 of 1 up, 1 is needed"},
		{spare.with(0, down), true, "no majority: 2 of 3 up, 2 are needed"},
	} {
		if got := c.p.noMajority(); got != c.want || c.p.hasMajority() != c.has {
			t.Errorf("%s: %t, %q, want %t, %q", c.p.prompt(), c.p.hasMajority(), got, c.has, c.want)
		}
	}
}

func TestLinksAreToldWhatIsCut(t *testing.T) {
	p := plan{Nodes: []place{{"n1", 2201, 7201}, {"n2", 2202, 7202}, {"n3", 2203, 7203}}}
	c := drawn(3, 0).cut(2, 0).cut(1, 0).cuts
	for i, want := range []string{"cut 127.0.0.1:7202 127.0.0.1:7203", "cut 127.0.0.1:7201", "cut 127.0.0.1:7201"} {
		if got := c.word(p, i); got != want {
			t.Errorf("n%d: %q, want %q", i+1, got, want)
		}
	}
	if got := (cuts{}).word(p, 0); got != "heal" {
		t.Errorf("got %q", got)
	}
}

func TestPeopleAreCountedInASentence(t *testing.T) {
	for _, c := range []struct {
		n        int
		is, want string
	}{
		{0, "was", "nobody was on n1"}, {1, "was", "1 person was on n1"}, {2, "was", "2 people were on n1"}, {2, "is", "2 people are on n1"},
	} {
		if got := headcount(c.n, c.is, "n1"); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestChaosHarmsAMinority(t *testing.T) {
	for _, nodes := range []int{3, 4, 5, 9} {
		for seed := range uint64(20) {
			r, same := rand.New(rand.NewPCG(seed, 0)), rand.New(rand.NewPCG(seed, 0))
			harmed, seen := map[int]harm{}, map[harm]int{}
			for range 100 {
				b := nextBlow(r, nodes, harmed)
				if again := nextBlow(same, nodes, harmed); again != b {
					t.Fatalf("seed %d: %v, and then %v", seed, b, again)
				}
				h, was := harmed[b.node]
				if was != b.undo || was && h != b.what {
					t.Fatalf("seed %d: %v, with %v harmed", seed, b, harmed)
				}
				if delete(harmed, b.node); !b.undo {
					harmed[b.node] = b.what
					seen[b.what]++
				}
				if 2*len(harmed) >= nodes {
					t.Fatalf("seed %d: %d of %d nodes are harmed", seed, len(harmed), nodes)
				}
			}
			if len(seen) != int(harms) {
				t.Errorf("seed %d: only %v", seed, seen)
			}
		}
	}
}
