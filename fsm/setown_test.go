package fsm

import (
	"strings"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/profile"
	"moniker/fsm/turn"
)

func TestWhatIsSetIsThePersonsOnEveryTerminal(t *testing.T) {
	st := newStory(t)
	a, b := sess(incA, 1), sess(incB, 1)
	tok := st.attach(a, alice, nick("alice")).Token
	st.attach(b, alice, nick("alice"))
	st.ok(incA, SetOwn{a, tok, profile.Bell, profile.Off})
	st.told(turn.ProfileChanged)
	if e := st.last.Events[0]; e.Identity != alice || e.Key != "bell" || e.Text != "off" {
		t.Fatalf("told %+v", e)
	}
	st.ok(incB, SetOwn{b, tok, profile.Bell, profile.Off}) // it is so already
	st.told()
	st.ok(incB, SetOwn{b, tok, profile.Zone, "Europe/Berlin"})
	st.reload()
	row := st.s.Profiles().Of(alice)
	if row.Get(profile.Bell) != profile.Off || row.Get(profile.Zone) != "Europe/Berlin" || row.Get(profile.Joins) != profile.On {
		t.Fatalf("%+v", row)
	}
	st.ok(incB, SetOwn{b, tok, profile.Bell, ""})
	st.ok(incB, SetOwn{b, tok, profile.Zone, ""})
	if n := st.s.Profiles().Len(); n != 0 {
		t.Fatalf("she has nothing that is not as usual, and %d rows", n)
	}
}

func TestWhatCannotBeSetIsRefused(t *testing.T) {
	st := newStory(t)
	a := sess(incA, 1)
	tok := st.attach(a, alice, nick("alice")).Token
	st.refused(incA, SetOwn{a, tok, "volume", "11"}, BadValue)
	st.refused(incA, SetOwn{a, tok, profile.Bell, "loud"}, BadValue)
	st.refused(incA, SetOwn{a, tok, profile.Zone, "../../etc/passwd"}, BadValue)
	for name, most := range map[profile.Name]int64{profile.Bio: 200, profile.Pronouns: 30, profile.Zone: 64} {
		got := st.refused(incA, SetOwn{a, tok, name, strings.Repeat("x", int(most)+1)}, TooLong)
		if got.Refusal == nil || got.Refusal.Limit != most {
			t.Errorf("%s: the refusal is %+v, want limit %d", name, got.Refusal, most)
		}
	}
	st.ok(incA, SetOwn{a, tok, profile.Bio, strings.Repeat("界", 200)})
}

// A node that is cut off, and a session that is over, set nothing any more.
func TestWhatIsSetIsFenced(t *testing.T) {
	st := newStory(t)
	a := sess(incA, 1)
	tok := st.attach(a, alice, nick("alice")).Token
	bobs := st.attach(sess(incB, 1), bob, nick("bob")).Token
	for _, c := range []func(id.Session, id.Token) Command{
		func(s id.Session, tok id.Token) Command { return SetOwn{s, tok, profile.Bell, profile.Off} },
		func(s id.Session, tok id.Token) Command { return SetIgnored{s, tok, "SHA256:carol", true} },
		func(s id.Session, tok id.Token) Command { return SetAway{s, tok, true, "lunch"} },
	} {
		st.refused(incA, c(a, tok+100), Fenced)
		st.refused(incA, c(a, bobs), Fenced)
		st.refused(incB, c(a, tok), NoSession) // another node's
		st.refused(incA, c(sess(incA, 9), tok), NoSession)
		st.ok(incA, c(a, tok))
	}
	st.ok(incA, Release{Session: a})
	st.refused(incA, SetOwn{a, tok, profile.Bell, profile.On}, NoSession)
	st.refused(incA, SetIdle{a, true, 0}, NoSession)
	if st.s.Profiles().Of(alice).Get(profile.Bell) != profile.Off {
		t.Fatal("she has left, and her profile with her")
	}
}
