package sshfront

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"moniker/fsm/setting"
)

// TestEveryCounterIsCounted: a counter that Counts forgets is no use to anybody.
func TestEveryCounterIsCounted(t *testing.T) {
	s, err := New(Config{HostKey: key("host"), NodeName: "n1", Cluster: newWorld(t).n1})
	if err != nil {
		t.Fatal(err)
	}
	c := &s.counts
	n := int64(0)
	for _, a := range []interface{ Store(int64) }{
		&c.accepted, &c.refused, &c.failed, &c.late, &c.gaveWay, &c.proven, &c.joins, &c.leaves, &c.claimsRefused, &c.turnedAway, &c.wrongCodes,
		&c.saidLines, &c.slowed, &c.skippedEvents, &c.evicted, &c.silent, &c.stuck, &c.idle, &c.rekeys, &c.floods,
	} {
		n++
		a.Store(n)
	}
	if fields := reflect.TypeFor[counters]().NumField(); int64(fields) != n {
		t.Errorf("%d counters, %d of them here", fields, n)
	}
	seen := map[int64]bool{}
	v := reflect.ValueOf(s.Counts())
	for i := range v.NumField() {
		seen[v.Field(i).Int()] = true
	}
	for i := range n {
		if !seen[i+1] {
			t.Errorf("counter %d is in no field of %+v", i+1, s.Counts())
		}
	}
}

func TestFloodDoesNotFillTheLog(t *testing.T) {
	var q quiet
	at := born
	said, left := 0, 0
	for range 10_000 {
		at = at.Add(time.Millisecond)
		if n, ok := q.speak(handshakeLate, at); ok {
			said++
			left += n
		}
	}
	if said != 10 || left != 9_000-9 {
		t.Errorf("%d lines in 10 s, %d left out", said, left)
	}
	if _, ok := q.speak(handshakeGaveWay, at); !ok {
		t.Error("one kind silences another")
	}
}

func TestRefusalsAreLogged(t *testing.T) {
	w := newWorld(t)
	w.set(setting.LimitConnections, 1)
	log := &tape{}
	h := newHouse(t, w.n1, func(c *Config) {
		c.Logger = hclog.New(&hclog.LoggerOptions{Output: log, Level: hclog.Info})
	})
	h.inLobby("alice")
	for range 50 {
		if _, err := h.login("127.0.0.1", "bob"); err == nil {
			t.Fatal("bob got in")
		}
	}
	if got := log.String(); !strings.Contains(got, `connection refused: why="too many connections" from=127.0.0.1:`) ||
		strings.Count(got, "\n") > 3 {
		t.Errorf("logged\n%s", got)
	}
}
