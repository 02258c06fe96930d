package report

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"moniker/test/chaos/record"
)

func aRun() *record.Run {
	run := &record.Run{
		Command: "go run ./test/chaos -seed 7", Seed: 7, Began: time.Unix(1, 0), Took: 20 * time.Second, Where: "here",
		Cannot: []string{"disk-full: no root"},
		Faults: []record.Fault{
			{Kind: "cut-leader", What: "n1 <b>| all", Node: []string{"n1"}, From: time.Second, To: 9 * time.Second},
			{Kind: "cut-flap", What: "n2 | all", Node: []string{"n2"}, From: 2 * time.Second, To: 3 * time.Second},
		},
	}
	for i := range 20 {
		s := record.Sample{At: time.Duration(i) * time.Second, Leader: "n1", Accepted: i % 3, Latency: time.Duration(i) * time.Millisecond, RSS: map[string]int64{"n1": 1 << 25, "n2": 1 << 24}}
		if i > 8 && i < 14 {
			s.Leader, s.Accepted = "", 0
		}
		run.Samples = append(run.Samples, s)
	}
	return run
}

func TestThePageSaysWhatWasFound(t *testing.T) {
	for _, c := range []struct {
		held    bool
		invalid error
		want    string
	}{
		{true, nil, "<h1>Every law held</h1>"},
		{false, nil, "<h1>One law was broken</h1>"},
		{false, errors.New("12 posts"), "<h1>One law was broken</h1>"},
		{true, errors.New("12 posts"), "<h1>This run proves nothing</h1>"},
	} {
		var out strings.Builder
		p := Page{
			Run: aRun(), Invalid: c.invalid, Logs: []string{"logs/n1.log"},
			Findings: []Finding{{Law: "One owner", Held: c.held, What: "a <script>", Picture: "owner.html"}},
		}
		if err := p.Write(&out); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			c.want, "go run ./test/chaos -seed 7", "disk-full: no root", "a &lt;script&gt;", `href="owner.html"`, `href="logs/n1.log"`,
			"cut-leader, 1.0 s to 9.0 s: n1 &lt;b&gt;| all",
		} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%+v: not on the page: %s", c, want)
			}
		}
		for _, foreign := range []string{"<script", "src=", "http:", "https:", "@import", "url("} {
			if strings.Contains(out.String(), foreign) {
				t.Errorf("the page wants something from elsewhere: %s", foreign)
			}
		}
	}
}

func TestThePictureIsSoundXML(t *testing.T) {
	for name, run := range map[string]*record.Run{"a run": aRun(), "nothing": {}} {
		d := xml.NewDecoder(strings.NewReader(plot(run)))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
}

func TestTheLongestGapIsFound(t *testing.T) {
	if got, want := gap(aRun().Samples), 6*time.Second; got != want { // from 8 to 14
		t.Errorf("%s, not %s", got, want)
	}
}
