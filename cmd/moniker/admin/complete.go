package admin

import (
	"strings"

	"github.com/spf13/pflag"
)

// Complete returns what the word begun after words may become, each with what it
// is after a tab, without a node: commands and options, but nothing that only the
// state knows.
func Complete(words []string, begun string) []string {
	c := &call{}
	root := c.tree()
	cmd, _, err := root.Find(words)
	if err != nil {
		return nil
	}
	var all []string
	add := func(word, what string) {
		if strings.HasPrefix(word, begun) {
			all = append(all, word+"\t"+what)
		}
	}
	if strings.HasPrefix(begun, "-") {
		option := func(f *pflag.Flag) { add("--"+f.Name, f.Usage) }
		cmd.LocalFlags().VisitAll(option)
		cmd.InheritedFlags().VisitAll(option)
		return all
	}
	for _, child := range cmd.Commands() {
		if child.IsAvailableCommand() {
			add(child.Name(), child.Short)
		}
	}
	return all
}

// Endless tells whether a call goes on until its caller has enough, so that being
// stopped is how it is meant to end.
func Endless(words []string) bool {
	cmd, _, err := (&call{}).tree().Find(words)
	return err == nil && cmd.Annotations[endless] != ""
}
