package chat

import (
	"bytes"
	"flag"
	"os"
	"testing"
	"time"

	"moniker/fsm"
	"moniker/fsm/history"
	"moniker/sshfront/render"
)

var update = flag.Bool("update", false, "write the golden files anew")

// story writes what people see, 80 columns wide, as they do one thing after another.
type story struct {
	*town
	out []byte
}

func (s *story) tell(text string) {
	s.out = append(s.out, "\n## "+text+"\n"...)
}

// types shows what comes of a line on the screen of whoever typed it.
func (s *story) types(name, line string) {
	s.t.Helper()
	p := s.people[name]
	prompt, before := s.as(name).title()+" "+p.nick.Display+"> ", s.st.History().Last(p.place, 1)
	out, a := s.does(name, line)
	if !Says(line) || out.Refused {
		s.print(prompt + line)
	}
	for _, m := range out.Shown {
		s.message(p, m)
	}
	switch {
	case out.Answer != "":
		s.print(out.Answer)
	case out.Quit:
		s.quits(name)
		s.remark("bob leaves, and the name is free")
	case out.Take != nil:
		p.nick = *out.Take
		a := s.apply(p.session.Incarnation, fsm.Claim{Session: p.session, Nick: p.nick})
		p.token = a.Token
	}
	if out.Propose == nil {
		if out.Go != "" {
			s.remark("in " + s.as(name).title())
		}
		return
	}
	if a.Code != fsm.OK {
		s.t.Fatalf("%s: refused with %d", line, a.Code)
	}
	if Says(line) {
		s.message(p, Said{p.place, s.newest(p, before)})
	}
	if out.Go != "" {
		s.remark("in " + s.as(name).title())
	}
	if out.Done != nil {
		if text := out.Done(); text != "" {
			s.print(text)
		}
	}
}

// newest is what somebody has just said.
func (s *story) newest(p *person, before []history.Message) history.Message {
	last := lastSeen(s.st, p.place, p.who, 1)
	if len(last) == 0 || len(before) > 0 && last[0].ID == before[0].ID {
		s.t.Fatal("nothing was said")
	}
	return last[0]
}

func (s *story) style() render.Style { return render.Style{Width: 80} }

func (s *story) print(text string) { s.out = render.Text(s.out, s.style(), text) }

func (s *story) remark(text string) { s.out = append(s.out, "    ("+text+")\n"...) }

// message shows what was said as its reader sees it.
func (s *story) message(p *person, m Said) {
	name, text := m.Nick, m.Text
	if m.To == "" && m.Place != p.place {
		name = m.Place + " " + name
	}
	switch {
	case m.Emote && m.To != "" && m.From == p.who:
		name, text = "[to "+m.ToNick+"]", "* "+m.Nick+" "+m.Text
	case m.To != "" && m.From == p.who:
		name = "[to " + m.ToNick + "]"
	case m.To != "":
		name = "[" + m.Nick + "]"
	case m.Emote:
		name, text = "*", m.Nick+" "+m.Text
	}
	clock := s.style().Clock(time.UnixMicro(int64(m.Wall)), s.wall())
	s.out = render.Message(s.out, s.style(), clock, ' ', name, -1, text, "", false)
}

// What people read is kept as they read it: read testdata/story.golden.
func TestStory(t *testing.T) {
	s := &story{town: newTown(t, 3)}
	s.out = append(s.out, "What people read, 80 columns wide. Lines in brackets are not shown to anybody.\n"...)
	s.morning()
	s.conversation()
	s.asking()
	s.setting()
	s.absences()
	s.rooms()
	s.order()
	s.finding()
	s.alone()
	s.trouble()
	s.mistakes()
	s.leaving()
	const golden = "testdata/story.golden"
	if *update {
		if err := os.WriteFile(golden, s.out, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(s.out, want) {
		t.Errorf("the story is another one; look at it, and run with -update if it is better:\n%s", s.out)
	}
}

// morning makes alice's token 71, as in the screens.
func (s *story) morning() {
	for s.st.Lease().Last() < 70 {
		s.comes("bob", 2)
		s.quits("bob")
	}
	s.at("10:31:00")
	s.comes("alice", 1)
	s.comes("bob", 2)
	s.comes("carol", 3)
	s.call = Call{Self: "n2", Leader: "n3"}
}

func (s *story) conversation() {
	s.tell("Somebody new")
	s.types("bob", "/help")
	s.types("bob", "/help nick")
	s.types("bob", "/history")
	s.types("bob", "/reply hello")
	s.at("10:40:00")
	s.renews(1, 2, 3)
	s.tell("Talk")
	s.says("carol", "#lobby", "morning. the backup finished at four")
	s.at("10:43:00")
	s.renews(1, 2, 3)
	s.types("bob", "/me pours coffee")
	s.types("bob", "/msg alice between us: it was me")
	s.types("alice", "/reply I know")
	s.types("alice", "/history 3")
	s.tell("One's own history, with what was said in private; nobody else has that")
	s.types("bob", "/history")
	s.types("carol", "/history")
}

func (s *story) finding() {
	s.tell("Finding what was said")
	for _, line := range []string{
		"/search", "/search BACKUP four", "/search me", "/search all me", "/search backup tape", "/search all tape",
		"/search one two three four five six seven eight nine",
	} {
		s.types("bob", line)
	}
}

func (s *story) asking() {
	s.tell("Asking: n1 has just gone silent, alice is on n2 as well")
	p := s.people["alice"]
	s.at("10:52:04")
	s.joins("alice", "#ops")
	s.at("10:52:07")
	s.renews(2, 3)
	s.comes("alice", 2)
	s.at("10:52:08.8")
	s.renews(2, 3)
	s.at("10:52:10")
	s.types("bob", "/whois alice")
	s.types("bob", "/names")
	s.types("bob", "/who")
	s.types("bob", "/cluster")
	s.types("bob", "/whois")
	s.types("bob", "/whois A1ICE")
	s.types("bob", "/whois zed")
	s.tell("n1 is dead by now, and nothing of alice is left there")
	s.at("10:52:16")
	s.renews(2, 3)
	s.at("10:52:18")
	s.tick()
	s.types("bob", "/cluster")
	s.types("bob", "/whois alice")
	s.tell("alice's link is gone too")
	s.apply(p.session.Incarnation, fsm.Detach{Session: p.session})
	s.at("10:54:05")
	s.renews(2, 3)
	s.types("bob", "/whois alice")
	s.types("bob", "/msg alice the restore test is green")
	s.types("bob", "/names")
	s.comes("alice", 3)
}

func (s *story) absences() {
	s.tell("Away, and what a profile tells")
	s.types("carol", "/set zone berlin")
	s.types("carol", "/set pronouns she/her")
	s.types("carol", "/set bio keeps the disks of n3 company")
	s.types("carol", "/away lunch")
	s.types("carol", "/away lunch")
	s.at("11:03:05")
	s.renews(2, 3)
	s.types("bob", "/names")
	s.types("bob", "/who")
	s.types("bob", "/whois carol")
	s.types("bob", "/msg carol are you there")
	s.types("bob", "/msg carol hello")
	s.types("carol", "/back")
	s.types("carol", "/back")
	s.tell("Ignoring")
	s.types("bob", "/ignore")
	s.types("bob", "/ignore carol")
	s.types("bob", "/ignore carol")
	s.types("bob", "/ignore")
	s.types("bob", "/ignore bob")
	s.types("bob", "/ignore zed")
	s.says("carol", "#lobby", "nobody hears me")
	s.types("bob", "/history 2")
	s.types("bob", "/msg carol hello again")
	s.types("bob", "/whois carol")
	s.types("bob", "/unignore zed")
	s.types("bob", "/unignore carol")
	s.types("bob", "/history 2")
}

func (s *story) setting() {
	s.tell("What people set")
	for _, line := range []string{
		"/set", "/set bell", "/set bell off", "/set tz berlin", "/set zone", "/set clock seconds", "/set theme dark",
		"/set pronouns they/them", "/set bio keeps the disks of n3 company, and is here on weekdays from nine to five", "/set",
		"/set bell loud", "/set volume 11", "/set zone Atlantis", "/set clock -", "/set theme -", "/set bell -", "/set zone -",
	} {
		s.types("bob", line)
	}
}

func (s *story) rooms() {
	s.tell("Rooms")
	s.types("bob", "/rooms")
	s.types("bob", "/join dev")
	s.types("bob", "/rooms")
	s.types("bob", "/names #lobby")
	s.types("bob", "/names #ops")
	s.types("bob", "/join #DEV")
	s.types("bob", "/part")
	s.types("bob", "/join ops")
	s.types("bob", "/join #lobby")
	s.types("bob", "/part #ops")
	s.types("bob", "/part #ops")
	s.types("bob", "/part")
}

func (s *story) order() {
	s.tell("A room of one's own, and order in it")
	for _, line := range []string{
		"/topic", "/topic no politics", "/join dev", "/topic the disks of n3,\nand who is on call until noon", "/topic", "/op",
		"/private", "/private", "/slow 30s", "/slow 2 a minute", "/slow", "/topic", "/invite carol", "/invite carol",
	} {
		s.types("bob", line)
	}
	s.types("carol", "/rooms")
	s.types("alice", "/rooms")
	s.types("carol", "/join dev")
	s.types("carol", "/invite alice")
	s.types("carol", "/kick bob")
	for _, line := range []string{
		"/kick alice", "/kick bob", "/mute carol 10m one at a time", "/mute carol 10x", "/bans", "/unmute carol", "/unmute carol",
		"/deop bob", "/op carol", "/op", "/deop carol",
		"/ban carol 2h this is not the place for it, and has been said to be none more than once", "/bans", "/unban carol",
		"/open", "/open", "/slow off", "/topic -", "/topic", "/query alice", "/topic", "/bans", "/kick alice", "/query", "/part",
		"/kick alice", "/op alice", "/mute alice", "/private",
	} {
		s.types("bob", line)
	}
	s.types("carol", "/join #lobby")
}

func (s *story) alone() {
	s.tell("One person alone")
	s.types("bob", "/query alice")
	s.types("bob", "/me waves")
	s.types("bob", "/names")
	s.types("bob", "/history 2")
	s.types("bob", "/query @alice")
	s.types("bob", "/focus")
	s.types("bob", "/focus off")
	s.types("bob", "/focus off")
	s.types("bob", "/query")
}

func (s *story) trouble() {
	s.tell("n2 is cut off from the others")
	s.call = Call{Self: "n2", Trouble: "n2 has no majority for 12 s"}
	s.types("bob", "/cluster")
	s.types("bob", "/whois carol")
	s.types("bob", "/names")
	s.types("bob", "/rooms")
	s.tell("n1 is started again, and then n3 is killed")
	s.starts(1)
	s.at("10:54:11")
	s.renews(1, 2)
	s.call = Call{Self: "n2"}
	s.types("bob", "/cluster")
	s.types("bob", "/whois carol")
	s.at("10:54:18")
	s.renews(1, 2)
	s.tick()
	s.call = Call{Self: "n2", Leader: "n2"}
	s.types("bob", "/cluster")
	s.types("bob", "/whois carol")
}

func (s *story) mistakes() {
	s.tell("Mistakes")
	for _, line := range []string{
		"/wohis alice", "/exit", "/tell alice hello", "/usr/bin/env is not on n3, and neither is anything else that I looked for there",
		"/frobnicate", "/help wohis", "/msg", "/msg bob hello", "/msg zed hello", "/msg a1ice hello", "/msg :( hello", "/me",
		"/reply", "/join", "/query", "/query #ops", "/query bob", "/join no room", "/nick", "/nick bob", "/nick root", "/nick a:b", "/history all", "/part nowhere",
		"/quit now", "/register now", "/rooms all",
	} {
		s.types("bob", line)
	}
}

func (s *story) leaving() {
	s.tell("Every command's help")
	for _, c := range Commands() {
		s.types("bob", "/help "+c.Name)
	}
	s.tell("Another name, and leaving")
	s.types("bob", "/nick robert")
	s.types("bob", "/names")
	s.types("bob", "/quit")
}
