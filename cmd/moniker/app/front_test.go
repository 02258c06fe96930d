package app

import (
	"slices"
	"testing"

	"moniker/cmd/moniker/admin"
	"moniker/cmd/moniker/folder"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/member"
)

// known is a node of which nothing is asked but what its state is.
type known struct {
	admin.Node
	s *fsm.State
}

func (k known) View(f func(*fsm.State)) { f(k.s) }

// The way that is told leads in: through a demo's ssh_config only under the name that has
// a key there, whatever its owner is called by now.
func TestTheWayToAnotherNodeLeadsIn(t *testing.T) {
	s := fsm.New()
	index := id.Index(0)
	apply := func(p fsm.Proposal) {
		t.Helper()
		index++
		out, err := s.Apply(index, 1, fsm.EncodeEntry(nil, fsm.Stamp{Term: 1, Check: s.Check()}, 1, p.Encode(nil)))
		if err != nil || out.Answers[0].Code != fsm.OK {
			t.Fatalf("%+v, %v", out, err)
		}
	}
	apply(fsm.Proposal{Command: fsm.Found{Cluster: "c", Node: "SHA256:a", Name: "n1", Peer: "127.0.0.1:7201", SSH: "127.0.0.1:2201"}})
	apply(fsm.Proposal{Command: fsm.Register{Node: "SHA256:a", Incarnation: 1, Version: fsm.Version}})
	apply(fsm.Proposal{From: 1, Number: 1, Command: fsm.MakeToken{ID: "t", Role: member.Voter, TTL: id.Minute}})
	apply(fsm.Proposal{From: 1, Number: 2, Command: fsm.AddMember{Token: "t", Node: "SHA256:b", Name: "n2", Peer: "127.0.0.1:7202", SSH: "127.0.0.1:2202"}})
	for config, want := range map[string]string{
		"":             "ssh -p 2202 robert@127.0.0.1",
		"d/ssh_config": "ssh -F d/ssh_config bob@n2",
	} {
		if got := others(known{s: s}, folder.Record{Node: "SHA256:a", SSHConfig: config}, "robert", "bob"); !slices.Equal(got, []string{want}) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
