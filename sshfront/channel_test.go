package sshfront

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"moniker/fsm"
	"moniker/fsm/lease"
	"moniker/sshfront/render"
)

func TestNoTerminal(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	p := h.come("alice", "alice", false)
	p.types("one\ntwo\n/wohis\nthree") // the end of input ends a line
	p.in.Close()
	if got := p.ends(); got != 1 { // one of them was refused, and a program sees only that
		t.Errorf("exit status %d", got)
	}
	out := p.out.String()
	for _, want := range []string{"#lobby on n1. Here: alice.\n", "10:30    alice  one\n", "10:30    alice  two\n", "10:30    alice  three\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.ContainsAny(out, "\x1b\r\a") || strings.Contains(out, "> ") {
		t.Errorf("a prompt or an escape in %q", out)
	}
	if got := p.err.String(); !strings.HasPrefix(got, "/wohis is no command; ") {
		t.Errorf("stderr %q", got)
	}
	if n := w.state("alice"); n.State != lease.Grace {
		t.Errorf("alice is %+v", n)
	}
}

// TestPipeThatEndsUnsureSaysSo: a script must not take 0 for a line that nobody
// has answered.
func TestPipeThatEndsUnsureSaysSo(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, func(c *Config) { c.Limits.Commit = time.Second / 2 })
	p := h.come("alice", "alice", false)
	p.sees("#lobby on n1. Here: alice.")
	w.hold()
	defer w.release()
	p.types("one\ntwo\n")
	p.in.Close()
	if got := p.ends(); got != 4 {
		t.Errorf("exit status %d", got)
	}
	if got := p.err.String(); !strings.Contains(got, "Not sent: two") || !strings.Contains(got, "It is not known whether this was sent: one") {
		t.Errorf("stderr %q", got)
	}
}

// TestACommandThatIsNotAnsweredIsTold: whoever has typed /nick and sees only that the node
// stops would believe that it was done.
func TestACommandThatIsNotAnsweredIsTold(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	p := h.come("alice", "alice", false)
	p.sees("#lobby on n1")
	w.hold()
	p.types("/nick nova\n/names\n")
	until(t, "asked for", func() bool { return w.waiting() == 1 })
	h.stop()
	if exit := p.ends(); exit != 4 {
		t.Errorf("exit status %d, want 4: not known", exit)
	}
	if got := p.err.String(); got != "It is not known whether your last command was done.\nNot sent: /names\n" {
		t.Errorf("%q", got)
	}
	w.release()
}

func TestManyPipedLinesAreAllSaid(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	p := h.come("alice", "alice", false)
	var b strings.Builder
	for i := range 300 {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	p.types(b.String())
	p.in.Close()
	p.ends()
	if n := strings.Count(p.out.String(), "alice  line "); n != 300 {
		t.Errorf("%d lines of 300\n%s", n, p.err.String())
	}
}

func TestNoTerminalAndNoNameIsAnError(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	h.inLobby("alice")
	for user, want := range map[string]string{
		"alice": "alice belongs to another key, and its owner is here.\n", "no name": `" " cannot be in a name`,
	} {
		p := h.come(user, "mallory", false)
		if got := p.ends(); got != 1 {
			t.Errorf("exit status %d", got)
		}
		if !strings.Contains(p.err.String(), want) || p.out.String() != "" {
			t.Errorf("stderr %q, stdout %q", p.err.String(), p.out.String())
		}
	}
}

func TestPtySizeZero(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	p := h.open(h.dial("alice", "alice"), true, 0, 0)
	p.sees("it\r\nbelongs to your key")
	h.must(p.session.WindowChange(1<<31-1, 1<<31-1))
	p.types("hello\r")
	p.sees("alice  hello")
	h.must(p.session.WindowChange(0, 0))
	p.types("again\r")
	p.sees("alice  again")
}

func TestDumbTerminalGetsNoEscapes(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	p := h.session(h.dial("alice", "alice"))
	h.must(p.session.RequestPty("dumb", 24, 80, nil))
	h.must(p.session.Shell())
	p.sees("Here: alice.")
	p.types("hello\n")
	if s := p.sees("alice  hello\r\n"); strings.ContainsAny(s, "\x1b") {
		t.Errorf("an escape in %q", s)
	}
}

// A table that the terminal would have to wrap fits instead.
func TestTablesFitADumbTerminal(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	bob := h.inOps("bob")
	bob.types("/topic the disks of n3, and who is on call until noon\r")
	bob.sees("--  bob set the topic")
	for width, row := range map[int]string{
		50: "#ops    -          1          1  the disks of ...\r\n",
		90: "#ops    -          1          1  the disks of n3, and who is on call until noon\r\n",
	} {
		p := h.session(h.dial("alice", "alice"))
		h.must(p.session.RequestPty("dumb", 24, width, nil))
		h.must(p.session.Shell())
		p.sees("#lobby on n1.")
		p.types("/rooms\n")
		p.sees(row)
	}
}

func TestOnlySessionsAndOneAtATime(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	c := h.dial("alice", "alice")
	if _, _, err := c.OpenChannel("direct-tcpip", nil); err == nil {
		t.Error("a tunnel was opened")
	}
	if ok, _, err := c.SendRequest("tcpip-forward", true, nil); ok || err != nil {
		t.Errorf("a forward was answered %v, %v", ok, err)
	}
	p := h.open(c, true, 80, 24)
	p.sees("#lobby alice> ")
	if s, err := c.NewSession(); err == nil {
		s.Close()
		t.Error("a second session was opened")
	}
	for _, r := range []string{"subsystem", "x11-req", "auth-agent-req@openssh.com", "shell", "pty-req", "env"} {
		if ok, err := p.session.SendRequest(r, true, nil); ok || err != nil {
			t.Errorf("%s was answered %v, %v", r, ok, err)
		}
	}
	p.types("still here\r")
	p.sees("alice  still here")
	p.types("\x04")
	p.ends()
	until(t, "let in again on the same connection", func() bool {
		s, err := c.NewSession()
		if err == nil {
			s.Close()
		}
		return err == nil
	})
}

func TestEnvironmentIsBounded(t *testing.T) {
	h := &channel{}
	set := func(name, value string) bool {
		return h.setenv(ssh.Marshal(&struct{ Name, Value string }{name, value}))
	}
	for name, want := range map[string]bool{"LANG": true, "LC_ALL": true, "TZ": true, "NO_COLOR": true, "COLORTERM": true, "PATH": false, "LD_PRELOAD": false} {
		if got := set(name, "x"); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if set("TZ", strings.Repeat("x", 10_000)) {
		t.Error("a long value was kept")
	}
	for i := range 1000 {
		set(fmt.Sprint("LC_", i), "x")
	}
	if len(h.term.env) > mostEnv {
		t.Errorf("%d variables kept", len(h.term.env))
	}
}

// runs runs one command and returns its exit status and output.
func (h *house) runs(somebody, cmd string) (int, string, string) {
	h.t.Helper()
	c := h.dial("x", somebody)
	defer c.Close()
	p := h.session(c)
	h.must(p.session.Start(cmd))
	p.in.Close()
	status := p.ends()
	return status, p.out.String(), p.err.String()
}

func TestAdminIsForOperators(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, func(c *Config) {
		c.Admin = func(_ context.Context, r AdminRequest) int {
			in, _ := io.ReadAll(r.Stdin)
			fmt.Fprintf(r.Stdout, "%q by %s of %d cells: %s", r.Args, r.Who, r.Width, in)
			fmt.Fprint(r.Stderr, "hint")
			return 3
		}
	})
	status, out, stderr := h.runs("alice", "admin nick list")
	if status != 1 || out != "" || !strings.HasPrefix(stderr, "moniker: admin is for operators, and this key is not one's.\n  your key   "+string(idOf("alice"))) {
		t.Errorf("%d %q %q", status, out, stderr)
	}
	w.ok(w.n1.inc, fsm.AddOperator{Identity: idOf("alice")})
	status, out, stderr = h.runs("alice", `admin nick show "a b"`)
	if want := fmt.Sprintf(`["nick" "show" "a b"] by %s of 0 cells: `, idOf("alice")); status != 3 || out != want || stderr != "hint" {
		t.Errorf("%d %q %q", status, out, stderr)
	}
	if names := w.state("x"); names.State != lease.Free {
		t.Errorf("admin claimed a name: %+v", names)
	}
}

func TestInterruptEndsACommandOnATerminal(t *testing.T) {
	w := newWorld(t)
	w.ok(w.n1.inc, fsm.AddOperator{Identity: idOf("alice")})
	h := newHouse(t, w.n1, func(c *Config) {
		c.Admin = func(ctx context.Context, r AdminRequest) int {
			fmt.Fprintf(r.Stdout, "watching %d\n", r.Width)
			<-ctx.Done()
			return 0
		}
	})
	p := h.session(h.dial("x", "alice"))
	h.must(p.session.RequestPty("xterm", 24, 72, nil))
	h.must(p.session.Start("admin watch"))
	p.sees("watching 72\r\n")
	p.types("\x03")
	if got := p.ends(); got != 0 {
		t.Errorf("exit status %d", got)
	}
}

// noKeys is a channel whose client has closed its input, as </dev/null does.
type noKeys struct{ ssh.Channel }

func (noKeys) Read([]byte) (int, error) { return 0, io.EOF }

func TestEndOfInputCancelsNoCommandOnATerminal(t *testing.T) {
	(&channel{ssh: noKeys{}}).interrupts(func() { t.Error("cancelled") })
}

func TestWho(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	bob := h.arrive("bob")
	bob.types("/away lunch\r")
	bob.sees("You are away")
	newHouse(t, w.n2, nil).arrive("alice").sees("#lobby alice> ")
	status, out, _ := h.runs("carol", "who")
	if want := "NAME   SINCE (UTC)  NODES  AWAY\nalice  10:30:00     n2     -\nbob    10:30:00     n1     0 s\n"; status != 0 || out != want {
		t.Errorf("%d\n%s", status, out)
	}
	status, out, _ = h.runs("carol", "who --json")
	var rows []whoRow
	if err := json.Unmarshal([]byte(out), &rows); err != nil || status != 0 || len(rows) != 2 || strings.Count(out, "\n") != 1 {
		t.Fatalf("%d %v\n%s", status, err, out)
	}
	if r := rows[0]; r.Nick != "alice" || r.Owner != idOf("alice") || r.Sessions[0].Node != "n2" || r.Sessions[0].Since != "2026-01-06T10:30:00Z" || r.Away != nil {
		t.Errorf("%+v", r)
	}
	if r := rows[1]; r.Away == nil || *r.Away != 0 {
		t.Errorf("%+v", r)
	}
}

func TestUnknownCommandListsWhatThereIs(t *testing.T) {
	h := newHouse(t, newWorld(t).n1, nil)
	for _, cmd := range []string{"frobnicate now", `"open`, "who --yaml", ""} {
		if status, out, stderr := h.runs("alice", cmd); status != 2 || out != "" || !strings.HasPrefix(stderr, "moniker: ") {
			t.Errorf("%q: %d %q %q", cmd, status, out, stderr)
		}
	}
}

func TestSplitIsAsAShellWould(t *testing.T) {
	for in, want := range map[string][]string{
		"":                        nil,
		"  a  b\tc ":              {"a", "b", "c"},
		`a "b c" 'd "e'`:          {"a", "b c", `d "e`},
		`a\ b "q\"x\n" '\'`:       {"a b", `q"x\n`, `\`},
		`"" x''y`:                 {"", "xy"},
		"nick reserve alice 'K='": {"nick", "reserve", "alice", "K="},
	} {
		if got, err := split(in); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q %v, want %q", in, got, err, want)
		}
	}
	for _, in := range []string{`"a`, "a'", "a\x00b", strings.Repeat("a ", 300), strings.Repeat("a", 20_000)} {
		if got, err := split(in); err == nil {
			t.Errorf("%.20q became %d words", in, len(got))
		}
	}
}

// TestAPipedLineThatIsTooLongIsAlone: what comes behind it is said.
func TestAPipedLineThatIsTooLongIsAlone(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, nil)
	p := h.come("alice", "alice", false)
	p.types(strings.Repeat("y", 4001) + "\nsecond\nthird\n")
	p.in.Close()
	if got := p.ends(); got != 1 {
		t.Errorf("exit status %d", got)
	}
	if said := w.texts(); said != "second|third" {
		t.Errorf("said %q", said)
	}
	if got := p.err.String(); got != "4,001 characters; a message holds 4,000. It was not sent.\n" {
		t.Errorf("stderr %q", got)
	}
}

// TestAPipedQuitThatNobodyAnswersSaysSo: a script must not take the name to be free.
func TestAPipedQuitThatNobodyAnswersSaysSo(t *testing.T) {
	w := newWorld(t)
	h := newHouse(t, w.n1, func(c *Config) { c.Limits.Commit = time.Second / 2 })
	p := h.come("alice", "alice", false)
	p.sees("Here: alice.")
	w.hold()
	p.types("/quit\n")
	if got := p.ends(); got != 4 {
		t.Errorf("exit status %d", got)
	}
	if got := p.err.String(); got != "It is not known yet whether alice is free.\n" {
		t.Errorf("stderr %q", got)
	}
}

func TestWhatATerminalShowsIsReadOffItsName(t *testing.T) {
	for _, c := range []struct {
		term, colorterm string
		few             bool
		theme           render.Theme
		ground          render.Ground
	}{
		{"xterm-256color", "", false, render.Auto, render.Unknown}, {"tmux-256color", "", false, render.Auto, render.Unknown},
		{"xterm-kitty", "", false, render.Auto, render.Unknown}, {"foot-extra", "", false, render.Auto, render.Unknown},
		{"xterm", "", true, render.Auto, render.Unknown}, {"xterm", "truecolor", false, render.Auto, render.Unknown},
		{"screen", "", true, render.Auto, render.Unknown}, {"linux", "", true, render.Auto, render.OnDark},
		{"vt220", "", true, render.Mono, render.Unknown}, {"xterm-mono", "", true, render.Mono, render.Unknown},
	} {
		term := terminal{pty: true, term: c.term, env: map[string]string{"COLORTERM": c.colorterm}}
		if few, theme, ground := term.few(), term.theme(), term.ground(); few != c.few || theme != c.theme || ground != c.ground {
			t.Errorf("%s %s: few %v, theme %v, ground %d", c.term, c.colorterm, few, theme, ground)
		}
	}
}
