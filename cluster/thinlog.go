package cluster

import (
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
)

const (
	thinEvery = 10 * time.Second // a text is passed on at most once in
	thinTexts = 256              // texts that are remembered
)

// thinLog passes a text of a level on at most once in 10 s, with how often it came
// unheard before. Raft alone would say the same four lines a second for as long as
// it is alone. What a text comes with is not looked at.
type thinLog struct {
	hclog.Logger
	seen *texts
}

// texts is what thin loggers of one origin have passed on.
type texts struct {
	clock Clock
	mu    sync.Mutex
	last  map[text]*passed
}

type text struct {
	level hclog.Level
	said  string
}

type passed struct {
	at      time.Duration
	unheard int
}

func newThinLog(l hclog.Logger, clock Clock) hclog.Logger {
	return thinLog{l, &texts{clock: clock, last: map[text]*passed{}}}
}

// pass reports whether a text may be passed on now, and how often it was not since
// it last was.
func (t *texts) pass(level hclog.Level, said string) (unheard int, ok bool) {
	now := t.clock.Mono()
	key := text{level, said}
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := t.last[key]; p != nil {
		if now-p.at < thinEvery {
			p.unheard++
			return 0, false
		}
		unheard, p.at, p.unheard = p.unheard, now, 0
		return unheard, true
	}
	if len(t.last) >= thinTexts {
		clear(t.last) // some are said once too often: better than never
	}
	t.last[key] = &passed{at: now}
	return 0, true
}

// hush passes on at Debug what raft's transport has to say of its own closing, while
// the node is on its way out: its streams are taken away before raft ends, see Node.end,
// and a stop on purpose would look like a crash.
type hush struct {
	hclog.Logger
	ending func() bool
}

// Error implements hclog.Logger.
func (l hush) Error(msg string, args ...any) {
	switch msg {
	case "failed to decode incoming command", "failed to flush response", "failed to accept connection":
		if l.ending() {
			l.Logger.Debug(msg, args...)
			return
		}
	}
	l.Logger.Error(msg, args...)
}

// Log implements hclog.Logger.
func (l thinLog) Log(level hclog.Level, msg string, args ...any) {
	if level < l.GetLevel() {
		return
	}
	unheard, ok := l.seen.pass(level, msg)
	if !ok {
		return
	}
	if unheard > 0 {
		args = append(args[:len(args):len(args)], "unheard", unheard)
	}
	l.Logger.Log(level, msg, args...)
}

// Trace implements hclog.Logger.
func (l thinLog) Trace(msg string, args ...any) { l.Log(hclog.Trace, msg, args...) }

// Debug implements hclog.Logger.
func (l thinLog) Debug(msg string, args ...any) { l.Log(hclog.Debug, msg, args...) }

// Info implements hclog.Logger.
func (l thinLog) Info(msg string, args ...any) { l.Log(hclog.Info, msg, args...) }

// Warn implements hclog.Logger.
func (l thinLog) Warn(msg string, args ...any) { l.Log(hclog.Warn, msg, args...) }

// Error implements hclog.Logger.
func (l thinLog) Error(msg string, args ...any) { l.Log(hclog.Error, msg, args...) }

// With implements hclog.Logger.
func (l thinLog) With(args ...any) hclog.Logger { return thinLog{l.Logger.With(args...), l.seen} }

// Named implements hclog.Logger.
func (l thinLog) Named(name string) hclog.Logger { return thinLog{l.Logger.Named(name), l.seen} }

// ResetNamed implements hclog.Logger.
func (l thinLog) ResetNamed(name string) hclog.Logger {
	return thinLog{l.Logger.ResetNamed(name), l.seen}
}
