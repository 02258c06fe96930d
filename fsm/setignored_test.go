package fsm

import (
	"fmt"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/profile"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
)

func TestWhoIsIgnoredStaysSoUnderAnyName(t *testing.T) {
	st := newStory(t)
	a, b := sess(incA, 1), sess(incB, 1)
	tok := st.attach(a, alice, nick("alice")).Token
	st.attach(b, bob, nick("bob"))
	st.ok(incA, SetIgnored{a, tok, bob, true})
	st.told(turn.IgnoresChanged)
	st.ok(incA, SetIgnored{a, tok, bob, true})
	st.told()
	st.ok(incB, Claim{b, nick("robert")})
	st.reload()
	if !st.s.Profiles().Of(alice).Ignoring(bob) || st.s.Profiles().Of(bob).Ignoring(alice) {
		t.Fatal("alice ignores bob, and he does not ignore her")
	}
	st.refused(incA, SetIgnored{a, tok, alice, true}, BadName)
	st.refused(incA, SetIgnored{a, tok, "", true}, BadName)
	st.refused(incA, SetIgnored{a, tok, "x|y", true}, BadName)
	st.ok(incA, SetIgnored{a, tok, bob, false})
	st.told(turn.IgnoresChanged)
	st.ok(incA, SetIgnored{a, tok, bob, false})
	st.told()
	if st.s.Profiles().Len() != 0 {
		t.Fatalf("left is %+v", st.s.Profiles().Rows())
	}
}

func TestBoundedIgnored(t *testing.T) {
	st := newStory(t)
	st.set(setting.LimitIgnored, 2)
	a := sess(incA, 1)
	tok := st.attach(a, alice, nick("alice")).Token
	who := func(i int) id.Identity { return id.Identity(fmt.Sprint("SHA256:", i)) }
	st.ok(incA, SetIgnored{a, tok, who(1), true})
	st.ok(incA, SetIgnored{a, tok, who(2), true})
	st.limited(incA, SetIgnored{a, tok, who(3), true}, 2)
	st.ok(incA, SetIgnored{a, tok, who(2), true}) // already
	st.ok(incA, SetIgnored{a, tok, who(1), false})
	st.ok(incA, SetIgnored{a, tok, who(3), true})
}

// A profile goes with the person who is forgotten. Those who ignore them go on doing so.
func TestProfilesAreForgottenWithTheirPeople(t *testing.T) {
	st := newStory(t)
	st.set(setting.LimitPeople, 10)
	who := func(i int) id.Identity { return id.Identity(fmt.Sprintf("SHA256:%02d", i)) }
	for i := range 10 {
		st.pass(id.Second)
		st.renew(incA, incB)
		s := sess(incA, uint64(i+1))
		tok := st.attach(s, who(i), nick(fmt.Sprint("n", i))).Token
		st.ok(incA, SetOwn{s, tok, profile.Clock, profile.Seconds})
		st.ok(incA, SetIgnored{s, tok, who((i + 1) % 10), true})
	}
	st.ok(incA, Release{Session: sess(incA, 4)})
	st.attach(sess(incB, 1), bob, nick("bob"))
	if _, known := st.s.People().Get(who(3)); known {
		t.Fatal("3 is remembered")
	}
	if r := st.s.Profiles().Of(who(3)); len(r.Values)+len(r.Ignores) > 0 || st.s.Profiles().Len() != 9 {
		t.Fatalf("forgotten, and still has %+v of %d", r, st.s.Profiles().Len())
	}
	if !st.s.Profiles().Of(who(2)).Ignoring(who(3)) {
		t.Fatal("3 is not ignored any more")
	}
}
