// Package chat is the commands that people type: /nick, /names and so on. Each is
// a file; Commands is the table. A command looks at the state and says what is to
// be done; it does nothing itself. It knows nothing of SSH, terminals or waiting.
package chat

import (
	"strings"

	"moniker/fsm"
	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/fsm/lease"
)

// Call is a command as somebody gave it.
type Call struct {
	Args  string // what stands behind the command's name, without blanks around it
	Who   id.Identity
	Nick  lease.Nick
	Place string                 // the room they are in
	View  func(func(*fsm.State)) // the state, under a read lock: copy out
}

// Outcome is what the caller is to do. Fields that do not apply are zero.
type Outcome struct {
	Answer  string // for the asker alone
	Refused bool   // Answer says why nothing is done
	Shown   []history.Message
	Take    *lease.Nick                            // put the session on this name
	Propose func(id.Session, id.Token) fsm.Command // to be applied in its turn
	Go      string                                 // the room to be in once that is accepted
	Quit    bool                                   // leave, and give up the name
}

// Command is one of the table.
type Command struct {
	Name  string // without the slash
	Usage string // what may stand behind it
	Help  string // one or two sentences, without a full stop at the end of the last
	Run   func(Call) Outcome
}

// Commands returns the table in the order /help lists it.
func Commands() []Command {
	return []Command{nickCommand(), namesCommand(), msgCommand(), joinCommand(), partCommand(), historyCommand(), helpCommand(), quitCommand()}
}

// Split says whether a line is a command. If not, text is what it says: //x says /x.
func Split(line string) (text string, command bool) {
	if !strings.HasPrefix(line, "/") {
		return line, false
	}
	if strings.HasPrefix(line, "//") {
		return line[1:], false
	}
	return line, true
}

// Run runs a line that Split calls a command. c.Args is not looked at.
func Run(line string, c Call) Outcome {
	name, args := line[1:], ""
	if i := strings.IndexAny(name, " \n"); i >= 0 {
		name, args = name[:i], name[i+1:]
	}
	if cmd, ok := find(strings.ToLower(name)); ok {
		c.Args = strings.TrimSpace(args)
		return cmd.Run(c)
	}
	say := "To say it, start with two: /" + line
	if near, ok := nearest(name); ok {
		return refuse("/" + name + " is no command; /" + near + " is. " + say)
	}
	return refuse("/" + name + " is no command; /help lists them. " + say)
}

func find(name string) (Command, bool) {
	for _, cmd := range Commands() {
		if cmd.Name == name {
			return cmd, true
		}
	}
	return Command{}, false
}

func answer(text string) Outcome { return Outcome{Answer: text} }

func refuse(text string) Outcome { return Outcome{Answer: text, Refused: true} }

// usage answers a command that came without what it needs.
func usage(c Command) Outcome { return refuse(explain(c)) }
