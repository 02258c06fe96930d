package linear

import (
	"fmt"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"
)

// Run plays a plan in a bubble of its own and returns what was recorded. It does not
// judge it: see Check.
func Run(t *testing.T, p Plan) (h *History) {
	defer func() {
		if r := recover(); r != nil {
			panic(fmt.Sprintf("seed %d: %v\n%s", p.Seed, r, debug.Stack()))
		}
	}()
	synctest.Test(t, func(t *testing.T) { h = play(t, p) })
	return h
}

// pause lets virtual time pass. All that waits in this package does so here: none of
// it may run outside of a bubble.
func pause(d time.Duration) { time.Sleep(d) }
