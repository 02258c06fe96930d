package fsm

import (
	"strings"
	"testing"

	"moniker/fsm/setting"
	"moniker/fsm/turn"
)

func TestTheMessageOfTheDayIsWhatAnOperatorSaidLast(t *testing.T) {
	st := openStory(t)
	st.attach(sess(incA, 1), alice, nick("alice"))
	st.ok(incA, SetMotd{"disks are changed at noon", alice})
	st.told(turn.MotdSet)
	st.reload()
	if m := st.s.Settings().Motd(); m.Text != "disks are changed at noon" || m.By != alice || m.Nick != "alice" {
		t.Fatalf("it is %+v", m)
	}
	st.ok(incA, SetMotd{"disks are changed at noon", bob}) // as it is: nothing happens
	st.told()
	st.set(setting.LimitMotd, 10)
	if a := st.refused(incA, SetMotd{strings.Repeat("ü", 11), alice}, TooLong); a.Refusal.Limit != 10 {
		t.Fatalf("refused with %+v", a.Refusal)
	}
	st.ok(incA, SetMotd{strings.Repeat("ü", 10), alice})
	st.ok(incA, SetMotd{"", ""})
	st.reload()
	if m := st.s.Settings().Motd(); m.Text != "" {
		t.Fatalf("it is %+v", m)
	}
}
