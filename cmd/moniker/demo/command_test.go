package demo

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCommandsAreRead(t *testing.T) {
	for _, c := range []struct {
		line  string
		nodes int
		want  string
	}{
		{"kill 1", 3, "kill [0]"},
		{"KILL n3", 3, "kill [2]"},
		{"go 2", 3, "go [1]"},
		{"cut 2", 3, "cut [1]"},
		{" cut  n1   2 3", 3, "cut [0 1 2]"},
		{"heal", 3, "heal []"},
		{"?", 3, "help []"},
		{"chaos", 3, "chaos [] 30s 0"},
		{"chaos 5s 4711", 3, "chaos [] 5s 4711"},
	} {
		o, wrong := parse(c.line, c.nodes)
		got := fmt.Sprint(o.name, " ", o.nodes)
		if o.lasts > 0 {
			got += fmt.Sprint(" ", o.lasts.Round(time.Second), " ", o.seed)
		}
		if wrong != "" || got != c.want || o.run == nil {
			t.Errorf("%q: %s, %q, want %s", c.line, got, wrong, c.want)
		}
	}
}

func TestWhatCannotBeReadIsTold(t *testing.T) {
	for _, c := range []struct {
		line  string
		nodes int
		want  string
	}{
		{"kil 1", 3, "kil is no command; kill is."},
		{"stat", 3, "stat is no command; status is."},
		{"xyzzy", 3, "xyzzy is no command; help shows all."},
		{"kill", 3, "kill wants a node: kill 1"},
		{"kill 4", 3, "4 is no node; n1 to n3 are."},
		{"kill n0", 1, "n0 is no node; n1 is."},
		{"kill all", 3, "all is no node; n1 to n3 are."},
		{"kill 1 2", 3, "2 is one word too many: kill 1"},
		{"cut 1 n1", 3, "n1 cannot be cut off from itself."},
		{"cut 1", 1, "there is nobody to cut n1 off from."},
		{"heal 1", 3, "1 is one word too many: heal"},
		{"chaos 30", 3, "30 is no time between 1s and 1h: chaos 30s"},
		{"chaos 2h", 3, "2h is no time between 1s and 1h: chaos 30s"},
		{"chaos 9s luck", 3, "luck is no seed, which is a number: chaos 30s 4711"},
		{"chaos 9s 1 2", 3, "2 is one word too many: chaos 30s"},
		{"chaos", 2, "chaos wants three nodes or more, so that a majority stays; there are two."},
		{"chaos", 1, "chaos wants three nodes or more, so that a majority stays; there is one."},
	} {
		if _, got := parse(c.line, c.nodes); got != c.want {
			t.Errorf("%q: %q, want %q", c.line, got, c.want)
		}
	}
}

func TestHelpFitsTheScreen(t *testing.T) {
	for l := range strings.Lines(help()) {
		if len(l) > 80 {
			t.Errorf("%d cells: %s", len(l)-1, l)
		}
	}
	for _, c := range commands() {
		if o, wrong := parse(c.example, 3); wrong != "" || o.name != c.name {
			t.Errorf("the example %q: %s", c.example, wrong)
		}
	}
}

func TestTabCompletes(t *testing.T) {
	for _, c := range []struct {
		before, begun string
		want          []string
	}{
		{"", "st", []string{"start", "status"}},
		{"", "k", []string{"kill"}},
		{"", "x", nil},
		{"kill ", "", []string{"1", "2", "3"}},
		{"cut 1 ", "2", []string{"2"}},
		{"heal ", "", nil},
		{"chaos ", "", nil},
		{"bark ", "", nil},
	} {
		if got := complete(c.before, c.begun, 3); !slices.Equal(got, c.want) {
			t.Errorf("%q %q: %q, want %q", c.before, c.begun, got, c.want)
		}
	}
}
