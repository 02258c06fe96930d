package fsm

import (
	"fmt"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/keyring"
	"moniker/fsm/lease"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
)

const phone = id.Fingerprint("SHA256:phone")

// linked is alice on n1, whose phone is a key of hers.
func linked(t *testing.T) (st *story, her id.Session, token id.Token) {
	st = newStory(t)
	her = sess(incA, 1)
	token = st.attach(her, alice, nick("alice")).Token
	st.ok(incA, OpenCode{her, token, keyring.Proof{1}})
	st.ok(incB, AddKey{phone, keyring.Proof{1}})
	return st, her, token
}

// by is somebody who comes by a key.
func by(s id.Session, who id.Identity, key id.Fingerprint, name string) Attach {
	return Attach{Session: s, Identity: who, Nick: nick(name), By: key}
}

func TestSeveralKeysAreOnePerson(t *testing.T) {
	st, _, token := linked(t)
	a := st.ok(incB, by(sess(incB, 1), alice, phone, "alice"))
	if a.Token != token {
		t.Fatalf("by another key she has token %s, had %s", a.Token, token)
	}
	if row, _ := st.s.Lease().Session(sess(incB, 1)); row.Identity != alice || row.Print() != phone {
		t.Fatalf("her session is %+v", row)
	}
	st.refused(incB, by(sess(incB, 2), phone.Own(), "", "phone"), NotByKey)
	st.refused(incB, by(sess(incB, 2), alice, "SHA256:other", "alice"), NotByKey)
	st.ok(incA, AddOperator{phone.Own(), "whichever", ""})
	if _, ok := st.s.Members().Operator(alice); !ok {
		t.Fatal("a key of hers was made an operator's, and she is none")
	}
	st.ok(incA, RemoveOperator{phone.Own()})
	st.ok(incA, ReserveName{nick("al"), phone.Own(), ""})
	st.is("al", lease.Reserved, alice)
	st.reload()
	st.ok(incB, by(sess(incB, 3), alice, phone, "alice"))
}

// What a key has been by itself is given up: nothing of it is left.
func TestAKeyThatBecomesAnothersGivesUpWhatItWas(t *testing.T) {
	st := newStory(t)
	her, hers := sess(incA, 1), sess(incB, 1)
	token := st.attach(her, alice, nick("alice")).Token
	own := st.attach(hers, phone.Own(), nick("stray")).Token
	st.ok(incB, join(hers, own, "#strays"))
	st.ok(incB, Post{Session: hers, Token: own, To: "alice", Text: "psst"})
	st.ok(incB, KeepName{hers, own, true})
	st.ok(incB, OpenCode{hers, own, keyring.Proof{9}})
	st.ok(incA, OpenCode{her, token, keyring.Proof{1}})
	st.ok(incB, AddKey{phone, keyring.Proof{1}})
	st.told(turn.Detached, turn.Freed, turn.RoomParted, turn.RoomParted, turn.KeyAdded)
	if e := st.last.Events[0]; e.Why != turn.KeyMoved || e.Session != hers {
		t.Fatalf("told %+v", e)
	}
	for _, e := range st.last.Events[2:4] {
		if e.Nick != "stray" {
			t.Fatalf("%q leaves %s", e.Nick, e.Place)
		}
	}
	st.is("stray", lease.Free, "")
	if _, known := st.s.People().Get(phone.Own()); known || len(st.s.Rooms().Reads(phone.Own())) > 0 {
		t.Fatal("it is remembered")
	}
	st.refused(incB, Post{Session: hers, Token: own, Room: "#lobby", Text: "x"}, NoSession)
	st.refused(incA, AddKey{"SHA256:third", keyring.Proof{9}}, NoSuchCode) // whose it was is nobody now
}

func TestACodeIsOfUseOnceAndForTenMinutes(t *testing.T) {
	st, her, token := linked(t)
	st.refused(incB, AddKey{"SHA256:third", keyring.Proof{1}}, NoSuchCode)
	st.refused(incB, AddKey{"SHA256:third", keyring.Proof{2}}, NoSuchCode)
	open := func(n byte) { st.ok(incA, OpenCode{her, token, keyring.Proof{n}}) }
	open(3)
	st.refused(incA, OpenCode{her, token, keyring.Proof{3}}, Exists)
	st.refused(incA, OpenCode{her, token + 1, keyring.Proof{4}}, Fenced)
	open(4) // in place of the third
	st.refused(incB, AddKey{"SHA256:third", keyring.Proof{3}}, NoSuchCode)
	st.pass(keyring.CodeLife - 1)
	st.refused(incB, AddKey{phone, keyring.Proof{4}}, Exists) // and the code stays
	st.reload()
	st.ok(incB, AddKey{"SHA256:third", keyring.Proof{4}})
	open(5)
	st.pass(keyring.CodeLife)
	st.refused(incB, AddKey{"SHA256:fourth", keyring.Proof{5}}, NoSuchCode)
	open(6)
	if n := st.s.Keys().Codes(); n != 1 {
		t.Fatalf("%d codes are kept", n)
	}
}

func TestARemovedKeyIsOutAtOnceAndStaysOut(t *testing.T) {
	st, her, token := linked(t)
	there := sess(incB, 1)
	st.ok(incB, by(there, alice, phone, "alice"))
	st.ok(incB, by(sess(incB, 2), alice, phone, "al"))
	st.refused(incA, RemoveKey{her, token, "SHA256:bob"}, NotThere)
	st.refused(incB, RemoveKey{her, token, phone}, NoSession)
	st.ok(incA, RemoveKey{her, token, phone})
	st.told(turn.KeyRemoved, turn.Detached, turn.Detached, turn.Graced)
	if e := st.last.Events[1]; e.Why != turn.KeyGone || e.Session != there {
		t.Fatalf("told %+v", e)
	}
	st.is("al", lease.Grace, alice)
	st.refused(incB, Post{Session: there, Token: token, Room: "#lobby", Text: "x"}, NoSession)
	st.reload()
	st.refused(incB, by(sess(incB, 3), alice, phone, "alice"), KeyDenied)
	st.refused(incB, by(sess(incB, 3), phone.Own(), "", "phone"), KeyDenied)
	st.refused(incA, AddOperator{phone.Own(), "", ""}, KeyDenied)
	st.refused(incA, RemoveKey{her, token, alice.First()}, LastKey)

	bobs := st.attach(sess(incB, 4), bob, nick("bob")).Token
	st.ok(incB, OpenCode{sess(incB, 4), bobs, keyring.Proof{7}})
	st.refused(incB, AddKey{phone, keyring.Proof{7}}, KeyTaken) // it is hers to let in
	st.ok(incA, OpenCode{her, token, keyring.Proof{8}})
	st.ok(incB, AddKey{phone, keyring.Proof{8}})
	st.ok(incB, by(sess(incB, 5), alice, phone, "alice"))
}

// The identity outlives the key that it was made from, and that key cannot become it
// again by being forgotten.
func TestAFirstKeyThatWasRemovedIsDeniedForGood(t *testing.T) {
	st, _, token := linked(t)
	there := sess(incB, 1)
	st.ok(incB, by(there, alice, phone, "alice"))
	st.set(setting.LimitKeys, 2)
	st.ok(incB, RemoveKey{there, token, alice.First()})
	for i := range 5 {
		p, key := keyring.Proof{byte(10 + i)}, id.Fingerprint(fmt.Sprint("SHA256:key", i))
		st.ok(incB, OpenCode{there, token, p})
		st.ok(incB, AddKey{key, p})
		st.refused(incB, OpenCode{there, token, keyring.Proof{99}}, TooMany)
		st.ok(incB, RemoveKey{there, token, key})
	}
	if n := st.s.Keys().Len(); n != 4 { // two that are denied, the first, and the phone
		t.Fatalf("%d keys have a row", n)
	}
	st.refused(incA, by(sess(incA, 5), alice, "", "alice"), KeyDenied)
	st.refused(incA, by(sess(incA, 5), "SHA256:key4", "", "k"), KeyDenied)
	st.ok(incA, by(sess(incA, 5), "SHA256:key0", "", "k")) // forgotten: somebody new
	st.ok(incB, Release{Session: there})
	st.set(setting.LimitPeople, 10)
	for i := range 12 {
		s := sess(incA, uint64(20+i))
		st.ok(incA, Attach{Session: s, Identity: id.Identity(fmt.Sprint("SHA256:p", i)), Nick: nick(fmt.Sprint("p", i))})
		st.ok(incA, Release{Session: s})
	}
	if _, known := st.s.People().Get(alice); known {
		t.Fatal("she is remembered")
	}
	st.refused(incA, by(sess(incA, 6), alice, "", "alice"), KeyDenied)
	st.ok(incB, by(sess(incB, 6), alice, phone, "alice"))
}

// With somebody who is forgotten go their keys: each is somebody new.
func TestKeysAreForgottenWithTheirPerson(t *testing.T) {
	st, her, _ := linked(t)
	st.ok(incA, Release{Session: her})
	st.set(setting.LimitPeople, 10)
	for i := range 12 {
		s := sess(incA, uint64(20+i))
		st.ok(incA, Attach{Session: s, Identity: id.Identity(fmt.Sprint("SHA256:p", i)), Nick: nick(fmt.Sprint("p", i))})
		st.ok(incA, Release{Session: s})
	}
	if n := st.s.Keys().Len(); n != 0 {
		t.Fatalf("%d keys have a row", n)
	}
	st.ok(incB, by(sess(incB, 1), phone.Own(), "", "phone"))
}

func TestAnOperatorsKeyIsNotGivenAwayUnseen(t *testing.T) {
	st := newStory(t)
	her := sess(incA, 1)
	token := st.attach(her, alice, nick("alice")).Token
	st.ok(incA, AddOperator{phone.Own(), "", ""})
	st.ok(incA, OpenCode{her, token, keyring.Proof{1}})
	st.refused(incB, AddKey{phone, keyring.Proof{1}}, KeyTaken)
	st.ok(incA, AddOperator{alice, "", ""})
	st.ok(incB, AddKey{phone, keyring.Proof{1}})
	if all := st.s.Members().Operators(); len(all) != 1 || all[0].ID != alice {
		t.Fatalf("operators are %+v", all)
	}
}

func TestBoundedKeys(t *testing.T) {
	st, her, token := linked(t)
	st.set(setting.LimitAllKeys, 10)
	for i := range 20 {
		a := st.do(incA, OpenCode{her, token, keyring.Proof{byte(10 + i)}})
		if a.Code == TooMany && a.Refusal.Limit == 10 {
			if n := st.s.Keys().Len() + st.s.Keys().Codes(); n > 10 {
				t.Fatalf("%d keys and codes", n)
			}
			return
		}
		st.ok(incB, AddKey{id.Fingerprint(fmt.Sprint("SHA256:key", i)), keyring.Proof{byte(10 + i)}})
	}
	t.Fatal("there is no end")
}
