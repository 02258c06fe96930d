package cluster

import (
	"time"

	"golang.org/x/sys/unix"
)

type systemClock struct{ start time.Time }

// SystemClock is the machine's own.
func SystemClock() Clock { return systemClock{time.Now()} }

func (systemClock) Now() time.Time        { return time.Now() }
func (c systemClock) Mono() time.Duration { return time.Since(c.start) }

// Boot reads CLOCK_BOOTTIME, which counts the time a machine sleeps: a laptop that
// wakes must not believe that its lease stands. Go's own monotonic clock is
// CLOCK_MONOTONIC, which does not.
func (c systemClock) Boot() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
		return c.Mono()
	}
	return time.Duration(ts.Nano())
}
