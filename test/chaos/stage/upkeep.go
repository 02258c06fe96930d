package stage

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// upkeep is what is done to a healthy cluster on purpose.
func upkeep() []Kind {
	return []Kind{
		{Name: "roll", Says: "one node after the other is stopped as it should be, and started", Short: 6 * time.Second, Long: 12 * time.Second, do: roll},
		{Name: "join", Says: "a node joins, serves people, and is removed", Short: 5 * time.Second, Long: 12 * time.Second, do: join},
		{Name: "lead", Says: "leadership is sent from one node to another, again and again", Short: 3 * time.Second, Long: 9 * time.Second, do: lead},
	}
}

func roll(_ context.Context, s *Stage, d *dice) (*Broken, error) {
	var times atomic.Int64
	at := d.IntN(100)
	stop := s.round(func(ctx context.Context) time.Duration {
		all := s.members()
		n := all[at%len(all)]
		at++
		if _, err := s.take(d, "roll", 1, n); err != nil {
			return 200 * time.Millisecond
		}
		defer s.release(n)
		if err := n.stop(); err != nil {
			s.mu.Lock()
			s.deaths = append(s.deaths, err.Error())
			s.mu.Unlock()
		}
		pause(ctx, d.between(time.Millisecond, 500*time.Millisecond))
		if err := n.start(); err != nil {
			s.cfg.Note("%v", err)
		}
		times.Add(1)
		once, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		_ = n.ready(once) // it may not get there, in what else is broken
		return d.between(100*time.Millisecond, time.Second)
	})
	b := &Broken{What: "one node after the other is stopped and started", Nodes: names(s.members())}
	b.mend = func(context.Context) error {
		stop()
		b.What = fmt.Sprintf("%d times, a node was stopped as it should be and started, one after the other", times.Load())
		return nil
	}
	return b, nil
}

func join(ctx context.Context, s *Stage, _ *dice) (*Broken, error) {
	var n *node
	for _, x := range s.nodes {
		x.mu.Lock()
		if x.spare && !x.member && x.holder == "" {
			n = x
		}
		x.mu.Unlock()
	}
	through := s.leader()
	if n == nil || through == nil {
		return nil, ErrBusy
	}
	n.mu.Lock()
	n.holder = "join"
	n.mu.Unlock()
	joining, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := s.invite(joining, through, n); err != nil {
		n.kill()
		n.mu.Lock()
		n.holder = ""
		n.mu.Unlock()
		s.cfg.Note("%v", err)
		return nil, ErrBusy
	}
	n.expectEnd() // in what else is broken, it may not be let in
	b := &Broken{What: n.name + " joins through " + through.name, Nodes: []string{n.name}, held: []*node{n}}
	b.mend = func(context.Context) error {
		b.What += ", and is removed" + strings.Replace(s.lived(n), "; it went on", "", 1)
		s.owe(n, "join", n.name+" is removed", func(ctx context.Context) error { return s.seeOff(ctx, n) })
		return nil
	}
	return b, nil
}

// seeOff removes a node for good.
func (s *Stage) seeOff(ctx context.Context, n *node) error {
	if leader := s.leader(); leader == n {
		for _, other := range s.rest(n) {
			if _, err := s.askAny(ctx, n, "node", "lead", other.name); err == nil {
				break
			}
		}
	}
	if err := s.remove(ctx, n); err != nil {
		return err
	}
	n.mu.Lock()
	n.member = false
	n.mu.Unlock()
	n.expectEnd()
	n.kill()
	return n.wipe()
}

func lead(_ context.Context, s *Stage, d *dice) (*Broken, error) {
	var done atomic.Int64
	stop := s.round(func(ctx context.Context) time.Duration {
		once, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		if _, err := s.any(d).ask(once, "node", "lead", s.any(d).name); err == nil {
			done.Add(1)
		}
		return d.between(100*time.Millisecond, 1500*time.Millisecond)
	})
	b := &Broken{What: "leadership is sent round", Nodes: names(s.members())}
	b.mend = func(context.Context) error {
		stop()
		b.What = fmt.Sprintf("leadership was sent round %d times", done.Load())
		return nil
	}
	return b, nil
}
