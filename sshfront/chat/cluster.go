package chat

import (
	"cmp"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/member"
)

const (
	cellWidth  = 40       // of a node, where two stand side by side
	later      = 3 * late // by how much a renewal is overdue before its node is not counted as up
	countedMax = 2_000    // sessions among which people are told apart; beyond, that takes too long
)

func clusterCommand() Command {
	return Command{
		Name: "cluster", Topic: Find,
		Help: "the nodes, which of them leads, and how many people are on each, as the node you are on knows it",
		Run:  cluster,
	}
}

// node is one of the cluster, as the state tells of it.
type node struct {
	name   string
	voter  bool
	never  bool // it has not been up yet
	down   bool
	silent id.Duration // for how long nothing has been heard of it; zero: it is heard, or not known
	people int
	atMost bool // some of the people may be counted twice
}

func (n node) up() bool { return !n.never && !n.down && n.silent == 0 }

func cluster(c Call) Outcome {
	var nodes []node
	c.View(func(st *fsm.State) {
		people, sure := peopleOn(st)
		for _, m := range st.Members().Members() {
			if m.Role == member.Removed {
				continue
			}
			n := look(st, m)
			n.people, n.atMost = people[m.Incarnation], !sure
			if n.name == c.Self {
				n.silent = 0 // it is answering
			}
			nodes = append(nodes, n)
		}
	})
	slices.SortFunc(nodes, func(a, b node) int { return cmp.Compare(a.name, b.name) })
	return answer(c.heading() + grid(c.Width, append(nodeCells(nodes, c), voters(nodes, c))))
}

// look is one member as the state tells of it.
func look(st *fsm.State, m member.Member) node {
	n := node{name: m.Name, voter: m.Role == member.Voter, never: m.Incarnation == 0}
	inc, ok := st.Lease().Incarnation(m.Incarnation)
	n.down = !n.never && (!ok || inc.Ended)
	if ok {
		n.silent = silence(st, inc, later)
	}
	return n
}

// peopleOn counts the people under each incarnation. If there are too many
// sessions to tell people apart, it counts sessions, and sure is false.
func peopleOn(st *fsm.State) (on map[id.Incarnation]int, sure bool) {
	on = map[id.Incarnation]int{}
	if _, sessions := st.Lease().Counts(); sessions > countedMax {
		for _, inc := range st.Lease().Incarnations() {
			on[inc.ID] = st.Lease().Carried(inc.ID)
		}
		return on, false
	}
	type seat struct {
		inc id.Incarnation
		who id.Identity
	}
	seen := map[seat]bool{}
	for _, s := range st.Lease().Sessions() {
		if at := (seat{s.ID.Incarnation, s.Identity}); !seen[at] {
			seen[at] = true
			on[at.inc]++
		}
	}
	return on, true
}

// nodeCells says how each node is.
func nodeCells(nodes []node, c Call) []string {
	wide := 0
	for _, n := range nodes {
		wide = max(wide, displaywidth.String(n.name))
	}
	var cells []string
	for _, n := range nodes {
		pad := strings.Repeat(" ", wide-displaywidth.String(n.name))
		cells = append(cells, n.name+pad+"  "+strings.Join(n.words(c), ", "))
	}
	return cells
}

func (n node) words(c Call) []string {
	var w []string
	say := func(when bool, what string) {
		if when {
			w = append(w, what)
		}
	}
	leads := n.name == c.Leader && !n.down
	say(n.never, "not up yet")
	say(n.down, "down")
	say(leads, "leader")
	say(n.up() && !leads, "up")
	say(n.silent > 0, "last heard "+ago(n.silent)+" ago")
	say(!n.voter, "non-voter")
	say(n.name == c.Self, "you are here")
	say(n.up(), n.count())
	return w
}

func (n node) count() string {
	most := ""
	if n.atMost {
		most = "at most "
	}
	if n.people == 1 {
		return most + "1 person"
	}
	return most + count(n.people) + " people"
}

// voters says whether anything can be decided.
func voters(nodes []node, c Call) string {
	up, all := 0, 0
	for _, n := range nodes {
		if n.voter {
			all++
			if n.up() {
				up++
			}
		}
	}
	text := count(up) + " of " + count(all) + " voters up, " + count(all/2+1) + " needed"
	if c.Trouble != "" { // then nobody can say here who is up
		text = count(all) + " voters, " + count(all/2+1) + " needed"
	}
	if c.Leader == "" {
		text = "no leader; " + text
	}
	return text
}

// grid writes cells in two columns, if that leaves each whole; else in one.
func grid(width int, cells []string) string {
	left := cellWidth
	for i := 0; i < len(cells); i += 2 {
		left = max(left, displaywidth.String(cells[i])+len(between))
	}
	two := true
	for i := 1; i < len(cells); i += 2 {
		two = two && left+displaywidth.String(cells[i]) <= width
	}
	if !two || width < 2*cellWidth {
		return strings.Join(cells, "\n")
	}
	var rows []string
	for i := 0; i < len(cells); i += 2 {
		side := cells[i]
		if i+1 < len(cells) {
			side += strings.Repeat(" ", left-displaywidth.String(side)) + cells[i+1]
		}
		rows = append(rows, side)
	}
	return strings.Join(rows, "\n")
}
