package admin

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
	"moniker/sshfront/nick"
)

// lookOf is a name with a key, or a look, that is not what is written.
func lookOf(display, key string) lease.Nick {
	return lease.Nick{Display: display, Key: key, Skeletons: [2]string{key, key}}
}

func TestAKickedSessionLeavesItsNameToItsOwner(t *testing.T) {
	f := peopled(t)
	f.again()
	f.ok(inc3, fsm.Attach{Session: id.Session{Incarnation: inc3, Number: 2}, Identity: alice, Nick: nickOf("alice")})
	golden(t, f.run(80, "session kick n2-4fc1"), 0, "n2-4fc1 ended; alice is still on n1.\n", "")
	golden(t, f.call(Request{Args: []string{"session", "kick", "n1-2f2"}, Local: true}), 0, "n1-2f2 ended; alice stays alice's for 10 min.\n", "")
	golden(t, f.run(80, "session kick n1-2f2"), 1, "", "moniker: there is no session n1-2f2.\n  All there are: moniker admin session list\n")
	f.ok(inc3, fsm.Attach{Session: id.Session{Incarnation: inc3, Number: 3}, Identity: alice, Nick: nickOf("alice")})
	f.ok(inc3, fsm.AddOperator{Identity: mallory})
	golden(t, f.call(Request{Args: []string{"session", "kick", "n1-2f3", "--json"}, Who: mallory}), 0,
		`{"id":"n1-2f3","nick":"alice","state":"grace","expires_in_ms":600000}`+"\n", "")
	f.ok(inc3, fsm.SetSetting{Name: setting.LeaseGrace})
	f.ok(inc3, fsm.Attach{Session: id.Session{Incarnation: inc3, Number: 4}, Identity: alice, Nick: nickOf("alice")})
	golden(t, f.run(80, "session kick n1-2f4"), 0, "n1-2f4 ended; alice is free.\n", "")
}

// Not for the time of grace alone, nor where there is none.
func TestAKickedSessionLeavesARegisteredNameForLonger(t *testing.T) {
	f := peopled(t)
	f.again()
	f.run(80, "nick register alice")
	golden(t, f.run(80, "session kick n2-4fc1"), 0, "n2-4fc1 ended; alice is registered: it stays alice's.\n", "")
	f.ok(inc3, fsm.SetSetting{Name: setting.LeaseGrace})
	f.ok(inc3, fsm.Attach{Session: id.Session{Incarnation: inc3, Number: 2}, Identity: alice, Nick: nickOf("alice")})
	golden(t, f.run(80, "session kick n1-2f2"), 0, "n1-2f2 ended; alice is registered: it stays alice's.\n", "")
}

func TestASessionIsKickedByItsWholeIDAlone(t *testing.T) {
	f := peopled(t)
	f.again()
	golden(t, f.run(80, "session kick alice"), 1, "", "moniker: alice is no session.\n  n2-4fc1 is.\n")
	golden(t, f.run(80, "session kick 4fc1"), 1, "", "moniker: 4fc1 is no session.\n  n2-4fc1 is.\n")
	f.ok(inc3, fsm.Attach{Session: id.Session{Incarnation: inc3, Number: 2}, Identity: alice, Nick: nickOf("alice")})
	golden(t, f.run(80, "session kick Alice"), 1, "", "moniker: Alice is no session.\n  n1-2f2, n2-4fc1 are.\n")
	golden(t, f.run(80, "session kick n2-4fc"), 1, "", "moniker: there is no session n2-4fc.\n  All there are: moniker admin session list\n")
	golden(t, f.run(80, "session kick"), 2, "", "moniker: ID is missing.\n  Usage: moniker admin session kick ID\n")
	golden(t, f.run(80, "session kick n2-4fc1 --stale"), 2, "", "moniker: --stale is for looking; this changes something.\n  Leave --stale away.\n")
	if n := len(f.s.Lease().Sessions()); n != 2 {
		t.Errorf("%d sessions are left", n)
	}
}

func TestAReleasedNameIsFree(t *testing.T) {
	f := peopled(t)
	f.again()
	f.ok(inc3, fsm.Attach{Session: id.Session{Incarnation: inc3, Number: 2}, Identity: alice, Nick: nickOf("alice")})
	golden(t, f.run(80, "nick release ALICE"), 0, "alice is free; 2 sessions ended.\n", "")
	golden(t, f.run(80, "nick release alice"), 1, "", "moniker: nobody has the name alice.\n  All there are: moniker admin nick list\n")
	golden(t, f.run(80, "nick release mallory"), 0, "mallory is free.\n", "")
	golden(t, f.run(80, "nick release a:b"), 1, "", "moniker: \":\" cannot be in a name: 1 to 24 letters or digits, with - _ . inside it.\n")
	f.ok(inc3, fsm.Attach{Session: id.Session{Incarnation: inc3, Number: 3}, Identity: alice, Nick: nickOf("alice")})
	golden(t, f.run(80, "nick release alice -o json"), 0, `{"nick":"alice","owner":"`+string(alice)+`","sessions_ended":1}`+"\n", "")
	if names, sessions := f.s.Lease().Counts(); names+sessions != 0 {
		t.Errorf("%d names and %d sessions are left", names, sessions)
	}
}

func TestWhatLooksLikeANameIsThatName(t *testing.T) {
	f := peopled(t)
	f.again()
	real, err := nick.Parse("alice")
	if err != nil {
		t.Fatal(err)
	}
	at := id.Session{Incarnation: inc2, Number: 0xc1}
	f.ok(inc2, fsm.Claim{Session: at, Nick: nickOf("x")})
	f.ok(inc2, fsm.Claim{Session: at, Nick: lease.Nick(real)})
	golden(t, f.run(80, "nick show a1ice"), 0, ""+
		"alice     held, token 4; 10.0 s left, then 10 min of grace\n"+
		"key       SHA256:JKd708MeFmayqgDUqu9TDZRq3prV1QulrI6oxwebmvg\n"+
		"session   n2-4fc1 on n2 since 10:52:07 UTC\n", "")
	golden(t, f.run(80, "nick release a1ice"), 0, "alice is free; 1 session ended.\n", "")
}

func TestANodeIsMadeToLead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := empty(t)
		golden(t, f.run(80, "node lead n2"), 0, "", "")
		golden(t, f.run(80, "node lead "+string(node1)), 0, "", "")
		if len(f.led) != 2 || f.led[0] != node2 || f.led[1] != node1 {
			t.Errorf("it was asked of %v", f.led)
		}
		golden(t, f.run(80, "node lead n9"), 1, "", "moniker: no node is called n9.\n  All there are: moniker admin node list\n")
		f.leadErr = cluster.ErrNoLeader
		golden(t, f.run(80, "node lead n2"), 3, "",
			"moniker: no leader answered n1 within 5 s.\n  Nothing was changed. To see who is up: moniker admin status\n")
		f.leadErr = fmt.Errorf("%w: by raft's word", cluster.ErrNotVoter)
		golden(t, f.run(80, "node lead n2"), 1, "",
			"moniker: n2 does not count for the majority, so it cannot lead.\n  Make it a voter first: moniker admin node promote n2\n")
		f.leadErr = cluster.ErrNotTaken
		golden(t, f.run(80, "node lead n2"), 1, "",
			"moniker: n2 is not up, or did not take over in time.\n  Who leads: moniker admin status. Another try is worth it after 15 s.\n")
		f.leadErr = context.DeadlineExceeded
		golden(t, f.run(80, "node lead n2"), 4, "",
			"moniker: it is not known whether n2 leads: no answer within 5 s.\n  Look before you do it again: moniker admin status\n")
	})
}

func TestARegisteredNameIsKeptForItsOwner(t *testing.T) {
	f := peopled(t)
	f.again()
	carol := "SHA256:" + strings.Repeat("c", 42) + "A"
	golden(t, f.run(80, "nick reserve carol "+carol), 0,
		"carol is registered for SHA256:cccccccc, and kept 90 d after its owner was last on it.\n", "")
	golden(t, f.run(80, "nick reserve carol SHA256:x"), 2, "", "moniker: this fingerprint is not whole.\n  To see all of it: ssh-keygen -lf FILE.pub\n")
	golden(t, f.run(80, "nick reserve alice "+carol), 1, "",
		"moniker: alice belongs to another key, "+string(alice)+".\n  To free it: moniker admin nick release alice\n")
	golden(t, f.run(80, "nick register alice"), 0, "alice is registered, and kept 90 d after its owner was last on it.\n", "")
	golden(t, f.run(80, "nick register zed"), 1, "", "moniker: nobody has the name zed.\n  All there are: moniker admin nick list\n")
	golden(t, f.run(80, "nick show carol -o json"), 0,
		`{"nick":"carol","owner":"`+carol+`","state":"reserved","registered":true,"token":"3","expires_in_ms":7776000000,"sessions":[]}`+"\n", "")
	golden(t, f.run(80, "nick unregister carol"), 0, "carol is free.\n", "")
	golden(t, f.run(80, "nick unregister alice --json"), 0, `{"nick":"alice","owner":"`+string(alice)+`","registered":false}`+"\n", "")
	golden(t, f.run(80, "nick unregister alice"), 0, "alice is not registered: it is kept 10 min after its owner leaves.\n", "")
}

func TestANameTellsHowItChangedHands(t *testing.T) {
	f := peopled(t)
	f.again()
	f.run(80, "nick register alice")
	f.run(80, "nick release alice")
	got := f.run(80, "nick history ALICE")
	if want := "unregistered"; got.exit != 0 || strings.Contains(got.out, want) {
		t.Fatalf("%+v", got)
	}
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	if len(lines) < 5 || strings.Join(strings.Fields(lines[0]), " ") != "TIME (UTC) EVENT TOKEN KEY NODE WHY" {
		t.Fatalf("\n%s", got.out)
	}
	for i, want := range []string{"registered", "detached", "freed"} {
		line := lines[len(lines)-3+i]
		if f := strings.Fields(line); f[1] != want || i > 0 && !strings.Contains(line, "an operator") {
			t.Errorf("%d is %q, want %s", i, line, want)
		}
	}
	golden(t, f.run(80, "nick history nobody"), 0, "TIME (UTC)  EVENT  TOKEN  KEY  NODE  WHY\n", "")
	golden(t, f.run(80, "nick history nobody --json"), 0, "[]\n", "")
}

func TestTheMessageOfTheDay(t *testing.T) {
	f := peopled(t)
	f.again()
	f.ok(inc3, fsm.AddOperator{Identity: mallory})
	golden(t, f.run(80, "motd show"), 0, "SINCE (UTC)  BY  TEXT\n", "")
	golden(t, f.call(Request{Args: []string{"motd", "set", "disks are changed\x1b", "at noon"}, Who: mallory}), 0, "", "")
	golden(t, f.run(80, "motd show"), 0, "SINCE (UTC)  BY               TEXT\n10:52:08     SHA256:wKSXdhsX  disks are changed at noon\n", "")
	golden(t, f.run(80, "motd show --json"), 0,
		`{"text":"disks are changed at noon","by":"`+string(mallory)+`","by_nick":"mallory","since":"2026-01-06T10:52:08Z"}`+"\n", "")
	golden(t, f.run(80, "motd set "+strings.Repeat("x", 1001)), 1, "", "moniker: 1,001 characters; the message of the day holds 1,000.\n")
	golden(t, f.run(80, "motd clear"), 0, "", "")
	golden(t, f.run(80, "motd show --json"), 0, `{"text":null,"by":null,"by_nick":null,"since":null}`+"\n", "")
	if got := f.run(80, "motd set"); got.exit != 2 {
		t.Errorf("nothing is set: %+v", got)
	}
}
