package chat

import (
	"strings"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/setting"
	"moniker/sshfront/render"
)

const narrow = 60 // cells; below, a command's help has rows of its own

func helpCommand() Command {
	return Command{
		Name: "help", Topic: Find, Usage: "[COMMAND]",
		Help:     "what there is, or what COMMAND does",
		Run:      help,
		Complete: func(_ Call, before, word string) []string { return commandNames(before, word) },
	}
}

func help(c Call) Outcome {
	name, _ := parse(c.Args)
	if name == "" {
		return answer(overview(c.Width))
	}
	if cmd, ok := find(name); ok {
		return answer(explain(c, cmd))
	}
	return refuse(unknown(name))
}

// overview is all there is, a few lines by topic.
func overview(width int) string {
	const column = 8 // cells before a topic's commands
	text := flow(width, 0, "", render.Words("Type to talk. /help nick explains one. Tab completes, Ctrl-D leaves."), " ")
	for _, topic := range topics() {
		var names []string
		for _, cmd := range Commands() {
			if cmd.Topic == topic {
				names = append(names, "/"+cmd.Name)
			}
		}
		if len(names) > 0 {
			text += "\n" + flow(width, column, string(topic)+strings.Repeat(" ", column-len(topic)), names, " ")
		}
	}
	return text
}

// explain is what a command does, and with which limits.
func explain(c Call, cmd Command) string {
	head := "/" + cmd.Name
	if cmd.Usage != "" {
		head += " " + cmd.Usage
	}
	words := render.Words(limits(c, cmd.Help))
	if c.Width > 0 && c.Width < narrow {
		return head + "\n" + flow(c.Width, 2, "  ", words, " ")
	}
	head += "   "
	return flow(c.Width, len(head), head, words, " ")
}

// usage answers a command that came without what it needs.
func usage(c Call, cmd Command) Outcome { return refuse(explain(c, cmd)) }

// limits puts the settings that a text names in braces into it, as they are now.
func limits(c Call, text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		b.WriteString(valueOf(c, setting.Name(name)))
		text = after
	}
}

func valueOf(c Call, name setting.Name) string {
	var v int64
	c.View(func(st *fsm.State) { v = st.Settings().Get(name) })
	if d, _ := setting.Define(name); d.Unit == setting.Span {
		return ago(id.Duration(v))
	}
	return render.Thousands(v)
}
