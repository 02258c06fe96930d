package demo

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// word is what node i's links are told: which of them are cut, all others not.
func (c cuts) word(p plan, i int) string {
	which := c.of(i, len(p.Nodes))
	if len(which) == 0 {
		return "heal"
	}
	words := []string{"cut"}
	for _, j := range which {
		words = append(words, p.Nodes[j].peerAddr())
	}
	return strings.Join(words, " ")
}

// cut cuts the first node off from the rest of them, or from all others if there
// is no rest.
func (c *control) cut(ctx context.Context, which []int) {
	first, from := which[0], which[1:]
	if len(from) == 0 {
		from = c.others(first)
	}
	if len(from) == 0 {
		c.say("there is nobody to cut %s off from.\n", c.name(first))
		return
	}
	if c.areCut(first, from) {
		c.say("that is cut already.\n")
		return
	}
	before, began := c.now(), time.Now()
	people := ""
	if len(from) == len(c.others(first)) {
		people = c.people(ctx, first, "is")
		began = time.Now()
	}
	c.cutNow(first, from)
	done := c.name(first) + " cut off from " + before.names(from) + "."
	if c.now().isolated(first) && len(from) > 1 {
		done = c.name(first) + " cut off from all others."
	}
	c.tell(ctx, done, before, began, people)
}

// others are all nodes but one, and those that stay out.
func (c *control) others(i int) []int {
	var all []int
	for j, n := range c.now().nodes {
		if j != i && !n.out {
			all = append(all, j)
		}
	}
	return all
}

func (c *control) areCut(i int, from []int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, j := range from {
		if !c.cuts[between(i, j)] {
			return false
		}
	}
	return true
}

// cutNow cuts a node off from others, beside what is cut already.
func (c *control) cutNow(i int, from []int) {
	c.changeCuts(func(all cuts) {
		for _, j := range from {
			all[between(i, j)] = true
		}
	})
}

// healNow ends all cuts.
func (c *control) healNow() { c.changeCuts(func(all cuts) { clear(all) }) }

// changeCuts changes what is cut, and tells every node that has a process.
func (c *control) changeCuts(change func(cuts)) {
	c.mu.Lock()
	change(c.cuts)
	tell := map[*process]string{}
	for i, p := range c.nodes {
		if !p.ended() {
			tell[p] = c.cuts.word(c.plan, i)
		}
	}
	c.mu.Unlock()
	for p, word := range tell {
		p.tell(word)
	}
	c.poke()
}

// heal ends all cuts and says when the nodes hear each other.
func (c *control) heal(ctx context.Context) {
	c.mu.Lock()
	none := len(c.cuts) == 0
	c.mu.Unlock()
	if none {
		c.say("nothing is cut.\n")
		return
	}
	began := time.Now()
	c.healNow()
	if p := c.now(); !p.hasMajority() {
		c.say("healed. %s.\n", capital(p.noMajority()))
		return
	}
	if c.until(ctx, leadWithin, together) {
		leader, _ := c.now().leading()
		c.say("healed. All that are up hear each other after %.1f s; %s leads.\n", time.Since(began).Seconds(), leader)
		return
	}
	if ctx.Err() == nil {
		c.say("healed. %s\n", notTogether(c.now()))
	}
}

// together tells whether all that run are heard, and one leads.
func together(p picture) bool {
	for _, n := range p.nodes {
		if n.condition == silent {
			return false
		}
	}
	return p.leads() >= 0
}

// notTogether says who is missing after all that waiting.
func notTogether(p picture) string {
	var missing []int
	for i, n := range p.nodes {
		if n.condition == silent {
			missing = append(missing, i)
		}
	}
	within := int(leadWithin.Seconds())
	if len(missing) == 0 {
		return fmt.Sprintf("Nobody leads after %d s.", within)
	}
	return fmt.Sprintf("Not heard after %d s: %s.", within, p.names(missing))
}
