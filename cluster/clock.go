package cluster

import (
	"time"

	"moniker/fsm/id"
)

// Clock is all that a node knows of time. Timers come from package time: they
// decide when a node looks, never what is true.
type Clock interface {
	Now() time.Time      // the wall clock; for people
	Mono() time.Duration // monotonic; may stand still while the machine sleeps
	Boot() time.Duration // monotonic; goes on while the machine sleeps
}

// maxTurn is the most that one turn of the clock adds to cluster time: a leader
// that was stopped, or whose disk was, burns at most this much of anybody's lease.
const maxTurn = time.Second

// turner makes cluster time out of a leader's monotonic clock: an anchor, which is
// the state's time when the reign began, and the credit earned since. It never
// goes back, and never faster than the clock it is turned by.
type turner struct {
	anchor id.Time
	last   time.Duration // the clock at the last turn
	credit time.Duration
}

// turn takes the clock's reading and returns cluster time. While stalled, an entry
// has been waiting to be applied for too long: that time is nobody's.
func (c *turner) turn(mono time.Duration, stalled bool) id.Time {
	elapsed := mono - c.last
	c.last = mono
	if elapsed > 0 && !stalled {
		c.credit += min(elapsed, maxTurn)
	}
	return c.anchor.Add(id.Duration(c.credit / time.Microsecond))
}
