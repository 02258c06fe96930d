package demo

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// order is a command as it was typed, understood.
type order struct {
	command
	nodes []int // by their places
	lasts time.Duration
	seed  uint32
}

// command is one that the prompt has.
type command struct {
	name    string
	example string
	does    string
	read    func(o *order, words []string, nodes int) string // says what is wrong; "" nothing is
	run     func(c *control, ctx context.Context, o order)
}

// commands are all that the prompt has, as help lists them. Leave is the
// console's own.
func commands() []command {
	return []command{
		{"kill", "kill 1", "ends n1 at once, as kill -9 does", readNode, func(c *control, ctx context.Context, o order) { c.kill(ctx, o.nodes[0]) }},
		{"start", "start 1", "starts n1 again; after pause it goes on", readNode, func(c *control, ctx context.Context, o order) { c.start(ctx, o.nodes[0]) }},
		{"pause", "pause 1", "holds n1 still: it is there and says nothing", readNode, func(c *control, ctx context.Context, o order) { c.pause(ctx, o.nodes[0]) }},
		{"go", "go 1", "lets n1 go on; the same as start 1", readNode, func(c *control, ctx context.Context, o order) { c.start(ctx, o.nodes[0]) }},
		{"cut", "cut 2", "cuts n2 off from all others; cut 1 2: those two only", readNodes, func(c *control, ctx context.Context, o order) { c.cut(ctx, o.nodes) }},
		{"heal", "heal", "undoes every cut; what was under way arrives", readNothing, func(c *control, ctx context.Context, _ order) { c.heal(ctx) }},
		{"status", "status", "as moniker admin status", readNothing, func(c *control, ctx context.Context, _ order) { c.status(ctx) }},
		{"chaos", "chaos 30s", "kill, pause and cut at random, then all is undone", readChaos, func(c *control, ctx context.Context, o order) { c.chaos(ctx, o.lasts, o.seed) }},
		{"help", "help", "this", readNothing, func(c *control, _ context.Context, _ order) { c.say("%s", help()) }},
	}
}

// help is what help says.
func help() string {
	var out strings.Builder
	for _, c := range commands() {
		fmt.Fprintf(&out, "%-11s %s\n", c.example, c.does)
	}
	out.WriteString("Ctrl-C stops all. Tab completes. The real harness is go run ./test/chaos\n")
	return out.String()
}

// parse reads a line that is not blank, for a demo of so many nodes. wrong says
// what is wrong with it; "" nothing is.
func parse(line string, nodes int) (o order, wrong string) {
	words := strings.Fields(strings.ToLower(line))
	if words[0] == "?" {
		words[0] = "help"
	}
	for _, c := range commands() {
		if c.name == words[0] {
			o.command = c
			return o, c.read(&o, words[1:], nodes)
		}
	}
	if near := nearest(words[0]); near != "" {
		return o, words[0] + " is no command; " + near + " is."
	}
	return o, words[0] + " is no command; help shows all."
}

// nearest is the command that was probably meant: one that begins so, or else as
// the rest of the program finds it; "" if none is near.
func nearest(typed string) string {
	if begins := complete("", typed, 0); len(begins) > 0 {
		return begins[0]
	}
	all := &cobra.Command{SuggestionsMinimumDistance: 2}
	for _, c := range commands() {
		all.AddCommand(&cobra.Command{Use: c.name, Run: func(*cobra.Command, []string) {}})
	}
	near := all.SuggestionsFor(typed)
	if len(near) == 0 {
		return ""
	}
	return near[0]
}

func readNothing(o *order, words []string, _ int) string {
	if len(words) > 0 {
		return words[0] + " is one word too many: " + o.example
	}
	return ""
}

func readNode(o *order, words []string, nodes int) string {
	if len(words) > 1 {
		return words[1] + " is one word too many: " + o.example
	}
	return readNodes(o, words, nodes)
}

func readNodes(o *order, words []string, nodes int) string {
	if len(words) == 0 {
		return o.name + " wants a node: " + o.example
	}
	for _, w := range words {
		n, err := strconv.Atoi(strings.TrimPrefix(w, "n"))
		switch {
		case err != nil || n < 1 || n > nodes:
			return w + " is no node; " + those(nodes)
		case len(o.nodes) > 0 && o.nodes[0] == n-1:
			return fmt.Sprintf("n%d cannot be cut off from itself.", n)
		}
		o.nodes = append(o.nodes, n-1)
	}
	if nodes == 1 && o.name == "cut" {
		return "there is nobody to cut n1 off from."
	}
	return ""
}

func those(nodes int) string {
	if nodes == 1 {
		return "n1 is."
	}
	return fmt.Sprintf("n1 to n%d are.", nodes)
}

const (
	chaosUsual = 30 * time.Second
	chaosMost  = time.Hour
)

func readChaos(o *order, words []string, nodes int) string {
	o.lasts = chaosUsual
	if nodes < 3 {
		return fmt.Sprintf("chaos wants three nodes or more, so that a majority stays; there %s.", are(nodes))
	}
	if len(words) > 2 {
		return words[2] + " is one word too many: " + o.example
	}
	if len(words) > 0 {
		d, err := time.ParseDuration(words[0])
		if err != nil || d < time.Second || d > chaosMost {
			return words[0] + " is no time between 1s and 1h: " + o.example
		}
		o.lasts = d
	}
	if len(words) > 1 {
		seed, err := strconv.ParseUint(words[1], 10, 32)
		if err != nil || seed == 0 {
			return words[1] + " is no seed, which is a number: " + o.example + " 4711"
		}
		o.seed = uint32(seed)
	}
	return ""
}

func are(nodes int) string {
	if nodes == 1 {
		return "is one"
	}
	return "are " + word(nodes)
}

// complete returns what the word after before can become.
func complete(before, begun string, nodes int) []string {
	var all []string
	if strings.TrimSpace(before) == "" {
		for _, c := range commands() {
			all = append(all, c.name)
		}
	} else if o, _ := parse(before, nodes); strings.Contains(o.example, " ") && o.name != "chaos" {
		for i := range nodes {
			all = append(all, strconv.Itoa(i+1))
		}
	}
	var fitting []string
	for _, w := range all {
		if strings.HasPrefix(w, begun) {
			fitting = append(fitting, w)
		}
	}
	return fitting
}
