package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeCommands has every command line of the README's sh blocks run against
// a demo, or knows who runs it. One that it does not know fails it.
func TestReadmeCommands(t *testing.T) {
	needs(t, "ssh", "ssh-keygen")
	root := filepath.Join("..", "..")
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	lines := shellLines(string(readme))
	if len(lines) < 2 {
		t.Fatalf("only %d commands found in README.md", len(lines))
	}
	d := startDemo(t)
	// Those that only talk come first, so that there is somebody to be shown.
	seen := map[string]bool{}
	for _, talk := range []bool{true, false} {
		for _, l := range lines {
			if strings.HasPrefix(l, "ssh ") == talk {
				seen[kindOf(t, d, l)] = true
			}
		}
	}
	for _, want := range []string{"demo", "tests", "ssh", "admin"} {
		if !seen[want] {
			t.Errorf("README.md has no command of this kind: %s", want)
		}
	}
	if r := regexp.MustCompile(`(?m)^go run .* demo$`); !r.Match(readme) {
		t.Error("README.md has no line for the smoke test, which takes the command for a demo from it")
	}
}

// kindOf runs one command line of the README and says of which kind it is.
func kindOf(t *testing.T, d *demo, l string) string {
	t.Helper()
	words := strings.Fields(l)
	switch short := strings.TrimPrefix(l, "go run ./cmd/moniker "); {
	case l == "go run ./cmd/moniker demo": // the smoke test of CI runs it as it stands
		return "demo"
	case l == "go test ./...", l == "go test -race ./...": // this is it
		return "tests"
	case strings.HasPrefix(l, "go run ./test/"): // where there is such a program
		if found, _ := filepath.Glob(filepath.Join("..", "..", words[2], "*.go")); len(found) == 0 {
			t.Errorf("%s: there is no such program", l)
		}
		return "bench"
	case strings.HasPrefix(l, "ssh -F moniker-demo/ssh_config "):
		args := strings.Fields(strings.ReplaceAll(l, "moniker-demo/", d.dir+"/"))
		p := run(t, d.env, "hello from the README\n", args[0], append([]string{"-T"}, args[1:]...)...)
		p.wants(t, 0)
		return "ssh"
	case strings.HasPrefix(l, "moniker serve ") || strings.HasPrefix(l, "moniker admin --dir n1 "):
		flagsExist(t, d, words[1:])
		return "by hand" // TestJoinByHand runs lines like these
	case short != l && strings.HasPrefix(short, "admin "), strings.HasPrefix(l, "moniker admin "):
		args := strings.Fields(strings.TrimPrefix(short, "moniker "))
		r := moniker(t, d.env, inDemo(d, args)...)
		if r.exit != 0 {
			t.Errorf("%s: %s", l, r)
		}
		return "admin"
	}
	t.Errorf("README.md has a command that nothing tests: %s", l)
	return "unknown"
}

// inDemo has admin ask our demo.
func inDemo(d *demo, args []string) []string {
	for i, a := range args {
		if a == "--dir" && i+1 < len(args) {
			args[i+1] = d.dir
			return args
		}
	}
	return append([]string{args[0], "--dir", d.dir}, args[1:]...)
}

// flagsExist checks the options of a command against what --help lists.
func flagsExist(t *testing.T, d *demo, words []string) {
	t.Helper()
	help := moniker(t, d.env, words[0], "--help").wants(t, 0)
	for _, w := range words[1:] {
		if strings.HasPrefix(w, "--") && w != "--dir" && !strings.Contains(help.out, w) {
			t.Errorf("%s has no option %s:\n%s", words[0], w, help.out)
		}
	}
}

// shellLines are the command lines of a Markdown text's sh blocks.
func shellLines(markdown string) []string {
	var lines []string
	inside := false
	for l := range strings.Lines(markdown) {
		l = strings.TrimRight(l, "\n")
		switch {
		case strings.HasPrefix(l, "```"):
			inside = !inside && l == "```sh"
		case inside && strings.TrimSpace(l) != "" && !strings.HasPrefix(l, "#"):
			if i := strings.Index(l, "  #"); i >= 0 {
				l = l[:i]
			}
			lines = append(lines, strings.TrimSpace(l))
		}
	}
	return lines
}
