package model

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

// What a search may cost. More is asked for on the command line.
type costs struct {
	walks, depth *int
	seed         *uint64
}

var cost = costs{
	walks: flag.Int("walks", 0, "random walks to make; 0: as many as take a second"),
	depth: flag.Int("depth", 150, "moves in a walk"),
	seed:  flag.Uint64("seed", 1, "of the random walks"),
}

// most is how many states a search may see to find what it must find.
const most = 400_000

// states is how many states are looked at to see that nothing is there.
func states() int {
	if underRace {
		return 500
	}
	return 10_000
}

// Every rule is needed: without it a law is broken, and with it the same search
// finds nothing. -v prints the shortest way there.
func TestWithout(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, corner := range Corners() {
		t.Run(Together(corner.Rules), func(t *testing.T) {
			c := corner.Config
			c.Off = Without(corner.Rules...)
			found := c.Search(most)
			if found.Law != corner.Law {
				t.Fatalf("%d states: broken is %q, want %q\n%s", found.States, found.Law, corner.Law, c.Story(found.Moves))
			}
			for _, r := range corner.Rules {
				t.Logf("without %v: %s", r, r.Without())
			}
			t.Logf("%d moves, found among %d states\n%s", len(found.Moves), found.States, c.Story(found.Moves))
			law, _, _ := strings.Cut(corner.Law, ":")
			line := fmt.Sprintf("%-34s %-26s %2d", Together(corner.Rules), law, len(found.Moves))
			if !strings.Contains(string(doc), line) {
				t.Errorf("the table in doc.go has no line\n//\t%s", line)
			}
			holds(t, corner)
		})
	}
}

// holds checks that the corner's search finds nothing with all rules on, nor, if
// two were off, with one of them off.
func holds(t *testing.T, corner Corner) {
	t.Helper()
	offs := []Off{0}
	if len(corner.Rules) > 1 {
		for _, r := range corner.Rules {
			offs = append(offs, Without(r))
		}
	}
	for _, off := range offs {
		c := corner.Config
		if c.Off = off; off == 0 {
			c.Only = ""
		}
		if found := c.Search(states()); found.Law != "" {
			t.Errorf("a law is broken with rules off: %b\n%s", off, c.Story(found.Moves))
		}
	}
}

// The rules keep every law on random walks through worlds in which everything may
// go wrong.
func TestLawsHoldOnWalks(t *testing.T) {
	walks := *cost.walks
	if walks == 0 {
		walks = states()
	}
	const bundle = 10_000
	for name, c := range map[string]Config{"wide": Wide(), "flapping": Flapping()} {
		t.Run(fmt.Sprintf("%s/seed=%d", name, *cost.seed), func(t *testing.T) {
			seen := 0
			for done := 0; done < walks; done += bundle {
				seed := *cost.seed + uint64(done/bundle)
				found := c.Walk(seed, min(bundle, walks-done), *cost.depth)
				seen += found.States
				if found.Law != "" {
					t.Fatalf("seed %d:\n%s", seed, c.Story(found.Moves))
				}
			}
			t.Logf("%d walks of up to %d moves: %d states", walks, *cost.depth, seen)
		})
	}
}

// The walks go where the faults are: without a rule a few of them find it out.
func TestWalksMissEveryRule(t *testing.T) {
	if underRace {
		return // nothing here is concurrent, and this is slow
	}
	for r := range numRules {
		if _, not := NotShown()[r]; not || r == ReignsApart { // too rare for a few
			continue
		}
		wide, flapping := Wide(), Flapping()
		wide.Off, flapping.Off = Without(r), Without(r)
		if wide.Walk(1, 2000, 150).Law == "" && flapping.Walk(1, 2000, 150).Law == "" {
			t.Errorf("2000 walks do not miss %v", r)
		}
	}
}

// The same near the first state, where everything is looked at.
func TestLawsHoldNearTheStart(t *testing.T) {
	c := Wide()
	c.Nodes, c.Names, c.Slow = 2, 1, false
	c.Most = Limits{elect: 2, stick: 1, stop: 1, crash: 1, hangUp: 1, connect: 1, say: 1, change: 1}
	found := c.Search(10 * states())
	if found.Law != "" {
		t.Fatal("\n" + c.Story(found.Moves))
	}
	t.Logf("%d states, all that are up to %d moves away", found.States, found.Depth)
}

// A rule for which this finds something can be shown, and belongs among the corners.
func TestNotShown(t *testing.T) {
	for r, why := range NotShown() {
		t.Run(r.String(), func(t *testing.T) {
			c := Wide()
			c.Off = Without(r)
			if found := c.Walk(*cost.seed, states()/5, *cost.depth); found.Law != "" {
				t.Errorf("it is missed:\n%s", c.Story(found.Moves))
			}
			t.Log(why)
		})
	}
}

func TestEveryRuleIsShownOrListed(t *testing.T) {
	shown := map[Rule]bool{}
	broken := map[string]bool{}
	for _, corner := range Corners() {
		broken[corner.Law] = true
		if len(corner.Rules) == 1 {
			shown[corner.Rules[0]] = true
		}
	}
	for r := range numRules {
		if _, listed := NotShown()[r]; shown[r] == listed {
			t.Errorf("%v: shown %v, listed as not shown %v", r, shown[r], listed)
		}
	}
	for _, law := range laws() {
		if !broken[law] {
			t.Errorf("no corner shows that the checker can find: %s", law)
		}
	}
}

func TestTheSameSeedGivesTheSameWalks(t *testing.T) {
	c := Wide()
	c.Off = Without(FirstSending)
	a, b := c.Walk(7, 1000, 150), c.Walk(7, 1000, 150)
	if a.Law == "" || a.Law != b.Law || a.States != b.States || c.Story(a.Moves) != c.Story(b.Moves) {
		t.Errorf("one is %q after %d states, the other %q after %d", a.Law, a.States, b.Law, b.States)
	}
}
