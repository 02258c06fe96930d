package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/member"
	"moniker/fsm/setting"
	"moniker/transport"
)

// runNode is a child process: one node, and load on it when told so.
func runNode(dir string) error {
	var c nodeConfig
	text, err := os.ReadFile(filepath.Join(dir, "bench.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return err
	}
	n, err := open(dir, c)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	select {
	case <-n.Ready():
	case err := <-done:
		return err
	}
	l := &load{node: n}
	if c.Found {
		for _, s := range []setting.Name{setting.LimitAllNames, setting.LimitAllSessions, setting.LimitPeople} {
			l.must(fsm.SetSetting{Name: s, Value: 2_000_000})
		}
	}
	fmt.Println("ok serving")
	go l.serve()
	return <-done
}

func open(dir string, c nodeConfig) (*cluster.Node, error) {
	key, err := transport.ParseNodeKey(c.Key)
	if err != nil {
		return nil, err
	}
	authority, err := transport.ParseAuthority(c.Authority)
	if err != nil {
		return nil, err
	}
	cert, err := authority.Sign(key.Public(), c.Name)
	if err != nil {
		return nil, err
	}
	log := hclog.New(&hclog.LoggerOptions{Level: hclog.Off})
	stores, err := cluster.OpenStores(dir, key.ID(), true, log)
	if err != nil {
		return nil, err
	}
	return cluster.New(cluster.Config{
		Name: c.Name, Cluster: "bench", Peer: c.Peer, Found: c.Found, Self: id.Node(key.ID()), Authority: authority,
		Port: func(denied func(string) bool) (*transport.Port, error) {
			return transport.NewPort(transport.Config{
				Network: transport.TCP{}, Addr: c.Peer, Denied: denied, Logger: log,
				Credentials: transport.Credentials{Key: key, Cert: cert, CA: authority.Cert(), ClusterID: "bench"},
			})
		},
		Stores: stores, Clock: cluster.SystemClock(), Random: rand.Uint64, Logger: log,
	})
}

// load is what a child does to its node.
type load struct {
	node *cluster.Node
	made atomic.Uint64 // identities so far
}

func (l *load) must(c fsm.Command) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if a, err := l.node.Propose(ctx, c); err != nil || a.Code != fsm.OK {
		fmt.Printf("failed %T: %v %v\n", c, a.Code, err)
	}
}

// serve answers lines until the parent goes away.
func (l *load) serve() {
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		f := strings.Fields(in.Text())
		switch f[0] {
		case "leader":
			fmt.Println("ok " + l.node.Status(context.Background()).Leader)
		case "voters":
			n := 0
			for _, ns := range l.node.Status(context.Background()).Nodes {
				if ns.Voter && ns.Reachable {
					n++
				}
			}
			fmt.Println("ok", n)
		case "admit":
			token, c, err := cluster.NewToken(member.Voter, time.Hour, "")
			if err != nil {
				fmt.Println("failed", err)
				continue
			}
			l.must(c)
			l.must(fsm.AddMember{Token: token.ID, Node: id.Node(f[1]), Name: f[2], Peer: f[3]})
			fmt.Println("ok admitted")
		default:
			l.measure(f)
		}
	}
	os.Exit(0) // the parent is gone, and its nodes with it
}

func (l *load) measure(f []string) {
	length, err := time.ParseDuration(f[len(f)-1])
	if err != nil {
		fmt.Println("failed", err)
		return
	}
	switch f[0] {
	case "claims", "posts":
		workers, _ := strconv.Atoi(f[1])
		one := l.claim
		if f[0] == "posts" {
			one = l.poster()
		}
		fmt.Printf("ok %.0f\n", l.rate(workers, length, one))
	case "claim-p50":
		fmt.Println("ok " + l.median(length, l.claim).String())
	case "post-p50":
		fmt.Println("ok " + l.median(length, l.poster()).String())
	case "gap":
		post := l.poster()
		post()
		fmt.Println("ok posting")
		fmt.Println("ok " + longest(length, post).String())
	}
}

// rate returns how many times a second some workers get one done.
func (l *load) rate(workers int, length time.Duration, one func()) float64 {
	var count atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range workers {
		wg.Go(func() {
			for time.Since(start) < length {
				one()
				count.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(count.Load()) / time.Since(start).Seconds()
}

// median returns how long one takes, alone.
func (l *load) median(length time.Duration, one func()) time.Duration {
	var all []time.Duration
	for start := time.Now(); time.Since(start) < length; {
		at := time.Now()
		one()
		all = append(all, time.Since(at))
	}
	slices.Sort(all)
	return all[len(all)/2].Round(10 * time.Microsecond)
}

// longest returns the longest time between two that were accepted.
func longest(length time.Duration, one func()) time.Duration {
	var worst time.Duration
	last := time.Now()
	for start := last; time.Since(start) < length; {
		one()
		now := time.Now()
		worst = max(worst, now.Sub(last))
		last = now
	}
	return worst
}

// claim takes a new name for a new identity.
func (l *load) claim() { l.seat() }

func (l *load) seat() *cluster.Seat {
	name := fmt.Sprintf("%s-%d-%d", l.node.Name(), os.Getpid(), l.made.Add(1))
	seat := l.node.Open(id.Identity("SHA256:"+name), "", func() {})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if a, err := seat.Take(ctx, lease.Nick{Display: name, Key: name, Skeletons: [2]string{name, name}}); err != nil || a.Code != fsm.OK {
		fmt.Printf("failed claim: %v %v\n", a.Code, err)
	}
	return seat
}

// poster returns a function that says a line in the lobby and waits until it is accepted.
func (l *load) poster() func() {
	seat := l.seat()
	return func() {
		done := make(chan struct{})
		seat.Do(func(s id.Session, t id.Token) fsm.Command {
			return fsm.Post{Session: s, Token: t, Room: "#lobby", Text: "the backup finished at four, all green"}
		}, func(a fsm.Answer, err error) {
			if err != nil || a.Code != fsm.OK {
				fmt.Printf("failed post: %v %v\n", a.Code, err)
			}
			close(done)
		})
		<-done
	}
}
