package chat

import (
	"strings"
	"testing"

	"moniker/fsm"
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/setting"
)

// newOps is a town in which alice has made #ops, bob is in it too, and carol is not.
func newOps(t *testing.T) *town {
	w := newTown(t, 1)
	for _, name := range []string{"alice", "bob", "carol"} {
		w.comes(name, 1)
	}
	w.does("alice", "/join ops")
	w.does("bob", "/join ops")
	return w
}

func (w *town) answers(name, line, want string) {
	w.t.Helper()
	if got := w.runs(name, line); got.Answer != want || got.Propose != nil {
		w.t.Errorf("%s types %s: %q (to be proposed: %v), want %q", name, line, got.Answer, got.Propose != nil, want)
	}
}

// does what must be accepted.
func (w *town) rules(name, line string) {
	w.t.Helper()
	if out, a := w.does(name, line); out.Propose == nil || a.Code != fsm.OK {
		w.t.Fatalf("%s types %s: %q, %v", name, line, out.Answer, a.Code)
	}
}

func TestAPrivateRoomIsNotTold(t *testing.T) {
	w := newOps(t)
	w.rules("alice", "/topic payroll")
	w.rules("alice", "/private")
	if got := w.runs("carol", "/rooms").Answer; strings.Contains(got, "#ops") || strings.Contains(got, "TOPIC") {
		t.Errorf("carol is told\n%s", got)
	}
	if got := w.runs("carol", "/whois alice").Answer; strings.Contains(got, "#ops") {
		t.Errorf("carol is told\n%s", got)
	}
	if got := w.tab("carol", "/join #o"); got != "" {
		t.Errorf("carol is offered %q", got)
	}
	if out, a := w.does("carol", "/join 0ps"); a.Code != fsm.Alike || a.Refusal.Room != "" { // nor what it looks like
		t.Errorf("%q, %+v", out.Answer, a)
	}
	if _, a := w.does("carol", "/join ops"); a.Code != fsm.Uninvited {
		t.Errorf("carol comes in: %v", a.Code)
	}
	if got := w.runs("bob", "/rooms").Answer; !strings.Contains(got, "here, private") || !strings.Contains(got, "payroll") {
		t.Errorf("bob is told\n%s", got)
	}
	w.rules("alice", "/invite carol")
	if got := w.runs("carol", "/rooms").Answer; !strings.Contains(got, "invited, private") {
		t.Errorf("carol is told\n%s", got)
	}
}

func TestAnInvitationIsTakenBack(t *testing.T) {
	w := newOps(t)
	w.rules("alice", "/private")
	w.answers("alice", "/kick carol", "carol is not in #ops.")
	w.rules("alice", "/invite carol")
	if out, a := w.does("alice", "/kick carol"); a.Code != fsm.OK || out.Done() != "carol is not invited to #ops any more." {
		t.Errorf("%+v, %v", out, a.Code)
	}
	if _, a := w.does("carol", "/join ops"); a.Code != fsm.Uninvited {
		t.Errorf("carol comes in: %v", a.Code)
	}
}

func TestBansTellWhoIsSilentEverywhere(t *testing.T) {
	w := newOps(t)
	w.apply(w.incs[0], fsm.Ban{What: ban.Mute, Subject: string(key("bob")), Reason: "noise"})
	w.apply(w.incs[0], fsm.Ban{What: ban.Mute, Subject: string(key("carol"))}) // who is not in #ops
	want := "NAME  IS                LEFT      BY  WHY\nbob   muted everywhere  for good      noise"
	if got := w.runs("alice", "/bans").Answer; got != want {
		t.Errorf("%q", got)
	}
	w.answers("alice", "/unmute Bob", "bob is muted everywhere, which an operator of the cluster ends: moniker admin mute remove bob")
	w.answers("alice", "/unban bob", "Nobody banned from #ops is called bob. /bans lists them.")
	w.answers("alice", "/unmute carol", "Nobody muted in #ops is called carol. /bans lists them.") // she is not here to be known of
	w.rules("alice", "/mute bob")
	if out, a := w.does("alice", "/unmute bob"); a.Code != fsm.OK || out.Done() != // which is the room's
		"bob is not muted in #ops any more. But everywhere, still, which an operator of the cluster ends: moniker admin mute remove bob" {
		t.Errorf("%v: %s", a.Code, out.Done())
	}
}

func TestNobodyIsPutOutOfTheLobby(t *testing.T) {
	w := newOps(t)
	w.apply(w.incs[0], fsm.AddOperator{Identity: key("carol")})
	w.answers("carol", "/kick bob", "#lobby is where everybody comes in. /mute NAME keeps somebody silent.")
	w.answers("carol", "/ban bob", "#lobby is where everybody comes in. /mute NAME keeps somebody silent.")
	w.answers("carol", "/private", "#lobby is where everybody comes in.")
	w.rules("carol", "/mute bob 10m")
	w.rules("carol", "/topic be kind")
	w.rules("carol", "/slow 1m")
}

// A name says who is meant even when they are on it no more: in the room whoever had it
// last, and of those who are banned whoever had it then.
func TestWhoIsMeantByAName(t *testing.T) {
	w := newOps(t)
	w.rules("alice", "/ban bob 1h")
	w.quits("bob")
	w.comesWith("bob", key("mallory"), 1) // who has come by the name since
	w.rules("alice", "/unban bob")
	w.answers("alice", "/unban bob", "Nobody banned from #ops is called bob. /bans lists them.")
	w.joins("bob", "#ops")
	w.rules("alice", "/ban @bob")
	w.apply(w.incs[0], fsm.Claim{Session: w.people["bob"].session, Nick: nickFor(t, "robert")})
	w.rules("alice", "/unban robert")
	w.answers("alice", "/kick robert", "robert is not in #ops.")
	w.comes("dora", 1)
	w.answers("alice", "/kick d0ra", "Nobody has the name d0ra; dora looks like it.")
	w.answers("alice", "/kick zed", "Nobody has the name zed. /names shows who is here.")
	w.answers("alice", "/mute :(", `":" cannot be in a name: 1 to 24 letters or digits, with - _ . inside it.`)
}

// Who has spoken there is known by the name that they had then.
func TestAChangeOfNameHidesNobodyFromThoseWhoRunTheRoom(t *testing.T) {
	w := newOps(t)
	w.says("bob", "#ops", "spam")
	w.does("bob", "/part")
	w.apply(w.incs[0], fsm.Claim{Session: w.people["bob"].session, Nick: nickFor(t, "goodguy")})
	w.rules("alice", "/ban bob")
	bob := w.people["bob"]
	bob.token = w.apply(w.incs[0], fsm.Claim{Session: bob.session, Nick: nickFor(t, "bob")}).Token
	if _, a := w.does("bob", "/join ops"); a.Code != fsm.Barred {
		t.Errorf("he comes in: %v", a.Code)
	}
}

func TestWhatIsSoAlreadyIsSaid(t *testing.T) {
	w := newOps(t)
	w.answers("alice", "/topic -", "#ops has no topic.")
	w.rules("alice", "/topic #ops disks")
	w.answers("alice", "/topic disks", "#ops is about: disks (alice)")
	w.answers("alice", "/slow off", "#ops is not slow.")
	w.rules("alice", "/slow 30s")
	w.answers("alice", "/slow 30s", "#ops is slow already: one message a person in 30 s.")
	w.answers("alice", "/open", "#ops is open to everybody already.")
}

func TestAGuestIsNotBannedByAName(t *testing.T) {
	w := newOps(t)
	w.set(setting.Guests, 1)
	w.comesWith("gast", id.Guest("1"), 1)
	w.does("gast", "/join ops")
	w.answers("alice", "/ban gast", "gast is a guest, and whoever comes next under that name is somebody else. /kick or /mute it.")
	w.rules("alice", "/mute gast")
	w.rules("alice", "/kick gast")
}

func TestWhatIsTooMuchIsSaid(t *testing.T) {
	w := newOps(t)
	w.set(setting.LimitTopic, 10)
	w.answers("alice", "/topic the disks of n3", "15 characters; a topic holds 10.")
	w.answers("alice", "/slow 48h", "That is for 1 d at most.")
	w.answers("alice", "/ban bob 99999d", "That is for 3,650 d at most.")
	w.answers("alice", "/ban bob 20y", "20y is no span of time: 30s, 10m, 2h or 7d are.")
	for _, signed := range []string{"-3d", "+3d", "−3d", "--3"} {
		w.answers("alice", "/ban bob "+signed+" rude", signed+" is no span of time: 30s, 10m, 2h or 7d are.")
	}
	for _, nothing := range []string{"0", "0s", "-0m"} {
		w.answers("alice", "/slow "+nothing, nothing+" is no span of time: 30s, 10m or 2h are. /slow off ends it.")
	}
	if _, rest, why := span("- rude", fsm.MaxBan); rest != "- rude" || why != "" {
		t.Errorf("a reason is %q, %q", rest, why)
	}
	w.answers("alice", "/kick bob "+strings.Repeat("x", ban.MaxReason+1), "A reason holds 480 bytes.")
	if d, rest, why := span("for 3d no reason", fsm.MaxBan); d != 3*id.Day || rest != "no reason" || why != "" {
		t.Errorf("for 3d is %d, %q, %q", d, rest, why)
	}
	if d, rest, _ := span("for ever", fsm.MaxBan); d != 0 || rest != "for ever" {
		t.Errorf("for ever is %d, %q", d, rest)
	}
	if _, rest, why := span("again and again", fsm.MaxBan); rest != "again and again" || why != "" {
		t.Errorf("a reason is %q, %q", rest, why)
	}
}

func TestABanThatTakesThePlaceOfAnotherSaysSo(t *testing.T) {
	w := newOps(t)
	w.rules("alice", "/mute bob 1h too loud")
	out, _ := w.does("alice", "/mute bob")
	if got := out.Done(); got != "bob is muted in #ops. It was by alice for 1 h more: too loud." {
		t.Errorf("%q", got)
	}
	out, _ = w.does("alice", "/mute bob 5m")
	if got := out.Done(); got != "bob is muted in #ops for 5 min. It was for good by alice." {
		t.Errorf("%q", got)
	}
}

func TestTabOffersThoseWhoAreHeld(t *testing.T) {
	w := newOps(t)
	w.rules("alice", "/mute bob")
	if got := w.tab("alice", "/unmute b"); got != "bob " {
		t.Errorf("offered is %q", got)
	}
	if got := w.tab("alice", "/unban b"); got != "" {
		t.Errorf("offered is %q", got)
	}
}

func TestWhoComesIsToldWhereTheyAreInvited(t *testing.T) {
	w := newOps(t)
	for i := range invitationsMost + 2 {
		room := "#r" + string(rune('a'+i))
		w.joins("alice", room)
		w.apply(w.incs[0], fsm.Invite{Session: w.people["alice"].session, Token: w.people["alice"].token, Room: room, Who: key("carol")})
	}
	w.comes("bob", 1)
	w.joins("bob", "#aa")
	w.apply(w.incs[0], fsm.Invite{Session: w.people["bob"].session, Token: w.people["bob"].token, Room: "#aa", Who: key("carol")})
	w.rules("carol", "/ignore bob")
	got := Invitations(w.st, key("carol"))
	if len(got) != invitationsMost+1 || got[0] != "alice invites you to #ra: /join #ra" ||
		got[invitationsMost] != "You are invited to 2 more rooms. /rooms lists them." {
		t.Errorf("%q", got)
	}
}

func TestARowTakesWhatIsLeft(t *testing.T) {
	w := newOps(t)
	w.rules("alice", "/topic the disks of n3, and who is on call until noon")
	for width, want := range map[int]string{
		80: "#ops    here       2          2  the disks of n3, and who is on call until noon",
		60: "#ops    here       2          2  the disks of n3, and who...",
		40: "#ops    here       2          2",
	} {
		c := w.as("alice")
		c.Width = width
		if got := Run("/rooms", c).Answer; !strings.HasSuffix(got, want) {
			t.Errorf("at %d\n%s", width, got)
		}
	}
}

func TestWhoRunsARoomTakesAwayWhatOthersSay(t *testing.T) {
	w := newOps(t)
	for _, text := range []string{"one", "two", "three"} {
		w.says("bob", "#ops", text)
	}
	w.answers("bob", "/delete alice", "#ops is run by alice, who alone may do that.")
	w.rules("alice", "/delete bob 2")
	w.quits("bob")
	w.rules("alice", "/delete bob")
	w.answers("alice", "/delete 2 bob", "Only 1 message of bob in #ops can be found.")
	w.answers("alice", "/delete bob 2", "Only 1 message of bob in #ops can be found.")
	w.answers("alice", "/delete carol", "Nothing that carol said in #ops is kept.")
	var left []string
	for _, m := range w.st.History().Last("#ops", 9) {
		if !m.Deleted() {
			left = append(left, m.Text)
		}
	}
	if strings.Join(left, " ") != "one" {
		t.Errorf("left is %q", left)
	}
}
