package chat

func quitCommand() Command {
	return Command{
		Name: "quit", Topic: You,
		Help: "leave and free your name, unless another terminal of yours is on it. Ctrl-D leaves and keeps it for at least {lease.grace}; a guest, who has no key, keeps none",
		Run:  func(Call) Outcome { return Outcome{Quit: true} },
	}
}
