package main

import (
	"context"
	"slices"
	"testing"
	"time"

	"moniker/test/chaos/sabotage"
)

// quickest is the saboteur that needs no fault to be seen.
const quickest = "two-owners"

// The whole harness bites, in the ordinary tests too: real nodes on loopback and real
// people, judged twice a second. Nodes that give a name to whoever asks are found out;
// with the same people, sound ones are not.
func TestTwoOwnersAreCaught(t *testing.T) {
	const enough = 60 * time.Second // on a machine that does much else: it takes two
	c, s := opened(t, quickest)
	if !found(t, c, s, enough) {
		t.Errorf("%s has not been caught after %s", s.Name, enough)
	}
}

func TestSoundNodesAreNotBlamed(t *testing.T) {
	c, s := opened(t, "")
	if found(t, c, s, 4*time.Second) {
		t.Error("sound nodes are blamed for two owners of a name")
	}
}

// opened is a run that has begun: with the quickest saboteur's nodes, or sound ones.
func opened(t *testing.T, nodes string) (*chaos, sabotage.Saboteur) {
	t.Helper()
	s, err := sabotage.Find(quickest)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-loopback", "-quick", "-faults", "none", "-seed", "1", "-clients", "16", "-out", t.TempDir()}
	if nodes != "" {
		args = append(args, "-sabotage", nodes)
	}
	o, err := parse(args)
	if err != nil {
		t.Fatal(err)
	}
	c := &chaos{options: o}
	t.Cleanup(func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // builds, too
	defer cancel()
	if err := c.prepare(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.open(ctx); err != nil {
		t.Fatal(err)
	}
	return c, s
}

// found reports whether the saboteur's law is seen to be broken in time.
func found(t *testing.T, c *chaos, s sabotage.Saboteur, within time.Duration) bool {
	t.Helper()
	look := time.NewTicker(500 * time.Millisecond)
	defer look.Stop()
	late := time.After(within)
	for {
		select {
		case <-look.C:
		case <-late:
			return false
		}
		c.run.Ops, c.run.Lines, c.run.Skips = c.crowd.SoFar()
		findings, _ := weigh(&c.run, "")
		if slices.Equal(caught(s, findings), s.Laws) {
			return true
		}
	}
}
