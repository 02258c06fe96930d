package model

import (
	"fmt"
	"strings"
)

// tell adds to the tale of a move. In format %n is a node, %i an incarnation, %s a
// session, %w a person, %k a name, %v a verb and %d a number.
func (w *world) tell(format string, args ...uint8) {
	if w.tale == nil {
		return
	}
	*w.tale = append(*w.tale, w.words(format, args...))
}

func (w *world) words(format string, args ...uint8) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(format, "%")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString(w.word(after[0], args[0]))
		format, args = after[1:], args[1:]
	}
}

func (w *world) word(kind byte, v uint8) string {
	switch kind {
	case 'n':
		return fmt.Sprint("n", v+1)
	case 'i':
		return fmt.Sprintf("n%d#%d", w.IncOf[v]+1, v)
	case 's':
		return fmt.Sprint("s", v)
	case 'w':
		return [...]string{"nobody", "alice", "bob"}[v]
	case 'k':
		return [...]string{"nothing", "*sun*", "*moon*"}[v]
	case 'v':
		return [...]string{"nothing", "Renew", "Register", "Attach", "Claim", "Post", "Detach", "Release", "Set", "LeaderStart"}[v]
	}
	return fmt.Sprint(v)
}

func (w *world) command(c Cmd) string {
	switch c.Verb {
	case renew:
		return w.words("%i's Renew %d", c.Inc, c.Num)
	case register:
		return w.words("Register of %i, which replaces %i", c.Inc, c.Token)
	case set:
		return "a new setting"
	case attach, claim:
		return w.words("%i's number %d, %v of %s to %k", c.Inc, c.Num, uint8(c.Verb), c.Sess, c.Name)
	case post:
		return w.words("%i's number %d, line %d", c.Inc, c.Num, c.Post)
	}
	return w.words("%i's number %d, %v of %s", c.Inc, c.Num, uint8(c.Verb), c.Sess)
}

// title tells what a move is, seen from the state before it.
func (w *world) title(m Move) string {
	who := func() string { return w.words("%w on %n", w.Seats[m.A].Who, w.Seats[m.A].Node) }
	switch m.Kind {
	case passTime:
		return "a second passes"
	case elect:
		return w.words("%n is elected, term %d", m.A, w.Term+1)
	case sendOut:
		return w.words("%n sends ", m.A) + w.command(w.Nodes[m.A].Out[m.B])
	case sendRenew:
		return w.words("%n sends Renew %d", m.A, w.Nodes[m.A].Counter+1)
	case sendRegister:
		return w.words("%n sends Register of %i", m.A, w.Nodes[m.A].Trying)
	case deliver:
		return "the leader gets " + w.command(w.Net[m.A])
	case repeat:
		return "the leader gets a copy of " + w.command(w.Net[m.A])
	case lose:
		return "lost on the way: " + w.command(w.Net[m.A])
	case connect:
		return w.words("%w connects to %n and wants to be %k", m.A, m.B, m.C)
	case hangUp:
		return "the connection is gone of " + who()
	case quit:
		return "/quit by " + who()
	case nick:
		return w.words("/nick %k by ", m.B) + who()
	case say:
		return w.words("line %d is typed by ", m.B) + who()
	case sayAgain:
		return w.words("line %d is typed again by ", m.B) + who()
	}
	return w.plain(m)
}

// plain is the title of moves that need no more than a node.
func (w *world) plain(m Move) string {
	leader := w.Reign.Node
	switch m.Kind {
	case barrier:
		return w.words("%n has applied all there is", leader)
	case owed:
		return w.words("%n proposes LeaderStart", leader)
	case propose, tickAlone:
		return w.words("%n makes an entry", leader)
	case commit:
		return "an entry is committed"
	case lateAppend:
		return w.words("raft on %n appends an entry of a term that is over", leader)
	case drift:
		return w.words("%n's clock has gained a second", leader)
	case change:
		return "an operator changes ttl and grace"
	case stick:
		return "the disks stall: nothing is committed any more"
	case unstick:
		return "the disks go on"
	}
	node := map[Kind]string{
		apply: "%n applies what it has missed", resume: "%n goes on", wake: "%n's machine wakes", restart: "%n starts again",
		heal: "%n is connected again", stop: "%n is stopped", sleep: "%n's machine falls asleep", crash: "%n crashes",
		cut: "%n is cut off", wall: "%n's wall clock jumps ahead", giveUp: "%n thinks its lease over",
	}
	return w.words(node[m.Kind], m.A)
}

// Story tells a list of moves from the first state on, a line a move: real time,
// cluster time, what is done, and what comes of it.
func (c *Config) Story(moves []Move) string {
	var b strings.Builder
	s := c.Start()
	fmt.Fprintf(&b, "ttl %d, grace %d; n1 leads", c.TTL[0], c.Grace[0])
	if c.Seated {
		b.WriteString("; alice is *sun* with s1 on n2, token 1")
	}
	b.WriteString("\n  at  cluster\n")
	for _, m := range moves {
		at := s.Real
		w := &world{State: &s, cfg: c}
		line := w.title(m)
		var tale []string
		law := c.Make(&s, m, &tale)
		if len(tale) > 0 {
			line += " -> " + strings.Join(tale, "; ")
		}
		fmt.Fprintf(&b, "%4d  %7d  %s\n", at, s.Truth.Now, line)
		if law != "" {
			fmt.Fprintf(&b, "BROKEN  %s\n", law)
		}
	}
	return b.String()
}
