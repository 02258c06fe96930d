package chat

import "strings"

func helpCommand() Command {
	return Command{
		Name: "help", Usage: "[COMMAND]",
		Help: "what there is, or what COMMAND does",
		Run:  help,
	}
}

func help(c Call) Outcome {
	name := strings.ToLower(strings.TrimPrefix(c.Args, "/"))
	if name == "" {
		var list []string
		for _, cmd := range Commands() {
			list = append(list, "/"+cmd.Name)
		}
		return answer("Type to talk. " + strings.Join(list, " ") + ".\n/help nick explains one. Ctrl-D leaves.")
	}
	if cmd, ok := find(name); ok {
		return answer(explain(cmd))
	}
	if near, ok := nearest(name); ok {
		return refuse("/" + name + " is no command; /" + near + " is.")
	}
	return refuse("/" + name + " is no command; /help lists them.")
}

// explain is a command's line of help.
func explain(c Command) string {
	head := "/" + c.Name
	if c.Usage != "" {
		head += " " + c.Usage
	}
	return head + "   " + c.Help
}
