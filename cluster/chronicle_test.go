package cluster

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/turn"
)

func TestLogTellsOfAnOutageOnceAndHowLongItWas(t *testing.T) {
	const s = time.Second
	type step struct {
		at time.Duration
		is Standing
	}
	for _, c := range []struct {
		name  string
		steps []step
		want  []string // it was last found serving one look before
	}{
		{"an election", []step{{5 * s, Waiting}, {5*s + 4*time.Millisecond, Serving}, {6 * s, Waiting}, {7 * s, Serving}}, nil},
		{"a longer wait", []step{{5 * s, Waiting}, {7 * s, Serving}},
			[]string{"[WARN]  no answer from the others", "[INFO]  with the others again: after=2.1s"}},
		{"33 s, and back by way of a short wait", []step{{5 * s, Waiting}, {12 * s, ReadOnly}, {36 * s, Waiting}, {37 * s, Serving}},
			[]string{"[WARN]  no answer from the others", "[WARN]  read-only", "[INFO]  with the others again: after=32.1s"}},
		{"lost, and back", []step{{5 * s, Waiting}, {12 * s, ReadOnly}, {20 * s, Lost}, {40 * s, Waiting}, {41 * s, Serving}},
			[]string{"[WARN]  no answer", "[WARN]  read-only", "[WARN]  lost", "[INFO]  with the others again: after=36.1s"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := standIn(t)
			var log bytes.Buffer
			n.log = hclog.New(&hclog.LoggerOptions{Output: &log, DisableTime: true, Level: hclog.Info})
			v := verdict{}
			told := standingTold{}
			steps := append([]step{{s, Serving}}, c.steps...)
			for i := time.Duration(0); i <= 50*s; i += judgeEvery {
				for len(steps) > 0 && steps[0].at <= i {
					v.standing, v.since = steps[0].is, i
					steps = steps[1:]
					told = n.tellStanding(told, v)
				}
				if v.at = i; v.standing == Serving {
					v.served = i
				}
				told = n.tellStanding(told, v)
			}
			lines := strings.Split(strings.TrimSpace(log.String()), "\n")
			if log.Len() == 0 {
				lines = nil
			}
			if len(lines) != len(c.want) {
				t.Fatalf("logged:\n%s", &log)
			}
			for i, want := range c.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("%q, want %q", lines[i], want)
				}
			}
		})
	}
}

// They may be put in grace while the chronicle reads.
func TestLogTellsOfANodeThatHasGoneOnceItHasReadOfAllItsNames(t *testing.T) {
	n := standIn(t)
	var log bytes.Buffer
	n.log = hclog.New(&hclog.LoggerOptions{Output: &log, DisableTime: true, Level: hclog.Info})
	const inc = id.Incarnation(0xa100000000000001)
	n.apply(t, 0, fsm.Register{Node: "me", Incarnation: inc, Version: fsm.Version})
	n.apply(t, inc, fsm.Attach{
		Session: id.Session{Incarnation: inc, Number: 1}, Identity: "SHA256:alice",
		Nick: lease.Nick{Display: "alice", Key: "alice", Skeletons: [2]string{"alice", "alice"}},
	})
	gone := map[id.Incarnation]*departure{}
	at := n.feed.Head()
	read := func() {
		var events []turn.Event
		for events, at, _ = n.feed.Next(at, 100); len(events) > 0; events, at, _ = n.feed.Next(at, 100) {
			for _, e := range events {
				n.note(gone, e)
			}
		}
	}
	n.apply(t, 0, fsm.Exit{Incarnation: inc})
	read()
	for range 10 {
		n.apply(t, 0, fsm.Tick{})
	}
	if n.tellGone(gone, at); log.Len() > 0 {
		t.Errorf("it told before it had read: %s", &log)
	}
	read()
	if n.tellGone(gone, at); !strings.Contains(log.String(), "names_in_grace=1") {
		t.Errorf("logged: %s", &log)
	}
}

func TestRaftSaysNothingOfItsClosingOnTheWayOut(t *testing.T) {
	var log bytes.Buffer
	ending := false
	l := hush{hclog.New(&hclog.LoggerOptions{Output: &log, DisableTime: true, Level: hclog.Debug}), func() bool { return ending }}
	for _, ending = range []bool{false, true} {
		l.Error("failed to decode incoming command", "error", "closed")
		l.Error("failed to accept connection", "error", "closed")
		l.Error("anything else")
	}
	for i, line := range strings.Split(strings.TrimSpace(log.String()), "\n") {
		if want := i == 3 || i == 4; strings.HasPrefix(line, "[DEBUG]") != want {
			t.Error(line)
		}
	}
}
