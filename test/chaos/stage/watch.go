package stage

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"moniker/test/chaos/record"
)

const watchEvery = 200 * time.Millisecond

// watch starts nodes again that ended without having been asked to, as whatever
// supervises them in real life would, and remembers that they did.
func (s *Stage) watch() {
	look := time.NewTicker(watchEvery)
	defer look.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-look.C:
		}
		for _, n := range s.members() {
			s.mourn(n)
		}
	}
}

func (s *Stage) mourn(n *node) {
	n.mu.Lock()
	p := n.run
	dead := p != nil && p.ended()
	surprise := dead && !p.asked
	free := dead && n.holder == ""
	if surprise {
		p.asked = true
	}
	n.mu.Unlock()
	if surprise {
		what := fmt.Sprintf("%s ended by itself after %.1f s, at %.1f s: %s",
			n.name, time.Since(p.began).Seconds(), time.Since(s.cfg.Began).Seconds(), n.words(p))
		s.mu.Lock()
		s.deaths = append(s.deaths, what)
		s.mu.Unlock()
		s.cfg.Note("%s", what)
	}
	if free && s.ctx.Err() == nil {
		if err := n.start(); err != nil {
			s.cfg.Note("%v", err)
		}
	}
}

// repair does what could not be done at once, until it is done.
func (s *Stage) repair() {
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-look.C:
		}
		s.mu.Lock()
		var n *node
		var d debt
		for n, d = range s.debts {
			break
		}
		s.mu.Unlock()
		if n == nil {
			continue
		}
		trying, cancel := context.WithTimeout(s.ctx, 20*time.Second)
		err := d.pay(trying)
		cancel()
		if err != nil {
			s.cfg.Note("%v; it is tried again", err)
			continue
		}
		s.mu.Lock()
		delete(s.debts, n)
		s.paid = append(s.paid, record.Fault{Kind: "repair-" + d.after, What: d.what, Node: []string{n.name}, From: d.from, To: s.now()})
		s.mu.Unlock()
		s.release(n)
	}
}

// debt is what is still to be done to a node. Until it is, the node cannot be relied on.
type debt struct {
	after, what string
	from        time.Duration
	pay         func(context.Context) error
}

// owe has something done to a node that is held until it is.
func (s *Stage) owe(n *node, after, what string, pay func(context.Context) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.debts[n] = debt{after, what, s.now(), pay}
}

// Repairs are what was done to nodes after faults that could not be undone at once, and
// what is still to be done.
func (s *Stage) Repairs() []record.Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.paid)
	for n, d := range s.debts {
		all = append(all, record.Fault{Kind: "repair-" + d.after, What: d.what + ", in vain", Node: []string{n.name}, From: d.from, To: s.now()})
	}
	slices.SortFunc(all, func(a, b record.Fault) int { return cmp.Compare(a.From, b.From) })
	return all
}

func (s *Stage) owing() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.debts)
}

// Sample is how the nodes do now: who leads, and what they use.
func (s *Stage) Sample() record.Sample {
	sample := record.Sample{Leader: s.leading(), RSS: map[string]int64{}, Files: map[string]int{}, Goroutines: map[string]int{}}
	for _, n := range s.members() {
		if rss, files, ok := n.usage(); ok {
			sample.RSS[n.name], sample.Files[n.name] = rss, files
			if data, err := os.ReadFile(n.count); err == nil {
				count, _ := strconv.Atoi(strings.TrimSpace(string(data)))
				sample.Goroutines[n.name] = count
			}
		}
	}
	return sample
}

// Lives are all processes of nodes there were.
func (s *Stage) Lives() []record.Life {
	var all []record.Life
	for _, n := range s.nodes {
		n.mu.Lock()
		for _, p := range n.lives {
			life := record.Life{Node: n.name, From: p.began.Sub(s.cfg.Began)}
			if !p.over.IsZero() {
				life.To, life.End = p.over.Sub(s.cfg.Began), cmp.Or(p.by, "itself")
			}
			if !p.term.IsZero() {
				life.Asked = p.term.Sub(s.cfg.Began)
			}
			all = append(all, life)
		}
		n.mu.Unlock()
	}
	return all
}
