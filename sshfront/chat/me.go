package chat

func meCommand() Command {
	c := Command{
		Name: "me", Topic: Talk, Usage: "TEXT",
		Help:     "say what you do: /me pours coffee. {limit.text} characters at most",
		Says:     true,
		Complete: func(c Call, _, word string) []string { return mentions(c, word) },
	}
	c.Run = func(call Call) Outcome {
		if call.Args == "" {
			return usage(call, c)
		}
		return Say(call, call.Args, true)
	}
	return c
}
