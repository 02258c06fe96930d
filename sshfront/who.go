package sshfront

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/sshfront/render"
)

// whoRow is one name that somebody is on, as scripts see it.
type whoRow struct {
	Nick     string       `json:"nick"`
	Owner    id.Identity  `json:"owner"`
	Sessions []whoSession `json:"sessions"`
	Away     *int64       `json:"away_ms"` // for how long they are; null: they are not
}

type whoSession struct {
	Node  string `json:"node"`
	Since string `json:"since"`
	wall  id.Wall
}

// who lists the names that somebody is on, in byte order.
func (c command) who() int {
	asJSON := len(c.args) == 1 && c.args[0] == "--json"
	if len(c.args) > 0 && !asJSON {
		fmt.Fprint(c.err, "moniker: who takes --json, or nothing.\n")
		return 2
	}
	rows := c.held()
	if asJSON {
		b, err := json.Marshal(rows)
		if err != nil {
			panic(fmt.Sprintf("sshfront: %d names do not become JSON: %v", len(rows), err))
		}
		fmt.Fprintf(c.out, "%s\n", b)
		return 0
	}
	c.whoTable(rows)
	return 0
}

func (c command) whoTable(rows []whoRow) {
	wide, nodes := len("NAME"), len("NODES")
	through := make([]string, len(rows))
	for i, r := range rows {
		for _, s := range r.Sessions {
			through[i] += ", " + s.Node
		}
		through[i] = strings.TrimPrefix(through[i], ", ")
		wide, nodes = max(wide, utf8.RuneCountInString(r.Nick)), max(nodes, len(through[i]))
	}
	fmt.Fprintf(c.out, "%-*s  SINCE (UTC)  %-*s  AWAY\n", wide, "NAME", nodes, "NODES")
	for i, r := range rows {
		since := time.UnixMicro(int64(r.Sessions[0].wall)).UTC().Format("15:04:05")
		away := "-"
		if r.Away != nil {
			away = render.Ago(time.Duration(*r.Away) * time.Millisecond)
		}
		fmt.Fprintf(c.out, "%-*s  %-11s  %-*s  %s\n", wide, r.Nick, since, nodes, through[i], away)
	}
}

func (c command) held() []whoRow {
	rows := []whoRow{}
	c.h.conn.srv.cfg.Cluster.View(func(st *fsm.State) {
		for _, n := range st.Lease().Names() {
			if n.State != lease.Held {
				continue
			}
			r := whoRow{Nick: n.Display, Owner: n.Owner}
			if a, is := st.Away(n.Owner); is {
				ms := st.Time().Sub(a.At) / id.Millisecond
				r.Away = (*int64)(&ms)
			}
			for _, sid := range n.Live {
				row, _ := st.Lease().Session(sid)
				r.Sessions = append(r.Sessions, whoSession{Node: nodeOf(st, sid), wall: row.Wall})
			}
			rows = append(rows, r)
		}
	})
	for _, r := range rows {
		for i := range r.Sessions {
			r.Sessions[i].Since = time.UnixMicro(int64(r.Sessions[i].wall)).UTC().Format(time.RFC3339)
		}
	}
	return rows
}
