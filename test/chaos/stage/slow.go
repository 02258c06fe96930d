package stage

import (
	"context"
	"fmt"
	"time"
)

func slownesses() []Kind {
	return []Kind{
		{Name: "slow-late", Says: "what one node sends and is sent, or what all are, comes late, by a varying time", Short: 3 * time.Second, Long: 12 * time.Second, do: late},
		{Name: "slow-people", Says: "people are far away: half a second or more there and back", Short: 3 * time.Second, Long: 12 * time.Second, do: far},
		{Name: "slow-thin", Says: "the way to and from one node carries little", Short: 3 * time.Second, Long: 12 * time.Second, do: thin},
		{Name: "slow-lossy", Says: "some of what nodes send each other is lost", Short: 3 * time.Second, Long: 12 * time.Second, do: lossy,
			can: func(s *Stage) string {
				if _, ok := s.ground.(*loopback); ok {
					return "proxies carry streams: they can lose no packet"
				}
				return ""
			}},
	}
}

// among is a layer on which one node's links to the others are l, or with nil all are.
func (s *Stage) among(n *node, l link) map[way]link {
	layer := map[way]link{}
	for _, a := range s.members() {
		for _, b := range s.members() {
			if a != b && (n == nil || a == n || b == n) {
				layer[way{a.name, b.name}] = l
			}
		}
	}
	return layer
}

// some is one node, or nil for all.
func (s *Stage) some(d *dice) (n *node, who string, nodes []*node) {
	if d.IntN(2) == 0 {
		return nil, "all nodes", s.members()
	}
	n = s.any(d)
	return n, n.name, []*node{n}
}

func late(_ context.Context, s *Stage, d *dice) (*Broken, error) {
	n, who, nodes := s.some(d)
	l := link{delay: d.between(5*time.Millisecond, 120*time.Millisecond), jitter: d.between(time.Millisecond, 60*time.Millisecond)}
	what := fmt.Sprintf("the links of %s are slow: %d to %d ms each way", who, l.delay.Milliseconds(), (l.delay + l.jitter).Milliseconds())
	return s.layered(what, nodes, s.among(n, l)), nil
}

func far(_ context.Context, s *Stage, d *dice) (*Broken, error) {
	layer := map[way]link{}
	l := link{delay: d.between(250*time.Millisecond, 800*time.Millisecond), jitter: d.between(10*time.Millisecond, 200*time.Millisecond)}
	for _, n := range s.members() {
		both(layer, n.name, people, l)
	}
	return s.layered(fmt.Sprintf("people are %d ms away", l.delay.Milliseconds()), s.members(), layer), nil
}

func thin(_ context.Context, s *Stage, d *dice) (*Broken, error) {
	n := s.any(d)
	l := link{rate: 1 << (13 + d.IntN(5))} // 8 to 128 KiB/s
	layer := s.among(n, l)
	both(layer, n.name, people, l)
	return s.layered(fmt.Sprintf("%d KiB/s each way on every link of %s", l.rate>>10, n.name), []*node{n}, layer), nil
}

func lossy(_ context.Context, s *Stage, d *dice) (*Broken, error) {
	n, who, nodes := s.some(d)
	l := link{loss: 1 + d.IntN(25)}
	return s.layered(fmt.Sprintf("%d of 100 packets on the links of %s are lost", l.loss, who), nodes, s.among(n, l)), nil
}
