package demo

import (
	"context"
	"fmt"
	"time"
)

// tell says what was done and what became of the cluster, once that is known.
func (c *control) tell(ctx context.Context, done string, before picture, began time.Time, people string) {
	text, known := c.aftermath(ctx, before, began)
	if !known {
		return // all is being stopped
	}
	if people != "" {
		text += "; " + people
	}
	c.say("%s %s.\n", done, text)
}

// aftermath waits until somebody leads again and says who, if the deed that began
// then has not taken the majority. Before is what was before it.
func (c *control) aftermath(ctx context.Context, before picture, began time.Time) (string, bool) {
	now := c.now()
	if !now.hasMajority() {
		return capital(now.noMajority()), true
	}
	if i := before.leads(); now.fit(i) {
		return c.name(i) + " leads on", true
	}
	var leader string
	found := c.until(ctx, leadWithin, func(p picture) bool {
		name, ok := p.leading()
		leader = name
		return ok
	})
	switch {
	case found:
		return fmt.Sprintf("%s leads after %.1f s", leader, time.Since(began).Seconds()), true
	case ctx.Err() != nil:
		return "", false
	}
	return fmt.Sprintf("Nobody leads after %d s", int(leadWithin.Seconds())), true
}

func capital(s string) string { return string(s[0]-'a'+'A') + s[1:] }

// people says how many people are on node i, by the node itself or by another; ""
// if nobody can tell. is is "is" or "was".
func (c *control) people(ctx context.Context, i int, is string) string {
	ctx, cancel := context.WithTimeout(ctx, countWithin)
	defer cancel()
	ask := []int{i}
	for j := range c.plan.Nodes {
		if j != i {
			ask = append(ask, j)
		}
	}
	p := c.now()
	for _, j := range ask {
		if !p.nodes[j].able() {
			continue
		}
		var sessions []struct{ Nick, Node string }
		if c.callJSON(ctx, j, &sessions, "session", "list", "--stale") != nil {
			continue
		}
		here := map[string]bool{}
		for _, s := range sessions {
			if s.Node == c.name(i) {
				here[s.Nick] = true
			}
		}
		return headcount(len(here), is, c.name(i))
	}
	return ""
}

// headcount is "1 person was on n1".
func headcount(n int, is, node string) string {
	switch {
	case n == 0:
		return "nobody " + is + " on " + node
	case n == 1:
		return "1 person " + is + " on " + node
	case is == "was":
		is = "were"
	default:
		is = "are"
	}
	return fmt.Sprintf("%d people %s on %s", n, is, node)
}
