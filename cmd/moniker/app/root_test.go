package app

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestCommandLinesAreAnsweredInOurVoice(t *testing.T) {
	for _, c := range []struct {
		line string
		exit int
		err  string
	}{
		{"chat", 2, "moniker: chat is no command of moniker.\n  It has: admin, completion, demo, serve, version\n"},
		{"sreve", 2, "moniker: sreve is no command of moniker; serve is.\n  It has: admin, completion, demo, serve, version\n"},
		{"serve", 2, "moniker: --dir is missing.\n  A node keeps what it knows in a folder: --dir DIR\n"},
		{"serve now", 2, "moniker: now is one word too many.\n  Usage: moniker serve\n"},
		{"serve --dir x --init --join a:1", 2, "moniker: --init makes a cluster, --join enters one.\n  Leave one of them away.\n"},
		{"serve --dir x --ssh here", 2, "moniker: --ssh here is no address.\n  An address is HOST:PORT.\n"},
		{"serve --dir x --metrics on", 2, "moniker: --metrics on is no address.\n  An address is HOST:PORT.\n"},
		{"serve --dir x --name a:b", 2, "moniker: --name a:b cannot be a node's.\n  A node's name is up to 64 of a-z, A-Z, 0-9, - _ .\n"},
		{"demo --nodes 12", 2, "moniker: --nodes is between 1 and 9, not 12.\n  Three are enough to lose one.\n"},
		{"demo --nodes 0", 2, "moniker: --nodes is not 0.\n  Leave it away for what is usual.\n"},
		{"demo --ssh-port 0", 2, "moniker: --ssh-port is not 0.\n  Leave it away for what is usual.\n"},
		{"demo --nodes x", 2, "moniker: x is no value for --nodes.\n  Usage: moniker demo\n"},
		{"admin --dir", 2, "moniker: --dir wants a value.\n  A node's folder, or a demo's: --dir DIR\n"},
		{"admin --dir /nowhere status", 3, "moniker: there is no folder /nowhere.\n  Nothing was changed. To start one: moniker demo, or moniker serve --dir DIR\n  To ask another: --dir OTHER\n"},
	} {
		if exit, out, errs := command(t, strings.Fields(c.line)...); exit != c.exit || out != "" || errs != c.err {
			t.Errorf("%s: exit %d\n%s%s", c.line, exit, out, errs)
		}
	}
}

func TestHelpNeedsNoNode(t *testing.T) {
	for _, c := range [][2]string{
		{"", "serve"}, {"--help", "demo"}, {"admin", "token"}, {"admin nick --help", "show"}, {"admin help nick list", "every name"},
		{"serve --help", "--advertise-peer"}, {"serve --help", "MONIKER_METRICS"}, {"admin watch --help", "[NAME...]"}, {"version", "moniker "}, {"completion bash", "moniker"},
	} {
		exit, out, errs := command(t, strings.Fields(c[0])...)
		if exit != 0 || errs != "" || !strings.Contains(out, c[1]) || strings.Contains(out, "until-eof") {
			t.Errorf("%s: exit %d\n%s%s", c[0], exit, out, errs)
		}
	}
}

func TestAdminWordsAreCompleted(t *testing.T) {
	for _, c := range [][2]string{
		{"admin --dir x node l", "lead\thave it lead the others\nlist\tevery node\n:4\n"},
		{"admin ses", "session\twho is connected\n:4\n"},
	} {
		_, out, _ := command(t, append([]string{"__complete"}, strings.Fields(c[0])...)...)
		if out != c[1] {
			t.Errorf("%s: %q, want %q", c[0], out, c[1])
		}
	}
}

func TestDirIsTakenWhereverItStands(t *testing.T) {
	for _, c := range []struct{ line, dir, words string }{
		{"nick list", defaultDir, "nick list"},
		{"--dir x nick list", "x", "nick list"},
		{"nick list --dir=x --json", "x", "nick list --json"},
		{"setting set -- --dir x", defaultDir, "setting set -- --dir x"},
	} {
		dir, words, err := takeDir(strings.Fields(c.line))
		if err != nil || dir != c.dir || !slices.Equal(words, strings.Fields(c.words)) {
			t.Errorf("%s: %s %q %v", c.line, dir, words, err)
		}
	}
}

func TestANodeEndsWithItsPipe(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Dup(int(read.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	read.Close()
	ctx, stop := untilEOF(context.Background(), fd)
	if ctx.Err() != nil {
		t.Error("it ended before its pipe")
	}
	write.Close()
	<-ctx.Done()
	stop()

	read, write, err = os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	if fd, err = unix.Dup(int(read.Fd())); err != nil {
		t.Fatal(err)
	}
	read.Close()
	_, stop = untilEOF(context.Background(), fd)
	stop() // returns though the pipe stays open
}

func TestNoTerminalNoWidthNoColour(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	env := func(name string) string { return map[string]string{"TERM": "xterm"}[name] }
	for _, out := range []any{file, &strings.Builder{}} {
		if width, color := terminal(out, env); width != 0 || color {
			t.Errorf("%T: %d, %v", out, width, color)
		}
	}
}
