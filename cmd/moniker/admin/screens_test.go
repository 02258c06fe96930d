package admin

import (
	"strings"
	"testing"
	"time"

	"moniker/fsm"
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/setting"
)

func TestStatusScreen(t *testing.T) {
	f := empty(t)
	golden(t, f.run(80, "status"), 0, ""+
		"leader n3   term 5   quorum yes, 2 of 3 voters up   cluster time 1 h 12 min\n"+
		"NODE  VOTER  STATE             APPLIED  SESSIONS  SSH\n"+
		"n1    yes    unreachable, 6 s   18,224         -  127.0.0.1:2201\n"+
		"n2    yes    up                 18,231         1  127.0.0.1:2202\n"+
		"n3    yes    leader             18,231         0  127.0.0.1:2203\n", "")
	golden(t, f.run(40, "status"), 0, ""+
		"leader n3   term 5\n"+
		"NODE  VOTER  STATE             APPLIED\n"+
		"n1    yes    unreachable, 6 s   18,224\n"+
		"n2    yes    up                 18,231\n"+
		"n3    yes    leader             18,231\n", "")
	golden(t, f.run(40, "status -o json"), 0, `{"leader":"n3","term":5,"quorum":true,"cluster_time_ms":4320000,"nodes":[`+
		`{"name":"n1","id":"SHA256:n1n1n1n1n1n1","leader":false,"voter":true,"reachable":false,"applied_index":18224,"sessions":null,"ssh":"127.0.0.1:2201","peer":"127.0.0.1:7201"},`+
		`{"name":"n2","id":"SHA256:n2n2n2n2n2n2","leader":false,"voter":true,"reachable":true,"applied_index":18231,"sessions":1,"ssh":"127.0.0.1:2202","peer":"127.0.0.1:7202"},`+
		`{"name":"n3","id":"SHA256:n3n3n3n3n3n3","leader":true,"voter":true,"reachable":true,"applied_index":18231,"sessions":0,"ssh":"127.0.0.1:2203","peer":"127.0.0.1:7203"}]}`+"\n", "")
}

func TestNickListScreen(t *testing.T) {
	f := peopled(t)
	golden(t, f.run(80, "nick list"), 0, ""+
		"NAME     STATE  TOKEN  LEFT       KEY              SESSIONS\n"+
		"alice    held       2  8.8 s      SHA256:JKd708Me  n2\n"+
		"mallory  grace      1  9 min 8 s  SHA256:wKSXdhsX  -\n", "")
	golden(t, f.run(40, "nick list"), 0, ""+
		"NAME     STATE  TOKEN  LEFT\n"+
		"alice    held       2  8.8 s\n"+
		"mallory  grace      1  9 min 8 s\n", "")
	golden(t, f.run(40, "nick list --json"), 0,
		`[{"nick":"alice","owner":"SHA256:JKd708MeFmayqgDUqu9TDZRq3prV1QulrI6oxwebmvg","state":"held","registered":false,"token":"2","expires_in_ms":8800,"sessions":[{"id":"n2-4fc1","node":"n2","since":"2026-01-06T10:52:07Z"}]},`+
			`{"nick":"mallory","owner":"SHA256:wKSXdhsXU3ntYzl8yYBUZVn6qEypyx7edzEXwxUItqw","state":"grace","registered":false,"token":"1","expires_in_ms":548800,"sessions":[]}]`+"\n", "")
}

func TestNickShowScreen(t *testing.T) {
	f := peopled(t)
	golden(t, f.run(80, "nick show ALICE"), 0, ""+
		"alice     held, token 2; 8.8 s left, then 10 min of grace\n"+
		"key       SHA256:JKd708MeFmayqgDUqu9TDZRq3prV1QulrI6oxwebmvg\n"+
		"session   n2-4fc1 on n2 since 10:52:07 UTC\n", "")
	golden(t, f.run(80, "nick show mallory"), 0, ""+
		"mallory   grace, token 1; 9 min 8 s left, then free\n"+
		"key       SHA256:wKSXdhsXU3ntYzl8yYBUZVn6qEypyx7edzEXwxUItqw\n", "")
	golden(t, f.run(80, "nick show alice --json"), 0,
		`{"nick":"alice","owner":"SHA256:JKd708MeFmayqgDUqu9TDZRq3prV1QulrI6oxwebmvg","state":"held","registered":false,"token":"2","expires_in_ms":8800,"sessions":[{"id":"n2-4fc1","node":"n2","since":"2026-01-06T10:52:07Z"}]}`+"\n", "")
	golden(t, f.run(80, "nick show bob"), 1, "", "moniker: nobody has the name bob.\n  All there are: moniker admin nick list\n")
	golden(t, f.run(80, "nick show a:b"), 1, "", "moniker: \":\" cannot be in a name: 1 to 24 letters or digits, with - _ . inside it.\n")
}

func TestSessionListScreen(t *testing.T) {
	f := peopled(t)
	golden(t, f.run(80, "session list"), 0, ""+
		"SESSION  NAME   NODE  SINCE (UTC)  LAST HEARD  KEY              AWAY\n"+
		"n2-4fc1  alice  n2    10:52:07     1 s ago     SHA256:JKd708Me  -\n", "")
	golden(t, f.run(40, "session list"), 0, ""+
		"SESSION  NAME   NODE  SINCE (UTC)\n"+
		"n2-4fc1  alice  n2    10:52:07\n", "")
	golden(t, f.run(40, "session list -o json"), 0,
		`[{"id":"n2-4fc1","nick":"alice","identity":"SHA256:JKd708MeFmayqgDUqu9TDZRq3prV1QulrI6oxwebmvg","key":"SHA256:JKd708MeFmayqgDUqu9TDZRq3prV1QulrI6oxwebmvg","node":"n2","since":"2026-01-06T10:52:07Z","last_heard_ms":1200,"away_ms":null}]`+"\n", "")
}

func TestSessionListTellsWhoIsAway(t *testing.T) {
	f := peopled(t)
	alice := f.s.Lease().Name("alice")
	f.ok(alice.Live[0].Incarnation, fsm.SetAway{Session: alice.Live[0], Token: alice.Token, Away: true, Text: "lunch"})
	f.pass(4 * time.Second)
	f.ok(0, fsm.Tick{})
	golden(t, f.run(80, "session list"), 0, ""+
		"SESSION  NAME   NODE  SINCE (UTC)  LAST HEARD  KEY              AWAY\n"+
		"n2-4fc1  alice  n2    10:52:07     4 s ago     SHA256:JKd708Me  4 s\n", "")
	if got := f.run(40, "session list -o json").out; !strings.Contains(got, `"away_ms":4000}]`) {
		t.Errorf("%s", got)
	}
}

func TestRoomListScreen(t *testing.T) {
	f := peopled(t)
	golden(t, f.run(80, "room list"), 0, "ROOM    MEMBERS  MESSAGES  PRIVATE  SLOW  TOPIC\n#lobby        2         0  no       -     -\n", "")
	golden(t, f.run(80, "room list --json"), 0, `[{"room":"#lobby","members":2,"messages":0,"since":null,"private":false,"slow_ms":null,"topic":null}]`+"\n", "")
}

func TestSettingListScreen(t *testing.T) {
	f := empty(t)
	f.ok(inc1, fsm.SetSetting{Name: setting.RateLines, Value: 600})
	wide := f.run(80, "setting list").out
	for _, row := range []string{
		"SETTING                  VALUE  DEFAULT  WHAT\n",
		"idle.away                   5m       5m  without input for this long, a perso...\n",
		"keepalive.misses             3        3  this many intervals without proof of...\n",
		"limit.address.unproven       8        8  handshakes of one address (IPv6: /64...\n",
		"limit.all.names         200000   200000  names in all\n",
		"rate.lines                 600       60  lines a minute that go out of one wh...\n",
	} {
		if !strings.Contains(wide, row) {
			t.Errorf("no %q in\n%s", row, wide)
		}
	}
	if got := f.run(52, "setting list").out; strings.Contains(got, "WHAT") {
		t.Errorf("in 52 cells there is no room for sentences:\n%s", got)
	}
	if got := f.run(0, "setting list").out; strings.Contains(got, "...") {
		t.Errorf("without a terminal nothing is cut:\n%s", got)
	}
	if got := f.run(0, "setting list").out; !strings.Contains(got, "sessions one identity may have; the one heard from longest ago gives way\n") {
		t.Errorf("of limit.sessions it is not said who gives way:\n%s", got)
	}
	golden(t, f.run(80, "setting set rate.lines 0"), 1, "", "moniker: rate.lines is between 1 and 600000.\n")
	golden(t, f.run(80, "setting set rate.burst 10s"), 2, "", "moniker: \"10s\" is not a whole number.\n  rate.burst is between 1 and 10000.\n")
	golden(t, f.run(80, "setting set limit.text 4001"), 1, "", "moniker: limit.text is between 100 and 4000.\n")
	golden(t, f.run(80, "setting get unproven"), 1, "", "moniker: unproven is no setting.\n  limit.address.unproven is one.\n")
	golden(t, f.run(80, "setting get rate.lines -o json"), 0,
		`{"name":"rate.lines","value":"600","default":"60","min":"1","max":"600000","help":"lines a minute that go out of one who is fast","set_by":null,"set_at":"2026-01-06T10:31:00Z"}`+"\n", "")
}

func TestRoomShowScreen(t *testing.T) {
	f := peopled(t)
	golden(t, f.run(80, "room show lobby"), 0, ""+
		"#lobby    2 members, 1 connected\n"+
		"messages  0 kept\n"+
		"here      alice\n"+
		"not here  mallory\n", "")
	session := id.Session{Incarnation: inc2, Number: 0xc1}
	f.ok(inc2, fsm.Join{Session: session, Token: 2, Room: "#ops", Skeletons: [2]string{"ops", "ops"}})
	f.ok(inc2, fsm.Post{Session: session, Token: 2, Room: "#ops", Text: "nobody reads this here"})
	golden(t, f.run(80, "room show #OPS"), 0, ""+
		"#ops      1 member, 1 connected\n"+
		"messages  1 kept, the newest of 10:52:08 UTC\n"+
		"since     10:52:08 UTC\n"+
		"run by    alice\n"+
		"here      alice\n", "")
	golden(t, f.run(80, "room show ops --json"), 0,
		`{"room":"#ops","members":1,"messages":1,"since":"2026-01-06T10:52:08Z","private":false,"slow_ms":null,"topic":null,"connected":1,"newest":"2026-01-06T10:52:08Z",`+
			`"people":[{"nick":"alice","identity":"SHA256:JKd708MeFmayqgDUqu9TDZRq3prV1QulrI6oxwebmvg","connected":true,"operator":true}],"bans":[],"mutes":[]}`+"\n", "")
	golden(t, f.run(80, "room show dev"), 1, "", "moniker: there is no room #dev.\n  All there are: moniker admin room list\n")
	golden(t, f.run(80, "room show a:b"), 1, "", "moniker: \":\" cannot be in a name: 1 to 24 letters or digits, with - _ . inside it.\n")
}

// ruledRoom is #ops, which alice runs, and what she has decided there.
func ruledRoom(f *fake) {
	f.again()
	bob := id.Session{Incarnation: inc3, Number: 1}
	alices := id.Session{Incarnation: inc2, Number: 0xc1}
	f.ok(inc3, fsm.Attach{Session: bob, Identity: carol, Nick: nickOf("bob")})
	f.ok(inc2, fsm.Join{Session: alices, Token: 2, Room: "#ops", Skeletons: [2]string{"ops", "ops"}})
	f.ok(inc3, fsm.Join{Session: bob, Token: 3, Room: "#ops", Skeletons: [2]string{"ops", "ops"}})
	for _, c := range []fsm.Command{
		fsm.SetTopic{Session: alices, Token: 2, Room: "#ops", Text: "the pager"},
		fsm.SetSlow{Session: alices, Token: 2, Room: "#ops", Span: 30 * id.Second},
		fsm.SetPrivate{Session: alices, Token: 2, Room: "#ops", On: true},
		fsm.RoomOperator{Session: alices, Token: 2, Room: "#ops", Who: carol, On: true},
		fsm.RoomOperator{Session: alices, Token: 2, Room: "#ops", Who: carol},
		fsm.RoomBan{Session: alices, Token: 2, Room: "#ops", What: ban.Mute, Who: mallory, For: id.Hour},
		fsm.RoomBan{Session: alices, Token: 2, Room: "#ops", What: ban.Out, Who: carol, Reason: "loud"},
	} {
		f.ok(inc2, c)
	}
}

func TestOperatorsSeeHowARoomIsRun(t *testing.T) {
	f := peopled(t)
	ruledRoom(f)
	golden(t, f.run(80, "room list"), 0, ""+
		"ROOM    MEMBERS  MESSAGES  PRIVATE  SLOW    TOPIC\n"+
		"#lobby        3         0  no       -       -\n"+
		"#ops          1         0  yes      30.0 s  the pager\n", "")
	golden(t, f.run(80, "room show ops"), 0, ""+
		"#ops      1 member, 1 connected; private; slow, one message a person and 30.0 s\n"+
		"topic     the pager\n"+
		"messages  0 kept\n"+
		"since     10:52:08 UTC\n"+
		"run by    alice\n"+
		"here      alice\n"+
		"banned    bob (for good)\n"+
		"muted     mallory (1 h)\n", "")
	golden(t, f.run(80, "room show ops --json"), 0,
		`{"room":"#ops","members":1,"messages":0,"since":"2026-01-06T10:52:08Z","private":true,"slow_ms":30000,"topic":"the pager","connected":1,"newest":null,`+
			`"people":[{"nick":"alice","identity":"`+string(alice)+`","connected":true,"operator":true}],`+
			`"bans":[{"nick":"bob","identity":"`+string(carol)+`","network":null,"reason":"loud","by":"`+string(alice)+`","by_nick":"alice","since":"2026-01-06T10:52:08Z","expires_in_ms":null}],`+
			`"mutes":[{"nick":"mallory","identity":"`+string(mallory)+`","network":null,"reason":null,"by":"`+string(alice)+`","by_nick":"alice","since":"2026-01-06T10:52:08Z","expires_in_ms":3600000}]}`+"\n", "")
}

func TestAsManyNamesAsFit(t *testing.T) {
	names := []string{"alice", "bob", "carol", "dave"}
	for width, want := range map[int]string{
		0: "alice, bob, carol, dave", 23: "alice, bob, carol, dave", 22: "alice, bob and 2 more", 20: "alice and 3 more", 3: "alice and 3 more",
	} {
		if got := fewer(names, width); got != want {
			t.Errorf("in %d cells: %q", width, got)
		}
	}
}

func TestNothingToListIsTheHeaderAlone(t *testing.T) {
	f := empty(t)
	for line, want := range map[string]string{
		"nick list":     "NAME  STATE  TOKEN  LEFT  KEY  SESSIONS\n",
		"session list":  "SESSION  NAME  NODE  SINCE (UTC)  LAST HEARD  KEY  AWAY\n",
		"operator list": "KEY  NOTE  SINCE (UTC)  BY\n",
	} {
		golden(t, f.run(80, line), 0, want, "")
		golden(t, f.run(80, line+" --json"), 0, "[]\n", "")
	}
}

func TestTablesNeverWrap(t *testing.T) {
	f := peopled(t)
	ruledRoom(f)
	f.run(80, "ban add mallory --for 2h --reason spam-and-worse")
	for _, line := range []string{"status", "nick list", "session list", "node list", "setting list", "operator list", "token list", "room list", "ban list", "mute list", "allow list"} {
		for width := 24; width <= 100; width++ {
			got := f.run(width, line)
			for row := range strings.Lines(got.out) {
				if len(row)-1 > width {
					t.Fatalf("%s at %d: %q", line, width, row)
				}
				if strings.HasSuffix(row, " \n") {
					t.Fatalf("%s at %d: blanks at the end of %q", line, width, row)
				}
			}
		}
	}
}

func TestColourRepeatsAndNeverTells(t *testing.T) {
	f := empty(t)
	f.status.Quorum = false
	plain := f.run(80, "status").out
	color := f.call(Request{Args: []string{"status"}, Width: 80, Color: true, Local: true}).out
	if !strings.Contains(color, "\x1b[1munreachable, 6 s\x1b[0m") {
		t.Errorf("trouble is not bold: %q", color)
	}
	if got := strings.NewReplacer("\x1b[1m", "", "\x1b[0m", "").Replace(color); got != plain {
		t.Errorf("with colour\n%s\nwithout\n%s", got, plain)
	}
}

func TestStaleStatusTellsItsAge(t *testing.T) {
	f := empty(t)
	want := f.run(80, "status")
	golden(t, f.run(80, "status --stale"), 0, want.out, "as n1 knew it 41 s ago\n")
	want = f.run(80, "status --json")
	golden(t, f.run(80, "status --json --stale"), 0, want.out, "as n1 knew it 41 s ago\n")
}
