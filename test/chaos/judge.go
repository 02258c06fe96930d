package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"moniker/test/chaos/record"
	"moniker/test/chaos/report"
	"moniker/test/chaos/verdict"
)

// weigh has a run judged. unsaid is why it proves nothing, if it does not.
func weigh(run *record.Run, artifacts string) (findings []report.Finding, unsaid error) {
	unsaid = verdict.Enough(run)
	findings = append(findings, cameBack(run))
	for _, f := range verdict.Judge(run, artifacts) {
		findings = append(findings, report.Finding(f))
		if f.Undecided {
			unsaid = errors.Join(unsaid, fmt.Errorf("%s: %s", f.Law, f.What))
		}
	}
	return findings, unsaid
}

// cameBack is the law that this room keeps itself, as it alone could see it.
func cameBack(run *record.Run) report.Finding {
	f := report.Finding{Law: "It comes back", Held: run.End.Hurt == "", What: "Once all was mended, every node served, counted, and had what the others have."}
	if !f.Held {
		f.What = fmt.Sprintf("%s after all was mended: %s", wholeIn, run.End.Hurt)
	}
	return f
}

// status is a run's exit status.
func status(findings []report.Finding, unsaid error) int {
	switch {
	case slices.ContainsFunc(findings, func(f report.Finding) bool { return !f.Held && !f.Undecided }):
		return broken
	case unsaid != nil:
		return invalid
	}
	return held
}

// rejudge judges a run once more, from what it wrote down, and writes its page anew.
func rejudge(path string) (int, error) {
	f, err := os.Open(path)
	if err != nil {
		return invalid, err
	}
	defer f.Close()
	run, err := record.Parse(f)
	if err != nil {
		return invalid, err
	}
	dir := filepath.Dir(path)
	findings, unsaid := weigh(run, dir)
	for _, f := range findings {
		fmt.Println(sentence(f))
	}
	if unsaid != nil {
		fmt.Println("this run proves nothing:", unsaid)
	}
	return status(findings, unsaid), page(dir, run, findings, unsaid)
}

// page writes the report into a run's folder.
func page(dir string, run *record.Run, findings []report.Finding, unsaid error) error {
	p := report.Page{Run: run, Findings: findings, Invalid: unsaid}
	logs, _ := filepath.Glob(filepath.Join(dir, "logs", "*"))
	for _, l := range logs {
		if info, err := os.Stat(l); err == nil && info.Mode().IsRegular() {
			p.Logs = append(p.Logs, "logs/"+filepath.Base(l))
		}
	}
	return write(filepath.Join(dir, "index.html"), p.Write)
}

func write(path string, how func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(how(f), f.Close())
}
