//go:build !linux

package cluster

import "time"

type systemClock struct{ start time.Time }

// SystemClock is the machine's own. Outside Linux, time asleep is not counted: a
// node that slept learns that its lease is over from the log, not by itself.
func SystemClock() Clock { return systemClock{time.Now()} }

func (systemClock) Now() time.Time        { return time.Now() }
func (c systemClock) Mono() time.Duration { return time.Since(c.start) }
func (c systemClock) Boot() time.Duration { return time.Since(c.start) }
