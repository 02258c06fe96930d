package chat

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/member"
	"moniker/fsm/setting"
)

// town is a cluster of one replica with nodes n1, n2 and so on, the people on them,
// and a clock: 10:30 on 6 January 2026 when it is founded.
type town struct {
	t      testing.TB
	st     *fsm.State
	index  id.Index
	now    id.Time
	next   map[id.Incarnation]uint64
	people map[string]*person
	incs   []id.Incarnation // of n1, n2 and so on
	call   Call             // what the node of whoever calls knows
}

// person is somebody who is, or was, in town.
type person struct {
	who     id.Identity
	nick    lease.Nick
	session id.Session // the newest
	token   id.Token
	place   string
	room    string // to go back to
	with    string // whom place is a conversation with
	focus   bool
}

func newTown(t testing.TB, nodes int) *town {
	w := &town{t: t, st: fsm.New(), next: map[id.Incarnation]uint64{}, people: map[string]*person{}}
	w.apply(0, fsm.Found{Cluster: "c", Node: nodeID(1), Name: "n1", Peer: "a:1", SSH: "a:2"})
	for range nodes {
		w.node(member.Voter)
	}
	return w
}

// node makes one more, which is up.
func (w *town) node(role member.Role) {
	w.incs = append(w.incs, 0)
	n := len(w.incs)
	if n > 1 {
		token := fmt.Sprint("t", n)
		w.apply(w.incs[0], fsm.MakeToken{ID: token, Role: role, TTL: id.Hour})
		w.apply(w.incs[0], fsm.AddMember{Token: token, Node: nodeID(n), Name: fmt.Sprint("n", n), Peer: "b:1", SSH: "b:2"})
	}
	w.starts(n)
}

// starts makes a node's next incarnation live.
func (w *town) starts(n int) {
	was := w.incs[n-1]
	w.incs[n-1] = max(was, id.Incarnation(n)<<60) + 1
	w.apply(0, fsm.Register{Node: nodeID(n), Incarnation: w.incs[n-1], Replaces: was, Version: fsm.Version})
}

func nodeID(n int) id.Node { return id.Node(fmt.Sprint("SHA256:node", n)) }

// key is somebody's: as in the screens for those who are there.
func key(name string) id.Identity {
	switch name {
	case "alice":
		return "SHA256:JKd708MeFmayqgDUqu9TDZRq3prV1QulrI6oxwebmvg"
	case "bob":
		return "SHA256:wKSXdhsXU3ntYzl8yYBUZVn6qEypyx7edzEXwxUItqw"
	}
	return id.Identity("SHA256:" + strings.Repeat(name, 43)[:43])
}

// try applies a command.
func (w *town) try(from id.Incarnation, c fsm.Command) fsm.Answer {
	w.t.Helper()
	w.index++
	p := fsm.Proposal{From: from, Command: c}
	if from != 0 {
		w.next[from]++
		p.Number = w.next[from]
	}
	stamp := fsm.Stamp{Term: 1, Now: w.now, Wall: id.Wall(w.wall().UnixMicro())}
	out, err := w.st.Apply(w.index, 1, fsm.EncodeEntry(nil, stamp, 1, p.Encode(nil)))
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Answers[0]
}

func (w *town) apply(from id.Incarnation, c fsm.Command) fsm.Answer {
	w.t.Helper()
	a := w.try(from, c)
	if a.Code != fsm.OK {
		w.t.Fatalf("%T is refused with %d", c, a.Code)
	}
	return a
}

func (w *town) wall() time.Time {
	return time.Date(2026, 1, 6, 10, 30, 0, 0, time.UTC).Add(time.Duration(w.now) * time.Microsecond)
}

// at lets time pass until the clock shows that; no node renews meanwhile.
func (w *town) at(clock string) {
	w.t.Helper()
	to, err := time.Parse("2006-01-02 15:04:05.999", "2026-01-06 "+clock)
	if err != nil {
		w.t.Fatal(err)
	}
	w.now = w.now.Add(id.Duration(to.Sub(w.wall()).Microseconds()))
	w.try(0, fsm.Renew{}) // nobody's
}

// renews has nodes tell that they are alive.
func (w *town) renews(nodes ...int) {
	for _, n := range nodes {
		w.apply(0, fsm.Renew{Incarnation: w.incs[n-1], Counter: uint64(w.now) + 1})
	}
}

// tick ends what is over.
func (w *town) tick() { w.apply(0, fsm.Tick{}) }

// comes puts somebody on her name, through a node.
func (w *town) comes(name string, node int) *person { return w.comesWith(name, key(name), node) }

// comesWith is comes with a key that she may have other names with.
func (w *town) comesWith(name string, who id.Identity, node int) *person {
	w.t.Helper()
	p := w.people[name]
	if p == nil {
		n, err := Name(name)
		if err != nil {
			w.t.Fatal(err)
		}
		p = &person{who: who, nick: n, place: "#lobby", room: "#lobby"}
		w.people[name] = p
	}
	inc := w.incs[node-1]
	p.session = id.Session{Incarnation: inc, Number: w.next[inc] + 1}
	p.token = w.apply(inc, fsm.Attach{Session: p.session, Identity: p.who, Nick: p.nick}).Token
	return p
}

// goes ends somebody's newest session; her name is in grace if it was the last.
func (w *town) goes(name string) {
	s := w.people[name].session
	w.apply(s.Incarnation, fsm.Detach{Session: s})
}

// quits gives somebody's name up.
func (w *town) quits(name string) {
	s := w.people[name].session
	w.apply(s.Incarnation, fsm.Release{Session: s})
}

func (w *town) says(name, place, text string) {
	p := w.people[name]
	w.apply(p.session.Incarnation, fsm.Post{Session: p.session, Token: p.token, Room: place, Text: text})
}

func (w *town) writes(name, to, text string) {
	p := w.people[name]
	w.apply(p.session.Incarnation, fsm.Post{Session: p.session, Token: p.token, To: to, Text: text})
}

func (w *town) joins(name, place string) {
	p := w.people[name]
	w.apply(p.session.Incarnation, join(p.session, p.token, place))
}

func (w *town) set(name setting.Name, value int64) {
	w.apply(w.incs[0], fsm.SetSetting{Name: name, Value: value})
}

// as is a call by somebody, in the room she is in, at 80 columns.
func (w *town) as(name string) Call {
	c, p := w.call, w.people[name]
	c.Who, c.Key, c.Nick, c.Place, c.Width = p.who, p.who.First(), p.nick, p.place, 80
	c.Room, c.With, c.Focus = p.room, p.with, p.focus
	c.View = func(f func(*fsm.State)) { f(w.st) }
	return c
}

// runs is what comes of somebody's line.
func (w *town) runs(name, line string) Outcome { return Run(line, w.as(name)) }

// does runs a line and applies what it proposes.
func (w *town) does(name, line string) (Outcome, fsm.Answer) {
	w.t.Helper()
	out, p := w.runs(name, line), w.people[name]
	var a fsm.Answer
	if out.Propose != nil {
		a = w.try(p.session.Incarnation, out.Propose(p.session, p.token))
	}
	if out.Go != "" && (out.Propose == nil || a.Code == fsm.OK) {
		p.goes(out)
	}
	if out.Focus != 0 {
		p.focus = out.Focus == FocusOn
	}
	return out, a
}

// goes has somebody look at another place.
func (p *person) goes(out Outcome) {
	p.place, p.with, p.focus = out.Go, out.With, false
	if out.With == "" {
		p.room = out.Go
	}
}
