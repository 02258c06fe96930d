package admin

import (
	"testing"
	"testing/synctest"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/id"
)

func TestNewestStateOrNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := peopled(t)
		f.readErr = cluster.ErrNoLeader
		f.status.Quorum, f.status.Leader = false, ""
		for i := range f.status.Nodes {
			f.status.Nodes[i].Reachable = i == 0
		}
		const none = "moniker: no leader: n1 reaches 1 of 3 voters, 2 are needed.\n  Nothing was changed. What n1 knows by itself: add --stale\n"
		golden(t, f.run(80, "nick list"), 3, "", none)
		golden(t, f.run(80, "setting set lease.ttl 20s"), 3, "", "moniker: no leader: n1 reaches 1 of 3 voters, 2 are needed.\n  Nothing was changed. To see who is up: moniker admin status\n")
		if got := f.run(80, "status"); got.exit != 0 {
			t.Errorf("status exits %d without a majority", got.exit)
		}
		f.status.Nodes[1].Reachable = true
		golden(t, f.run(80, "room list"), 3, "", "moniker: no leader answered n1 within 5 s.\n  Nothing was changed. What n1 knows by itself: add --stale\n")
	})
}

func TestStaleWorksAloneAndTellsItsAge(t *testing.T) {
	f := empty(t)
	f.readErr = cluster.ErrNoLeader
	golden(t, f.run(80, "nick list --stale"), 0, "NAME  STATE  TOKEN  LEFT  KEY  SESSIONS\n", "as n1 knew it 41 s ago\n")
	golden(t, f.run(80, "--stale node promote n2"), 2, "", "moniker: --stale is for looking; this changes something.\n  Leave --stale away.\n")
}

func TestOutcomesAreToldApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := empty(t)
		f.hang = true
		golden(t, f.run(80, "node demote n2"), 4, "",
			"moniker: it is not known whether this was done: no answer within 5 s.\n  Look before you do it again.\n")
		golden(t, f.run(80, "token create"), 4, "",
			"moniker: it is not known whether this was done: no answer within 5 s.\n  Look before you do it again.\n")
		f.hang = false
		f.proposeErr = cluster.ErrUnsent
		golden(t, f.run(80, "node demote n2"), 3, "",
			"moniker: n1 lost its place in the cluster before this was done.\n  Nothing was changed. Try again.\n")
		f.proposeErr = cluster.ErrBusy
		golden(t, f.run(80, "node demote n2"), 1, "",
			"moniker: too much is waiting for the leader.\n  Nothing was changed. Try again in a moment.\n")
		f.proposeErr = cluster.ErrNoLeader
		golden(t, f.run(80, "node demote n2"), 3, "",
			"moniker: no leader answered n1 within 5 s.\n  Nothing was changed. To see who is up: moniker admin status\n")
	})
}

func TestOnlyOperatorsComeThroughOtherDoors(t *testing.T) {
	f := empty(t)
	const refused = "moniker: this key may not use admin.\n  An operator can change that: moniker admin operator add " + string(alice) + "\n"
	for _, line := range [][]string{{"status"}, {"nick", "list"}, {"nick", "list", "--stale"}, {"token", "create"}, {"node", "remove", "n2"}} {
		golden(t, f.call(Request{Args: line, Who: alice}), 1, "", refused)
	}
	golden(t, f.call(Request{Args: []string{"status"}}), 1, "", "moniker: this key may not use admin.\n  An operator can change that: moniker admin operator add \n")
	f.ok(inc1, fsm.AddOperator{Identity: alice})
	if got := f.call(Request{Args: []string{"status"}, Who: alice}); got.exit != 0 {
		t.Errorf("an operator got %+v", got)
	}
	golden(t, f.call(Request{Args: []string{"setting", "set", "limit.names", "7"}, Who: alice}), 0, "", "")
	if rows := f.s.Settings().Rows(); len(rows) != 1 || rows[0].By != alice {
		t.Errorf("rows are %+v", rows)
	}
}

func TestWrongUsageIsToldInOurWords(t *testing.T) {
	f := empty(t)
	const all = "  It has: allow, ban, motd, mute, nick, node, operator, room, session, setting, status, token, watch\n"
	for _, c := range []struct{ line, err string }{
		{"lits", "moniker: lits is no command of moniker admin.\n" + all},
		{"nick lits", "moniker: lits is no command of moniker admin nick; list is.\n  It has: history, list, register, release, rename, reserve, show, unregister\n"},
		{"nick", "moniker: moniker admin nick wants to be told what to do.\n  It has: history, list, register, release, rename, reserve, show, unregister\n"},
		{"nick show", "moniker: NAME is missing.\n  Usage: moniker admin nick show NAME\n"},
		{"nick show a b", "moniker: b is one word too many.\n  Usage: moniker admin nick show NAME\n"},
		{"status --loud", "moniker: --loud is no option of moniker admin status.\n  Usage: moniker admin status\n"},
		{"status -x", "moniker: -x is no option of moniker admin status.\n  Usage: moniker admin status\n"},
		{"status -o", "moniker: --output wants a value.\n  Usage: moniker admin status\n"},
		{"status -o yaml", "moniker: -o is table or json, not yaml.\n  Usage: moniker admin status\n"},
		{"status --stale=perhaps", "moniker: perhaps is no value for --stale.\n  Usage: moniker admin status\n"},
		{"setting set lease.ttl 10", "moniker: \"10\" is no duration: write 10s, 5m, 1h30m or 7d.\n  lease.ttl is between 3s and 10m.\n"},
		{"token create --ttl 60d", "moniker: --ttl is between 1s and 30d, not 60d.\n  Usage: moniker admin token create\n"},
		{"token create --ttl 40000d", "moniker: --ttl is between 1s and 30d, not 40000d.\n  Usage: moniker admin token create\n"},
		{"token create --ttl 500ms", "moniker: --ttl is between 1s and 30d, not 500ms.\n  Usage: moniker admin token create\n"},
		{"token create --ttl 2w", "moniker: \"2w\" is no duration: write 10s, 5m, 1h30m or 7d.\n  --ttl is between 1s and 30d.\n"},
		{"operator add", "moniker: KEY is missing.\n  Usage: moniker admin operator add KEY\n"},
		{"operator add SHA256:JKd708Me", "moniker: this fingerprint is not whole.\n  To see all of it: ssh-keygen -lf FILE.pub\n"},
		{"operator add alice", "moniker: this list is of keys, and alice is a name.\n  Its key: moniker admin nick show alice\n"},
		{"operator add ssh-rsa oops", "moniker: this is no key.\n  It wants a fingerprint (SHA256:...) or the line of a .pub file.\n"},
		{"help lits", "moniker: lits is no command.\n" + all},
	} {
		golden(t, f.run(80, c.line), 2, "", c.err)
	}
}

func TestHelpNeedsNoNode(t *testing.T) {
	f := empty(t)
	for _, line := range []string{"", "--help", "nick --help", "help nick list"} {
		if got := f.run(80, line); got.exit != 0 || got.err != "" || got.out == "" {
			t.Errorf("%q: %+v", line, got)
		}
	}
}

func TestMembershipIsChangedByName(t *testing.T) {
	f := empty(t)
	golden(t, f.run(80, "node demote n2"), 0, "", "")
	golden(t, f.run(80, "node demote n1"), 1, "",
		"moniker: n1 is the last voter; without it nothing can be decided.\n  Make another node a voter first: moniker admin node promote NAME\n")
	golden(t, f.run(80, "node list"), 0, ""+
		"NODE  ROLE       SSH             PEER            VERSION  KEY\n"+
		"n1    voter      127.0.0.1:2201  127.0.0.1:7201        1  SHA256:n1n1n1n1\n"+
		"n2    non-voter  127.0.0.1:2202  127.0.0.1:7202        1  SHA256:n2n2n2n2\n", "")
	golden(t, f.run(80, "node promote "+string(node2)), 0, "", "")
	golden(t, f.run(80, "node remove n2"), 0, "", "")
	golden(t, f.run(80, "node remove n2"), 1, "", "moniker: no node is called n2.\n  All there are: moniker admin node list\n")
	n1, n2 := cluster.NodeStatus{Name: "n1", ID: node1, Leader: true, Voter: true}, cluster.NodeStatus{Name: "n2", ID: node2}
	f.status.Nodes = []cluster.NodeStatus{n1}
	golden(t, f.run(80, "node remove n1"), 1, "",
		"moniker: n1 is the only node; without it there is no cluster.\n  To replace it, let another in first: moniker admin token create\n")
	f.status.Nodes = []cluster.NodeStatus{n1, n2}
	golden(t, f.run(80, "node remove "+string(node1)), 1, "",
		"moniker: n1 is the last voter; without it nothing can be decided.\n  Make another node a voter first: moniker admin node promote NAME\n")
	n2.Voter = true
	f.status.Nodes = []cluster.NodeStatus{n1, n2}
	golden(t, f.run(80, "node remove n1"), 1, "",
		"moniker: n1 leads; it cannot be removed now.\n  Have another lead first: moniker admin node lead NAME\n")
	golden(t, f.run(40, "node list --json"), 0,
		`[{"name":"n1","id":"SHA256:n1n1n1n1n1n1","role":"voter","version":1,"ssh":"127.0.0.1:2201","peer":"127.0.0.1:7201","since":"2026-01-06T10:31:00Z"}]`+"\n", "")
}

func TestTokenSecretIsShownOnceAndNotKept(t *testing.T) {
	f := empty(t)
	got := f.run(80, "token create --ttl 90s --non-voter")
	golden(t, got, 0, "monik1.6d6f6e696b657220.bW9uaWtlciBtb25pa2VyIG1vbmlrZXIgbW9uaWtlciBvaOI\n",
		"One node may join with it, within 1 min 30 s: moniker serve ... --join ADDR --token @FILE\n")
	k, ok := f.s.Members().Token("6d6f6e696b657220")
	if !ok || k.Expires != f.now.Add(90*id.Second) {
		t.Fatalf("token is %+v", k)
	}
	golden(t, f.run(80, "token list"), 0, ""+
		"TOKEN             ROLE       LEFT        USED BY  BY\n"+
		"6d6f6e696b657220  non-voter  1 min 30 s  -        a local user\n"+
		"t1                voter      1 min       n2       a local user\n", "")
	golden(t, f.run(80, "token revoke t2"), 1, "", "moniker: there is no token t2.\n")
	golden(t, f.run(80, "token revoke 6d6f6e696b657220"), 0, "", "")
	golden(t, f.run(80, "token list -o json"), 0,
		`[{"id":"t1","role":"voter","expires_in_ms":60000,"by":null,"since":"2026-01-06T10:31:00Z","used_by":"n2"}]`+"\n", "")
}

func TestSettingsAreTypedAndChecked(t *testing.T) {
	f := empty(t)
	golden(t, f.run(80, "setting get lease.ttl"), 0, "10s\n", "")
	golden(t, f.run(80, "setting set lease.ttl 20s"), 0, "", "")
	golden(t, f.run(80, "setting get lease.ttl -o json"), 0,
		`{"name":"lease.ttl","value":"20s","default":"10s","min":"3s","max":"10m","help":"how long a node that is not heard from keeps its people's names","set_by":null,"set_at":"2026-01-06T10:31:00Z"}`+"\n", "")
	golden(t, f.run(80, "setting set lease.ttl 1s"), 1, "", "moniker: lease.ttl is between 3s and 10m.\n")
	golden(t, f.run(80, "setting get misses"), 1, "", "moniker: misses is no setting.\n  keepalive.misses is one.\n")
	golden(t, f.run(80, "setting get names"), 1, "", "moniker: names is no setting.\n  limit.all.names, limit.names are.\n")
	golden(t, f.run(80, "setting get nonsense"), 1, "", "moniker: nonsense is no setting.\n  All there are: moniker admin setting list\n")
}

func TestOperatorsAreKeys(t *testing.T) {
	f := empty(t)
	golden(t, f.run(80, "operator list"), 0, "KEY  NOTE  SINCE (UTC)  BY\n", "")
	golden(t, f.run(80, "operator add ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS alice at home"), 0, "", "")
	golden(t, f.run(80, "operator add --note x "+string(alice)), 0, "", "")
	got := f.run(80, "operator list -o json")
	if want := 2; len(f.s.Members().Operators()) != want || got.exit != 0 {
		t.Fatalf("operators are %+v", f.s.Members().Operators())
	}
	golden(t, f.run(80, "operator remove "+string(alice)), 0, "", "")
	golden(t, f.run(80, "operator remove "+string(alice)), 1, "", "moniker: there is no operator SHA256:JKd708Me.\n")
	if o := f.s.Members().Operators(); len(o) != 1 || o[0].Note != "alice at home" {
		t.Errorf("operators are %+v", o)
	}
}
