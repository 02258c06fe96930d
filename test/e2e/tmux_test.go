package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// pane is OpenSSH in a terminal that many people have: tmux.
type pane struct {
	t      *testing.T
	name   string
	socket string
	env    []string
	status string // the file that ssh's exit status is written to
}

// pane comes as somebody in a tmux of their own, of so many cells.
func (d *demo) pane(t *testing.T, name, node string, width, height int) *pane {
	t.Helper()
	needs(t, "tmux")
	dir := t.TempDir()
	p := &pane{
		t: t, name: name, env: append(d.env, "LANG=C.UTF-8", "NO_COLOR=1"),
		socket: filepath.Join(dir, "s"), status: filepath.Join(dir, "status"),
	}
	args := []string{"-f", "/dev/null", "-u", "new-session", "-d", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height),
		"sh", "-c", `ssh "$@"; echo $? >"$0"`, p.status}
	args = append(args, d.sshArgs(t, name, name, node, "-o", "SendEnv=NO_COLOR")...)
	p.tmux(append(args, ";", "set", "remain-on-exit", "on", ";", "set", "status", "off")...)
	pid, err := strconv.Atoi(p.tmux("display-message", "-p", "#{pid}"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.tmux("kill-server")
		eventually(t, soon, "tmux has ended", func() bool { return !alive(pid) })
	})
	eventually(t, soon, name+" has a prompt", func() bool { return strings.HasSuffix(p.screen(), "#lobby "+name+">") })
	return p
}

// tmux runs one of its commands and returns what that prints.
func (p *pane) tmux(args ...string) string {
	p.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-S", p.socket}, args...)...)
	cmd.Env = p.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.t.Fatalf("tmux %q: %v: %s", args, err, out)
	}
	return strings.TrimRight(string(out), "\n")
}

// keys presses keys by tmux's names for them.
func (p *pane) keys(names ...string) {
	p.t.Helper()
	p.tmux(append([]string{"send-keys"}, names...)...)
}

// types presses the keys of a text.
func (p *pane) types(text string) { p.t.Helper(); p.tmux("send-keys", "-l", text) }

// paste pastes a text, in brackets if the program in the terminal wants them.
func (p *pane) paste(text string) {
	p.t.Helper()
	p.tmux("set-buffer", text)
	p.tmux("paste-buffer", "-p")
}

func (p *pane) resize(width int) {
	p.t.Helper()
	p.tmux("resize-window", "-x", strconv.Itoa(width))
}

var clocks = regexp.MustCompile(`(?m)^\d\d:\d\d`)

// screen is what the terminal shows, at half past ten of one day.
func (p *pane) screen() string { p.t.Helper(); return p.captured() }

// all is the same with what has scrolled away.
func (p *pane) all() string { p.t.Helper(); return p.captured("-S", "-") }

func (p *pane) captured(more ...string) string {
	p.t.Helper()
	rows := strings.Split(p.tmux(append([]string{"capture-pane", "-p"}, more...)...), "\n")
	rows = slices.DeleteFunc(rows, dayLine.MatchString)
	return clocks.ReplaceAllString(strings.Join(rows, "\n"), "10:30")
}

func (p *pane) cursor() string {
	p.t.Helper()
	return p.tmux("display-message", "-p", "#{cursor_x},#{cursor_y}")
}

// shows waits until the screen ends in want, with the cursor at the column and row.
func (p *pane) shows(cursor, want string) {
	p.t.Helper()
	want = strings.TrimPrefix(want, "\n")
	ends := func() bool {
		s := p.screen()
		return (s == want || strings.HasSuffix(s, "\n"+want)) && (cursor == "" || p.cursor() == cursor)
	}
	if !holdsWithin(soon, ends) {
		p.t.Fatalf("%s's cursor is at %s, want %s; the screen is\n%s\nwant\n%s", p.name, p.cursor(), cursor, p.screen(), want)
	}
}

// has waits until something stands on the screen, whatever tmux says below it.
func (p *pane) has(want string) {
	p.t.Helper()
	if !holdsWithin(soon, func() bool { return strings.Contains(p.screen()+"\n", want) }) {
		p.t.Fatalf("%s's screen is\n%s\nwant on it\n%s", p.name, p.screen(), want)
	}
}

// gone waits for ssh's end and returns its exit status. What tmux tells of it will not
// do: it has kept it to itself, now and then, of a pane that was dead.
func (p *pane) gone() string {
	p.t.Helper()
	var status string
	if !holdsWithin(soon, func() bool {
		b, _ := os.ReadFile(p.status)
		status = strings.TrimSpace(string(b))
		return status != ""
	}) {
		p.t.Fatalf("ssh has not ended:\n%s", p.screen())
	}
	return status
}

func TestTypingInARealTerminal(t *testing.T) {
	needs(t, "tmux")
	d := startDemo(t) // the rows are counted: nobody may come or go
	p := d.pane(t, "erin", "n1", 80, 24)
	y := strconv.Itoa(strings.Count(p.screen(), "\n"))
	line := func(column int, text string) {
		t.Helper()
		p.shows(strconv.Itoa(len("#lobby erin> ")+column)+","+y, "#lobby erin>"+strings.TrimRight(" "+text, " "))
	}
	p.types("你好世界")
	line(8, "你好世界")
	p.keys("BSpace", "BSpace")
	line(4, "你好")
	p.keys("C-c")
	line(0, "")
	p.types("a🇩🇪é👍")
	p.keys("BSpace")
	line(4, "a🇩🇪é")
	p.keys("BSpace", "BSpace")
	line(1, "a")
	p.keys("C-u", "Escape")
	p.types("hello wide world")
	line(16, "hello wide world")
	p.keys("Home", "DC", "End", "BSpace")
	line(14, "ello wide worl")
	p.keys("C-Left", "C-Left", "C-Right", "M-b", "M-d")
	line(5, "ello  worl")
	p.keys("C-e", "C-w", "C-w", "C-y", "C-_")
	line(0, "")
	p.keys("C-_")
	line(6, "ello")
	p.keys("C-a", "C-k")
	line(0, "")
	p.types("/na")
	p.keys("Tab")
	line(7, "/names")
	p.keys("C-u")
	p.types("/n")
	p.keys("Tab", "Tab", "BTab", "BTab")
	line(2, "/n")
	p.keys("C-c", "F5", "IC", "C-F3")
	line(0, "")
	p.types("/names #lobby")
	p.keys("Enter")
	p.shows("", "#lobby erin>")
	p.types("half")
	p.keys("Up")
	p.shows("", "#lobby erin> /names #lobby")
	p.keys("Down")
	p.shows("", "#lobby erin> half")
	p.keys("C-c", "C-d")
	if exit := p.gone(); exit != "0" {
		t.Errorf("Ctrl-D: exit %s", exit)
	}
	p.has("\n#lobby, 1: erin\nBye. erin stays yours for at least 10 min.\nConnection to 127.0.0.1 closed.\n")
}

// TestDraftsInARealTerminal: what is typed stays whole while others talk, while the
// window changes and while it is pasted; and nothing of it stays behind.
func TestDraftsInARealTerminal(t *testing.T) {
	needs(t, "tmux")
	d := startDemo(t)
	alice, bob := d.pane(t, "alice", "n1", 60, 16), d.pane(t, "bob", "n2", 80, 24)
	alice.shows("", "10:30       --  bob joined\n#lobby alice>")
	draft := strings.Repeat("0123456789", 15)
	alice.types(draft)
	row := "#lobby alice> " + draft
	folded := func(width int) string {
		out := ""
		for rest := row; ; rest = rest[width:] {
			if len(rest) <= width {
				return out + rest
			}
			out += rest[:width] + "\n"
		}
	}
	said := "10:30       --  bob joined\n"
	for i := range 20 {
		line := "message number " + strconv.Itoa(i)
		bob.types(line)
		bob.keys("Enter")
		said += "10:30      bob  " + line + "\n"
		alice.shows("", "10:30      bob  "+line+"\n"+folded(60))
	}
	alice.shows("44,15", folded(60))
	for _, width := range []int{40, 60, 80} {
		alice.resize(width)
		alice.shows("", folded(width))
	}
	alice.keys("C-a")
	alice.types("xyz ")
	row = "#lobby alice> xyz " + draft
	alice.shows("", folded(80))
	alice.keys("C-c")
	alice.shows("", "10:30      bob  message number 19\n#lobby alice>")
	alice.paste("one\n  two\nthree")
	alice.shows("", "10:30      bob  message number 19\n#lobby alice> one⏎  two⏎three")
	alice.keys("Enter")
	said += "10:30    alice  one\n                  two\n                three\n"
	bob.shows("", "10:30    alice  one\n                  two\n                three\n#lobby bob>")
	alice.types(strings.Repeat("界", 40))
	alice.shows("14,15", "#lobby alice> "+strings.Repeat("界", 33)+"\n"+strings.Repeat("界", 7))
	alice.keys("Enter")
	said += "10:30    alice  " + strings.Repeat("界", 32) + "\n                " + strings.Repeat("界", 8) + "\n"
	alice.shows("14,15", strings.Repeat(" ", 16)+strings.Repeat("界", 8)+"\n#lobby alice>")
	_, all, _ := strings.Cut(alice.all(), "Here: alice.\n")
	if all != said+"#lobby alice>" {
		t.Errorf("with what has scrolled away, the terminal holds\n%s\nwant\n%s", all, said)
	}
}

// TestNodeKilledUnderADraft: the draft stays on the screen, ssh says why it ends, and
// she goes on through another node.
func TestNodeKilledUnderADraft(t *testing.T) {
	needs(t, "tmux")
	d := startDemo(t)
	node := others(d.status(t).Leader)[0]
	alice := d.pane(t, "alice", node, 60, 20)
	alice.types("hello")
	alice.keys("Enter")
	alice.shows("", "10:30    alice  hello\n#lobby alice>")
	alice.types("and if not, shall I")
	alice.shows("", "10:30    alice  hello\n#lobby alice> and if not, shall I")
	d.kill(t, node, syscall.SIGKILL)
	alice.gone()
	alice.has("10:30    alice  hello\n#lobby alice> and if not, shall I")
	alice = d.pane(t, "alice", others(node)[0], 60, 20)
	alice.has("\n10:30    alice  hello\n") // what becomes of her terminal on the other may stand below
}
