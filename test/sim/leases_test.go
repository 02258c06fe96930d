package sim

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"
)

// calm makes raft's heartbeats rare, so that long times pass quickly.
func calm(c *raft.Config) {
	c.HeartbeatTimeout, c.ElectionTimeout, c.LeaderLeaseTimeout = time.Minute, time.Minute, time.Minute
	c.CommitTimeout = 250 * time.Millisecond
}

func TestRenewalsKeepNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewTuned(t, 3, calm)
		defer c.Close()
		at := time.Now()
		for range 60 {
			time.Sleep(time.Minute)
		}
		t.Log(time.Since(at))
	})
}
