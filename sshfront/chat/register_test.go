package chat

import (
	"testing"

	"moniker/fsm"
	"moniker/fsm/lease"
)

func TestRegisteredNamesStayUntilTheyAreGivenUp(t *testing.T) {
	w := newTown(t, 1)
	w.comes("alice", 1)
	w.comes("bob", 1)
	says := func(name, line, want string) {
		t.Helper()
		out, a := w.does(name, line)
		got := out.Answer
		if out.Done != nil && a.Code == fsm.OK {
			got = out.Done()
		}
		if got != want {
			t.Errorf("%s: %q", line, got)
		}
	}
	is := func(want lease.State) {
		t.Helper()
		if n := w.st.Lease().Name("alice"); n.State != want {
			t.Fatalf("alice is %+v", n)
		}
	}
	says("alice", "/register", "alice is registered: it stays yours for 90 d after you were last on it.")
	says("alice", "/register", "alice is registered: it stays yours for 90 d after you were last on it.")
	says("alice", "/release alice", "You are on alice. /quit frees it, or /nick for another.")
	says("alice", "/release bob", "bob is not yours.")
	says("alice", "/release zed", "Nobody has the name zed.")
	w.quits("alice")
	is(lease.Reserved)
	says("bob", "/whois alice", "alice   reserved, token 1; kept for its owner for 90 d\n  key     "+string(key("alice"))+"\n  rooms   #lobby")
	says("bob", "/msg alice hello", "alice is not here; its owner finds this on coming back.")
	w.comesWith("al", key("alice"), 1)
	if got := Complete("/release ", "AL", w.as("al")); len(got) != 1 || got[0].Text != "alice" {
		t.Errorf("completes to %v", got)
	}
	says("al", "/release alice", "alice is free now.")
	is(lease.Free)
	w.comesWith("alice", key("alice"), 1)
	says("alice", "/register", "alice is registered: it stays yours for 90 d after you were last on it.")
	w.comes("alice", 1)
	says("al", "/release alice", "Another terminal of yours is on alice. /quit there frees it.")
	says("alice", "/unregister", "alice is not registered: it stays yours for 10 min after you leave.")
	is(lease.Held)
}
