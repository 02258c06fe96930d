package chat

func nickCommand() Command {
	c := Command{
		Name: "nick", Topic: You, Usage: "NAME",
		Help: "take NAME and free the one you have, both or neither. 1 to 24 letters or digits of any language, with - _ . inside: bob-at-home",
	}
	c.Run = func(call Call) Outcome {
		if call.Args == "" {
			return usage(call, c)
		}
		n, err := Name(call.Args)
		if err != nil {
			return refuse(err.Error())
		}
		if n == call.Nick {
			return refuse("You are " + n.Display + ". /nick NAME takes another name.")
		}
		return Outcome{Take: &n}
	}
	return c
}
