package demo

import (
	"fmt"
	"slices"
	"strings"
)

// picture is the cluster as this demo knows it: from what it has done to nodes, and
// from what they say.
type picture struct {
	nodes  []portrait // in the order of names
	cuts   cuts
	leader int // -1: nobody is known to lead
}

type portrait struct {
	name      string
	condition condition
	voter     bool
	out       bool // it was removed: it is down for ever, and not shown
}

// condition is how a node is.
type condition byte

const (
	up condition = iota
	down
	starting
	paused
	silent // it runs, and the others do not hear it
)

// able tells a node that can do its part.
func (p portrait) able() bool { return p.condition == up || p.condition == silent }

// pair is two nodes, the lower first.
type pair struct{ a, b int }

// cuts are the links that are cut.
type cuts map[pair]bool

func between(a, b int) pair { return pair{min(a, b), max(a, b)} }

// of returns the nodes that i of n is cut off from.
func (c cuts) of(i, n int) []int {
	var all []int
	for j := range n {
		if c[between(i, j)] {
			all = append(all, j)
		}
	}
	return all
}

// isolated tells a node that is cut off from all others.
func (p picture) isolated(i int) bool {
	others := 0
	for j, n := range p.nodes {
		if j == i || n.out {
			continue
		}
		others++
		if !p.cuts[between(i, j)] {
			return false
		}
	}
	return others > 0
}

// heard is how many voters hear node i, with itself, as far as this demo's doings
// go; none if it cannot speak.
func (p picture) heard(i int) int {
	count := 0
	for j, n := range p.nodes {
		if p.nodes[i].able() && n.able() && n.voter && !p.cuts[between(i, j)] {
			count++
		}
	}
	return count
}

// majority says how many voters are at most together, how many are needed, and of
// how many.
func (p picture) majority() (together, needed, of int) {
	for i, n := range p.nodes {
		if !n.voter {
			continue
		}
		of++
		together = max(together, p.heard(i))
	}
	return together, of/2 + 1, of
}

func (p picture) hasMajority() bool {
	together, needed, _ := p.majority()
	return together >= needed
}

// noMajority says why there is none.
func (p picture) noMajority() string {
	together, needed, of := p.majority()
	how, are := "up", "are"
	if len(p.cuts) > 0 {
		how = "together"
	}
	if needed == 1 {
		are = "is"
	}
	return fmt.Sprintf("no majority: %d of %d %s, %d %s needed", together, of, how, needed, are)
}

// fit tells whether node i can lead.
func (p picture) fit(i int) bool {
	_, needed, _ := p.majority()
	return i >= 0 && p.heard(i) >= needed
}

// leads returns who does: one who is said to, and can. -1: nobody is known.
func (p picture) leads() int {
	if !p.fit(p.leader) {
		return -1
	}
	return p.leader
}

// leading is who does, by name.
func (p picture) leading() (string, bool) {
	i := p.leads()
	if i < 0 {
		return "", false
	}
	return p.nodes[i].name, true
}

// prompt is the cluster in a line: "n1 down, n2, n3 leader> ".
func (p picture) prompt() string {
	words := map[condition]string{down: " down", starting: " starting", paused: " paused", silent: " silent"}
	var items []string
	for i, n := range p.nodes {
		if n.out {
			continue
		}
		item := n.name + words[n.condition]
		switch {
		case n.able() && p.isolated(i):
			item = n.name + " cut"
		case p.leads() == i:
			item = n.name + " leader"
		}
		items = append(items, item)
	}
	for _, c := range p.pairs() {
		items = append(items, p.nodes[c.a].name+"-"+p.nodes[c.b].name+" cut")
	}
	line := strings.Join(items, ", ")
	if !p.hasMajority() {
		line += ": no majority"
	}
	return line + "> "
}

// pairs are the cuts beside those of the nodes that are cut off from all.
func (p picture) pairs() []pair {
	var all []pair
	for c := range p.cuts {
		if !p.isolated(c.a) && !p.isolated(c.b) && !p.nodes[c.a].out && !p.nodes[c.b].out {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(x, y pair) int { return (x.a-y.a)*maxNodes + x.b - y.b })
	return all
}

// names are those of some nodes, as a sentence has them.
func (p picture) names(which []int) string {
	var names []string
	for _, i := range which {
		names = append(names, p.nodes[i].name)
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}
