package chat

func nickCommand() Command {
	c := Command{
		Name: "nick", Usage: "NAME",
		Help: "take NAME and free the one you have, both or neither. 1 to 24 letters or digits of any language, with - _ . inside: bob-at-home",
	}
	c.Run = func(call Call) Outcome {
		if call.Args == "" {
			return usage(c)
		}
		n, err := Name(call.Args)
		if err != nil {
			return refuse(err.Error())
		}
		return Outcome{Take: &n}
	}
	return c
}
