package demo

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/say"
	"moniker/sshfront/render"
)

// welcome is all that the first screen shows.
type welcome struct {
	dir      string
	isNew    bool
	made     time.Time
	now      time.Time
	zone     *time.Location
	names    int
	messages int
	took     time.Duration
	nodes    []nodeView
	own      bool // the caller has keys, and they are operators'
	prompt   bool
	hostKey  string
}

type nodeView struct {
	name   string
	port   int
	pid    int
	leader bool
}

// welcoming makes the caller an operator, writes what ssh needs, and returns the
// first screen.
func (d *demo) welcoming(ctx context.Context, through int, s status) (string, error) {
	host, err := d.hostKey(through)
	if err != nil {
		return "", err
	}
	if err := d.writeSSHConfig(host); err != nil {
		return "", err
	}
	own, err := d.addOperators(ctx, through)
	if err != nil {
		return "", err
	}
	v := welcome{
		dir: d.Dir, isNew: d.plan.isNew, made: d.plan.Made, now: time.Now(), zone: time.Local,
		own: own, prompt: d.tty != nil, hostKey: ssh.FingerprintSHA256(host),
	}
	if !v.isNew {
		if v.names, v.messages, err = d.count(ctx, through); err != nil {
			return "", err
		}
	}
	for i, n := range d.plan.Nodes {
		if d.nodes[i].out {
			continue
		}
		v.nodes = append(v.nodes, nodeView{name: n.Name, port: n.SSH, pid: d.nodes[i].pid(), leader: n.Name == s.Leader})
	}
	v.took = time.Since(d.began)
	return v.String(), nil
}

func (d *demo) count(ctx context.Context, through int) (names, messages int, err error) {
	var all []struct{}
	if err := d.askJSON(ctx, through, &all, "nick", "list"); err != nil {
		return 0, 0, err
	}
	var rooms []struct{ Messages int }
	if err := d.askJSON(ctx, through, &rooms, "room", "list"); err != nil {
		return 0, 0, err
	}
	for _, r := range rooms {
		messages += r.Messages
	}
	return len(all), messages, nil
}

func (d *demo) hostKey(node int) (ssh.PublicKey, error) {
	path := d.path(d.plan.Nodes[node].Name, folder.HostKeyFile)
	data, err := readSmall(path)
	if err != nil {
		return nil, say.No("", "%s cannot be read.", say.Path(path))
	}
	signer, err := ssh.ParsePrivateKey(data)
	if err != nil {
		return nil, folder.Damaged(path, "it is no SSH key")
	}
	return signer.PublicKey(), nil
}

// String is the first screen.
func (v welcome) String() string {
	var out strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	first := v.nodes[0]
	for _, n := range v.nodes {
		if n.leader {
			first = n
		}
	}
	dir := say.Arg(filepath.Clean(v.dir))
	line("%s on this machine, data in %s %s, ready in %.1f s.", v.howMany(), say.Path(v.dir), v.state(), v.took.Seconds())
	for i, n := range v.nodes {
		way := fmt.Sprintf("ssh -p %d alice@127.0.0.1", n.port)
		if !v.own {
			way = fmt.Sprintf("ssh -F %s alice@%s", say.Arg(filepath.Join(v.dir, configFile)), v.nodes[i].name)
		}
		end := ""
		if n.leader {
			end = "   leader"
		}
		line("  %s   %s   pid %d%s", n.name, way, n.pid, end)
	}
	if v.own {
		line("Talk   any name will do; your key makes it yours. Open two terminals.")
		line("Look   %-48s  (your keys may do this)", fmt.Sprintf("ssh -p %d 127.0.0.1 admin nick list", v.nodes[0].port))
		line("       moniker admin --dir %s status", dir)
	} else {
		line("Talk   as alice, bob or mallory: their keys are ready, as you have none.")
		line("Look   moniker admin --dir %s status", dir)
	}
	line("Break  %-20s  %s", fmt.Sprintf("kill -9 %d", first.pid), v.orHere(first.name))
	line("Stop   %-20s  names, history and host key stay for next time", "Ctrl-C")
	line("Check  %s  %s", v.hostKey, v.whose())
	return out.String()
}

// orHere is what can be done beside killing the node that leads.
func (v welcome) orHere(leader string) string {
	if !v.prompt {
		return "and back: moniker serve --dir " + say.Arg(filepath.Join(v.dir, leader))
	}
	at := slices.IndexFunc(v.nodes, func(n nodeView) bool { return n.name == leader })
	number := func(i int) string { return strings.TrimPrefix(v.nodes[i%len(v.nodes)].name, "n") }
	ways := fmt.Sprintf("or here: kill %[1]s, start %[1]s, pause %[1]s", number(at))
	if len(v.nodes) > 1 {
		ways += ", cut " + number(at+1) + ", heal"
	}
	return ways
}

func (v welcome) state() string {
	if v.isNew {
		return "(new)"
	}
	since := render.Style{Zone: v.zone}.Clock(v.made, v.now)
	return fmt.Sprintf("(%s, %s, since %s)", count(v.names, "name"), count(v.messages, "message"), since)
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return render.Thousands(int64(n)) + " " + what
}

func word(n int) string {
	words := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
	return words[n]
}

func (v welcome) howMany() string {
	w := word(len(v.nodes))
	w = strings.ToUpper(w[:1]) + w[1:]
	if len(v.nodes) == 1 {
		return w + " node"
	}
	return w + " nodes"
}

func (v welcome) whose() string {
	switch n := len(v.nodes); n {
	case 1:
		return "its host key"
	case 2:
		return "host key of both"
	default:
		return "host key of all " + word(n)
	}
}
