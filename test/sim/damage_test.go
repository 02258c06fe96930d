package sim

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"
)

// A node whose only snapshot is gone, and whose log begins behind it, says so and does
// not start: raft itself panics with "log not found" (chaos, seed 101).
func TestNodeWithoutItsSnapshotSaysSoAndDoesNotStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewTuned(t, 3, often)
		defer c.Close()
		talker, _ := must(t, c.Leader(), mallory, "mallory")
		for i := range 100 {
			said(t, talker, fmt.Sprint("line ", i))
			time.Sleep(20 * time.Millisecond) // time for a snapshot
		}
		n := c.Others(c.Leader())[0]
		n.Crash()
		n.Start() // with its snapshot it does
		c.Await("it serves", n.Serves)
		n.Crash()
		n.snaps = raft.NewInmemSnapshotStore()
		if err := n.TryStart(); err == nil || !strings.Contains(err.Error(), "the log begins at entry") {
			t.Errorf("%v", err)
		}
	})
}
