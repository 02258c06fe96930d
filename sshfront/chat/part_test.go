package chat

import (
	"testing"

	"moniker/fsm"
	"moniker/fsm/setting"
)

func TestPartSaysWhatCannotBeSeen(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.comes("bob", 1)
	w.joins("alice", "#ops")
	w.joins("bob", "#ops")
	w.people["bob"].place = "#ops"
	part := func(name, line, want string) {
		t.Helper()
		if out, a := w.does(name, line); a.Code != fsm.OK || out.Done() != want {
			t.Errorf("%s: %d, %q", line, a.Code, out.Done())
		}
	}
	part("alice", "/part OPS", "You have left #ops.")
	w.joins("alice", "#ops")
	part("bob", "/part", "")
	part("alice", "/part #ops", "Nobody was left in #ops: it is gone, with what was said there.")
	if got := w.runs("alice", "/part #ops"); got.Answer != "You are not in #ops, but in #lobby." {
		t.Errorf("%+v", got)
	}
	if got := w.runs("alice", "/part"); got.Answer != "You are in no other room. /join one first; /quit leaves moniker." {
		t.Errorf("%+v", got)
	}
}

func TestJoinSaysWhichLimitIsReached(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.comes("bob", 1)
	w.joins("bob", "#ops")
	w.set(setting.LimitRooms, 1)
	want := "You are in 1 room, which is the limit. /part #ROOM leaves one."
	if got := w.runs("alice", "/join ops"); got.Answer != want {
		t.Errorf("%+v", got)
	}
	w.set(setting.LimitRooms, 5)
	w.set(setting.LimitAllRooms, 2)
	want = "The cluster has 2 rooms, which is the limit, and #dev is none of them. /rooms lists them."
	if got := w.runs("alice", "/join dev"); got.Answer != want {
		t.Errorf("%+v", got)
	}
	if got := w.runs("alice", "/join ops"); got.Go != "#ops" {
		t.Errorf("%+v", got)
	}
	w.set(setting.LimitRooms, 1)
	if got := w.runs("bob", "/join ops"); got.Go != "#ops" { // where bob is already
		t.Errorf("%+v", got)
	}
}
