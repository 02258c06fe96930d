// Package report shows a run on one page that needs nothing beside itself: what held,
// what was broken when, how it went meanwhile, and where to read on. It judges nothing.
package report

import (
	"fmt"
	"html/template"
	"io"
	"slices"
	"time"

	"moniker/test/chaos/record"
)

// Finding is what became of one law, as the page shows it.
type Finding struct {
	Law     string
	Held    bool
	What    string
	Picture string // a file beside the page, or below it
	Numbers string

	Undecided bool // neither held nor broken
	Blind     bool // broken because nobody looked
}

// Page is a report.
type Page struct {
	Run      *record.Run
	Findings []Finding
	Invalid  error    // why the run proves nothing; nil: it does
	Logs     []string // files below the page
}

// Write writes the page.
func (p Page) Write(w io.Writer) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"seconds": func(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()) },
	}).Parse(form)
	if err != nil {
		return err
	}
	run := p.Run
	return t.Execute(w, map[string]any{
		"Page": p, "Run": run, "Class": p.class(), "Verdict": p.verdict(), "Facts": facts(run),
		"Plot": template.HTML(plot(run)), // made of numbers, and of texts that are escaped there
	})
}

func (p Page) broken() (n int) {
	for _, f := range p.Findings {
		if !f.Held && !f.Undecided {
			n++
		}
	}
	return n
}

func (p Page) class() string {
	switch {
	case p.broken() > 0:
		return "broken"
	case p.Invalid != nil:
		return "invalid"
	}
	return "held"
}

// verdict is the run in a sentence.
func (p Page) verdict() string {
	switch n := p.broken(); {
	case n == 1:
		return "One law was broken"
	case n > 1:
		return fmt.Sprintf("%d laws were broken", n)
	case p.Invalid != nil:
		return "This run proves nothing"
	}
	return "Every law held"
}

// Fact is a number of a run.
type Fact struct{ Name, Value string }

// facts are the numbers that say how much was tried.
func facts(run *record.Run) []Fact {
	asked, told := map[string]int{}, map[record.Outcome]int{}
	for _, op := range run.Ops {
		asked[op.Kind]++
		told[op.Outcome]++
	}
	number := func(n int) string { return fmt.Sprint(n) }
	return []Fact{
		{"lasted", run.Took.Round(time.Second).String()},
		{"faults", number(len(run.Faults))},
		{"posts", number(asked[record.Post] + asked[record.Direct])},
		{"claims", number(asked[record.Claim])},
		{"reads", number(asked[record.Read])},
		{"connections lost", number(asked[record.Drop])},
		{"done", number(told[record.OK])},
		{"refused", number(told[record.Refused])},
		{"never known", number(told[record.Unknown])},
		{"lines seen", number(len(run.Lines))},
		{"longest without an accepted post", fmt.Sprintf("%.0f s", gap(run.Samples).Seconds())},
		{"lease", run.TTL.String()},
		{"grace", run.Grace.String()},
	}
}

// gap is the longest time in which no post was accepted, as samples can tell.
func gap(samples []record.Sample) time.Duration {
	var last, longest time.Duration
	for i, s := range samples {
		if i > 0 {
			longest = max(longest, s.At-last)
		}
		if i == 0 || s.Accepted > 0 {
			last = s.At
		}
	}
	return longest
}

// nodesOf are all nodes that samples know, in order.
func nodesOf(run *record.Run) []string {
	seen := map[string]bool{}
	for _, s := range run.Samples {
		for n := range s.RSS {
			seen[n] = true
		}
		if s.Leader != "" {
			seen[s.Leader] = true
		}
	}
	for _, f := range run.Faults {
		for _, n := range f.Node {
			seen[n] = true
		}
	}
	var names []string
	for n := range seen {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
