package linear

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
	"moniker/test/sim"
)

const (
	ttl   = 3 * time.Second
	grace = 2 * time.Second
	delay = time.Millisecond // of every link, while nothing is wrong with it
)

// world is a cluster, the people on it, and what is recorded of them. All of it lives
// in a bubble.
type world struct {
	c     *sim.Cluster
	rec   *recorder
	log   nodelog
	names []string
	seats atomic.Int64
	over  atomic.Bool // people go home

	mu       sync.Mutex
	hosts    []*host
	tales    []*Tale
	silences []Silence
	endings  []Ending
	faults   map[string]int
	leaders  map[id.Event]bool
	expiries map[id.Event]bool
	newest   id.Time // cluster time
	broken   []string
	watchers sync.WaitGroup
	errands  sync.WaitGroup // faults' own goroutines
	cuts     map[wire]int   // by how many faults; the goroutine's that calls suffer
}

// host is a node, whether it runs or not. Its fields belong to the world's mutex.
type host struct {
	*sim.Node
	process int
	node    *cluster.Node // of the present process; nil while there is none
	ended   chan struct{} // closed when that is no more
	busy    bool          // a fault is at work on it
	removed bool          // somebody tried to remove it
}

// Plan says what a run is to be.
type Plan struct {
	Seed   uint64
	Nodes  int
	Length time.Duration
	Steps  []Step
	// Sabotage: readers look at what their node has without asking anybody.
	StaleReads bool
}

// play runs a plan and returns what was recorded. It must be called in a bubble.
func play(t *testing.T, p Plan) *History {
	w := &world{
		names: []string{"ann", "bob", "cid", "dot"}, faults: map[string]int{}, cuts: map[wire]int{},
		leaders: map[id.Event]bool{}, expiries: map[id.Event]bool{},
	}
	var clients sync.WaitGroup
	h := &History{Seed: p.Seed, TTL: ttl, Grace: grace}
	func() {
		defer func() {
			if r := recover(); r != nil {
				gave, ok := r.(gaveUp)
				if !ok {
					panic(r)
				}
				w.breaks("%s", string(gave))
			}
		}()
		w.found(t, p)
		w.people(&clients, p)
		w.suffer(p)
		w.heal()
		w.over.Store(true)
		clients.Wait()
		w.finish(h)
		h.Whole = true
	}()
	w.over.Store(true)
	w.close()
	clients.Wait()
	w.errands.Wait()
	w.watchers.Wait()
	w.tell(h)
	return h
}

// gaveUp is what the harness's Fatal does: the run is over, and what was recorded is
// still looked at.
type gaveUp string

// patient is a testing.TB whose failures end the run and not the test.
type patient struct{ *testing.T }

func (p patient) Fatalf(format string, args ...any) { panic(gaveUp(fmt.Sprintf(format, args...))) }
func (p patient) Fatal(args ...any)                 { panic(gaveUp(fmt.Sprint(args...))) }

// found makes the cluster, and its leases short.
func (w *world) found(t *testing.T, p Plan) {
	w.c = sim.NewLogged(patient{t}, p.Nodes, nil, w.log.of)
	first := w.c.Nodes[0]
	for _, s := range []struct {
		name  setting.Name
		value int64
	}{
		{setting.KeepaliveInterval, int64(span(time.Second))}, {setting.LeaseTTL, int64(span(ttl))}, {setting.LeaseGrace, int64(span(grace))},
		{setting.LimitNames, 100}, {setting.LimitSessions, 1000}, {setting.LimitRoomMessages, 100_000}, {setting.LimitRoomBytes, 16 << 20},
	} {
		if err := first.Do(fsm.SetSetting{Name: s.name, Value: s.value}); err != nil {
			panic(gaveUp(err.Error()))
		}
	}
	for _, a := range w.c.Nodes {
		for _, b := range w.c.Nodes {
			w.c.Net.SetLatency(a.Name, b.Name, delay)
		}
	}
	pause(2 * ttl) // every lease is a short one now
	w.rec = newRecorder()
	w.log.begin(w.rec.start)
	for _, n := range w.c.Nodes {
		w.adopt(n)
	}
}

// adopt takes a node that was just started, for the first time, into the world.
func (w *world) adopt(n *sim.Node) {
	h := &host{Node: n}
	w.mu.Lock()
	w.hosts = append(w.hosts, h)
	w.mu.Unlock()
	w.began(h)
}

// began notes that a host's process runs, and listens to what it applies.
func (w *world) began(h *host) {
	w.mu.Lock()
	h.process++
	h.node, h.ended = h.Node.Node, make(chan struct{})
	tale := &Tale{Node: h.Name, Process: h.process}
	w.tales = append(w.tales, tale)
	node, ended := h.node, h.ended
	w.mu.Unlock()
	w.watchers.Go(func() { w.listen(node, ended, tale) })
}

// ends notes that a host's process is no more, or is about to be.
func (w *world) ends(h *host) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if h.node != nil {
		h.node = nil
		close(h.ended)
	}
}

// listen collects what a process applies, until it is no more.
func (w *world) listen(node *cluster.Node, ended <-chan struct{}, tale *Tale) {
	var after uint64
	for last := false; !last; {
		select {
		case <-ended:
			last = true
		case <-time.After(50 * time.Millisecond):
		}
		events, next, skipped := node.Feed().Next(after, 1<<20)
		after = next
		w.mu.Lock()
		if skipped > 0 && len(tale.Lines) > 0 {
			tale = &Tale{Node: tale.Node, Process: tale.Process}
			w.tales = append(w.tales, tale)
		}
		for _, e := range events {
			w.newest = max(w.newest, e.At)
			switch {
			case e.Kind == turn.Said && e.Place == room:
				tale.Lines = append(tale.Lines, Line{e.ID, e.Identity, e.Key, e.Text})
			case e.Kind == turn.LeaderStarted:
				w.leaders[e.ID] = true
			case e.Kind == turn.NodeDown && e.Why == turn.NodeExpired:
				w.expiries[e.ID] = true
			}
		}
		w.mu.Unlock()
	}
}

func lineOf(m history.Message) Line { return Line{m.ID, m.From, m.Nick, m.Text} }

// people makes the clients: several identities with several sessions each, and readers.
func (w *world) people(all *sync.WaitGroup, p Plan) {
	ids := []id.Identity{"SHA256:amy", "SHA256:ben", "SHA256:cat", "SHA256:dan", "SHA256:eve"}
	for i := range 10 {
		c := &client{w: w, lane: i, who: ids[i%len(ids)], rand: rand.New(rand.NewPCG(p.Seed, uint64(i+1)))}
		all.Go(c.run)
	}
	for i := range 2 {
		c := &client{w: w, lane: 10 + i, rand: rand.New(rand.NewPCG(p.Seed, uint64(100+i)))}
		if p.StaleReads {
			all.Go(c.believer)
			continue
		}
		all.Go(c.reader)
	}
}

func (w *world) goesOn() bool { return !w.over.Load() }

// pick returns some process that runs; usually one, as people who find nobody try again.
func (w *world) pick(r *rand.Rand) (place, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hosts[r.IntN(len(w.hosts))]
	if h.node == nil {
		return place{}, false
	}
	return place{h.node, h.Name, h.process, h.ended}, true
}

func (w *world) breaks(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = append(w.broken, fmt.Sprintf(format, args...))
}

// close ends every process.
func (w *world) close() {
	if w.c == nil {
		return
	}
	for _, h := range w.all() {
		w.ends(h)
	}
	w.c.Close()
}

func (w *world) all() []*host {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]*host(nil), w.hosts...)
}

// tell puts together what was recorded.
func (w *world) tell(h *History) {
	if w.rec != nil {
		h.Ops, h.Notes = w.rec.taken()
	}
	if h.Settled == 0 {
		h.Settled, h.Quiet = never, never
	}
	for _, t := range w.tales {
		h.Tales = append(h.Tales, *t)
	}
	h.Log = w.log.all()
	h.Silences, h.Endings, h.Broken = w.silences, w.endings, w.broken
	h.Effort = Effort{Leaders: len(w.leaders), Expiries: len(w.expiries), Faults: w.faults}
	h.Effort.count(h)
}

// do proposes something in the background, as an operator would, and tells then what
// came of it.
func (w *world) do(on *host, cmd fsm.Command, then func(fsm.Answer, error)) {
	w.mu.Lock()
	node := on.node
	w.mu.Unlock()
	if node == nil {
		return
	}
	w.errands.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		a, err := node.Propose(ctx, cmd)
		w.rec.note("%s answers to %T: code %d, %v", on.Name, cmd, a.Code, err)
		if then != nil {
			then(a, err)
		}
	})
}
