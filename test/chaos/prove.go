package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"moniker/test/chaos/report"
	"moniker/test/chaos/sabotage"
)

// prove runs every saboteur, each under the faults that show it, and says who was
// caught, by which law, and after how long. It is broken if one was not.
func prove(ctx context.Context, o options) (int, error) {
	exit := held
	var table []string
	for _, s := range sabotage.All() {
		if ctx.Err() != nil {
			return invalid, ctx.Err()
		}
		one := o
		one.sabotage, one.faults, one.long, one.quick, one.clients = s.Name, s.Faults, s.For, !s.Lasting, max(o.clients, 24)
		if o.out != "" {
			one.out = filepath.Join(o.out, s.Name)
		}
		began := time.Now()
		c := &chaos{options: one}
		_, err := c.whole(ctx)
		line := fmt.Sprintf("%-14s %-18s %5.0f s  %s", s.Name, "NOT CAUGHT", time.Since(began).Seconds(), s.Says)
		by := caught(s, c.findings)
		switch {
		case len(by) > 0:
			line = strings.Replace(line, "NOT CAUGHT", "caught", 1) + "\n               by " + strings.Join(by, ", ")
		case err != nil:
			line += "\n               " + err.Error()
			exit = broken
		default:
			exit = broken
		}
		table = append(table, line)
		fmt.Println(line)
	}
	fmt.Println("\n" + strings.Join(table, "\n"))
	return exit, nil
}

// caught are those of a saboteur's laws that were found broken. Others do not count: they
// may tell of what she did besides. Nor does what nobody could look at in the end.
func caught(s sabotage.Saboteur, findings []report.Finding) []string {
	var by []string
	for _, f := range findings {
		if !f.Held && !f.Undecided && !f.Blind && slices.Contains(s.Laws, f.Law) {
			by = append(by, f.Law)
		}
	}
	return by
}
