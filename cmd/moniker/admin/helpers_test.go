package admin

import (
	"bytes"
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/member"
)

const (
	node1, node2, node3 = id.Node("SHA256:n1n1n1n1n1n1"), id.Node("SHA256:n2n2n2n2n2n2"), id.Node("SHA256:n3n3n3n3n3n3")
	inc1, inc2, inc3    = id.Incarnation(0x1f00000000000001), id.Incarnation(0x4f00000000000002), id.Incarnation(0x2f00000000000003)
	alice               = id.Identity("SHA256:JKd708MeFmayqgDUqu9TDZRq3prV1QulrI6oxwebmvg")
	mallory             = id.Identity("SHA256:wKSXdhsXU3ntYzl8yYBUZVn6qEypyx7edzEXwxUItqw")
)

// fake is a node with a real state and no cluster round it.
type fake struct {
	t          *testing.T
	s          *fsm.State
	index      id.Index
	now        id.Time
	wall       time.Time
	next       map[id.Incarnation]uint64
	readErr    error
	proposeErr error
	hang       bool // Propose is answered by nobody
	status     cluster.Status
	self       id.Incarnation
	led        []id.Node // who was told to lead
	leadErr    error
	events     ring
	age        atomic.Int64 // a time.Duration
	stopping   chan struct{}
}

func (f *fake) View(look func(*fsm.State)) { look(f.s) }

func (f *fake) Read(context.Context) error { return f.readErr }

func (f *fake) Lead(_ context.Context, target id.Node) error {
	f.led = append(f.led, target)
	return f.leadErr
}

func (f *fake) Status(context.Context) cluster.Status { return f.status }

func (f *fake) Propose(ctx context.Context, c fsm.Command) (fsm.Answer, error) {
	if f.hang {
		<-ctx.Done()
		return fsm.Answer{}, cluster.ErrUnknown
	}
	if f.proposeErr != nil {
		return fsm.Answer{}, f.proposeErr
	}
	return f.do(f.self, c), nil
}

// do has a command applied, in the stream of from if it belongs in one.
func (f *fake) do(from id.Incarnation, c fsm.Command) fsm.Answer {
	f.t.Helper()
	p := fsm.Proposal{From: from, Command: c}
	if c.Kind() > fsm.KindExit {
		f.next[from]++
		p.Number = f.next[from]
	}
	f.index++
	stamp := fsm.Stamp{Term: 1, Now: f.now, Wall: id.Wall(f.wall.UnixMicro()), Check: f.s.Check()}
	out, err := f.s.Apply(f.index, 1, fsm.EncodeEntry(nil, stamp, 1, p.Encode(nil)))
	if err != nil {
		f.t.Fatalf("entry %d: %v", f.index, err)
	}
	f.events.publish(out.Events)
	return out.Answers[0]
}

func (f *fake) ok(from id.Incarnation, c fsm.Command) {
	f.t.Helper()
	if a := f.do(from, c); a.Code != fsm.OK {
		f.t.Fatalf("%T was refused with %d", c, a.Code)
	}
}

func (f *fake) pass(d time.Duration) {
	f.now = f.now.Add(id.Duration(d.Microseconds()))
	f.wall = f.wall.Add(d)
}

// empty is a cluster of n1 and n2 with nobody in it.
func empty(t *testing.T) *fake {
	f := &fake{t: t, s: fsm.New(), next: map[id.Incarnation]uint64{}, self: inc1, wall: time.Date(2026, 1, 6, 10, 31, 0, 0, time.UTC)}
	f.age.Store(int64(41 * time.Second))
	f.ok(0, fsm.Found{Cluster: "c1", Node: node1, Name: "n1", Peer: "127.0.0.1:7201", SSH: "127.0.0.1:2201"})
	f.ok(0, fsm.Register{Node: node1, Incarnation: inc1, Peer: "127.0.0.1:7201", SSH: "127.0.0.1:2201", Version: fsm.Version})
	f.ok(inc1, fsm.MakeToken{ID: "t1", Role: member.Voter, TTL: id.Minute})
	f.ok(inc1, fsm.AddMember{Token: "t1", Node: node2, Name: "n2", Peer: "127.0.0.1:7202", SSH: "127.0.0.1:2202"})
	f.ok(0, fsm.Register{Node: node2, Incarnation: inc2, Peer: "127.0.0.1:7202", SSH: "127.0.0.1:2202", Version: fsm.Version})
	f.status = cluster.Status{
		Self: "n1", Leader: "n3", Term: 5, Quorum: true, Time: id.Time(72 * id.Minute),
		Nodes: []cluster.NodeStatus{
			{Name: "n1", ID: node1, Voter: true, Unheard: 6 * time.Second, Applied: 18224, SSH: "127.0.0.1:2201", Peer: "127.0.0.1:7201"},
			{Name: "n2", ID: node2, Voter: true, Reachable: true, Applied: 18231, Sessions: 1, SSH: "127.0.0.1:2202", Peer: "127.0.0.1:7202"},
			{Name: "n3", ID: node3, Voter: true, Leader: true, Reachable: true, Applied: 18231, SSH: "127.0.0.1:2203", Peer: "127.0.0.1:7203"},
		},
	}
	return f
}

// peopled is the cluster of SCREENS: alice is on n2, mallory in grace.
func peopled(t *testing.T) *fake {
	f := empty(t)
	f.pass(21*time.Minute + 7*time.Second - 50*time.Second)
	f.ok(0, fsm.Renew{Incarnation: inc2, Counter: 1})
	f.ok(inc1, fsm.Attach{Session: id.Session{Incarnation: inc1, Number: 1}, Identity: mallory, Nick: nickOf("mallory")})
	f.ok(inc1, fsm.Detach{Session: id.Session{Incarnation: inc1, Number: 1}})
	f.pass(48 * time.Second)
	f.ok(0, fsm.Renew{Incarnation: inc2, Counter: 2})
	f.pass(2 * time.Second)
	f.ok(inc2, fsm.Attach{Session: id.Session{Incarnation: inc2, Number: 0xc1}, Identity: alice, Nick: nickOf("alice")})
	f.pass(1200 * time.Millisecond)
	f.ok(0, fsm.Tick{})
	return f
}

// again starts n1 anew, which peopled has left to expire.
func (f *fake) again() {
	f.self = inc3
	f.ok(0, fsm.Register{Node: node1, Incarnation: inc3, Replaces: inc1, Peer: "127.0.0.1:7201", SSH: "127.0.0.1:2201", Version: fsm.Version})
}

func nickOf(s string) lease.Nick { return lease.Nick{Display: s, Key: s, Skeletons: [2]string{s, s}} }

// result is what came of a call.
type result struct {
	exit     int
	out, err string
}

func (f *fake) run(width int, line string) result {
	f.t.Helper()
	return f.call(Request{Args: strings.Fields(line), Width: width, Local: true})
}

func (f *fake) call(r Request) result {
	f.t.Helper()
	var out, errs bytes.Buffer
	r.Stdout, r.Stderr = &out, &errs
	exit := f.tree()(f.t.Context(), r)
	return result{exit, out.String(), errs.String()}
}

func (f *fake) tree() func(context.Context, Request) int {
	return New(f, f, Config{
		Self: "n1", Age: func() time.Duration { return time.Duration(f.age.Load()) }, Feed: &f.events, Stopping: f.stopping,
		Rand: strings.NewReader(strings.Repeat("moniker ", 8)),
	})
}

func golden(t *testing.T, got result, exit int, out, errs string) {
	t.Helper()
	if got.exit != exit || got.out != out || got.err != errs {
		t.Errorf("got exit %d\n%s--- stderr\n%s\nwant exit %d\n%s--- stderr\n%s", got.exit, got.out, got.err, exit, out, errs)
	}
}
