// Package chat is the commands that people type: /nick, /names and so on. Each is
// a file; Commands is the table. A command looks at the state and says what is to
// be done; it does nothing itself. It knows nothing of SSH, terminals or waiting,
// nor what time it is: the state and whoever calls tell it.
package chat

import (
	"strings"

	"github.com/clipperhouse/displaywidth"

	"moniker/fsm"
	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/sshfront/keycode"
)

// Call is a command as somebody gave it, and what is known around it.
type Call struct {
	Args  string // what stands behind the command's name, without blanks around it
	Who   id.Identity
	Key   id.Fingerprint // by which they came
	Nick  lease.Nick
	Place string                 // what they look at: a room, or a conversation of two
	Room  string                 // Place, or the room that they go back to from a conversation
	With  string                 // whom the conversation is with, as the prompt has it; empty in a room
	Focus bool                   // nothing is shown to them but what happens in Place
	View  func(func(*fsm.State)) // the state, under a read lock: copy out
	Width int                    // cells of their terminal; 0 is none: nothing is laid out for it
	Clock func(id.Wall) string   // a moment as they read it; nil: UTC, as 15:04
	Wrote Wrote                  // who wrote to them alone last, of what they were shown here

	// What the node they are on knows beyond the state.
	Self    string // its name
	Leader  string // the name of the node that leads; empty while none is known
	Trouble string // "n1 has no majority for 12 s"; empty if it has none
}

// Wrote is who wrote to somebody alone, and when.
type Wrote struct {
	From id.Identity
	Nick string
	At   id.Event
}

// Outcome is what the caller is to do. Fields that do not apply are zero.
type Outcome struct {
	Answer  string                                 // for the asker alone
	Refused bool                                   // Answer says why nothing is done
	Shown   []Said                                 // before Answer
	Bold    []string                               // these words, in Shown
	Take    *lease.Nick                            // put the session on this name
	Propose func(id.Session, id.Token) fsm.Command // to be applied in its turn
	Go      string                                 // the place to be in, once what is proposed is accepted
	With    string                                 // whom that is with, or what they are called by now; empty: a room, or as before
	Focus   Focus                                  // what is to be shown from then on
	Done    func() string                          // asked once that is accepted; what it returns, if anything, is for the asker alone
	Code    keycode.Code                           // say it, for the key that the asker came by
	Quit    bool                                   // leave, and give up the name
}

// Said is something that was said, and where.
type Said struct {
	Place string
	history.Message
}

// Command is one of the table.
type Command struct {
	Name  string // without the slash
	Topic Topic  // under which /help lists it
	Usage string // what may stand behind it; empty: nothing, and with anything there it is not run
	Help  string // one or two sentences, without a full stop at the end of the last; {limit.text} is that setting's value
	Says  bool   // what it proposes is something said: its author sees that, once it is committed
	// Goes reports, of a command that Says, whether with these arguments it only goes
	// somewhere. nil: never.
	Goes func(args string) bool
	Run  func(Call) Outcome
	// Complete returns what word may become, best first; before is what stands
	// between the command's name and it. nil: nothing.
	Complete func(c Call, before, word string) []string
}

// Topic is what a command is about.
type Topic string

// Topics, in the order in which /help has them.
const (
	Talk   Topic = "talk"   // to say something
	Rooms  Topic = "rooms"  // where to say it
	People Topic = "people" // who there is
	You    Topic = "you"    // your name and how you like it
	Find   Topic = "find"   // what was said, and how things stand
	Keep   Topic = "keep"   // for those who keep order in a room
)

func topics() []Topic { return []Topic{Talk, Rooms, People, You, Find, Keep} }

// Commands returns the table: within a topic in the order in which /help lists it.
func Commands() []Command {
	return []Command{
		meCommand(), msgCommand(), replyCommand(), queryCommand(), editCommand(), deleteCommand(), reactCommand(),
		joinCommand(), partCommand(), roomsCommand(), topicCommand(), inviteCommand(), focusCommand(),
		namesCommand(), whoCommand(), whoisCommand(), ignoreCommand(), unignoreCommand(),
		nickCommand(), setCommand(), awayCommand(), backCommand(), registerCommand(), unregisterCommand(), releaseCommand(), keyCommand(), quitCommand(),
		historyCommand(), searchCommand(), motdCommand(), clusterCommand(), helpCommand(),
		kickCommand(), banCommand(), unbanCommand(), muteCommand(), unmuteCommand(), bansCommand(), slowCommand(),
		opCommand(), deopCommand(), privateCommand(), openCommand(),
	}
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

// Says reports whether a line, sent, is something said: text, or a command with a
// text such as /me. It waits for its turn and comes back to its author if it cannot
// go out, and it is seen once it is committed; other commands are done at once.
func Says(line string) bool {
	if _, command := Split(line); !command {
		return true
	}
	name, args := parse(line)
	cmd, ok := find(name)
	return ok && cmd.Says && args != "" && (cmd.Goes == nil || !cmd.Goes(args))
}

// Run runs a line that Split calls a command. c.Args is not looked at.
func Run(line string, c Call) Outcome {
	name, args := parse(line)
	if cmd, ok := find(name); ok {
		if c.Args = args; cmd.Usage == "" && args != "" {
			return refuse("/" + cmd.Name + " takes nothing behind it.\n" + explain(c, cmd))
		}
		return cmd.Run(c)
	}
	return refuse(unknown(name) + " To say it, start with two: /" + shorten(line))
}

// parse splits a command's line.
func parse(line string) (name, args string) {
	return cutWord(strings.TrimPrefix(line, "/"))
}

// cutWord splits off the first word, up to a blank or the end of its line.
func cutWord(s string) (word, rest string) {
	if i := strings.IndexAny(s, " \n"); i >= 0 {
		return s[:i], strings.Trim(s[i:], " \n")
	}
	return s, ""
}

// find returns the command with that name, in whatever case.
func find(name string) (Command, bool) {
	for _, cmd := range Commands() {
		if strings.EqualFold(cmd.Name, name) {
			return cmd, true
		}
	}
	return Command{}, false
}

// shorten is a line as far as somebody needs it to recognise it.
func shorten(line string) string {
	const most = 60
	short, rest, more := strings.Cut(line, "\n")
	if displaywidth.String(short) > most || more && strings.TrimSpace(rest) != "" {
		return strings.TrimRight(displaywidth.TruncateString(short, most, ""), " ") + " ..."
	}
	return short
}

func answer(text string) Outcome { return Outcome{Answer: text} }

func refuse(text string) Outcome { return Outcome{Answer: text, Refused: true} }

// clock is a moment as the asker reads it.
func (c Call) clock(w id.Wall) string {
	if c.Clock == nil {
		return utc(w)
	}
	return c.Clock(w)
}

// heading says that an answer is old, where the node cannot know better; else it
// is empty.
func (c Call) heading() string {
	if c.Trouble == "" {
		return ""
	}
	return strings.TrimSuffix(c.Trouble, ".") + ". What " + c.Self + " knew before:\n"
}
