package chat

import (
	"cmp"
	"slices"
	"strings"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
)

func whoCommand() Command {
	return Command{
		Name: "who", Topic: People,
		Help: "everybody who is here, in whichever room, since when, through which nodes and for how long away. The first 200 are named, all are counted",
		Run:  who,
	}
}

// present is a name that somebody is on.
type present struct {
	name  string
	since id.Time
	nodes []string
	away  string // for how long they are; empty: they are not
}

func who(c Call) Outcome {
	var here []present
	var now id.Time
	all := 0
	c.View(func(st *fsm.State) {
		now = st.Time()
		for _, n := range st.Lease().Names() { // in the order of keys, as /names
			if n.State != lease.Held {
				continue
			}
			if all++; all <= namesMost {
				here = append(here, onName(st, n))
			}
		}
	})
	var rows [][]string
	for _, p := range here {
		rows = append(rows, []string{p.name, ago(now.Sub(p.since)), strings.Join(p.nodes, ", "), p.away})
	}
	text := table(c.Width, []column{{title: "NAME"}, {title: "HERE FOR", right: true}, {title: "THROUGH"}, {title: "AWAY"}}, rows)
	if more := all - len(here); more > 0 {
		text += "\nand " + count(more) + " more"
	}
	return answer(c.heading() + text)
}

// onName looks who is on a name: since when, through which nodes, each once, and away.
func onName(st *fsm.State, n lease.Status) present {
	p := present{name: marked(n.Display, n.Owner)}
	for i, sid := range n.Live {
		row, _ := st.Lease().Session(sid)
		if i == 0 || row.Since < p.since {
			p.since = row.Since
		}
		inc, _ := st.Lease().Incarnation(sid.Incarnation)
		m, _ := st.Members().Member(inc.Node)
		if !slices.Contains(p.nodes, m.Name) {
			p.nodes = append(p.nodes, m.Name)
		}
	}
	if a, is := absent(st, n.Owner); is {
		p.away = ago(a.long)
	}
	slices.SortFunc(p.nodes, cmp.Compare[string])
	return p
}
