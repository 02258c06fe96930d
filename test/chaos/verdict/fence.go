package verdict

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"moniker/test/chaos/record"
)

// fenced: nothing was said for a session after it had ended, nor under a name that had
// gone to somebody else.
func fenced(w *world) Finding {
	f := held("Fenced", "nothing was said for a session that had ended, or under a name that had moved on")
	run, c := w.run, w.clock
	ends := map[seat]time.Duration{} // by when the session had ended for certain
	for _, list := range stays(run, c) {
		for _, s := range list {
			end := s.goneBy
			if s.end.Kind == record.Quit && s.end.Outcome == record.OK {
				end = s.end.Return + settleMost
			}
			ends[s.seat] = max(ends[s.seat], end)
		}
	}
	type showing struct {
		at     time.Duration
		second bool // two sessions have seen it live
		seat   seat
	}
	live := map[string]showing{}
	for _, l := range run.Lines {
		if l.Old {
			continue
		}
		s, ok := live[l.Text]
		at := seat{l.Client, l.Session}
		switch {
		case !ok:
			live[l.Text] = showing{at: l.At, seat: at}
		case s.seat != at:
			s.second = true
			s.at = min(s.at, l.At)
			live[l.Text] = s
		}
	}
	var all []string
	for i := range run.Ops {
		op := &run.Ops[i]
		s, ok := live[op.Text]
		if op.Text == "" || !ok || !s.second {
			continue // somebody alone may be slow to see it
		}
		end, ok := ends[seat{op.Client, op.Session}]
		if !ok || end == forever {
			continue
		}
		for _, fault := range run.Faults {
			if fault.From <= s.at && mended(run, fault)+aftermath >= end {
				end = max(end, mended(run, fault)+aftermath)
			}
		}
		if s.at > end {
			all = append(all, fmt.Sprintf("%s appears at %s, and its session had ended by %s", op.Text, round(s.at), round(end)))
		}
	}
	return broke(f, append(w.ghosts(), all...))
}

// reign is how long a name was somebody's for certain: two looks, and all between them,
// have seen it under the same token of theirs.
type reign struct {
	owner, token string
	from, to     time.Duration
}

// reigns are those of every name.
func reigns(run *record.Run) map[string][]reign {
	var looks []record.Op
	for _, op := range run.Ops {
		if op.Kind == record.Read && op.Outcome == record.OK {
			looks = append(looks, op)
		}
	}
	slices.SortStableFunc(looks, func(a, b record.Op) int { return cmp.Compare(a.Call, b.Call) })
	all := map[string][]reign{}
	for _, op := range looks {
		list := all[op.Name]
		if n := len(list); n > 0 && list[n-1].owner == op.Owner && list[n-1].token == op.Token {
			list[n-1].to = op.Call
			continue
		}
		all[op.Name] = append(list, reign{op.Owner, op.Token, op.Return, op.Call})
	}
	return all
}

// ghosts are lines that were said under a name while it was somebody else's. Nothing is
// allowed for slow screens: what stands behind a line that was typed after a look was
// said after that look, and what stands on a screen had been said by then.
func (w *world) ghosts() []string {
	if w.cycle {
		return nil // what was said after what is not known
	}
	asked := map[string]time.Duration{} // by text: when the last that stands before it in its room was typed
	for _, texts := range w.places {
		var last time.Duration
		for _, t := range texts {
			if op := w.posts[t]; op != nil {
				last = max(last, op.Call)
			}
			asked[t] = last
		}
	}
	seen := map[string]record.Line{} // by text, the first time on somebody else's screen
	for _, l := range w.run.Lines {
		op := w.posts[l.Text]
		if s, ok := seen[l.Text]; op != nil && op.Client != l.Client && (!ok || l.At < s.At) {
			seen[l.Text] = l
		}
	}
	names := reigns(w.run)
	var all []string
	for i := range w.run.Ops {
		op := &w.run.Ops[i]
		l, ok := seen[op.Text]
		if op.Text == "" || !ok {
			continue
		}
		after := max(op.Call, asked[op.Text])
		for _, r := range names[l.From] {
			if r.owner != "" && r.owner != op.Identity && after > r.from && l.At < r.to {
				all = append(all, fmt.Sprintf("%s is said by %s as %s between %s and %s, which was %s's from %s to %s, under token %s",
					op.Text, short(op.Identity), l.From, round(after), round(l.At), short(r.owner), round(r.from), round(r.to), r.token))
				break
			}
		}
	}
	return all
}

// sighting is a token that somebody was shown.
type sighting struct {
	op    record.Op
	token uint64
	since time.Duration // it was granted after that; zero: not known
}

// tokensGrow: a token is of one grant, and larger than all that were granted before.
func tokensGrow(run *record.Run) Finding {
	f := held("Tokens only grow", "every grant had a token larger than those before it")
	var seen []sighting
	for _, op := range run.Ops {
		if op.Kind != record.Read || op.Outcome != record.OK {
			continue
		}
		token, _ := strconv.ParseUint(op.Token, 10, 64)
		seen = append(seen, sighting{op: op, token: token})
	}
	slices.SortStableFunc(seen, func(a, b sighting) int { return cmp.Compare(a.op.Return, b.op.Return) })
	var all []string
	type grant struct{ name, owner string }
	grants := map[uint64]grant{}
	last := map[string]sighting{}
	var top []sighting // in the order of returns, each with the largest token so far
	for _, s := range seen {
		was, before := last[s.op.Name]
		if s.token == 0 {
			last[s.op.Name] = s
			continue
		}
		g := grant{s.op.Name, s.op.Owner}
		if have, ok := grants[s.token]; ok && have != g {
			all = append(all, fmt.Sprintf("token %d is of %s for %s, and of %s for %s",
				s.token, have.name, short(have.owner), g.name, short(g.owner)))
		}
		grants[s.token] = g
		if before && was.op.Return < s.op.Call && s.token < was.token {
			all = append(all, fmt.Sprintf("%s had token %d at %s, and %d after that", s.op.Name, was.token, round(was.op.Return), s.token))
		}
		switch {
		case before && was.token == s.token:
			s.since = was.since
		case before:
			s.since = was.op.Call
		}
		// The largest that was shown before the grant can have been made.
		if i, _ := slices.BinarySearchFunc(top, s.since, func(t sighting, at time.Duration) int { return cmp.Compare(t.op.Return, at) }); i > 0 && s.since > 0 {
			if t := top[i-1]; t.token >= s.token && !(t.token == s.token && t.op.Name == s.op.Name) {
				all = append(all, fmt.Sprintf("%s was granted token %d after %s, and %d had been seen on %s at %s",
					s.op.Name, s.token, round(s.since), t.token, t.op.Name, round(t.op.Return)))
			}
		}
		last[s.op.Name] = s
		largest := s
		if n := len(top); n > 0 && top[n-1].token > s.token {
			largest = top[n-1]
			largest.op.Return = s.op.Return
		}
		top = append(top, largest)
	}
	f.Numbers = fmt.Sprintf("%d grants seen in %d looks", len(grants), len(seen))
	return broke(f, all)
}
