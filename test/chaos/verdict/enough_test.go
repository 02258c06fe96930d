package verdict

import (
	"slices"
	"strings"
	"testing"

	"moniker/test/chaos/record"
)

// plenty is the story with as much traffic as a verdict wants.
func plenty() *record.Run {
	r := story()
	for i := range 100 {
		o := *said(r, "a2")
		o.ID, o.Session, o.Text = 2000+i, 99, ""
		o.Call, o.Return = at(1+float64(i)/4), at(1.01+float64(i)/4)
		r.Ops = append(r.Ops, o)
		c := *find(r, 1, record.Claim, "alice", record.OK)
		c.ID, c.Session = 3000+i, 1000+i
		r.Ops = append(r.Ops, c)
		l := *find(r, 0, record.Read, "bob", record.OK)
		l.ID = 4000 + i
		r.Ops = append(r.Ops, l)
	}
	return r
}

func TestTooLittleIsInvalidNotGreen(t *testing.T) {
	if err := Enough(plenty()); err != nil {
		t.Errorf("a run with plenty: %v", err)
	}
	err := Enough(story())
	if err == nil || !strings.Contains(err.Error(), "posts accepted") {
		t.Errorf("a run with little: %v", err)
	}
}

func TestAFaultThatNobodyFeltIsInvalid(t *testing.T) {
	r := plenty()
	r.Faults = append(r.Faults, record.Fault{Kind: "cut", What: "n3 | n1 n2", Node: []string{"n3"}, From: at(55), To: at(56)})
	err := Enough(r)
	if err == nil || !strings.Contains(err.Error(), "n3 | n1 n2") {
		t.Errorf("got %v", err)
	}
}

func TestClusterTimeStandsStillWithoutALeader(t *testing.T) {
	r := story()
	for i := 6; i < 10; i++ {
		r.Samples[i].Leader = ""
	}
	c := newClock(r)
	for _, x := range []struct{ from, need, want float64 }{
		{20, 5, 25}, // all is well
		{0, 5, 5},   // it was over before
		{4, 4, 12},  // from 5 s to 9 s it may have stood still
		{7, 1, 10},
	} {
		if got := c.after(at(x.from), at(x.need)); got != at(x.want) {
			t.Errorf("%v s after %v s: got %s, want %v s", x.need, x.from, got, x.want)
		}
	}
}

// What nobody looked at is no law kept, and says nothing of the nodes either.
func TestWhereNobodyLookedNobodyIsToBlame(t *testing.T) {
	r := story()
	r.End.Final, r.End.Digest = nil, nil
	for _, f := range Judge(r, "") {
		unseen := slices.Contains([]string{"Exactly once", "Acknowledged is kept", "One log, one state"}, f.Law)
		if f.Held == unseen || f.Blind != unseen {
			t.Errorf("%s: held %v, blind %v: %s", f.Law, f.Held, f.Blind, f.What)
		}
	}
	said(r, "b3").Outcome = record.Refused
	for _, f := range Judge(r, "") {
		if f.Law == "Exactly once" && (f.Held || f.Blind) {
			t.Errorf("a refused line that was said is not seen for want of a history: %s", f.What)
		}
	}
}
