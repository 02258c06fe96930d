package verdict

import (
	"fmt"
	"strings"
	"time"

	"moniker/test/chaos/record"
)

const recapMost = 20 // old messages that somebody who comes is shown

// noGaps: a session is shown every message of the room it is in from where it came
// in, once; and what somebody finds above the marker of what is new, she has seen.
func noGaps(w *world) Finding {
	f := held("No gap, no repeat", "every session was shown every message of its room, once")
	var all []string
	for _, s := range w.segments {
		all = append(all, w.gaps(s)...)
	}
	all = append(all, w.repeats()...)
	all = append(all, w.unseen()...)
	f.Numbers = fmt.Sprintf("%d lines, %d sessions were told of skipped messages", len(w.run.Lines), len(w.skips))
	return broke(f, all)
}

// gaps are where a segment lacks a message between two that it has, or before the
// first though it was shown less than it might.
func (w *world) gaps(s segment) []string {
	var all []string
	var last *record.Line
	old := 0
	for i := range s.lines {
		l := &s.lines[i]
		if l.Old {
			old++
		}
	}
	for i := range s.lines {
		l := &s.lines[i]
		if !strings.HasPrefix(l.Place, "#") {
			continue
		}
		at, ok := w.index[l.Text]
		if !ok {
			continue
		}
		switch {
		case last == nil && at > 0 && old < recapMost && l.Place == "#lobby" && !w.skipped(s.seat, 0, l.At):
			all = append(all, fmt.Sprintf("%s comes to %s and is shown %d old messages, from %s on, though %d were before it",
				s.seat, l.Place, old, l.Text, at))
		case last == nil || last.Place != l.Place:
		case at > w.index[last.Text]+1 && !w.skipped(s.seat, last.At, l.At):
			all = append(all, fmt.Sprintf("%s is shown %s and then %s, without %s, at %s",
				s.seat, last.Text, l.Text, w.places[l.Place][w.index[last.Text]+1], round(l.At)))
		}
		last = l
	}
	return all
}

// skipped reports whether a session was told of skipped messages meanwhile.
func (w *world) skipped(at seat, from, to time.Duration) bool {
	for _, s := range w.skips[at] {
		if s.At >= from-blur && s.At <= to+blur {
			return true
		}
	}
	return false
}

// repeats are messages that a session was shown twice: in one visit to a room, or
// twice as new.
func (w *world) repeats() []string {
	var all []string
	live := map[seat]map[string]bool{}
	for _, s := range w.segments {
		if live[s.seat] == nil {
			live[s.seat] = map[string]bool{}
		}
		shown := map[string]bool{}
		for _, l := range s.lines {
			if shown[l.Text] || !l.Old && live[s.seat][l.Text] {
				all = append(all, fmt.Sprintf("%s is shown %s twice, at %s", s.seat, l.Text, round(l.At)))
			}
			shown[l.Text] = true
			if !l.Old {
				live[s.seat][l.Text] = true
			}
		}
	}
	return all
}

// unseen are messages above the marker that their reader has never seen: they were
// taken for read. What was said in the lobby before she first came is not hers to
// have missed; and in other rooms nobody knows here since when she is in them. Nor has
// she missed what she said herself, though she was gone before it was accepted.
func (w *world) unseen() []string {
	var all []string
	came := map[string]time.Duration{} // by identity, when she first came
	for _, op := range w.run.Ops {
		if at, ok := came[op.Identity]; op.Kind == record.Claim && op.Outcome == record.OK && (!ok || op.Return < at) {
			came[op.Identity] = op.Return
		}
	}
	missed := func(l record.Line, who string) bool {
		op, at := w.posts[l.Text], came[who]
		return op != nil && op.Identity != who && at > 0 && op.Call > at && l.Place == "#lobby"
	}
	seen := map[string]map[string]bool{} // by identity
	skips := map[string]bool{}
	for at := range w.skips {
		skips[w.who[at.client]] = true
	}
	marked := map[seat]map[int]bool{}
	for _, s := range w.segments {
		for _, l := range s.lines {
			if l.Below {
				if marked[s.seat] == nil {
					marked[s.seat] = map[int]bool{}
				}
				marked[s.seat][s.arrival] = true
			}
		}
	}
	for _, l := range w.run.Lines {
		who := w.who[l.Client]
		if seen[who] == nil {
			seen[who] = map[string]bool{}
		}
		above := l.Old && !l.Below && marked[seat{l.Client, l.Session}][l.Arrival]
		if above && !seen[who][l.Text] && !skips[who] && missed(l, who) {
			all = append(all, fmt.Sprintf("%s finds %s above the marker, and nobody with that key has seen it before (%s)",
				seat{l.Client, l.Session}, l.Text, round(l.At)))
		}
		seen[who][l.Text] = true
	}
	return all
}
