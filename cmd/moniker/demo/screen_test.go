package demo

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

const print = "SHA256:R0CuY0ewFywBJUy1W65ay1GZ9ERuf21kPUAYWz9HUUU"

func screen() welcome {
	return welcome{
		dir: "./moniker-demo", isNew: true, took: 1432 * time.Millisecond, zone: time.UTC, own: true, hostKey: print,
		made: time.Date(2026, 1, 6, 10, 31, 0, 0, time.UTC), now: time.Date(2026, 1, 8, 9, 0, 0, 0, time.UTC), names: 4, messages: 212,
		nodes: []nodeView{{"n1", 2201, 48211, true}, {"n2", 2202, 48212, false}, {"n3", 2203, 48213, false}},
	}
}

func TestFirstScreen(t *testing.T) {
	v := screen()
	const rest = `  n1   ssh -p 2201 alice@127.0.0.1   pid 48211   leader
  n2   ssh -p 2202 alice@127.0.0.1   pid 48212
  n3   ssh -p 2203 alice@127.0.0.1   pid 48213
Talk   any name will do; your key makes it yours. Open two terminals.
Look   ssh -p 2201 127.0.0.1 admin nick list             (your keys may do this)
       moniker admin --dir moniker-demo status
Break  kill -9 48211         and back: moniker serve --dir moniker-demo/n1
Stop   Ctrl-C                names, history and host key stay for next time
Check  SHA256:R0CuY0ewFywBJUy1W65ay1GZ9ERuf21kPUAYWz9HUUU  host key of all three
`
	same(t, v.String(), "Three nodes on this machine, data in ./moniker-demo (new), ready in 1.4 s.\n"+rest)
	v.isNew = false
	same(t, v.String(), "Three nodes on this machine, data in ./moniker-demo (4 names, 212 messages, since Tue 10:31), ready in 1.4 s.\n"+rest)
}

func TestFirstScreenForSomebodyWithoutAKey(t *testing.T) {
	v := screen()
	v.own, v.nodes, v.dir = false, v.nodes[:1], "my demo"
	same(t, v.String(), `One node on this machine, data in ./my demo (new), ready in 1.4 s.
  n1   ssh -F 'my demo/ssh_config' alice@n1   pid 48211   leader
Talk   as alice, bob or mallory: their keys are ready, as you have none.
Look   moniker admin --dir 'my demo' status
Break  kill -9 48211         and back: moniker serve --dir 'my demo/n1'
Stop   Ctrl-C                names, history and host key stay for next time
Check  SHA256:R0CuY0ewFywBJUy1W65ay1GZ9ERuf21kPUAYWz9HUUU  its host key
`)
}

func same(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestTheCallersKeysAreFound(t *testing.T) {
	home := t.TempDir()
	if got := ownKeys(home, ""); got != nil {
		t.Errorf("got %v", got)
	}
	if err := os.MkdirAll(filepath.Join(home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	var want []ownKey
	for _, who := range []string{"a", "b"} {
		_, public, err := newKey(who)
		if err != nil {
			t.Fatal(err)
		}
		pub, _, _, _, _ := ssh.ParseAuthorizedKey(public)
		want = append(want, ownKey{ssh.FingerprintSHA256(pub), who})
		for _, name := range []string{who + ".pub", who + "-copy.pub", who} {
			if err := os.WriteFile(filepath.Join(home, ".ssh", name), public, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(home, ".ssh", "broken.pub"), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := ownKeys(home, filepath.Join(home, "no-agent"))
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWithAPromptItSaysWhatCanBeDoneThere(t *testing.T) {
	v := screen()
	v.prompt, v.nodes = true, v.nodes[1:] // n1 was removed
	v.nodes[0].leader = true
	if want := "or here: kill 2, start 2, pause 2, cut 3, heal\n"; !strings.Contains(v.String(), want) {
		t.Errorf("no %q in\n%s", want, v.String())
	}
	for _, c := range []struct {
		leader, nodes int
		want          string
	}{
		{1, 3, "or here: kill 1, start 1, pause 1, cut 2, heal"},
		{3, 3, "or here: kill 3, start 3, pause 3, cut 1, heal"},
		{1, 1, "or here: kill 1, start 1, pause 1"},
	} {
		v := screen()
		v.prompt, v.nodes = true, v.nodes[:c.nodes]
		for i := range v.nodes {
			v.nodes[i].leader = i+1 == c.leader
		}
		want := "Break  kill -9 " + strconv.Itoa(v.nodes[c.leader-1].pid) + "         " + c.want + "\n"
		if got := v.String(); !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
