// Package verdict says which laws held in a run, from the record alone. It starts
// nothing and asks nobody. Each law has a file; what several need is in
//
//	bounds.go     what a run is held against, and cluster time
//	stays.go      who was on which name, and between which bounds
//	steps.go      what was done with each name
//	model.go      what may become of a name
//	sweep.go      whether a name's history can have been
//	ownership.go  that of all names, by each of the rules
//	screens.go    what stood on screens, and the one order of it
package verdict

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"moniker/test/chaos/record"
)

// Finding is what became of one law in a run.
type Finding struct {
	Law     string // as DESIGN.md names it
	Held    bool
	What    string // one sentence: what held, or what broke it first
	Picture string // a file in the folder of artifacts; empty: there is none
	Numbers string // what was measured; empty if nothing was

	Undecided bool // neither held nor broken: there was not the time to say
	Blind     bool // broken because nobody looked: that says nothing of the nodes
}

// Judge holds the run against every law. Pictures go to the folder artifacts; none
// are made if that is empty.
func Judge(run *record.Run, artifacts string) []Finding {
	run = complete(run)
	w := look(run)
	o := judgeOwnership(run, artifacts)
	return []Finding{
		o.oneOwner(), o.neverEarly(), o.neverLate(),
		ownerReturns(run), fenced(w), tokensGrow(run),
		oneOrder(w), noGaps(w), exactlyOnce(w), acknowledgedIsKept(w), private(w),
		available(run), nobodyWaits(run), oneState(run), nothingLeaks(run), logsAreClean(run),
	}
}

// complete puts the product's defaults where a run does not say.
func complete(run *record.Run) *record.Run {
	r := *run
	usual := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	usual(&r.TTL, 10*time.Second)
	usual(&r.Grace, 10*time.Minute)
	usual(&r.Silence, 9*time.Second)
	for _, op := range r.Ops {
		r.Took = max(r.Took, op.Call, op.Return)
	}
	for _, l := range r.Lines {
		r.Took = max(r.Took, l.At)
	}
	return &r
}

// Least traffic of a run that may be green.
const (
	leastPosts   = 40
	leastClaims  = 15
	leastDenials = 2
	leastReturns = 3
	leastReads   = 15
)

// Enough says why a run proves nothing: too little traffic, or faults without
// effect. Such a run is invalid, not green.
func Enough(run *record.Run) error {
	run = complete(run)
	var posts, claims, denials, reads int
	for _, op := range run.Ops {
		switch {
		case op.Kind == record.Post && op.Outcome == record.OK:
			posts++
		case op.Kind == record.Claim && op.Outcome == record.OK:
			claims++
		case op.Kind == record.Claim && op.Outcome == record.Refused:
			denials++
		case op.Kind == record.Read && op.Outcome == record.OK:
			reads++
		}
	}
	var errs []error
	want := func(what string, got, least int) {
		if got < least {
			errs = append(errs, fmt.Errorf("verdict: %d %s, %d are the least to judge by", got, what, least))
		}
	}
	want("posts accepted", posts, leastPosts)
	want("names claimed", claims, leastClaims)
	want("names refused", denials, leastDenials)
	want("owners who returned", len(returns(run)), leastReturns)
	want("looks at names", reads, leastReads)
	for _, f := range run.Faults {
		if !felt(run, f) {
			errs = append(errs, fmt.Errorf("verdict: nobody felt the fault %s (%s) at %s", f.Kind, f.What, round(f.From)))
		}
	}
	return errors.Join(errs...)
}

// felt reports whether a fault had an effect that the record can show; faults that
// should have none are always felt.
func felt(run *record.Run, f record.Fault) bool {
	end := mended(run, f) + aftermath
	within := func(at time.Duration) bool { return at >= f.From && at <= end }
	if ofClients(f) {
		if !slices.Contains([]string{"kill", "cable"}, strings.TrimPrefix(f.Kind, "client-")) {
			return true
		}
		end = max(end, f.From+45*time.Second) // until they notice
		return slices.ContainsFunc(run.Ops, func(op record.Op) bool {
			return op.Kind == record.Drop && op.Why != record.Closed && (within(op.Call) || within(op.Return))
		}) || f.From+45*time.Second > run.Took
	}
	var usual []time.Duration
	for _, op := range run.Ops {
		if op.Kind == record.Post && op.Outcome == record.OK && op.Return < f.From {
			usual = append(usual, op.Return-op.Call)
		}
	}
	slow := 3*quantile(usual, 0.5) + 20*time.Millisecond
	if slices.ContainsFunc(run.Ops, func(op record.Op) bool {
		switch {
		case !within(op.Call) && !within(op.Return):
			return false
		case op.Outcome == record.Unknown, op.Outcome == record.Unsent:
			return true
		case op.Kind == record.Drop && op.Why == record.Ended:
			return slices.Contains(f.Node, op.Node)
		}
		return op.Kind == record.Post && op.Return-op.Call > slow
	}) {
		return true
	}
	leader := ""
	for _, s := range run.Samples {
		if within(s.At) && (s.Failed > 0 || leader != "" && s.Leader != leader) {
			return true
		}
		if s.At <= end {
			leader = s.Leader
		}
	}
	return false
}

// quantile of durations; zero of none.
func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// numbers are p50, p99 and max of what was measured.
func numbers(what string, all []time.Duration) string {
	if len(all) == 0 {
		return what + ": none"
	}
	return fmt.Sprintf("%s: p50 %s, p99 %s, max %s of %d", what,
		round(quantile(all, 0.5)), round(quantile(all, 0.99)), round(quantile(all, 1)), len(all))
}

// blind makes a finding of a law for which nobody looked.
func blind(f Finding, what string) Finding {
	f.Held, f.Blind, f.What = false, true, what+": this proves nothing"
	return f
}

func held(law, what string) Finding { return Finding{Law: law, Held: true, What: what} }

// broke makes a finding of a law that was broken; the first breach is told, and how
// many there were.
func broke(f Finding, breaches []string) Finding {
	if len(breaches) == 0 {
		return f
	}
	f.Held, f.What = false, breaches[0]
	if n := len(breaches) - 1; n > 0 {
		f.What += fmt.Sprintf("; and %d more", n)
	}
	return f
}
