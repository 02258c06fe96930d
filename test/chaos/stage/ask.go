package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"moniker/cmd/moniker/socket"
)

// status is what is read of `admin status -o json`.
type status struct {
	Leader string `json:"leader"`
	Term   uint64 `json:"term"`
	Quorum bool   `json:"quorum"`
	Nodes  []struct {
		Name      string  `json:"name"`
		Voter     bool    `json:"voter"`
		Sessions  *int    `json:"sessions"`
		Reachable bool    `json:"reachable"`
		Applied   *uint64 `json:"applied_index"`
	} `json:"nodes"`
}

// ask runs an admin command on a node, by its socket.
func (n *node) ask(ctx context.Context, words ...string) ([]byte, error) {
	conn, ok := socket.Dial(n.dir)
	if !ok {
		return nil, fmt.Errorf("%s does not answer", n.name)
	}
	var out, errs bytes.Buffer
	exit, err := socket.Do(ctx, conn, socket.Call{Args: words}, socket.Streams{Out: &out, Err: &errs})
	if err != nil {
		return nil, err
	}
	if exit != 0 {
		return nil, fmt.Errorf("%s: admin %s: %s", n.name, strings.Join(words, " "), strings.TrimSpace(errs.String()))
	}
	return out.Bytes(), nil
}

func (n *node) status(ctx context.Context) (s status, err error) {
	data, err := n.ask(ctx, "status", "-o", "json")
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(data, &s)
}

// askAny runs an admin command on one node after the other, until one does it. What
// a node refuses in words is worth a try on another: it may be cut off.
func (s *Stage) askAny(ctx context.Context, but *node, words ...string) ([]byte, error) {
	err := errors.New("no node runs")
	for _, n := range s.members() {
		if n == but || n.process() == nil {
			continue
		}
		var out []byte
		once, cancel := context.WithTimeout(ctx, 8*time.Second)
		out, err = n.ask(once, words...)
		cancel()
		if err == nil {
			return out, nil
		}
	}
	return nil, err
}

// statuses asks all nodes at once.
func (s *Stage) statuses(ctx context.Context, within time.Duration) map[string]status {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	type answer struct {
		name string
		s    status
		err  error
	}
	nodes := s.members()
	answers := make(chan answer, len(nodes))
	for _, n := range nodes {
		go func() {
			st, err := n.status(ctx)
			answers <- answer{n.name, st, err}
		}()
	}
	all := map[string]status{}
	for range nodes {
		select {
		case a := <-answers:
			if a.err == nil {
				all[a.name] = a.s
			}
		case <-ctx.Done():
			return all
		}
	}
	return all
}

// report is what a node said of the cluster, and when.
type report struct {
	status
	at time.Time
}

const fresh = 2500 * time.Millisecond // a node takes a second to answer while another is silent

// listen asks one node again and again, for whoever wants to know who leads: an answer
// can take longer than they can wait.
func (s *Stage) listen(n *node) {
	look := time.NewTicker(250 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-look.C:
		}
		if n.process() == nil {
			continue
		}
		once, cancel := context.WithTimeout(s.ctx, 3*time.Second)
		st, err := n.status(once)
		cancel()
		if err == nil {
			s.mu.Lock()
			s.heard[n.name] = report{st, time.Now()}
			s.mu.Unlock()
		}
	}
}

// leading is who leads, by the highest term that was heard of lately; empty: nobody.
func (s *Stage) leading() (name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var term uint64
	for _, r := range s.heard {
		if r.Leader != "" && r.Term >= term && time.Since(r.at) < fresh {
			name, term = r.Leader, r.Term
		}
	}
	return name
}

// leader is the node that leads; nil: nobody.
func (s *Stage) leader() *node {
	name := s.leading()
	for _, n := range s.members() {
		if n.name == name {
			return n
		}
	}
	return nil
}

// poll tries until it is done or ctx ends.
func poll(ctx context.Context, try func(context.Context) bool) error {
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for !try(ctx) {
		select {
		case <-look.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
