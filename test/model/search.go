package model

import (
	"hash/maphash"
	"math/rand/v2"
)

// Found is what a search came to.
type Found struct {
	Law    string // broken; empty if none is
	Moves  []Move // the way there
	States int    // different states seen, or states visited by walks
	Depth  int    // moves that the deepest complete level is away
	Whole  bool   // there was nothing else to see
}

// visit is a state that was reached, and how.
type visit struct {
	state State
	from  int32
	next  int32 // another with the same hash
	move  Move
}

// Search looks at every state, nearest first, until a law is broken, nothing is
// left, or more than most states are seen. What it finds is a shortest way.
func (c *Config) Search(most int) Found {
	seed := maphash.MakeSeed() // only where a state is kept depends on it, never what is found
	all := []visit{{state: c.Start(), from: -1, next: -1}}
	seen := map[uint64]int32{maphash.Comparable(seed, all[0].state): 0}
	found := Found{}
	level := 1 // where the next level begins
	var moves []Move
	for at := 0; at < len(all); at++ {
		if at == level {
			found.Depth++
			level = len(all)
		}
		moves = c.Moves(&all[at].state, moves[:0])
		for _, m := range moves {
			s := all[at].state
			if law := c.Make(&s, m, nil); law != "" {
				found.Law, found.States = law, len(all)
				found.Moves = append(way(all, at), m)
				return found
			}
			h := maphash.Comparable(seed, s)
			first, ok := seen[h]
			if !ok {
				first = -1
			} else if known(all, first, &s) {
				continue
			}
			seen[h] = int32(len(all))
			all = append(all, visit{s, int32(at), first, m})
		}
		if len(all) > most {
			found.States = len(all)
			return found
		}
	}
	found.States, found.Whole = len(all), true
	return found
}

func known(all []visit, at int32, s *State) bool {
	for ; at >= 0; at = all[at].next {
		if all[at].state == *s {
			return true
		}
	}
	return false
}

// way returns the moves that lead to a visit.
func way(all []visit, at int) []Move {
	var moves []Move
	for i := int32(at); all[i].from >= 0; i = all[i].from {
		moves = append(moves, all[i].move)
	}
	for i, j := 0, len(moves)-1; i < j; i, j = i+1, j-1 {
		moves[i], moves[j] = moves[j], moves[i]
	}
	return moves
}

// Walk makes that many random walks of at most depth moves, and stops at the first
// that breaks a law. The same seed gives the same walks.
func (c *Config) Walk(seed uint64, walks, depth int) Found {
	rng := rand.New(rand.NewPCG(seed, 1))
	found := Found{Depth: depth}
	var moves, taken []Move
	for range walks {
		s := c.Start()
		taken = taken[:0]
		for range depth {
			moves = c.Moves(&s, moves[:0])
			if len(moves) == 0 {
				break
			}
			m := pick(rng, moves)
			taken = append(taken, m)
			found.States++
			if law := c.Make(&s, m, nil); law != "" {
				found.Law, found.Moves = law, taken
				return found
			}
		}
	}
	return found
}

// pick takes one of the moves: what can always happen twice as often as faults
// and people, which would else be used up at the beginning.
func pick(rng *rand.Rand, moves []Move) Move {
	for {
		m := moves[rng.IntN(len(moves))]
		if unlimited(m.Kind) || rng.IntN(4) == 0 {
			return m
		}
		if len(moves) == 1 {
			return m
		}
	}
}
