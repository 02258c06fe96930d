package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/gdamore/tcell/v3/vt"
)

const (
	screenWidth  = 80
	screenHeight = 60 // high enough that nothing a test looks for scrolls away
)

// person is somebody before a terminal with OpenSSH in it.
type person struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	tty  *os.File
	done chan struct{} // closed when ssh has ended and its screen is complete

	mu     sync.Mutex
	screen vt.MockTerm
	rest   []byte       // the beginning of a character whose end has not come yet
	came   bytes.Buffer // all that was ever shown
}

// person comes as somebody under their own name, and waits for the prompt.
func (d *demo) person(t *testing.T, name, node string) *person {
	t.Helper()
	p := d.terminal(t, name, name, node)
	p.waitFor("#lobby "+name+">", soon)
	return p
}

// terminal comes with the key of who as name.
func (d *demo) terminal(t *testing.T, who, name, node string) *person {
	t.Helper()
	return newPerson(t, name, d.env, append([]string{"ssh"}, d.sshArgs(t, who, name, node)...)...)
}

// newPerson puts a command before an emulated terminal.
func newPerson(t *testing.T, name string, env []string, command ...string) *person {
	t.Helper()
	p := &person{t: t, name: name, done: make(chan struct{})}
	p.screen = vt.NewMockTerm(vt.MockOptSize{X: screenWidth, Y: screenHeight})
	if err := p.screen.Start(); err != nil {
		t.Fatal(err)
	}
	p.show([]byte("\x1b[?2027h"))
	p.cmd = exec.Command(command[0], command[1:]...)
	p.cmd.Env = env
	tty, err := pty.StartWithSize(p.cmd, &pty.Winsize{Cols: screenWidth, Rows: screenHeight})
	if err != nil {
		t.Fatal(err)
	}
	p.tty = tty
	go p.watch()
	t.Cleanup(p.close)
	return p
}

// watch draws what comes, until ssh ends.
func (p *person) watch() {
	defer close(p.done)
	buf := make([]byte, 16<<10)
	for {
		n, err := p.tty.Read(buf)
		p.show(buf[:n])
		if err != nil {
			p.cmd.Wait()
			return
		}
	}
}

// show writes to the screen, whole characters only. This emulator forgets that CR
// ends a pending wrap, so it gets a column address with each.
func (p *person) show(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b = append(p.rest, b...)
	whole := len(b)
	for i := max(0, len(b)-utf8.UTFMax); i < len(b); i++ {
		if utf8.RuneStart(b[i]) && !utf8.FullRune(b[i:]) {
			whole = i
		}
	}
	p.rest = bytes.Clone(b[whole:])
	p.came.Write(b[:whole])
	p.screen.Write(bytes.ReplaceAll(b[:whole], []byte("\r"), []byte("\r\x1b[1G")))
}

// dayLine is what stands above the first line of another day.
var dayLine = regexp.MustCompile(`^-- (Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d+ [A-Z][a-z]{2}( \d{4})? -*$`)

// rows are the screen's, without blanks at the right and below, on any day.
func (p *person) rows() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var rows []string
	for y := range screenHeight {
		var b strings.Builder
		for x := 0; x < screenWidth; {
			c := p.screen.GetCell(vt.Coord{X: vt.Col(x), Y: vt.Row(y)})
			if c.C == "" {
				b.WriteByte(' ')
			}
			b.WriteString(c.C)
			x += max(1, c.W)
		}
		if r := strings.TrimRight(b.String(), " "); !dayLine.MatchString(r) {
			rows = append(rows, r)
		}
	}
	for len(rows) > 0 && rows[len(rows)-1] == "" {
		rows = rows[:len(rows)-1]
	}
	return rows
}

func (p *person) text() string { return strings.Join(p.rows(), "\n") }

func (p *person) sees(s string) bool { return strings.Contains(p.text(), s) }

var controls = regexp.MustCompile(`\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)`)

// saw tells whether something stood on the screen, now or before it scrolled away.
func (p *person) saw(s string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Contains(controls.ReplaceAll(p.came.Bytes(), nil), []byte(s))
}

// waitFor waits until something stands on the screen.
func (p *person) waitFor(s string, within time.Duration) {
	p.t.Helper()
	if !holdsWithin(within, func() bool { return p.sees(s) }) {
		p.t.Fatalf("%s does not see %q within %s; the screen is\n%s", p.name, s, within, p.text())
	}
}

// waitForPrompt waits until the last row is a prompt with nothing typed.
func (p *person) waitForPrompt(prompt string) {
	p.t.Helper()
	if !holdsWithin(soon, func() bool { return p.last() == prompt }) {
		p.t.Fatalf("%s has no prompt %q within %s; the screen is\n%s", p.name, prompt, soon, p.text())
	}
}

func (p *person) last() string {
	rows := p.rows()
	if len(rows) == 0 {
		return ""
	}
	return rows[len(rows)-1]
}

// wants checks that something has stood on the screen, as is.
func (p *person) wants(s string) {
	p.t.Helper()
	if !p.saw(s) && !p.sees(s) {
		p.t.Fatalf("%s has not seen %q; the screen is\n%s", p.name, s, p.text())
	}
}

// press sends keys.
func (p *person) press(keys string) {
	p.t.Helper()
	if _, err := p.tty.WriteString(keys); err != nil {
		p.t.Fatalf("%s cannot type: %v; the screen is\n%s", p.name, err, p.text())
	}
}

// say types a line and Enter.
func (p *person) say(line string) {
	p.t.Helper()
	p.press(line + "\r")
}

// said counts the messages on the screen that say text by author: in the form
// "10:31    alice  text".
func (p *person) said(author, text string) int {
	line := regexp.MustCompile(`^\d\d:\d\d[ >] *` + regexp.QuoteMeta(author) + `  ` + regexp.QuoteMeta(text) + `$`)
	n := 0
	for _, r := range p.rows() {
		if line.MatchString(r) {
			n++
		}
	}
	return n
}

// hears waits for a message.
func (p *person) hears(author, text string, within time.Duration) {
	p.t.Helper()
	if !holdsWithin(within, func() bool { return p.said(author, text) > 0 }) {
		p.t.Fatalf("%s does not hear %q of %s within %s; the screen is\n%s", p.name, text, author, within, p.text())
	}
}

// heardOnce checks that a message stands on the screen once.
func (p *person) heardOnce(author, text string) {
	p.t.Helper()
	if n := p.said(author, text); n != 1 {
		p.t.Fatalf("%s sees %q of %s %d times; the screen is\n%s", p.name, text, author, n, p.text())
	}
}

// row is where the first row stands that has s; -1 if none has.
func (p *person) row(s string) int {
	for i, r := range p.rows() {
		if strings.Contains(r, s) {
			return i
		}
	}
	return -1
}

// gone waits for ssh's end and returns its exit status.
func (p *person) gone() int {
	p.t.Helper()
	return p.goneWithin(soon)
}

func (p *person) goneWithin(within time.Duration) int {
	p.t.Helper()
	late := time.NewTimer(within)
	defer late.Stop()
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	case <-late.C:
		p.t.Fatalf("%s is still connected after %s; the screen is\n%s", p.name, within, p.text())
		return 0
	}
}

// close hangs up, and ends ssh if that does not.
func (p *person) close() {
	p.cmd.Process.Kill() // by its own process handle; it may have ended long ago
	<-p.done
	p.tty.Close()
	p.screen.Stop()
}
