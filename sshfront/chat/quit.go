package chat

func quitCommand() Command {
	return Command{
		Name: "quit",
		Help: "leave and free your name, unless another terminal of yours is on it. Ctrl-D leaves and keeps the name for a while",
		Run:  func(Call) Outcome { return Outcome{Quit: true} },
	}
}
