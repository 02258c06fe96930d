package main

import (
	"slices"
	"testing"

	"moniker/test/chaos/report"
	"moniker/test/chaos/sabotage"
)

// A saboteur is caught by a law that is hers, seen to be broken.
func TestASaboteurIsCaughtByHerOwnLawsAlone(t *testing.T) {
	s := sabotage.Saboteur{Laws: []string{"Fenced", "Exactly once", "One owner", "Never late"}}
	got := caught(s, []report.Finding{
		{Law: "Fenced"},
		{Law: "Exactly once", Blind: true},
		{Law: "One owner", Undecided: true},
		{Law: "Never late", Held: true},
		{Law: "No panic, no race"},
	})
	if !slices.Equal(got, []string{"Fenced"}) {
		t.Errorf("caught by %q", got)
	}
}
