package admin

import (
	"slices"
	"strings"
	"testing"
)

func TestWordsAreCompletedWithoutANode(t *testing.T) {
	for _, c := range []struct{ line, begun, want string }{
		{"", "", "allow ban motd mute nick node operator room session setting status token watch"},
		{"", "s", "session setting status"},
		{"nick", "", "history list register release rename reserve show unregister"},
		{"-o json session", "", "kick list"},
		{"node", "", "demote lead list promote remove"},
		{"room", "sh", "show"},
		{"nick list", "--", "--json --output --stale"},
		{"token create", "--t", "--ttl"},
		{"ban", "", "add list remove"},
		{"mute add", "--", "--for --reason --json --output --stale"},
		{"allow add", "--n", "--note"},
		{"nick show", "", ""},
		{"nonsense", "", "allow ban motd mute nick node operator room session setting status token watch"},
	} {
		var got []string
		for _, word := range Complete(strings.Fields(c.line), c.begun) {
			name, what, _ := strings.Cut(word, "\t")
			if what == "" {
				t.Errorf("%s is not explained", name)
			}
			got = append(got, name)
		}
		if want := strings.Fields(c.want); !slices.Equal(got, want) {
			t.Errorf("%q and then %q: %q, want %q", c.line, c.begun, got, want)
		}
	}
}

func TestOnlyAWatchIsEndless(t *testing.T) {
	for line, want := range map[string]bool{
		"watch": true, "watch alice": true, "--json watch": true, "-o json watch": true, "nick show watch": false, "status": false, "": false,
	} {
		if got := Endless(strings.Fields(line)); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}
