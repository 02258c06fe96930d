package e2e

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Exit statuses of the contract.
const (
	exitDone     = 0
	exitRefused  = 1
	exitUsage    = 2
	exitNoLeader = 3
)

const (
	// leaseLeft is what is left of a node's lease of 10 s: all of it right after a
	// renewal, and less the later the next comes.
	leaseLeft = `(10\.0|\d\.\d) s`
	timeOfDay = `(\d+ [A-Z][a-z]+ )?\d\d:\d\d:\d\d` // of yesterday with the date
)

func TestAdminSpeaksTheContract(t *testing.T) {
	d := sharedDemo(t)
	anna, zoe := d.person(t, "anna", "n2"), d.person(t, "zoe", "n3")
	zoe.press("\x04")
	zoe.gone()
	key := fingerprint(t, d.key(t, "anna")+".pub")

	t.Run("status", func(t *testing.T) { statusSpeaks(t, d) })
	t.Run("nick list", func(t *testing.T) {
		list := ask[[]nickAnswer](t, d, "nick", "list")
		if !slices.IsSortedFunc(list, func(a, b nickAnswer) int { return strings.Compare(a.Nick, b.Nick) }) {
			t.Errorf("names are not in byte order: %+v", list)
		}
		states := map[string]string{}
		for _, n := range list {
			states[n.Nick] = n.State
			if number(t, n.Token) == 0 || n.Expires == nil || n.Sessions == nil || (n.State == "held") != (len(n.Sessions) > 0) {
				t.Errorf("%+v", n)
			}
		}
		if states["anna"] != "held" || states["zoe"] != "grace" {
			t.Errorf("states are %v", states)
		}
		fields(t, d.admin(t, "nick", "list", "--json").out, "expires_in_ms", "nick", "owner", "registered", "sessions", "state", "token")
		table := d.admin(t, "nick", "list").wants(t, exitDone).out
		matches(t, table, `^NAME +STATE  TOKEN  LEFT +KEY +SESSIONS\n`)
		matches(t, table, `(?m)^anna +held +\d+  `+leaseLeft+` +`+regexp.QuoteMeta(key[:15])+`  n2$`)
		matches(t, table, `(?m)^zoe +grace +\d+  ([5-9] min( \d+ s)?|10 min) +SHA256:\S{8}  -$`)
	})
	t.Run("nick show", func(t *testing.T) {
		n := ask[nickAnswer](t, d, "nick", "show", "anna")
		if n.Nick != "anna" || n.Owner != key || n.State != "held" || n.Registered || len(n.Sessions) != 1 || n.Sessions[0].Node != "n2" ||
			n.Sessions[0].Since.Location().String() != "UTC" || *n.Expires <= 0 || *n.Expires > 10_000 {
			t.Errorf("%+v", n)
		}
		out := d.admin(t, "nick", "show", "anna").wants(t, exitDone).out
		matches(t, out, `^anna +held, token `+n.Token+`; `+leaseLeft+` left, then 10 min of grace\nkey +`+regexp.QuoteMeta(key)+
			`\nsession +`+n.Sessions[0].ID+` on n2 since `+timeOfDay+` UTC\n$`)
		d.admin(t, "nick", "show", "ANNA").wants(t, exitDone, "anna ")
		d.admin(t, "nick", "show", "nobody-at-all").wants(t, exitRefused, "moniker: nobody has the name nobody-at-all.\n  All there are: moniker admin nick list\n")
		if r := d.admin(t, "nick", "show", "nobody-at-all", "-o", "json"); r.exit != exitRefused || r.out != "" {
			t.Errorf("%s", r)
		}
	})
	t.Run("session list", func(t *testing.T) {
		var mine *sessionAnswer
		for _, s := range ask[[]sessionAnswer](t, d, "session", "list") {
			if s.Nick == "anna" {
				mine = &s
			}
		}
		if mine == nil || mine.Node != "n2" || mine.Identity != key || mine.Key != key || mine.Heard < 0 || !strings.HasPrefix(mine.ID, "n2-") {
			t.Fatalf("%+v", mine)
		}
		fields(t, d.admin(t, "session", "list", "--json").out, "away_ms", "id", "identity", "key", "last_heard_ms", "nick", "node", "since")
		table := d.admin(t, "session", "list").wants(t, exitDone).out
		matches(t, table, `^SESSION +NAME +NODE +SINCE \(UTC\) +LAST HEARD +KEY +AWAY\n`)
		matches(t, table, `(?m)^`+mine.ID+` +anna +n2 +`+timeOfDay+` +\d+ s ago +`+regexp.QuoteMeta(key[:15])+` +-$`)
	})
	t.Run("what it refuses", func(t *testing.T) {
		for _, c := range []struct {
			line, says string
			exit       int
		}{
			{"frob", "moniker: frob is no command of moniker admin.\n  It has: ", exitUsage},
			{"nick frob", "moniker: frob is no command of moniker admin nick.\n  It has: history, list, register, release, rename, reserve, show, unregister\n", exitUsage},
			{"nick", "moniker: moniker admin nick wants to be told what to do.\n", exitUsage},
			{"nick show", "moniker: NAME is missing.\n  Usage: ", exitUsage},
			{"nick list more", "moniker: more is one word too many.\n", exitUsage},
			{"nick list --frob", "moniker: --frob is no option of moniker admin nick list.\n", exitUsage},
			{"nick list -o xml", "moniker: -o is table or json, not xml.\n", exitUsage},
			{"setting set lease.ttl 1s", "moniker: ", exitRefused},
			{"setting set lease.ttl 12s --stale", "moniker: --stale is for looking; this changes something.\n", exitUsage},
			{"node remove n9", "moniker: no node is called n9.\n  All there are: moniker admin node list\n", exitRefused},
		} {
			if r := d.admin(t, strings.Fields(c.line)...).wants(t, c.exit, c.says); r.out != "" {
				t.Errorf("%s: stdout has %q", c.line, r.out)
			}
		}
		d.admin(t, "--help").wants(t, exitDone, "status", "nick", "session")
	})
	t.Run("stale", func(t *testing.T) {
		var r result
		eventually(t, soon, "n3 knows anna", func() bool {
			r = d.admin(t, "n3", "nick", "list", "--stale", "-o", "json").wants(t, exitDone)
			return strings.Contains(r.out, `"nick":"anna"`)
		})
		matches(t, r.err, `^as n3 knew it \d+ s ago\n$`)
		if r := d.admin(t, "nick", "list"); r.err != "" {
			t.Errorf("without --stale: stderr has %q", r.err)
		}
	})
	t.Run("by ssh", func(t *testing.T) { sshSpeaks(t, d) })
	t.Run("no node", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "nothing")
		moniker(t, d.env, "admin", "--dir", dir, "status").wants(t, exitNoLeader, "moniker: there is no folder "+dir+".\n  Nothing was changed.")
		dir = t.TempDir()
		moniker(t, d.env, "admin", "--dir", dir, "status").wants(t, exitNoLeader, "moniker: "+dir+" is no node's folder, nor a demo's.\n  Nothing was changed.")
	})
	anna.say("still here")
	anna.hears("anna", "still here", soon)
}

func statusSpeaks(t *testing.T, d *demo) {
	var s statusAnswer
	var out string
	eventually(t, soon, "all three answer", func() bool {
		s, out = d.status(t), d.admin(t, "status").wants(t, exitDone).out
		return !slices.ContainsFunc(s.Nodes, func(n nodeAnswer) bool { return !n.Reachable }) &&
			strings.Contains(out, "leader "+s.Leader+" ") && strings.Contains(out, "3 of 3 voters up")
	})
	leaders := 0
	for i, n := range s.Nodes {
		if n.Name != nodes()[i] || !n.Voter || !n.Reachable || n.Applied == nil || n.Sessions == nil || !strings.HasPrefix(n.ID, "SHA256:") {
			t.Errorf("%+v", n)
		}
		if n.Leader {
			leaders++
		}
		if n.Leader != (n.Name == s.Leader) {
			t.Errorf("leader is %s, and %+v", s.Leader, n)
		}
	}
	if leaders != 1 || len(s.Nodes) != 3 || s.Term < 1 || s.ClusterTime <= 0 {
		t.Errorf("%+v", s)
	}
	if *s.Nodes[1].Sessions < 1 {
		t.Errorf("anna is on n2, which has %d sessions", *s.Nodes[1].Sessions)
	}
	fields(t, "["+strings.TrimSpace(d.admin(t, "status", "--json").out)+"]", "cluster_time_ms", "leader", "nodes", "quorum", "term")
	matches(t, out, `^leader `+s.Leader+`   term \d+   quorum yes, 3 of 3 voters up   cluster time \d+ (s|min)\n`+
		`NODE  VOTER  STATE +APPLIED  SESSIONS  SSH\n`+
		`n1 +yes +(up|leader) +[\d,]+ +\d+  127\.0\.0\.1:\d+\nn2 .*\nn3 .*\n$`)
}

// fields checks which fields each object of an array has.
func fields(t *testing.T, array string, want ...string) {
	t.Helper()
	var objects []map[string]json.RawMessage
	if err := json.Unmarshal([]byte(array), &objects); err != nil {
		t.Fatalf("%v in %s", err, array)
	}
	for _, o := range objects {
		if got := slices.Sorted(maps.Keys(o)); !slices.Equal(got, want) {
			t.Errorf("fields are %v, want %v", got, want)
		}
	}
}

// sshSpeaks holds the second door against the first.
func sshSpeaks(t *testing.T, d *demo) {
	asOperator := func(words ...string) result {
		t.Helper()
		args := []string{"-F", d.path("ssh_config"), "-i", d.own, "-o", "IdentitiesOnly=yes", "-l", "whoever", "n3", "admin"}
		return run(t, d.env, "", "ssh", append(args, words...)...)
	}
	for _, words := range [][]string{{"node", "list"}, {"node", "list", "-o", "json"}, {"setting", "list"}, {"nick", "show", "nobody-at-all"}, {"frob"}, {"--help"}} {
		there, here := asOperator(words...), d.admin(t, words...)
		if there != here {
			t.Errorf("%v by ssh: %s\nby the socket: %s", words, there, here)
		}
	}
	asOperator("nick", "list").wants(t, exitDone, "anna ", "held")
	eventually(t, soon, "all three answer", func() bool {
		return strings.Contains(asOperator("status").wants(t, exitDone).out, "quorum yes, 3 of 3 voters up")
	})
	// Quoted words arrive whole, and nobody's name was taken for it.
	asOperator("nick", "show", "'no body'").wants(t, exitRefused, `" " cannot be in a name`)
	d.admin(t, "nick", "show", "whoever").wants(t, exitRefused, "nobody has the name whoever")

	r := d.pipe(t, "mallory", "mallory", "n1", "", "admin", "nick", "list")
	r.wants(t, exitRefused, "moniker: admin is for operators, and this key is not one's.\n  your key   "+fingerprint(t, d.path("keys", "mallory.pub"))+"\n")
	if r.out != "" {
		t.Errorf("stdout has %q", r.out)
	}
	mallory := fingerprint(t, d.path("keys", "mallory.pub"))
	asOperator("operator", "add", mallory).wants(t, exitDone)
	eventually(t, soon, "she is an operator", func() bool {
		r := d.pipe(t, "mallory", "mallory", "n2", "", "admin", "status")
		return r.exit == exitDone && strings.HasPrefix(r.out, "leader ")
	})
	asOperator("operator", "remove", mallory).wants(t, exitDone)
	eventually(t, soon, "she is no operator any more", func() bool {
		return d.pipe(t, "mallory", "mallory", "n2", "", "admin", "status").exit == exitRefused
	})
}

func TestEndedNodesAreNotThere(t *testing.T) {
	d := startDemo(t)
	d.kill(t, "n2", syscall.SIGKILL)
	d.admin(t, "n2", "status").wants(t, exitNoLeader, "moniker: the node of "+d.path("n2")+" is not running.\n  Nothing was changed.")
	eventually(t, soon, "the other two go on without it", func() bool {
		out := d.admin(t, "status").wants(t, exitDone).out
		return strings.Contains(out, "quorum yes, 2 of 3 voters up") && strings.Contains(out, "n2    yes    unreachable")
	})
}
