package fsm

import (
	"fmt"
	"slices"
	"testing"

	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/keyring"
	"moniker/fsm/lease"
	"moniker/fsm/people"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
)

const clara = id.Identity("SHA256:clara")

// club is a story in which alice has made #r and bob and clara are in it, in this order.
type club struct {
	*story
	at    map[id.Identity]id.Session
	token map[id.Identity]id.Token
}

func newClub(t testing.TB) *club {
	c := &club{newStory(t), map[id.Identity]id.Session{}, map[id.Identity]id.Token{}}
	c.pass(id.Second)
	for i, who := range []id.Identity{alice, bob, clara} {
		c.at[who] = sess(incA, uint64(i+1))
		c.token[who] = c.attach(c.at[who], who, nick(string(who[len("SHA256:"):]))).Token
		c.ok(incA, c.join(who, "#r"))
	}
	return c
}

func (c *club) join(who id.Identity, place string) Join { return join(c.at[who], c.token[who], place) }
func (c *club) part(who id.Identity, place string) Part { return Part{c.at[who], c.token[who], place} }

func (c *club) say(who id.Identity, place string) Post {
	return Post{Session: c.at[who], Token: c.token[who], Room: place, Text: "x"}
}

func (c *club) runs(place string, want ...id.Identity) {
	c.t.Helper()
	if got := c.s.Rooms().Operators(place); !slices.Equal(got, want) {
		c.t.Fatalf("%s is run by %v, want %v", place, got, want)
	}
}

func (c *club) in(place string, want ...id.Identity) {
	c.t.Helper()
	if got := c.s.Rooms().Members(place); !slices.Equal(got, want) {
		c.t.Fatalf("in %s are %v, want %v", place, got, want)
	}
}

// Two rooms that may be taken for each other are not made, not even at once: a name is
// told only to those who may know of it.
func TestNoRoomIsMadeThatLooksLikeAnother(t *testing.T) {
	c := newClub(t)
	enter := func(who id.Identity, name string, looks ...string) Join {
		return Join{c.at[who], c.token[who], name, [2]string{looks[0], looks[1]}}
	}
	like := func(who id.Identity, other string, j Join) {
		t.Helper()
		if a := c.do(incA, j); a.Code != Alike || a.Refusal.Room != other {
			t.Fatalf("%s, as %v, gets %+v", who, j, a)
		}
	}
	first, second := enter(alice, "#ops", "ops", "ops"), enter(bob, "#0ps", "0ps", "ops")
	out := c.entry(c.proposal(incA, first), c.proposal(incA, second))
	if a, b := out.Answers[0], out.Answers[1]; a.Code != OK || b.Code != Alike || b.Refusal.Room != "#ops" {
		t.Fatalf("made at once: %+v, %+v", a, b)
	}
	c.ok(incA, enter(bob, "#ops", "ops", "ops"))
	like(clara, "#ops", enter(clara, "#oрs", "ops", "oрs"))
	lobby, _ := c.s.Rooms().Room("#lobby")
	like(clara, "#lobby", enter(clara, "#1obby", "1obby", lobby.Skeletons[1]))

	c.ok(incA, SetPrivate{c.at[alice], c.token[alice], "#ops", true})
	like(clara, "", enter(clara, "#0ps", "0ps", "ops"))
	like(bob, "#ops", enter(bob, "#0ps", "0ps", "ops"))

	for _, who := range []id.Identity{alice, bob} {
		c.ok(incA, c.part(who, "#ops"))
	}
	c.ok(incA, enter(clara, "#0ps", "0ps", "ops")) // nothing is left of the other
	c.refused(incA, enter(alice, "#x", "", "x"), BadName)
	c.refused(incA, enter(alice, "#x", "x", ""), BadName)
}

func TestTheMakerRunsARoomThenWhoeverIsThereLongest(t *testing.T) {
	c := newClub(t)
	c.runs("#r", alice)
	c.runs("#lobby")
	c.refused(incA, RoomOperator{c.at[bob], c.token[bob], "#r", bob, true}, NotOperator)
	c.refused(incA, RoomOperator{c.at[alice], c.token[alice], "#r", alice, false}, LastOperator)
	c.refused(incA, RoomOperator{c.at[alice], c.token[alice], "#r", "SHA256:dave", true}, NotThere)
	c.ok(incA, c.part(bob, "#r")) // and comes back: clara is there longer now
	c.ok(incA, c.join(bob, "#r"))
	c.ok(incA, c.part(alice, "#r"))
	c.told(turn.RoomParted, turn.RoomGiven)
	c.runs("#r", clara)
	c.ok(incA, c.join(alice, "#r")) // who has left it runs it no more
	c.runs("#r", clara)
	c.ok(incA, RoomOperator{c.at[clara], c.token[clara], "#r", bob, true})
	c.reload()
	c.runs("#r", bob, clara)
	c.ok(incA, RoomOperator{c.at[bob], c.token[bob], "#r", clara, false})
	c.runs("#r", bob)
	c.set(setting.LimitRoomOps, 1)
	c.limited(incA, RoomOperator{c.at[bob], c.token[bob], "#r", clara, true}, 1)
}

func TestOperatorsOfTheClusterRunEveryRoom(t *testing.T) {
	c := newClub(t)
	c.refused(incA, SetTopic{c.at[bob], c.token[bob], "#lobby", "x"}, NotOperator)
	c.refused(incA, SetTopic{c.at[bob], c.token[bob], "#none", "x"}, NotInRoom)
	c.ok(incA, c.part(bob, "#r"))
	c.refused(incA, SetTopic{c.at[bob], c.token[bob], "#r", "x"}, NotInRoom)
	c.ok(incA, AddOperator{bob, "", ""})
	c.ok(incA, SetTopic{c.at[bob], c.token[bob], "#r", "backups"})
	c.ok(incA, SetTopic{c.at[bob], c.token[bob], "#lobby", "welcome"})
	c.refused(incA, SetPrivate{c.at[bob], c.token[bob], "#lobby", true}, BadName)
	c.refused(incA, RoomOperator{c.at[bob], c.token[bob], "#lobby", bob, true}, BadName)
	c.refused(incA, RoomKick{c.at[alice], c.token[alice], "#r", bob, ""}, NotThere)
	c.ok(incA, c.join(bob, "#r"))
	c.refused(incA, RoomKick{c.at[alice], c.token[alice], "#r", bob, ""}, IsOperator)
	c.refused(incA, RoomBan{c.at[alice], c.token[alice], "#r", ban.Out, bob, 0, ""}, IsOperator)
	c.set(setting.LimitTopic, 10)
	c.refused(incA, SetTopic{c.at[bob], c.token[bob], "#r", "eleven char"}, TooLong)
	c.ok(incA, SetTopic{c.at[bob], c.token[bob], "#r", "backups"}) // as it is: nothing happens
	c.told()
}

// Whoever is put out while they are not here finds it when they come, and once.
func TestWhatBefellSomebodyAwayIsRememberedUntilTheyHaveBeenHere(t *testing.T) {
	c := newClub(t)
	kick := func(place string) { c.ok(incA, RoomKick{c.at[alice], c.token[alice], place, bob, "not now"}) }
	news := func(want ...string) {
		t.Helper()
		c.reload()
		p, _ := c.s.People().Get(bob)
		var got []string
		for _, n := range p.News {
			got = append(got, fmt.Sprint(n.Place, " ", n.Barred, " ", n.By, " ", n.ByNick, " ", n.Reason))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("bob is told %q, want %q", got, want)
		}
	}
	kick("#r")
	news() // he sees it
	c.ok(incA, c.join(bob, "#r"))
	var many []string
	for i := range people.News + 1 {
		name := fmt.Sprint("#m", i)
		c.ok(incA, c.join(alice, name))
		c.ok(incA, c.join(bob, name))
		many = append(many, name)
	}
	c.ok(incA, Detach{Session: c.at[bob]})
	kick("#r")
	news("#r false SHA256:alice alice not now")
	c.ok(incA, RoomBan{c.at[alice], c.token[alice], "#m0", ban.Out, bob, 0, ""})
	news("#r false SHA256:alice alice not now", "#m0 true SHA256:alice alice ")
	again := sess(incB, 9)
	c.attach(again, bob, nick("bob"))
	news("#r false SHA256:alice alice not now", "#m0 true SHA256:alice alice ")
	c.ok(incB, Detach{Session: again})
	news()
	for _, name := range many[1:] {
		kick(name)
	}
	if p, _ := c.s.People().Get(bob); len(p.News) != people.News || p.News[0].Place != "#m1" {
		t.Fatalf("%+v", p.News)
	}
	// Whoever is invited and not in it may be kept out, too; of others it is no news.
	c.attach(again, bob, nick("bob"))
	c.ok(incB, Detach{Session: again})
	c.ok(incA, RoomBan{c.at[alice], c.token[alice], "#r", ban.Out, bob, 0, ""})
	news()
	c.ok(incA, Invite{c.at[alice], c.token[alice], "#m1", bob})
	c.ok(incA, RoomBan{c.at[alice], c.token[alice], "#m1", ban.Out, bob, 0, "after all"})
	news("#m1 true SHA256:alice alice after all")
}

func TestAPrivateRoomIsEnteredByInvitationOnce(t *testing.T) {
	c := newClub(t)
	dave := sess(incB, 1)
	token := c.attach(dave, "SHA256:dave", nick("dave")).Token
	c.ok(incA, Invite{c.at[clara], c.token[clara], "#r", "SHA256:dave"}) // anybody may, while it is open
	c.ok(incA, SetPrivate{c.at[alice], c.token[alice], "#r", true})
	c.ok(incB, join(dave, token, "#r"))
	c.ok(incB, Part{dave, token, "#r"})
	c.refused(incB, join(dave, token, "#r"), Uninvited)
	if c.s.Sees("#r", "SHA256:dave") || !c.s.Sees("#r", bob) || !c.s.Sees("#lobby", "SHA256:dave") || c.s.Sees("#none", bob) {
		t.Fatal("who sees what is wrong")
	}
	c.refused(incA, Invite{c.at[clara], c.token[clara], "#r", "SHA256:dave"}, NotOperator)
	c.refused(incA, Invite{c.at[alice], c.token[alice], "#r", bob}, Exists)
	c.refused(incA, Invite{c.at[alice], c.token[alice], "#r", "SHA256:zed"}, NoSuchName)
	c.ok(incA, Invite{c.at[alice], c.token[alice], "#r", "SHA256:dave"})
	c.refused(incA, Invite{c.at[alice], c.token[alice], "#r", "SHA256:dave"}, Exists)
	c.refused(incA, RoomKick{c.at[clara], c.token[clara], "#r", "SHA256:dave", ""}, NotOperator)
	c.ok(incA, RoomKick{c.at[alice], c.token[alice], "#r", "SHA256:dave", ""}) // takes it back
	c.told(turn.Uninvited)
	c.refused(incB, join(dave, token, "#r"), Uninvited)
	c.refused(incA, RoomKick{c.at[alice], c.token[alice], "#r", "SHA256:dave", ""}, NotThere)
	c.ok(incA, Invite{c.at[alice], c.token[alice], "#r", "SHA256:dave"})
	c.reload()
	if !c.s.Sees("#r", "SHA256:dave") || !slices.Equal(c.s.Rooms().InvitedTo("SHA256:dave"), []string{"#r"}) {
		t.Fatal("who is invited does not see it")
	}
	for _, who := range []id.Identity{alice, bob, clara} {
		c.ok(incA, c.part(who, "#r"))
	}
	if got := c.s.Rooms().InvitedTo("SHA256:dave"); len(got) > 0 {
		t.Fatalf("the room is gone, and dave is invited to %v", got)
	}
	c.ok(incB, join(dave, token, "#r")) // another room of that name, and nothing of the old
	if r, _ := c.s.Rooms().Room("#r"); r.Private {
		t.Fatal("a new room is private")
	}
	c.runs("#r", "SHA256:dave")
}

func TestWhoIsPutOutGoesToTheLobbyIfNowhereElse(t *testing.T) {
	c := newClub(t)
	c.ok(incA, c.part(bob, "#lobby"))
	c.ok(incA, RoomKick{c.at[alice], c.token[alice], "#r", bob, "be kind"})
	c.told(turn.RoomParted, turn.RoomJoined)
	if e := c.last.Events[0]; e.Why != turn.Kicked || e.By != alice || e.ByNick != "alice" || e.Text != "be kind" || e.Nick != "bob" {
		t.Fatalf("it is told as %+v", e)
	}
	c.in("#lobby", alice, bob, clara)
	c.ok(incA, c.join(bob, "#r")) // kicked is not banned
	c.ok(incA, c.part(bob, "#lobby"))
	c.ok(incA, RoomBan{c.at[alice], c.token[alice], "#r", ban.Out, bob, 0, ""})
	c.told(turn.Banned, turn.RoomParted, turn.RoomJoined)
	c.in("#lobby", alice, bob, clara)
	c.ok(incA, AddOperator{alice, "", ""})
	c.refused(incA, RoomBan{c.at[alice], c.token[alice], "#lobby", ban.Out, bob, 0, ""}, BadName)
	c.refused(incA, RoomKick{c.at[alice], c.token[alice], "#lobby", bob, ""}, BadName)
	c.ok(incA, RoomBan{c.at[alice], c.token[alice], "#lobby", ban.Mute, bob, 0, ""})
}

func TestABanEndsInItsTimeAndNotBefore(t *testing.T) {
	c := newClub(t)
	by := func(what ban.Kind, span id.Duration) RoomBan {
		return RoomBan{c.at[alice], c.token[alice], "#r", what, bob, span, "spam"}
	}
	c.refused(incA, RoomBan{c.at[bob], c.token[bob], "#r", ban.Out, clara, 0, ""}, NotOperator)
	c.refused(incA, RoomBan{c.at[alice], c.token[alice], "#r", ban.Out, alice, 0, ""}, BadName)
	c.refused(incA, by(9, 0), BadName)
	c.refused(incA, by(ban.Out, -1), BadName)
	c.refused(incA, by(ban.Out, MaxBan+1), BadName)
	c.ok(incA, by(ban.Out, 5*id.Second))
	c.told(turn.Banned, turn.RoomParted)
	a := c.refused(incA, c.join(bob, "#r"), Barred)
	if b := a.Refusal.Ban; b.ByNick != "alice" || b.Reason != "spam" || b.Until != c.now.Add(5*id.Second) {
		t.Fatalf("he is refused with %+v", b)
	}
	c.refused(incA, Invite{c.at[alice], c.token[alice], "#r", bob}, Barred)
	if due, ok := c.s.Due(); !ok || due != c.now.Add(5*id.Second) {
		t.Fatalf("a Tick is due at %d, %v", due, ok)
	}
	c.reload()
	c.pass(5*id.Second - 1)
	c.tick()
	c.refused(incA, c.join(bob, "#r"), Barred)
	c.pass(1)
	c.tick()
	c.told(turn.Unbanned)
	c.ok(incA, c.join(bob, "#r"))
	c.ok(incA, by(ban.Mute, 0))
	c.ok(incA, by(ban.Mute, id.Hour)) // it is replaced
	c.refused(incA, c.say(bob, "#r"), Silenced)
	c.ok(incA, c.say(bob, "#lobby"))
	c.ok(incA, RoomUnban{c.at[alice], c.token[alice], "#r", ban.Mute, bob})
	c.refused(incA, RoomUnban{c.at[alice], c.token[alice], "#r", ban.Mute, bob}, NotThere)
	c.ok(incA, c.say(bob, "#r"))
}

func TestBansOfARoomGoWithIt(t *testing.T) {
	c := newClub(t)
	c.ok(incA, RoomBan{c.at[alice], c.token[alice], "#r", ban.Out, bob, 0, ""})
	c.ok(incA, c.part(clara, "#r"))
	c.ok(incA, c.part(alice, "#r"))
	c.ok(incA, c.join(bob, "#r"))
	c.runs("#r", bob)
}

// A room that its last leaves is gone with what was said in it, also if somebody makes it
// again in the same entry; and whoever watches from outside has nothing to say against it.
func TestARoomMadeAgainInTheSameEntryBeginsAnew(t *testing.T) {
	c := newClub(t)
	c.ok(incA, c.part(bob, "#r"))
	c.ok(incA, c.part(clara, "#r"))
	eye := observe(c.s)
	c.watched(eye, c.proposal(incA, c.say(alice, "#r")))
	c.watched(eye, c.proposal(incA, c.part(alice, "#r")), c.proposal(incA, c.join(bob, "#r")))
	if said := c.s.History().Last("#r", 10); len(said) > 0 {
		t.Fatalf("in the new #r there is %+v", said)
	}
	c.watched(eye, c.proposal(incA, c.say(bob, "#r")))
	c.runs("#r", bob)
}

func TestASlowRoomTakesOneMessageAPersonAndSpan(t *testing.T) {
	c := newClub(t)
	c.refused(incA, SetSlow{c.at[alice], c.token[alice], "#r", MaxSlow + 1}, BadName)
	c.ok(incA, SetSlow{c.at[alice], c.token[alice], "#r", 30 * id.Second})
	c.ok(incA, c.say(bob, "#r"))
	c.pass(10 * id.Second)
	if a := c.refused(incA, c.say(bob, "#r"), TooSoon); a.Refusal.Wait != 20*id.Second {
		t.Fatalf("he is to wait %d", a.Refusal.Wait)
	}
	c.ok(incA, c.say(clara, "#r"))
	c.ok(incA, c.say(bob, "#lobby"))
	c.ok(incA, c.say(alice, "#r")) // she runs it
	c.ok(incA, c.say(alice, "#r"))
	c.ok(incA, c.part(bob, "#r")) // coming back makes nobody faster
	c.ok(incA, c.join(bob, "#r"))
	c.refused(incA, c.say(bob, "#r"), TooSoon)
	c.reload()
	c.pass(30*id.Second - 1)
	c.renew(incA, incB)
	c.refused(incA, c.say(bob, "#r"), TooSoon)
	c.pass(1)
	c.ok(incA, c.say(bob, "#r"))
	c.ok(incA, SetSlow{c.at[alice], c.token[alice], "#r", 0})
	c.ok(incA, c.say(bob, "#r"))
}

func TestWhoIsBannedIsOutAtOnceAndStaysOut(t *testing.T) {
	c := newClub(t)
	c.attach(sess(incB, 1), bob, nick("bob"))
	c.ok(incA, AddOperator{alice, "", ""})
	c.refused(incA, Ban{ban.Out, string(alice), 0, "", ""}, IsOperator)
	c.refused(incA, Ban{ban.Mute, "192.0.2.0/24", 0, "", ""}, BadName)
	c.ok(incA, Ban{ban.Out, string(bob), id.Hour, "spam", alice})
	c.told(turn.Banned, turn.Detached, turn.Detached, turn.Graced)
	if e := c.last.Events[1]; e.Why != turn.Barred || e.By != alice {
		t.Fatalf("he is out because of %+v", e)
	}
	c.is("bob", lease.Grace, bob)
	if a := c.refused(incA, Attach{Session: sess(incA, 9), Identity: bob, Nick: nick("bob")}, Barred); a.Refusal.Ban.Reason != "spam" {
		t.Fatalf("he is refused with %+v", a.Refusal)
	}
	c.refused(incA, c.say(bob, "#r"), NoSession)
	c.ok(incA, Unban{ban.Out, string(bob), alice})
	c.attach(sess(incA, 9), bob, nick("bob"))
	c.ok(incA, Ban{ban.Mute, string(clara), 0, "", ""})
	c.refused(incA, c.say(clara, "#r"), Silenced)
	c.refused(incA, Post{Session: c.at[clara], Token: c.token[clara], To: "bob", Text: "x"}, Silenced)
	c.ok(incA, AddOperator{clara, "", ""}) // nothing holds an operator
	c.ok(incA, c.say(clara, "#r"))
	c.ok(incA, RemoveOperator{clara})
	c.refused(incA, c.say(clara, "#r"), Silenced)
}

func TestABanHoldsWhoeverIsAnOperatorNoMore(t *testing.T) {
	c := newClub(t)
	c.ok(incA, RoomBan{c.at[alice], c.token[alice], "#r", ban.Out, bob, 0, ""})
	c.ok(incA, Ban{ban.Out, string(bob), 0, "", ""})
	c.ok(incA, AddOperator{bob, "", ""})
	c.attach(sess(incA, 9), bob, nick("bob"))
	c.ok(incA, join(sess(incA, 9), c.s.Lease().Name("bob").Token, "#r"))
	c.ok(incA, RemoveOperator{bob})
	c.told(turn.OperatorRemoved, turn.Detached, turn.Graced, turn.RoomParted)
}

func TestTheListSaysWhoMayComeIn(t *testing.T) {
	c := newClub(t)
	c.ok(incA, Allow{bob, "a friend", alice})
	c.ok(incA, AddOperator{clara, "", ""})
	c.set(setting.Allowlist, 1)
	c.refused(incB, Attach{Session: sess(incB, 1), Identity: alice, Nick: nick("alice")}, NotAllowed)
	c.attach(sess(incB, 2), bob, nick("bob"))
	c.attach(sess(incB, 3), clara, nick("clara"))
	c.ok(incA, c.say(alice, "#r")) // who is here stays
	c.reload()
	c.ok(incA, Disallow{bob, ""})
	c.refused(incA, Disallow{bob, ""}, NotThere)
	c.refused(incB, Attach{Session: sess(incB, 4), Identity: bob, Nick: nick("bob")}, NotAllowed)
	c.set(setting.LimitAllowed, 1)
	c.ok(incA, Allow{bob, "", ""})
	c.limited(incA, Allow{alice, "", ""}, 1)
	c.refused(incA, Allow{"", "", ""}, BadName)
}

func TestBoundedBansAndInvitations(t *testing.T) {
	c := newClub(t)
	c.set(setting.LimitBans, 2)
	c.set(setting.LimitRoomBans, 1)
	c.set(setting.LimitInvitations, 1)
	for i := range 2 {
		c.ok(incA, Ban{ban.Out, fmt.Sprintf("192.0.%d.0/24", i), 0, "", ""})
	}
	c.limited(incA, Ban{ban.Out, "192.0.9.0/24", 0, "", ""}, 2)
	c.ok(incA, Ban{ban.Out, "192.0.0.0/24", id.Hour, "", ""}) // one that is there
	c.ok(incA, RoomBan{c.at[alice], c.token[alice], "#r", ban.Mute, bob, 0, ""})
	c.limited(incA, RoomBan{c.at[alice], c.token[alice], "#r", ban.Mute, clara, 0, ""}, 1)
	c.attach(sess(incB, 1), "SHA256:d", nick("d"))
	c.attach(sess(incB, 2), "SHA256:e", nick("e"))
	c.ok(incA, Invite{c.at[alice], c.token[alice], "#r", "SHA256:d"})
	c.limited(incA, Invite{c.at[alice], c.token[alice], "#r", "SHA256:e"}, 1)
	if got := c.s.Bans().Networks().List; !slices.Equal(got, []string{"192.0.0.0/24", "192.0.1.0/24"}) {
		t.Fatalf("networks are %v", got)
	}
}

func TestAnOperatorMovesAPersonToAnotherName(t *testing.T) {
	c := newClub(t)
	c.attach(sess(incB, 1), bob, nick("bob"))
	c.ok(incA, KeepName{c.at[bob], c.token[bob], true})
	c.refused(incA, RenameName{"zed", nick("robert"), ""}, NoSuchName)
	c.refused(incA, RenameName{"bob", nick("alice"), ""}, Taken)
	a := c.ok(incA, RenameName{"bob", nick("robert"), alice})
	c.is("bob", lease.Free, "")
	now := c.is("robert", lease.Held, bob)
	if !now.Registered || len(now.Live) != 2 || now.Token != a.Token || a.Token <= c.token[bob] {
		t.Fatalf("%+v under token %d", now, a.Token)
	}
	c.refused(incA, c.say(bob, "#r"), Fenced) // under the old token
	c.token[bob] = a.Token
	c.ok(incA, c.say(bob, "#r"))
	c.ok(incA, RenameName{"robert", lease.Nick{Display: "Robert", Key: "robert", Skeletons: [2]string{"robert", "robert"}}, ""})
	c.told(turn.Renamed)
	for _, s := range now.Live {
		c.ok(s.Incarnation, Detach{Session: s})
	}
	c.refused(incA, RenameName{"robert", nick("bob"), ""}, NotThere)
}

func TestTheMutedMayOnlyTakeBack(t *testing.T) {
	c := newClub(t)
	said := c.ok(incA, c.say(bob, "#r")).Event
	private := c.ok(incA, Post{Session: c.at[bob], Token: c.token[bob], To: "alice", Text: "psst"}).Event
	amend := func(place string, of id.Event, text string) Amend {
		return Amend{c.at[bob], c.token[bob], place, of, text}
	}
	react := func(on bool) React { return React{c.at[bob], c.token[bob], "#r", said, "+1", on} }
	c.ok(incA, react(true))
	c.ok(incA, RoomBan{c.at[alice], c.token[alice], "#r", ban.Mute, bob, 0, "spam"})
	c.refused(incA, amend("#r", said, "more"), Silenced)
	c.refused(incA, React{c.at[bob], c.token[bob], "#r", said, "-1", true}, Silenced)
	c.ok(incA, react(false))
	talk := room.Conversation(alice, bob)
	c.ok(incA, amend(talk, private, "in private he is free to"))
	c.ok(incA, Ban{ban.Mute, string(bob), 0, "", ""})
	c.refused(incA, amend(talk, private, "no more"), Silenced)
	c.ok(incA, amend(talk, private, ""))
	c.ok(incA, amend("#r", said, ""))
	c.ok(incA, join(c.at[bob], c.token[bob], "#mine")) // nor is he heard by what he says of a room
	c.refused(incA, SetTopic{c.at[bob], c.token[bob], "#mine", "hear me"}, Silenced)
	c.refused(incA, RoomBan{c.at[bob], c.token[bob], "#mine", ban.Mute, clara, 0, "hear me"}, Silenced)
	c.refused(incA, Invite{c.at[bob], c.token[bob], "#mine", clara}, Silenced)
}

func TestWhoRunsARoomMayTakeAwayWhatIsSaidThere(t *testing.T) {
	c := newClub(t)
	said, ours := c.ok(incA, c.say(bob, "#r")).Event, c.ok(incA, c.say(bob, "#lobby")).Event
	by := func(who id.Identity, place string, of id.Event, text string) Amend {
		return Amend{c.at[who], c.token[who], place, of, text}
	}
	c.refused(incA, by(clara, "#r", said, ""), NotAuthor)
	c.refused(incA, by(alice, "#r", said, "x"), NotAuthor) // nobody puts words into his mouth
	c.refused(incA, by(alice, "#lobby", ours, ""), NotAuthor)
	c.ok(incA, by(alice, "#r", said, ""))
	if e := c.last.Events[0]; e.By != alice || e.Old != "alice" || e.Identity != bob {
		t.Fatalf("it is told as %+v", e)
	}
}

func TestAPersonIsMeantByAnyOfTheirKeys(t *testing.T) {
	c := newClub(t)
	c.ok(incA, OpenCode{c.at[bob], c.token[bob], keyring.Proof{7}})
	c.ok(incA, AddKey{"SHA256:second", keyring.Proof{7}})
	c.ok(incA, Ban{ban.Out, "SHA256:second", 0, "", ""})
	c.told(turn.Banned, turn.Detached, turn.Graced)
	c.refused(incA, Attach{Session: sess(incA, 9), Identity: bob, Nick: nick("bob")}, Barred)
	c.ok(incA, Unban{ban.Out, "SHA256:second", ""})
	c.ok(incA, Ban{ban.Out, string(bob), 0, "", ""})
	c.ok(incA, Unban{ban.Out, "SHA256:second", ""})
	c.set(setting.Allowlist, 1)
	c.refused(incA, Attach{Session: sess(incA, 9), Identity: bob, Nick: nick("bob")}, NotAllowed)
	c.ok(incA, Allow{"SHA256:second", "bob's laptop", ""})
	c.attach(sess(incA, 9), bob, nick("bob"))
	c.ok(incA, Disallow{"SHA256:second", ""})
	c.refused(incA, Disallow{"SHA256:second", ""}, NotThere)
	c.ok(incA, RemoveKey{sess(incA, 9), c.s.Lease().Name("bob").Token, "SHA256:second"})
	c.refused(incA, Ban{ban.Out, "SHA256:second", 0, "", ""}, KeyDenied)
}

func TestWhatHoldsAGuestGoesWithIt(t *testing.T) {
	c := newClub(t)
	c.set(setting.Guests, 1)
	guest := id.Guest("zoe")
	at := sess(incA, 9)
	token := c.attach(at, guest, nick("zoe")).Token
	c.ok(incA, join(at, token, "#r"))
	c.refused(incA, RoomBan{c.at[alice], c.token[alice], "#r", ban.Out, guest, 0, ""}, NoKey)
	c.ok(incA, RoomBan{c.at[alice], c.token[alice], "#r", ban.Mute, guest, 0, ""})
	c.refused(incA, Ban{ban.Out, string(guest), 0, "", ""}, NoKey)
	c.refused(incA, Ban{ban.Mute, string(id.Guest("none")), 0, "", ""}, NotThere)
	c.refused(incA, Allow{guest, "", ""}, NoKey)
	c.ok(incA, Ban{ban.Mute, string(guest), 0, "", ""})
	c.refused(incA, Post{Session: at, Token: token, Room: "#lobby", Text: "x"}, Silenced)
	c.reload()
	c.ok(incA, Detach{Session: at})
	if all := append(c.s.Bans().In(""), c.s.Bans().In("#r")...); len(all) > 0 {
		t.Fatalf("it has gone, and %+v is kept", all)
	}
	c.set(setting.Allowlist, 1)
	c.refused(incA, Attach{Session: sess(incA, 10), Identity: id.Guest("y"), Nick: nick("y")}, NotAllowed)
}
