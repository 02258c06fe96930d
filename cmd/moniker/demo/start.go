package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/say"
	"moniker/cmd/moniker/socket"
)

const (
	lookEvery = 20 * time.Millisecond
	tokenFile = "join-token"
)

// start brings all nodes up and returns the first screen. Nodes that have been
// members start together; new ones are let in by those.
func (d *demo) start(ctx context.Context) (string, error) {
	if err := d.makeKeys(); err != nil {
		return "", err
	}
	d.nodes = make([]*process, len(d.plan.Nodes))
	var old, fresh []int
	for i, n := range d.plan.Nodes {
		if isOut(d.path(n.Name)) {
			d.nodes[i] = absent(n.Name)
			continue
		}
		r, _, err := folder.ReadRecord(d.path(n.Name))
		if err != nil {
			return "", err
		}
		if r.Initialised {
			old = append(old, i)
		} else {
			fresh = append(fresh, i)
		}
	}
	how := func(int) ([]string, error) { return nil, nil }
	if len(old) == 0 && d.notices() == "" {
		old, fresh = fresh[:1], fresh[1:]
		how = func(int) ([]string, error) { return []string{"--init"}, nil }
	}
	if err := d.startEach(ctx, old, how); err != nil {
		return "", err
	}
	defer func() {
		for _, i := range fresh {
			os.Remove(d.path(d.plan.Nodes[i].Name, tokenFile))
		}
	}()
	old = slices.DeleteFunc(old, func(i int) bool { return d.nodes[i].out })
	if len(old) == 0 {
		return "", say.No("Begin anew in another folder: --dir OTHER", "no node of %s is a member of its cluster any more.", say.Path(d.Dir))
	}
	through := old[0]
	err := d.startEach(ctx, fresh, func(i int) ([]string, error) { return d.invite(ctx, through, i) })
	if err != nil {
		return "", err
	}
	s, err := d.settled(ctx, through, fresh)
	if err != nil {
		return "", err
	}
	screen, err := d.welcoming(ctx, through, s)
	return d.notices() + screen, err
}

// startEach starts nodes together and waits until each serves. how says what each
// is told beside where it is.
func (d *demo) startEach(ctx context.Context, which []int, how func(i int) ([]string, error)) error {
	for _, i := range which {
		n := d.plan.Nodes[i]
		if err := os.MkdirAll(d.path(n.Name), 0o700); err != nil {
			return say.No("", "%s cannot be made.", say.Path(d.path(n.Name)))
		}
		more, err := how(i)
		if err != nil {
			return err
		}
		word := ""
		if d.tty != nil {
			word = cuts{}.word(d.plan, i)
		}
		if d.nodes[i], err = d.launch(i, more, word); err != nil {
			return err
		}
	}
	for _, i := range which {
		if err := d.awaitOrLeaveOut(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// awaitOrLeaveOut returns when node i serves people, or has turned out to be no
// member any more, as others may meanwhile.
func (d *demo) awaitOrLeaveOut(ctx context.Context, i int) error {
	for !d.nodes[i].out {
		err := d.await(ctx, d.nodes, d.nodes[i])
		if err == nil {
			return nil
		}
		some, trouble := d.takeOut()
		if trouble != nil {
			return trouble
		}
		if !some {
			return err
		}
	}
	return nil
}

// launch starts node i. Beside where it is, it is told more; with a word, its links
// can be cut.
func (d *demo) launch(i int, more []string, word string) (*process, error) {
	n, config := d.plan.Nodes[i], "off" // a caller with a key comes by it
	if len(ownKeys(d.Home, d.Agent)) == 0 {
		config = d.path(configFile)
	}
	args := []string{
		"serve", "--dir", d.path(n.Name), "--name", n.Name, "--ssh", n.sshAddr(), "--peer", n.peerAddr(), "--until-eof-of-fd", "3",
		"--ssh-config", config,
	}
	if word != "" {
		args = append(args, "--switch-fd", "4")
	}
	p, err := launch(n.Name, d.Program, append(args, more...), d.env, d.path(n.Name, lastWords), d.path(n.Name, folder.LogFile), word)
	if err != nil {
		return nil, say.No("", "%s cannot be started.", n.Name)
	}
	return p, nil
}

// await returns when a node serves people, or one of those that it waits for dies.
func (d *demo) await(ctx context.Context, among []*process, p *process) error {
	return d.poll(ctx, among, p.name+" does not serve", func(ctx context.Context) bool {
		conn, ok := socket.Dial(d.path(p.name))
		return ok && socket.AwaitReady(ctx, conn) == nil
	})
}

// poll tries until it is done, time is up, or one of these nodes has died.
func (d *demo) poll(ctx context.Context, among []*process, what string, try func(context.Context) bool) error {
	trying, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, p := range among {
		if p == nil || p.out {
			continue
		}
		go func() {
			select {
			case <-p.done:
				cancel()
			case <-trying.Done():
			}
		}()
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		if try(trying) {
			return nil
		}
		select {
		case <-look.C:
		case <-trying.Done():
			return d.whyNot(ctx, among, what)
		}
	}
}

func (d *demo) whyNot(ctx context.Context, among []*process, what string) error {
	for _, p := range among {
		if p == nil || p.out || !p.ended() {
			continue
		}
		last := p.last()
		if last == "" {
			last = "it said nothing."
		}
		head, hint, _ := strings.Cut(last, "\n")
		if hint == "" {
			hint = "Its log is " + say.Path(d.path(p.name, folder.LogFile))
		}
		return say.No(strings.TrimSpace(hint), "%s ended while it was starting: %s", p.name, head)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return say.No("Logs are in "+say.Path(d.path("n1", folder.LogFile))+" and beside it.", "%s after %d s.", what, int(startWithin.Seconds()))
	}
	return ctx.Err()
}

// invite makes a join token for node i and says how it is used.
func (d *demo) invite(ctx context.Context, through, i int) ([]string, error) {
	token, err := d.ask(ctx, through, "token", "create", "--ttl", "10m")
	if err != nil {
		return nil, err
	}
	path := d.path(d.plan.Nodes[i].Name, tokenFile)
	os.Remove(path) // whatever its mode was
	if err := os.WriteFile(path, token, 0o600); err != nil {
		return nil, say.No("", "%s cannot be written.", say.Path(path))
	}
	return []string{"--join", d.plan.Nodes[through].peerAddr(), "--token", "@" + path}, nil
}

// ask runs an admin command on a node of a demo that is starting.
func (d *demo) ask(ctx context.Context, node int, words ...string) ([]byte, error) {
	out, err := d.call(ctx, node, words...)
	if errors.Is(err, errNobody) {
		return nil, d.whyNot(ctx, d.nodes, d.plan.Nodes[node].Name+" does not answer")
	}
	return out, err
}

func (d *demo) askJSON(ctx context.Context, node int, into any, words ...string) error {
	data, err := d.ask(ctx, node, append(words, "--json")...)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

// errNobody is the trouble of asking a node that does not run.
var errNobody = errors.New("nobody answers")

// call runs an admin command on a node, whoever started it.
func (d *demo) call(ctx context.Context, node int, words ...string) ([]byte, error) {
	conn, ok := socket.Dial(d.path(d.plan.Nodes[node].Name))
	if !ok {
		return nil, errNobody
	}
	var out, errs bytes.Buffer
	exit, err := socket.Do(ctx, conn, socket.Call{Args: words}, socket.Streams{Out: &out, Err: &errs})
	if err != nil {
		return nil, err
	}
	if exit != say.Done {
		what, hint, _ := strings.Cut(strings.TrimPrefix(errs.String(), "moniker: "), "\n")
		return nil, &say.Error{Exit: say.Failed, What: what, Do: strings.TrimSpace(hint)}
	}
	return out.Bytes(), nil
}

func (d *demo) callJSON(ctx context.Context, node int, into any, words ...string) error {
	data, err := d.call(ctx, node, append(words, "--json")...)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

// status is what the demo reads of `status -o json`.
type status struct {
	Leader string
	Quorum bool
	Nodes  []struct {
		Name      string
		Voter     bool
		Reachable bool
	}
}

// settled returns when there is a leader, a majority, and every new node counts:
// before that, losing one could lose the majority.
func (d *demo) settled(ctx context.Context, through int, fresh []int) (status, error) {
	var s status
	err := d.poll(ctx, d.nodes, "the nodes do not agree on a leader", func(ctx context.Context) bool {
		s = status{}
		if d.askJSON(ctx, through, &s, "status") != nil || s.Leader == "" || !s.Quorum {
			return false
		}
		counts := map[string]bool{}
		for _, n := range s.Nodes {
			counts[n.Name] = n.Voter && n.Reachable
		}
		for _, i := range fresh {
			if !counts[d.plan.Nodes[i].Name] {
				return false
			}
		}
		return true
	})
	return s, err
}
