package cluster

import (
	"testing"

	"github.com/hashicorp/raft"

	"moniker/fsm/id"
	"moniker/fsm/member"
)

func server(id, addr string, s raft.ServerSuffrage) raft.Server {
	return raft.Server{ID: raft.ServerID(id), Address: raft.ServerAddress(addr), Suffrage: s}
}

func TestPlanBringsServersInLineWithMembers(t *testing.T) {
	const V, N = raft.Voter, raft.Nonvoter
	m := func(node, addr string, r member.Role) member.Member {
		return member.Member{ID: id.Node(node), Peer: addr, Role: r}
	}
	a, as := m("a", "a:1", member.Voter), server("a", "a:1", V)
	for _, c := range []struct {
		name    string
		members []member.Member
		servers []raft.Server
		lags    string
		want    change
	}{
		{"nothing to do", []member.Member{a}, []raft.Server{as}, "", change{}},
		{"a voter comes in as a non-voter", []member.Member{a, m("b", "b:1", member.Voter)}, []raft.Server{as}, "", change{addNonVoter, "b", "b:1"}},
		{"a non-voter comes in", []member.Member{a, m("b", "b:1", member.NonVoter)}, []raft.Server{as}, "", change{addNonVoter, "b", "b:1"}},
		{"it is promoted", []member.Member{a, m("b", "b:1", member.Voter)}, []raft.Server{as, server("b", "b:1", N)}, "", change{promote, "b", "b:1"}},
		{"not while it lags", []member.Member{a, m("b", "b:1", member.Voter)}, []raft.Server{as, server("b", "b:1", N)}, "b", change{}},
		{"one that lags holds up nobody", []member.Member{a, m("b", "b:1", member.Voter), m("c", "c:1", member.NonVoter)}, []raft.Server{as, server("b", "b:1", N)}, "b", change{addNonVoter, "c", "c:1"}},
		{"a non-voter stays one", []member.Member{a, m("b", "b:1", member.NonVoter)}, []raft.Server{as, server("b", "b:1", N)}, "", change{}},
		{"demoted", []member.Member{a, m("b", "b:1", member.NonVoter)}, []raft.Server{as, server("b", "b:1", V)}, "", change{demote, "b", ""}},
		{"removed", []member.Member{a, m("b", "b:1", member.Removed)}, []raft.Server{as, server("b", "b:1", V)}, "", change{remove, "b", ""}},
		{"removed and gone", []member.Member{a, m("b", "b:1", member.Removed)}, []raft.Server{as}, "", change{}},
		{"moved", []member.Member{a, m("b", "b:2", member.Voter)}, []raft.Server{as, server("b", "b:1", V)}, "", change{readdress, "b", "b:2"}},
		{"a removed one goes before its heir comes", []member.Member{a, m("b", "x:1", member.Voter), m("c", "x:1", member.Removed)}, []raft.Server{as, server("c", "x:1", V)}, "", change{remove, "c", ""}},
		{"two with one address: the second waits", []member.Member{a, m("b", "x:1", member.Voter), m("c", "x:1", member.Voter)}, []raft.Server{as, server("c", "x:1", V)}, "", change{}},
		{"and holds up nobody", []member.Member{a, m("b", "a:1", member.Voter), m("c", "c:1", member.Voter)}, []raft.Server{as}, "", change{addNonVoter, "c", "c:1"}},
		{"nor moves to where another is", []member.Member{a, m("b", "a:1", member.Voter)}, []raft.Server{as, server("b", "b:1", V)}, "", change{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := plan(c.members, c.servers, func(n id.Node) bool { return string(n) != c.lags }, func(id.Node) bool { return true })
			if got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

// Raft counts by the new servers from the moment that it has them: whoever takes a
// voter out while the rest cannot decide has locked the cluster.
func TestVoterThatTheRestCannotSpareStays(t *testing.T) {
	servers := []raft.Server{server("a", "a:1", raft.Voter), server("b", "b:1", raft.Voter), server("c", "c:1", raft.Voter), server("d", "d:1", raft.Nonvoter)}
	members := func(a, b, c, d member.Role) []member.Member {
		return []member.Member{{ID: "a", Peer: "a:1", Role: a}, {ID: "b", Peer: "b:1", Role: b}, {ID: "c", Peer: "c:1", Role: c}, {ID: "d", Peer: "d:1", Role: d}}
	}
	const V, N, R = member.Voter, member.NonVoter, member.Removed
	for _, c := range []struct {
		name    string
		members []member.Member
		needed  string
		want    change
	}{
		{"removed", members(R, V, V, N), "", change{remove, "a", ""}},
		{"removed and needed", members(R, V, V, N), "a", change{}},
		{"removed and needed, as a dead one is not", members(R, V, R, N), "a", change{remove, "c", ""}},
		{"demoted", members(N, V, V, N), "", change{demote, "a", ""}},
		{"demoted and needed", members(N, V, V, N), "a", change{}},
		{"a non-voter is never needed", members(V, V, V, R), "d", change{remove, "d", ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := plan(c.members, servers, func(id.Node) bool { return true }, func(n id.Node) bool { return string(n) != c.needed })
			if got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}
