package app

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/say"
	"moniker/test/ports"
	"moniker/transport"
)

func TestANodeIsMadeJoinedAndStartedAgain(t *testing.T) {
	dir := t.TempDir()
	n1 := Config{Dir: filepath.Join(dir, "n1"), Name: "n1", SSH: ports.FreeAddr(t), Peer: ports.FreeAddr(t), Init: true}
	first, stopFirst := start(t, n1)
	first.until(t, "n1 is ready: ssh -p ")

	exit, token, errs := command(t, "admin", "--dir", n1.Dir, "token", "create")
	if exit != 0 || !strings.Contains(errs, "One node may join with it, within 1 h") {
		t.Fatalf("exit %d, %s", exit, errs)
	}
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	named, err := Token("@"+filepath.Join(dir, "token"), "", os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	n2 := Config{Dir: filepath.Join(dir, "n2"), Name: "n2", SSH: ports.FreeAddr(t), Peer: ports.FreeAddr(t), Join: n1.Peer, Token: named}
	second, stopSecond := start(t, n2)
	second.until(t, "n2 is ready: ssh -p ")
	if exit, out, errs := command(t, "admin", "--dir="+dir, "node", "list", "--json"); exit != 0 || strings.Count(out, `"name":"n`) != 2 {
		t.Errorf("exit %d, %s%s", exit, out, errs)
	}
	sameKey(t, n1.Dir, n2.Dir)

	if err := stopSecond(); err != nil {
		t.Errorf("n2: %v", err)
	}
	scrape := ports.FreeAddr(t)
	again, stopAgain := start(t, Config{Dir: n2.Dir, Metrics: scrape})
	again.until(t, fmt.Sprintf("n2 starts: moniker serve --dir %s --name n2 --ssh %s --peer %s --metrics %s\n", n2.Dir, n2.SSH, n2.Peer, scrape))
	again.until(t, "n2 is ready: ssh -p ")
	counted(t, "http://"+scrape+"/metrics")
	if err := stopAgain(); err != nil {
		t.Errorf("n2: %v", err)
	}
	if err := stopFirst(); err != nil {
		t.Errorf("n1: %v", err)
	}
	if exit, _, errs := command(t, "admin", "--dir", dir, "status"); exit != 3 || !strings.HasPrefix(errs, "moniker: none of the 2 nodes in ") {
		t.Errorf("exit %d, %s", exit, errs)
	}
}

// counted holds what a node shows of itself against what it must have done.
func counted(t *testing.T, url string) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || !strings.Contains(string(text), "\nmoniker_sessions 0\n") || strings.Contains(string(text), "\nmoniker_applied_entries_total 0\n") {
		t.Errorf("%v\n%s", err, text)
	}
}

func sameKey(t *testing.T, dirs ...string) {
	t.Helper()
	var keys []string
	for _, d := range dirs {
		data, err := os.ReadFile(filepath.Join(d, folder.HostKeyFile))
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, string(data))
	}
	if keys[0] != keys[1] {
		t.Error("the nodes have different SSH host keys")
	}
}

func TestWhatStandsInTheWayIsToldFirst(t *testing.T) {
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	busy := l.Addr().String()
	c := Config{Dir: dir, Name: "n1", SSH: busy, Peer: ports.FreeAddr(t), Init: true}
	wantTrouble(t, serve(t.Context(), c, withoutPeople()), 1, busy+" is taken by another program.")
	c.SSH, c.Peer = c.Peer, busy
	wantTrouble(t, serve(t.Context(), c, withoutPeople()), 1, busy+" is taken by another program.")
	c.SSH, c.Peer, c.Metrics = ports.FreeAddr(t), ports.FreeAddr(t), busy
	wantTrouble(t, serve(t.Context(), c, withoutPeople()), 1, busy+" is taken by another program.")
	c.Metrics = ""
	if _, ok, _ := folder.ReadRecord(dir); ok {
		t.Error("a node that never ran is remembered")
	}
	c.Peer = ports.FreeAddr(t)
	f, err := folder.Open(dir, folder.Node)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	wantTrouble(t, serve(t.Context(), c, withoutPeople()), 1, fmt.Sprintf("%s is in use by a running node (pid %d).", dir, os.Getpid()))
}

func TestSettledWithWhatIsRemembered(t *testing.T) {
	was := folder.Record{Name: "n2", SSH: "127.0.0.1:1", Peer: "127.0.0.1:2", Cluster: "c", Node: "k", Initialised: true}
	moved := was
	moved.SSH = "127.0.0.1:9"
	counted := was
	counted.Metrics = "127.0.0.1:8"
	for _, c := range []struct {
		config Config
		was    folder.Record
		known  bool
		want   folder.Record
		err    string
	}{
		{Config{Dir: "x"}, was, true, was, ""},
		{Config{Dir: "x", SSH: "127.0.0.1:9"}, was, true, moved, ""},
		{Config{Dir: "x", Metrics: "127.0.0.1:8"}, was, true, counted, ""},
		{Config{Dir: "x"}, counted, true, counted, ""},
		{Config{Dir: "x", Metrics: "off"}, counted, true, was, ""},
		{Config{Dir: "x", Name: "n1"}, was, true, folder.Record{}, "./x is the folder of n2."},
		{Config{Dir: "x"}, folder.Record{}, false, folder.Record{}, "--name is missing."},
		{Config{Dir: "x", Name: "n1", SSH: "a:1", Peer: "a:2"}, folder.Record{}, false, folder.Record{}, "n1 belongs to no cluster yet."},
		{Config{Dir: "x", Name: "n1", SSH: "a:1", Peer: ":2", Init: true}, folder.Record{}, false, folder.Record{}, "other nodes cannot tell where to reach :2."},
	} {
		got, err := c.config.settle(c.was, c.known)
		if c.err == "" && (err != nil || got != c.want) || c.err != "" && (err == nil || err.Error() != c.err) {
			t.Errorf("%+v: %+v, %v", c.config, got, err)
		}
	}
}

func TestABrokenOffEnrolmentGoesOn(t *testing.T) {
	f, err := folder.Open(t.TempDir(), folder.Node)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := Config{Dir: f.Dir(), Init: true}
	r := folder.Record{Name: "n1", SSH: "a:1", Peer: "a:2"}
	one, keys, err := enrol(t.Context(), c, f, r, transport.TCP{})
	if err != nil || !one.Founder || one.Cluster == "" {
		t.Fatalf("%+v, %v", one, err)
	}
	f.Remove("node.crt") // it died before the last write
	two, again, err := enrol(t.Context(), c, f, one, transport.TCP{})
	if err != nil || again.Node.ID() != keys.Node.ID() {
		t.Fatalf("%+v, %v", two, err)
	}
	two.Initialised = true
	if _, _, err := enrol(t.Context(), Config{Dir: f.Dir()}, f, two, transport.TCP{}); err != nil {
		t.Error(err)
	}
	f.Remove("node.key")
	_, _, err = enrol(t.Context(), c, f, two, transport.TCP{})
	wantTrouble(t, err, 1, f.Path("node.key")+" is damaged: it is gone, and n1 was known by it.")
}

func TestTokensComeFromAFileOrTheEnvironment(t *testing.T) {
	token, err := transport.NewJoinToken(strings.NewReader(strings.Repeat("x", 40)))
	if err != nil {
		t.Fatal(err)
	}
	read := func(path string) ([]byte, error) {
		if path == "f" {
			return []byte(token.Text() + "\n"), nil
		}
		return nil, os.ErrNotExist
	}
	for _, c := range []struct{ named, env, err string }{
		{"@f", "", ""},
		{"", token.Text(), ""},
		{"@f", "nonsense", ""},
		{"@g", "", "./g cannot be read: file does not exist."},
		{token.Text(), "", "--token wants a file: --token @FILE."},
		{"", "nonsense", "not a join token: it looks like monik1.ID.SECRET."},
	} {
		get, err := Token(c.named, c.env, read)
		if err == nil {
			var got transport.JoinToken
			if got, err = get(); err == nil && got != token {
				t.Errorf("%+v: another token", c)
			}
		}
		if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if get, err := Token("", "", read); get != nil || err != nil {
		t.Errorf("a token out of nothing: %v", err)
	}
}

func TestNobodyToJoinIsTold(t *testing.T) {
	addr := ports.FreeAddr(t)
	token, _ := transport.NewJoinToken(strings.NewReader(strings.Repeat("x", 40)))
	c := Config{
		Dir: t.TempDir(), Name: "n2", SSH: ports.FreeAddr(t), Peer: ports.FreeAddr(t), Join: addr,
		Token: func() (transport.JoinToken, error) { return token, nil },
	}
	wantTrouble(t, serve(t.Context(), c, withoutPeople()), say.Failed, "no answer from "+addr+": connection refused.")
}

func TestATokenThatIsOfNoUseIsToldInOneWay(t *testing.T) {
	const addr = "10.0.0.1:7201"
	const want = addr + " does not accept this token."
	for _, err := range []error{
		transport.ErrTokenRefused, transport.ErrServerUnproven,
		&transport.RefusedError{Text: "the join token is used or expired; make a new one with: moniker admin token create"},
	} {
		wantTrouble(t, notJoined(addr, err), say.Failed, want)
	}
	wantTrouble(t, notJoined(addr, &transport.RefusedError{Text: "there is an n2"}), say.Failed, addr+" does not let this node in: there is an n2.")
	token, _ := transport.NewJoinToken(strings.NewReader(strings.Repeat("x", 40)))
	swapped := strings.Replace(token.Text(), "eHh4", "eHhX", 1)
	mistyped, err := Token("", swapped, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Dir: t.TempDir(), Name: "n2", SSH: ports.FreeAddr(t), Peer: ports.FreeAddr(t), Join: addr, Token: mistyped}
	wantTrouble(t, serve(t.Context(), c, withoutPeople()), say.Failed, want)
}

func TestReachableAddresses(t *testing.T) {
	for _, c := range [][3]string{
		{"10.0.0.1:22", "10.9.9.9:7201", "10.0.0.1:22"},
		{":22", "10.9.9.9:7201", "10.9.9.9:22"},
		{"[::]:22", "10.9.9.9:7201", "10.9.9.9:22"},
		{"0.0.0.0:22", "[fd00::1]:7201", "[fd00::1]:22"},
	} {
		if got := reach(c[0], c[1]); got != c[2] {
			t.Errorf("reach(%s, %s) is %s", c[0], c[1], got)
		}
	}
}

func TestTheLogIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l, err := openLog(path)
	if err != nil {
		t.Fatal(err)
	}
	line := []byte(strings.Repeat("x", 1<<20))
	for range 20 {
		l.Write(line)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + ".old"} {
		if info, err := os.Stat(name); err != nil || info.Size() > maxLog {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}
