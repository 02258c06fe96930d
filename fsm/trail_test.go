package fsm

import (
	"fmt"
	"strings"
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
)

// path tells a name's trail: kind.why, oldest first.
func path(s *State, key string) string {
	var all []string
	for _, e := range s.Trail().Of(key) {
		all = append(all, fmt.Sprintf("%d.%d", e.Kind, e.Why))
	}
	return strings.Join(all, " ")
}

func TestEveryChangeOfOwnershipLeavesATrail(t *testing.T) {
	st := newStory(t)
	s := sess(incA, 1)
	token := st.attach(s, alice, nick("alice")).Token
	st.attach(sess(incB, 1), alice, nick("alice"))
	st.ok(0, Exit{incA})
	st.tick()
	st.ok(incB, Kick{sess(incB, 1), bob})
	st.pass(grace)
	st.renew(incB)
	st.tick()
	st.attach(sess(incB, 2), bob, nick("alice"))
	want := []struct {
		kind turn.Kind
		why  turn.Why
	}{
		{turn.Granted, turn.WasFree}, {turn.Attached, turn.ItsOwner}, {turn.Detached, turn.NodeExited},
		{turn.Detached, turn.ByOperator}, {turn.Graced, turn.ByOperator}, {turn.Freed, turn.GraceOver}, {turn.Granted, turn.WasFree},
	}
	got := st.s.Trail().Of("alice")
	if len(got) != len(want) {
		t.Fatalf("the trail is %+v", got)
	}
	for i, e := range got {
		if e.Kind != want[i].kind || e.Why != want[i].why || e.Nick != "alice" {
			t.Errorf("%d is %+v, want %v", i, e, want[i])
		}
	}
	if e := got[0]; e.Token != token || e.Identity != alice || e.Node != "n1" || e.Session != s {
		t.Errorf("the first is %+v", e)
	}
	if e := got[3]; e.By != bob || e.Node != "n2" {
		t.Errorf("the kick is %+v", e)
	}
	if e := got[6]; e.Identity != bob || e.Token != token+1 || e.At != st.now {
		t.Errorf("the last is %+v", e)
	}
	before := path(st.s, "alice")
	st.reload()
	if after := path(st.s, "alice"); after != before {
		t.Errorf("restored to %s from %s", after, before)
	}
}

func TestBoundedTrail(t *testing.T) {
	st := newStory(t)
	st.set(setting.LimitNameTrail, 6)
	st.set(setting.LimitTrail, 100)
	for i := range 40 { // 3 changes each
		n, s := nick(fmt.Sprint("n", i)), sess(incA, uint64(i+1))
		st.attach(s, id.Identity(fmt.Sprint("SHA256:p", i)), n)
		st.ok(incA, Detach{Session: s})
	}
	if got := st.s.Trail().Len(); got != 100 {
		t.Fatalf("%d are remembered", got)
	}
	if first, last := path(st.s, "n0"), path(st.s, "n39"); first != "" || len(strings.Fields(last)) != 3 {
		t.Fatalf("of the first %q, of the last %q", first, last)
	}
	for i := range 10 {
		s := sess(incB, uint64(i+1))
		st.attach(s, "SHA256:p39", nick("n39"))
		st.ok(incB, Detach{Session: s})
	}
	if got := strings.Fields(path(st.s, "n39")); len(got) != 6 {
		t.Fatalf("of one name %v", got)
	}
	st.reload()
	st.attach(sess(incB, 50), "SHA256:p39", nick("n39"))
	if got := st.s.Trail().Len(); got > 100 {
		t.Fatalf("%d are remembered after a restore", got)
	}
}
