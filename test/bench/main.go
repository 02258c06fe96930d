// Command bench measures a cluster of three node processes with fsync on this
// machine, and prints each figure beside what it is to be compared with.
//
//	go run ./test/bench [-seconds 3] [-kills 5]
//	go run ./test/bench -front 1000
//
// The second measures what people cost instead: a node of its own, beside a bare SSH
// server in the same run.
//
// Machines differ and are noisy: compare ratios within one run. It asserts nothing.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	if child := children(os.Args[1:]); child != nil {
		if err := child(); err != nil {
			fmt.Fprintln(os.Stderr, "bench "+os.Args[1]+":", err)
			os.Exit(1)
		}
		return
	}
	front := flag.Int("front", 0, "measure the front end instead, with so many people in a room")
	seconds := flag.Int("seconds", 3, "how long each load lasts")
	kills := flag.Int("kills", 5, "how often the leader is killed, and stopped")
	flag.Parse()
	if *front > 0 {
		if err := runFront(max(*front, 2*warm)); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(time.Duration(*seconds)*time.Second, *kills); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// children is what this process is to do if it is another's child; else nil.
func children(args []string) func() error {
	switch {
	case len(args) == 2 && args[0] == "node":
		return func() error { return runNode(args[1]) }
	case len(args) == 3 && args[0] == "front":
		return func() error { return runServer(args[1], args[2]) }
	case len(args) == 3 && args[0] == "bare":
		return func() error { return runBare(args[2]) }
	}
	return nil
}

// run starts three nodes, measures, and ends them.
func run(length time.Duration, kills int) error {
	b, err := start()
	if err != nil {
		return err
	}
	defer b.close()
	fmt.Printf("%-58s %12s   %s\n", "what", "measured", "compare with")
	leader, err := b.leader()
	if err != nil {
		return err
	}
	follower := b.other(leader)
	rows := []struct {
		what, compare string
		node          *child
		command       string
	}{
		{"claims/s, 512 in flight, leader's node", "raw raft+boltdb, batched: 44-95 k/s; etcd grant+txn: 1 k/s", leader, "claims 512"},
		{"claims/s, 512 in flight, a follower's node", "", follower, "claims 512"},
		{"posts/s, 512 in flight, leader's node", "raw raft+boltdb, batched: 44-95 k/s", leader, "posts 512"},
		{"claims/s, 1 in flight, leader's node", "", leader, "claims 1"},
		{"posts/s, 1 in flight, leader's node", "", leader, "posts 1"},
		{"one claim, nobody else: p50, leader's node", "raw raft+boltdb commit: 1.5 ms; etcd: 4.0 ms", leader, "claim-p50"},
		{"one post, nobody else: p50, a follower's node", "raw follower apply: 11 ms", follower, "post-p50"},
	}
	for _, r := range rows {
		got, err := r.node.ask(r.command+" "+length.String(), length+time.Minute)
		if err != nil {
			return fmt.Errorf("%s: %w", r.what, err)
		}
		fmt.Printf("%-58s %12s   %s\n", r.what, got, r.compare)
	}
	for _, how := range []struct {
		what, compare string
		kill          bool
	}{
		{"leader killed -> next post accepted: p50 / max", "raw raft at 300 ms time-outs: 0.65 s / 0.88 s", true},
		{"leader stopped on purpose -> next post: p50 / max", "", false},
	} {
		got, err := b.gaps(kills, how.kill)
		if err != nil {
			return fmt.Errorf("%s: %w", how.what, err)
		}
		fmt.Printf("%-58s %12s   %s\n", how.what, got, how.compare)
	}
	return nil
}
