package stage

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"moniker/cmd/moniker/folder"
	"moniker/cmd/moniker/socket"
	"moniker/test/chaos/record"
)

const (
	startWithin = 60 * time.Second
	spares      = 2 // nodes that may join
)

// Config is what a Stage is made of.
type Config struct {
	Dir      string // for nodes' folders; the stage's own
	Logs     string // for what nodes say; it stays
	Program  string // the node's
	Nodes    int
	Loopback bool                 // even where better can be had
	Small    bool                 // folders on file systems that can be filled
	Power    bool                 // folders on disks that can lose power, where they can be had
	Settings [][2]string          // of the cluster, in this order
	Began    time.Time            // the zero of all clocks
	Note     func(string, ...any) // told of what happens, for the run's diary
}

// Stage is a cluster that can be broken.
type Stage struct {
	cfg       Config
	wires     *wires
	ground    ground
	crowd     machine
	where     string
	operator  ssh.Signer
	hostKey   ssh.PublicKey
	nodes     []*node
	ctx       context.Context // of what runs beside
	stop      context.CancelFunc
	all       sync.WaitGroup
	powerless error // why no disk can lose power

	mu     sync.Mutex
	active map[int]*Broken
	next   int
	debts  map[*node]debt // what is tried until it is done
	paid   []record.Fault
	deaths []string
	heard  map[string]report
}

// Person is a way in for people.
type Person struct {
	Name string
	SSH  string
	Dial func(context.Context) (net.Conn, error)
}

// Open starts a cluster and returns when all its nodes vote. Close ends it.
func Open(ctx context.Context, c Config) (*Stage, error) {
	s := &Stage{cfg: c, wires: newWires(), active: map[int]*Broken{}, debts: map[*node]debt{}, heard: map[string]report{}}
	if !c.Power {
		s.powerless = errors.New("the nodes' disks are not such that they can lose power: that takes root, on Linux")
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	if err := s.build(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	starting, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	if err := s.found(starting); err != nil {
		return nil, errors.Join(err, s.lastWords(), s.Close())
	}
	for _, n := range s.nodes {
		s.all.Go(func() { s.listen(n) })
	}
	s.all.Go(s.watch)
	s.all.Go(s.repair)
	return s, nil
}

// build makes the machines, and a folder for each node.
func (s *Stage) build() error {
	land, err := error(nil), error(nil)
	if !s.cfg.Loopback {
		s.ground, land = newLand(s.wires)
	}
	if s.ground != nil {
		s.crowd, land = s.ground.add(people)
	}
	if s.crowd == nil {
		s.ground = newLoopback(s.wires)
		if s.crowd, err = s.ground.add(people); err != nil {
			return err
		}
	}
	s.where = s.ground.says()
	if land != nil {
		s.where += " (" + land.Error() + ")"
	}
	for i := range s.cfg.Nodes + spares {
		name := fmt.Sprintf("n%d", i+1)
		n := &node{
			name: name, dir: filepath.Join(s.cfg.Dir, name), said: filepath.Join(s.cfg.Logs, name+".out"),
			clock: filepath.Join(s.cfg.Dir, name+".clock"), count: filepath.Join(s.cfg.Dir, name+".count"), program: s.cfg.Program, spare: i >= s.cfg.Nodes,
		}
		if err := os.MkdirAll(n.dir, 0o700); err != nil {
			return err
		}
		if err := s.furnish(n); err != nil {
			return err
		}
		if n.machine, err = s.ground.add(name); err != nil {
			return err
		}
		s.nodes = append(s.nodes, n)
	}
	return nil
}

// furnish puts a file system of its own on a node's folder, if one is asked for. Disks that
// can lose power are done without where they cannot be had.
func (s *Stage) furnish(n *node) error {
	if s.powerless == nil {
		if s.powerless = makeDisk(n.dir); s.powerless == nil {
			return nil
		}
		s.powerless = fmt.Errorf("no disk that can lose power can be made here: %w", s.powerless)
	}
	if s.cfg.Small {
		if err := mountSmall(n.dir); err != nil {
			return fmt.Errorf("a small file system on %s: %w", n.dir, err)
		}
	}
	return nil
}

// found makes the cluster.
func (s *Stage) found(ctx context.Context) error {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	if s.operator, err = ssh.NewSignerFromKey(private); err != nil {
		return err
	}
	first := s.nodes[0]
	if err := first.start("--init"); err != nil {
		return err
	}
	if err := first.ready(ctx); err != nil {
		return err
	}
	first.member = true
	if err := s.readHostKey(); err != nil {
		return err
	}
	if _, err := first.ask(ctx, "operator", "add", ssh.FingerprintSHA256(s.operator.PublicKey())); err != nil {
		return err
	}
	for _, set := range s.cfg.Settings {
		if _, err := first.ask(ctx, "setting", "set", set[0], set[1]); err != nil {
			return err
		}
	}
	for _, n := range s.nodes[1:s.cfg.Nodes] {
		if err := s.invite(ctx, first, n); err != nil {
			return err
		}
	}
	for _, n := range s.members() {
		if err := n.ready(ctx); err != nil {
			return err
		}
	}
	return s.Settled(ctx)
}

func (s *Stage) readHostKey() error {
	data, err := os.ReadFile(filepath.Join(s.nodes[0].dir, folder.HostKeyFile))
	if err != nil {
		return err
	}
	signer, err := ssh.ParsePrivateKey(data)
	if err != nil {
		return err
	}
	s.hostKey = signer.PublicKey()
	return nil
}

// invite has a node with an empty folder join through another.
func (s *Stage) invite(ctx context.Context, through, n *node) error {
	token, err := through.ask(ctx, "token", "create", "--ttl", "10m")
	if err != nil {
		return err
	}
	path := n.dir + ".token"
	if err := os.WriteFile(path, token, 0o600); err != nil {
		return err
	}
	if err := n.start("--join", through.machine.peer(), "--token", "@"+path); err != nil {
		return err
	}
	n.mu.Lock()
	n.member = true
	n.mu.Unlock()
	return nil
}

// ready returns when the node serves people, or has ended.
func (n *node) ready(ctx context.Context) error {
	return poll(ctx, func(ctx context.Context) bool {
		if n.process() == nil {
			return true
		}
		once, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		conn, ok := socket.Dial(n.dir)
		return ok && socket.AwaitReady(once, conn) == nil
	})
}

// Settled returns when every member runs, counts, and has applied what the others have.
func (s *Stage) Settled(ctx context.Context) error {
	why := "nobody answers"
	err := poll(ctx, func(ctx context.Context) bool {
		_, why = s.agreed(ctx)
		return why == ""
	})
	if err != nil {
		return fmt.Errorf("the cluster is not whole: %s", why)
	}
	return nil
}

// agreed returns the index that all have applied, or why there is none.
func (s *Stage) agreed(ctx context.Context) (uint64, string) {
	members := s.members()
	all := s.statuses(ctx, 5*time.Second)
	for _, n := range members {
		if _, ok := all[n.name]; !ok {
			return 0, n.name + " does not answer"
		}
	}
	st := all[members[0].name]
	if st.Leader == "" || !st.Quorum {
		return 0, "there is no leader"
	}
	var applied uint64
	seen := 0
	for _, row := range st.Nodes {
		if !s.isMember(row.Name) {
			return 0, row.Name + " is still a member"
		}
		seen++
		switch {
		case !row.Reachable || row.Applied == nil:
			return 0, row.Name + " is not reached"
		case !row.Voter:
			return 0, row.Name + " is no voter"
		case applied != 0 && *row.Applied != applied:
			return 0, fmt.Sprintf("%s has applied %d, another %d", row.Name, *row.Applied, applied)
		}
		applied = *row.Applied
	}
	if seen != len(members) {
		return 0, fmt.Sprintf("%d of %d nodes are known", seen, len(members))
	}
	return applied, ""
}

func (s *Stage) isMember(name string) bool {
	for _, n := range s.members() {
		if n.name == name {
			return true
		}
	}
	return false
}

// members are the nodes that belong to the cluster.
func (s *Stage) members() []*node {
	var all []*node
	for _, n := range s.nodes {
		n.mu.Lock()
		if n.member {
			all = append(all, n)
		}
		n.mu.Unlock()
	}
	return all
}

// Where says what the nodes stand on.
func (s *Stage) Where() string { return s.where }

// HostKey is the cluster's for people.
func (s *Stage) HostKey() ssh.PublicKey { return s.hostKey }

// Operator is the key of one.
func (s *Stage) Operator() ssh.Signer { return s.operator }

// Doors are where people can go now.
func (s *Stage) Doors() []Person {
	var doors []Person
	for _, n := range s.members() {
		addr := n.machine.ssh()
		doors = append(doors, Person{Name: n.name, SSH: addr, Dial: func(ctx context.Context) (net.Conn, error) {
			return s.crowd.dial(ctx, addr)
		}})
	}
	return doors
}

// lastWords are those of nodes that have ended, for a cluster that did not start.
func (s *Stage) lastWords() error {
	var said []string
	for _, n := range s.nodes {
		n.mu.Lock()
		p := n.run
		n.mu.Unlock()
		if p != nil && p.ended() {
			said = append(said, n.name+": "+n.words(p))
		}
	}
	if len(said) == 0 {
		return nil
	}
	return errors.New(strings.Join(said, "\n"))
}

// Close ends all that runs.
func (s *Stage) Close() error {
	s.stop()
	for _, n := range s.nodes {
		n.signal(9)
	}
	for _, n := range s.nodes {
		n.kill()
	}
	s.all.Wait()
	if s.ground != nil {
		s.ground.close()
	}
	var err error
	if s.cfg.Small || s.cfg.Power {
		for _, n := range s.nodes {
			err = errors.Join(err, unmount(n.dir, true))
		}
	}
	return err
}
