package cluster

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
)

func TestThinLogSaysATextOnceInTenSeconds(t *testing.T) {
	clock := newHandClock()
	var out bytes.Buffer
	l := newThinLog(hclog.New(&hclog.LoggerOptions{Output: &out, Level: hclog.Info, DisableTime: true}), clock)
	lines := func() []string {
		defer out.Reset()
		return strings.Split(strings.TrimSpace(out.String()), "\n")
	}
	for i := range 5 {
		l.Warn("failed to contact", "try", i)
		l.Named("x").With("k", "v").Warn("failed to contact", "try", i)
	}
	l.Error("failed to contact") // another level
	l.Debug("not at this level")
	l.Info("leading")
	if got := lines(); len(got) != 3 || !strings.Contains(got[0], "try=0") || !strings.Contains(got[2], "leading") {
		t.Errorf("%q", got)
	}
	clock.advance(thinEvery - 1)
	l.Warn("failed to contact")
	clock.advance(1)
	args := make([]any, 0, 10)
	l.Warn("failed to contact", append(args, "try", 11)...)
	if got := lines(); len(got) != 1 || !strings.Contains(got[0], `try=11`) || !strings.Contains(got[0], `unheard=10`) {
		t.Errorf("%q", got)
	}
	clock.advance(thinEvery)
	l.Warn("failed to contact")
	if got := lines(); len(got) != 1 || strings.Contains(got[0], "unheard") {
		t.Errorf("%q", got)
	}
}

func TestThinLogIsBounded(t *testing.T) {
	l := newThinLog(hclog.NewNullLogger(), newHandClock()).(thinLog)
	for i := range 10 * thinTexts {
		l.Log(hclog.Error, fmt.Sprint(i))
	}
	if got := len(l.seen.last); got > thinTexts {
		t.Errorf("%d texts are remembered", got)
	}
}

// raft that refuses everything for a transfer's sake is given the time that a
// transfer may take, and no more.
func TestWedgedRaftEndsTheNode(t *testing.T) {
	refused := fmt.Errorf("barrier: %w", raft.ErrLeadershipTransferInProgress)
	var w wedge
	for _, c := range []struct {
		at     time.Duration
		why    error
		opened bool
		want   bool
	}{
		{time.Second, refused, false, false},
		{time.Second + wedgeTime, refused, false, false},
		{time.Second + wedgeTime + 1, refused, false, true},
		{5 * time.Second, raft.ErrLeadershipLost, false, false},
		{6 * time.Second, refused, false, false},
		{6*time.Second + wedgeTime, nil, false, false},
		{6*time.Second + wedgeTime + 1, refused, false, false},
		{time.Hour, refused, true, false}, // a good reign lies between
	} {
		if got := w.stuck(c.why, c.opened, c.at); got != c.want {
			t.Errorf("at %v, after %v: %v, want %v", c.at, c.why, got, c.want)
		}
	}
}
