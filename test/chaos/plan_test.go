package main

import (
	"slices"
	"strings"
	"testing"
)

func TestFaultsAreChosenByNameAndFamily(t *testing.T) {
	from := []fault{{name: "kill-one"}, {name: "kill-all"}, {name: "cut-leader"}, {name: "lead"}, {name: "client-kill"}}
	for wanted, want := range map[string]string{
		"all":                "kill-one kill-all cut-leader lead client-kill",
		"kill":               "kill-one kill-all",
		"kill-all,client":    "kill-all client-kill",
		"all,-kill":          "cut-leader lead client-kill",
		"all,-kill-all,-cut": "kill-one lead client-kill",
		"-client":            "kill-one kill-all cut-leader lead",
		"lead":               "lead",
		"none":               "",
	} {
		got, err := choose(from, wanted)
		var names []string
		for _, f := range got {
			names = append(names, f.name)
		}
		if err != nil || !slices.Equal(names, strings.Fields(want)) {
			t.Errorf("%s: %v, %v", wanted, names, err)
		}
	}
	if _, err := choose(from, "kil"); err == nil {
		t.Error("a fault that is none is taken")
	}
}

func TestTheLineThatRunsItAgainIsComplete(t *testing.T) {
	for _, args := range [][]string{{}, {"-quick"}, {"-seed", "7", "-for", "2m", "-faults", "all,-kill", "-nodes", "5", "-race", "-loopback", "-sabotage", "no-grace"}} {
		o, err := parse(args)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parse(strings.Fields(o.again())[3:])
		if err != nil || again != o {
			t.Errorf("%+v became %+v: %v", o, again, err)
		}
	}
}
