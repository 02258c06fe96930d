package admin

import (
	"strings"
	"testing"
	"time"

	"moniker/fsm"
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
	"moniker/sshfront/chat"
)

const carol = id.Identity("SHA256:cccccccccccccccccccccccccccccccccccccccccc0")

func TestWhoIsBannedIsOutOnEveryNode(t *testing.T) {
	f := peopled(t)
	f.again()
	golden(t, f.run(80, "ban add alice --for 2h --reason spam"), 0, "alice (SHA256:JKd708Me) is banned for 2 h; 1 session ended.\n", "")
	if a := f.do(inc3, fsm.Attach{Session: id.Session{Incarnation: inc3, Number: 9}, Identity: alice, Nick: nickOf("alice")}); a.Code != fsm.Barred {
		t.Errorf("she is back: %v", a.Code)
	}
	golden(t, f.run(80, "ban add "+string(carol)), 0, string(carol)+" is banned.\n", "")
	f.ok(inc3, fsm.AddOperator{Identity: mallory})
	golden(t, f.call(Request{Args: strings.Fields("ban add 192.0.2.77/24 --for 90s"), Who: mallory}), 0, "192.0.2.0/24 is banned for 1 min 30 s.\n", "")
	f.pass(30 * time.Second)
	f.ok(0, fsm.Renew{Incarnation: inc3, Counter: 9})
	golden(t, f.run(80, "ban list"), 0, ""+
		"WHO                                                 KEY              LEFT\n"+
		"192.0.2.0/24                                        -                1 min\n"+
		"alice                                               SHA256:JKd708Me  2 h\n"+
		string(carol)+"  SHA256:cccccccc  for good\n", "")
	golden(t, f.run(80, "ban remove "+string(carol)), 0, string(carol)+" may come in again.\n", "")
	golden(t, f.run(80, "ban list"), 0, ""+
		"WHO           KEY              LEFT   BY            SINCE (UTC)  REASON\n"+
		"192.0.2.0/24  -                1 min  mallory       10:52:08     -\n"+
		"alice         SHA256:JKd708Me  2 h    a local user  10:52:08     spam\n", "")
	golden(t, f.run(40, "ban list -o json"), 0, ""+
		`[{"nick":null,"identity":null,"network":"192.0.2.0/24","reason":null,"by":"`+string(mallory)+`","by_nick":"mallory","since":"2026-01-06T10:52:08Z","expires_in_ms":60000},`+
		`{"nick":"alice","identity":"`+string(alice)+`","network":null,"reason":"spam","by":null,"by_nick":null,"since":"2026-01-06T10:52:08Z","expires_in_ms":7170000}]`+"\n", "")
	golden(t, f.run(80, "ban remove ALICE"), 0, "alice may come in again.\n", "")
	golden(t, f.run(80, "ban remove alice"), 1, "", "moniker: alice is not banned.\n  All there are: moniker admin ban list\n")
	f.pass(61 * time.Second)
	f.ok(0, fsm.Tick{})
	golden(t, f.run(80, "ban list"), 0, "WHO  KEY  LEFT  BY  SINCE (UTC)  REASON\n", "")
}

// Operators and people in rooms read the same of one ban.
func TestWhatIsLeftOfABanIsToldAlikeEverywhere(t *testing.T) {
	f := peopled(t)
	f.again()
	golden(t, f.run(80, "mute add alice --for 400d"), 0, "alice (SHA256:JKd708Me) is muted for 400 d.\n", "")
	f.pass(200 * time.Millisecond)
	f.ok(0, fsm.Renew{Incarnation: inc3, Counter: 9})
	golden(t, f.run(80, "mute list"), 0, ""+
		"WHO    KEY              LEFT   BY            SINCE (UTC)  REASON\n"+
		"alice  SHA256:JKd708Me  400 d  a local user  10:52:08     -\n", "")
	b, _ := f.s.Bans().Get(ban.Key{Kind: ban.Mute, Subject: string(alice)})
	if got := chat.Left(b, f.s.Time()); got != "400 d" {
		t.Errorf("in rooms it is %s", got)
	}
}

func TestABanIsAnObjectToScripts(t *testing.T) {
	f := peopled(t)
	f.again()
	golden(t, f.run(80, "ban add alice --json"), 0, `{"nick":"alice","identity":"`+string(alice)+`","network":null,"reason":null,"by":null,"by_nick":null,`+
		`"since":"2026-01-06T10:52:08Z","expires_in_ms":null,"sessions_ended":1}`+"\n", "")
	golden(t, f.run(80, "ban add 2001:db8:1:2:3::4 --for 1m --json"), 0, `{"nick":null,"identity":null,"network":"2001:db8:1:2::/64","reason":null,"by":null,"by_nick":null,`+
		`"since":"2026-01-06T10:52:08Z","expires_in_ms":60000,"sessions_ended":null}`+"\n", "")
	golden(t, f.run(80, "ban remove 2001:db8:1:2::9 --json"), 0, `{"nick":null,"identity":null,"network":"2001:db8:1:2::/64","reason":null,"by":null,"by_nick":null,`+
		`"since":"2026-01-06T10:52:08Z","expires_in_ms":60000}`+"\n", "")
	golden(t, f.run(80, "mute list --json"), 0, "[]\n", "")
}

func TestWhoIsMutedReadsAndSaysNothing(t *testing.T) {
	f := peopled(t)
	f.again()
	golden(t, f.run(80, "mute add alice --for 10m"), 0, "alice (SHA256:JKd708Me) is muted for 10 min.\n", "")
	session := id.Session{Incarnation: inc2, Number: 0xc1}
	if a := f.do(inc2, fsm.Post{Session: session, Token: 2, Room: "#lobby", Text: "x"}); a.Code != fsm.Silenced {
		t.Errorf("she speaks: %v", a.Code)
	}
	if n := len(f.s.Lease().Of(alice)); n != 1 {
		t.Errorf("she has %d sessions", n)
	}
	golden(t, f.run(80, "mute list"), 0, ""+
		"WHO    KEY              LEFT    BY            SINCE (UTC)  REASON\n"+
		"alice  SHA256:JKd708Me  10 min  a local user  10:52:08     -\n", "")
	golden(t, f.run(80, "ban list"), 0, "WHO  KEY  LEFT  BY  SINCE (UTC)  REASON\n", "")
	golden(t, f.run(80, "mute add 192.0.2.7"), 2, "",
		"moniker: 192.0.2.7 is a network, and only people speak.\n  To keep it out: moniker admin ban add 192.0.2.7\n")
	golden(t, f.run(80, "mute remove alice"), 0, "alice may speak again.\n", "")
	f.ok(inc2, fsm.Post{Session: session, Token: 2, Room: "#lobby", Text: "x"})
}

// TestANameThatChangedHandsBansNobodyElse: who is meant is whoever has the name, else
// whoever had it last; and a ban is undone by the name they had then.
func TestANameThatChangedHandsBansNobodyElse(t *testing.T) {
	f := peopled(t)
	f.again()
	f.ok(inc2, fsm.Release{Session: id.Session{Incarnation: inc2, Number: 0xc1}})
	golden(t, f.run(80, "ban add alice"), 0, "alice (SHA256:JKd708Me) is banned.\n", "")
	f.ok(inc3, fsm.Attach{Session: id.Session{Incarnation: inc3, Number: 2}, Identity: carol, Nick: nickOf("alice")})
	golden(t, f.run(80, "ban add alice"), 0, "alice (SHA256:cccccccc) is banned; 1 session ended.\n", "")
	golden(t, f.run(80, "ban remove alice"), 1, "",
		"moniker: 2 owners of alice are banned.\n  Which is meant: "+string(alice)+", "+string(carol)+"\n")
	golden(t, f.run(80, "ban remove "+string(carol)), 0, "alice may come in again.\n", "")
	golden(t, f.run(80, "ban remove alice"), 0, "alice may come in again.\n", "")
	golden(t, f.run(80, "ban add zed"), 1, "", "moniker: nobody has the name zed.\n  All there are: moniker admin nick list\n")
}

func TestWhoCannotBeBannedIsToldApart(t *testing.T) {
	f := peopled(t)
	f.again()
	f.ok(inc3, fsm.AddOperator{Identity: alice})
	f.ok(inc3, fsm.SetSetting{Name: setting.Guests, Value: 1})
	f.ok(inc3, fsm.Attach{Session: id.Session{Incarnation: inc3, Number: 2}, Identity: id.Guest("g"), Nick: nickOf("gus")})
	f.ok(inc3, fsm.SetSetting{Name: setting.LimitBans, Value: 1})
	for _, c := range []struct {
		line string
		exit int
		says string
	}{
		{"ban add alice", 1, "moniker: alice is an operator, and those come in and speak whatever happens.\n  To make it none: moniker admin operator remove KEY\n"},
		{"mute add " + string(alice), 1, "moniker: alice is an operator, and those come in and speak whatever happens.\n  To make it none: moniker admin operator remove KEY\n"},
		{"ban add gus", 1, "moniker: gus is a guest, and somebody else the next time.\n" +
			"  To end the session: moniker admin session kick ID. To have no guests: moniker admin setting set guests 0\n"},
		{"ban add 0.0.0.0/0", 1, "moniker: 0.0.0.0/0 is everybody, so nobody but operators could come in.\n  To let in a chosen few: moniker admin setting set allowlist 1\n"},
		{"ban add ::ffff:0:0/96", 1, "moniker: ::ffff:0:0/96 is everybody, so nobody but operators could come in.\n  To let in a chosen few: moniker admin setting set allowlist 1\n"},
		{"ban add 192.0.2.7/33", 2, "moniker: 192.0.2.7/33 is no address and no network.\n" +
			"  These are: 192.0.2.7, 192.0.2.0/24, 2001:db8::/32. Names and keys (SHA256:...) go, too.\n"},
		{"ban add SHA256:x", 2, "moniker: this fingerprint is not whole.\n  To see all of it: ssh-keygen -lf FILE.pub\n"},
		{"ban add a_", 1, "moniker: \"_\" cannot be first or last in a name: 1 to 24 letters or digits, with - _ . inside it.\n"},
		{"ban add mallory --for=", 2, "moniker: a duration is missing: write 10s, 5m, 1h30m or 7d.\n  --for is between 1s and 3650d.\n"},
		{"ban add mallory --for 0s", 2, "moniker: --for is between 1s and 3650d, not 0s.\n  Usage: moniker admin ban add WHO\n"},
		{"ban add mallory --for ever", 2, "moniker: \"ever\" is no duration: write 10s, 5m, 1h30m or 7d.\n  --for is between 1s and 3650d.\n"},
		{"mute add mallory --for 2w", 2, "moniker: \"2w\" is no duration: write 10s, 5m, 1h30m or 7d.\n  --for is between 1s and 3650d.\n"},
		{"ban add mallory --for 99999d", 2, "moniker: --for is between 1s and 3650d, not 99999d.\n  Usage: moniker admin ban add WHO\n"},
		{"ban add mallory --reason " + strings.Repeat("x", ban.MaxReason+1), 1, "moniker: a reason is too long: 480 bytes at most.\n"},
		{"ban add mallory --stale", 2, "moniker: --stale is for looking; this changes something.\n  Leave --stale away.\n"},
		{"ban remove 192.0.2.7", 1, "moniker: 192.0.2.7 is not banned.\n  All there are: moniker admin ban list\n"},
		{"mute add gus", 0, ""},
		{"ban add mallory", 1, "moniker: there are 1 already, which is the limit.\n  Limits are settings: moniker admin setting list\n"},
	} {
		if got := f.run(80, c.line); got.exit != c.exit || got.err != c.says {
			t.Errorf("%s: exit %d, want %d\n%s\nwant\n%s", c.line, got.exit, c.exit, got.err, c.says)
		}
	}
}

func TestANetworkHasOneForm(t *testing.T) {
	for typed, want := range map[string]string{
		"192.0.2.7": "192.0.2.7/32", "192.0.2.7/24": "192.0.2.0/24", "::ffff:192.0.2.7": "192.0.2.7/32",
		"::ffff:192.0.2.7/120": "192.0.2.0/24", "2001:DB8::1": "2001:db8::/64", "2001:db8::1/128": "2001:db8::1/128",
		"2001:db8:ff::/32": "2001:db8::/32", "fe80::1%eth0": "fe80::/64", "127.0.0.1/8": "127.0.0.0/8",
	} {
		if p, is, err := parseNetwork(typed); !is || err != nil || p.String() != want || !ban.Network(p.String()) {
			t.Errorf("%s is %s: %v, %v; want %s", typed, p, is, err, want)
		}
	}
	for _, typed := range []string{"0.0.0.0/0", "::/0", "::ffff:1.2.3.4/96", "1.2.3.4/", "::g", "/24", "fe80::1%eth0/64"} {
		if p, is, err := parseNetwork(typed); is || err == nil {
			t.Errorf("%s is %s: %v, %v", typed, p, is, err)
		}
	}
}

func TestWhoIsOnANameIsPutOnAnother(t *testing.T) {
	f := peopled(t)
	f.again()
	f.ok(inc3, fsm.Attach{Session: id.Session{Incarnation: inc3, Number: 2}, Identity: alice, Nick: nickOf("alice")})
	golden(t, f.run(80, "nick rename ALICE anna"), 0, "alice is anna now.\n", "")
	if n := f.s.Lease().Name("anna"); n.Owner != alice || len(n.Live) != 2 || f.s.Lease().Name("alice").State != lease.Free {
		t.Errorf("anna is %+v", n)
	}
	golden(t, f.run(80, "nick rename anna mallory"), 1, "",
		"moniker: mallory belongs to another key, "+string(mallory)+".\n  To free it: moniker admin nick release mallory\n")
	golden(t, f.run(80, "nick rename mallory zed"), 1, "", "moniker: nobody is on mallory now.\n  To free it: moniker admin nick release mallory\n")
	golden(t, f.run(80, "nick rename zed a"), 1, "", "moniker: nobody has the name zed.\n  All there are: moniker admin nick list\n")
	golden(t, f.run(80, "nick rename anna a:b"), 1, "", "moniker: \":\" cannot be in a name: 1 to 24 letters or digits, with - _ . inside it.\n")
	golden(t, f.run(80, "nick rename anna Anna --json"), 0, `{"nick":"Anna","old":"anna","owner":"`+string(alice)+`","sessions":2}`+"\n", "")
	got := f.run(80, "nick history anna")
	if !strings.Contains(got.out, "renamed by an operator") {
		t.Errorf("its history is\n%s", got.out)
	}
}

func TestTheListIsOfThoseWhoMayComeIn(t *testing.T) {
	f := peopled(t)
	f.again()
	golden(t, f.run(80, "setting set allowlist 1"), 0, "", "Nobody is on the list: operators alone can come in. Who is here stays until they leave.\n"+
		"  To add somebody: moniker admin allow add KEY\n")
	comes := func() fsm.Code {
		return f.do(inc3, fsm.Attach{Session: id.Session{Incarnation: inc3, Number: 9}, Identity: mallory, Nick: nickOf("mallory")}).Code
	}
	if c := comes(); c != fsm.NotAllowed {
		t.Errorf("who is not on it comes in: %v", c)
	}
	golden(t, f.run(80, "allow add "+string(mallory)+" --note phone"), 0, "", "")
	golden(t, f.run(80, "setting set allowlist 1"), 0, "", "")
	if c := comes(); c != fsm.OK {
		t.Errorf("who is on it does not: %v", c)
	}
	golden(t, f.run(100, "allow list"), 0, ""+
		"KEY                                                 NAME     NOTE   SINCE (UTC)  BY\n"+
		string(mallory)+"  mallory  phone  10:52:08     a local user\n", "")
	golden(t, f.run(80, "allow list -o json"), 0,
		`[{"identity":"`+string(mallory)+`","nick":"mallory","note":"phone","by":null,"since":"2026-01-06T10:52:08Z"}]`+"\n", "")
	golden(t, f.run(80, "allow remove "+string(mallory)), 0, "", "")
	golden(t, f.run(80, "allow remove "+string(mallory)), 1, "", "moniker: there is no SHA256:wKSXdhsX on the list.\n")
	golden(t, f.run(80, "setting set allowlist 0"), 0, "", "")
	golden(t, f.run(80, "allow add "+string(carol)), 0, "", "Everybody may come in until the list is in force: moniker admin setting set allowlist 1\n")
	golden(t, f.run(80, "allow add carol"), 2, "", "moniker: this list is of keys, and carol is a name.\n  Its key: moniker admin nick show carol\n")
}

// TestANoteThatIsTooLongComesNowhereNearTheLog: no replica could read it.
func TestANoteThatIsTooLongComesNowhereNearTheLog(t *testing.T) {
	f := empty(t)
	for _, who := range []string{"operator", "allow"} {
		golden(t, f.run(80, who+" add "+string(alice)+" --note "+strings.Repeat("x", 129)), 1, "", "moniker: a note is too long: 128 bytes at most.\n")
		if got := f.run(80, who+" add "+string(alice)+" --note "+strings.Repeat("x", 128)); got.exit != 0 {
			t.Errorf("%s: %+v", who, got)
		}
	}
}
