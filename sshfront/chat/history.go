package chat

import (
	"strconv"

	"moniker/fsm"
	"moniker/fsm/history"
)

const (
	historyUsual = 50
	historyMost  = 1000
	historyBytes = 256 << 10 // of text, at a time
)

func historyCommand() Command {
	return Command{
		Name: "history", Usage: "[N]",
		Help: "the last N messages of this room, 50 if you do not say",
		Run:  showHistory,
	}
}

func showHistory(c Call) Outcome {
	n := historyUsual
	if c.Args != "" {
		var err error
		if n, err = strconv.Atoi(c.Args); err != nil || n < 1 {
			return usage(historyCommand())
		}
	}
	var last []history.Message
	c.View(func(st *fsm.State) { last = st.History().Last(c.Place, min(n, historyMost)) })
	bytes := 0
	for i := len(last) - 1; i >= 0; i-- {
		if bytes += len(last[i].Text); bytes > historyBytes {
			last = last[i+1:]
			break
		}
	}
	if len(last) == 0 {
		return answer("Nothing has been said in " + c.Place + " yet.")
	}
	return Outcome{Shown: last}
}
