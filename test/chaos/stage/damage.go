package stage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func damages() []Kind {
	return []Kind{
		{Name: "damage-torn", Says: "one node is killed, and the end of its log is lost or empty when it starts", Short: time.Second, Long: 3 * time.Second, can: atLeast(3), do: damage(tornLog)},
		{Name: "damage-log", Says: "one node is killed, and its log has wrong bytes when it starts", Short: time.Second, Long: 3 * time.Second, can: atLeast(3), do: damage(wrongLog)},
		{Name: "damage-snapshot", Says: "one node is killed, and its newest snapshot is torn or wrong when it starts", Short: time.Second, Long: 3 * time.Second, can: atLeast(3), do: damage(wrongSnapshot)},
		{Name: "damage-meta", Says: "one node is killed, and one of its small files is torn, wrong or gone when it starts", Short: time.Second, Long: 3 * time.Second, can: atLeast(3), do: damage(wrongMeta)},
	}
}

var errNothing = errors.New("there is nothing to damage yet")

// damage kills a node, does something to its files, and starts it when it is mended. A
// node that says that it is damaged is removed and let in anew: what it says one must
// do. Only one node at a time may have lost what it knew.
func damage(harm func(*node, *dice) (string, error)) func(context.Context, *Stage, *dice) (*Broken, error) {
	return func(_ context.Context, s *Stage, d *dice) (*Broken, error) {
		if s.owing() > 0 || s.harmed() {
			return nil, ErrBusy
		}
		nodes, err := s.take(d, harmful, 1, nil)
		if err != nil {
			return nil, err
		}
		n := nodes[0]
		n.kill()
		did, err := harm(n, d)
		if err != nil {
			err = errors.Join(err, n.start())
			s.release(n)
			return nil, err
		}
		b := &Broken{What: "of " + n.name + ", which was killed, " + did, Nodes: names(nodes), held: nodes}
		b.mend = func(context.Context) error {
			if err := n.start(); err != nil {
				return err
			}
			n.expectEnd()
			n.latest().within(2 * time.Second)
			b.What += s.lived(n)
			s.owe(n, "damage", n.name+" comes back, by itself or as a new one", func(ctx context.Context) error { return s.bringBack(ctx, n) })
			return nil
		}
		return b, nil
	}
}

const harmful = "damage"

// latest is the newest process, whether it runs or not.
func (n *node) latest() *process {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.run
}

func (s *Stage) harmed() bool {
	for _, n := range s.nodes {
		n.mu.Lock()
		h := n.holder
		n.mu.Unlock()
		if h == harmful {
			return true
		}
	}
	return false
}

// bringBack has a damaged node serve and vote again: by itself if it can, or as a new
// one. Until it votes there is one voter less, and to harm the next could leave none who
// can let anybody in: of two voters none may be lost.
func (s *Stage) bringBack(ctx context.Context, n *node) error {
	if err := s.revive(ctx, n); err != nil {
		return err
	}
	if err := poll(ctx, func(ctx context.Context) bool { return s.votes(ctx, n) }); err != nil {
		return fmt.Errorf("%s, which was damaged, serves and does not vote", n.name)
	}
	return nil
}

// votes reports whether those who know a leader know a node as a voter.
func (s *Stage) votes(ctx context.Context, n *node) bool {
	for _, st := range s.statuses(ctx, 5*time.Second) {
		if st.Leader == "" || !st.Quorum {
			continue
		}
		for _, row := range st.Nodes {
			if row.Name == n.name {
				return row.Voter
			}
		}
	}
	return false
}

func (s *Stage) revive(ctx context.Context, n *node) error {
	if n.process() != nil {
		once, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		if err := n.ready(once); err != nil {
			return fmt.Errorf("%s, which was damaged, runs and does not serve", n.name)
		}
		if n.process() != nil {
			return nil
		}
	}
	return s.renew(ctx, n)
}

// renew removes a node and lets it in with an empty folder.
func (s *Stage) renew(ctx context.Context, n *node) error {
	if err := s.remove(ctx, n); err != nil {
		return err
	}
	if err := n.wipe(); err != nil {
		return err
	}
	through := s.leader()
	if through == nil || through == n {
		return errors.New("nobody leads who could let " + n.name + " in")
	}
	if err := s.invite(ctx, through, n); err != nil {
		return err
	}
	n.expectEnd() // it may be refused; then it is tried again
	if err := n.ready(ctx); err != nil || n.process() == nil {
		return fmt.Errorf("%s does not come back: %s", n.name, n.words(n.latest()))
	}
	s.cfg.Note("%s was removed and has joined anew", n.name)
	return nil
}

// remove shuts a node out; one that is not there any more is no trouble.
func (s *Stage) remove(ctx context.Context, n *node) error {
	_, err := s.askAny(ctx, n, "node", "remove", n.name)
	if err != nil && strings.Contains(err.Error(), "no node is called") {
		return nil
	}
	return err
}

// change reads a file, has it changed, and writes it.
func change(path string, how func([]byte) []byte) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if len(data) == 0 {
		return errNothing
	}
	return os.WriteFile(path, how(data), 0o600)
}

func tornLog(n *node, d *dice) (did string, err error) {
	err = change(filepath.Join(n.dir, "raft.db"), func(b []byte) []byte {
		at := d.IntN(len(b))
		if d.IntN(4) == 0 {
			at = 0
		}
		at -= at % 512
		if d.IntN(2) == 0 {
			did = fmt.Sprintf("raft.db ends at byte %d of %d", at, len(b))
			return b[:at]
		}
		end := min(at+(1+d.IntN(64))*512, len(b))
		clear(b[at:end])
		did = fmt.Sprintf("raft.db is empty from byte %d to %d", at, end)
		return b
	})
	return did, err
}

func wrongLog(n *node, d *dice) (did string, err error) {
	err = change(filepath.Join(n.dir, "raft.db"), func(b []byte) []byte {
		spots := 1 + d.IntN(20)
		for range spots {
			flipIn(b, d)
		}
		did = fmt.Sprintf("raft.db has %d wrong bytes", spots)
		return b
	})
	return did, err
}

// flipIn makes a byte wrong, rather where there is something than where all is zero.
func flipIn(b []byte, d *dice) {
	at := d.IntN(len(b))
	for range 200 {
		if b[at] != 0 {
			break
		}
		at = d.IntN(len(b))
	}
	b[at] ^= byte(1 + d.IntN(255))
}

func wrongSnapshot(n *node, d *dice) (string, error) {
	found, _ := filepath.Glob(filepath.Join(n.dir, "snapshots", "*-*-*", "state.bin"))
	if len(found) == 0 {
		return "", errNothing
	}
	newest := found[0]
	for _, f := range found { // a term, an index, a time
		if filepath.Base(filepath.Dir(f)) > filepath.Base(filepath.Dir(newest)) {
			newest = f
		}
	}
	if d.IntN(3) == 0 {
		newest = filepath.Join(filepath.Dir(newest), "meta.json")
	}
	return wrongFile(newest, d)
}

func wrongMeta(n *node, d *dice) (string, error) {
	files := []string{"node.json", "node.crt", "node.key", "ca.crt", "ssh_host_key"}
	path := filepath.Join(n.dir, files[d.IntN(len(files))])
	if d.IntN(4) == 0 {
		return filepath.Base(path) + " is gone", os.Remove(path)
	}
	return wrongFile(path, d)
}

func wrongFile(path string, d *dice) (did string, err error) {
	err = change(path, func(b []byte) []byte {
		if d.IntN(2) == 0 {
			at := d.IntN(len(b))
			did = fmt.Sprintf("%s ends at byte %d of %d", filepath.Base(path), at, len(b))
			return b[:at]
		}
		flipIn(b, d)
		did = filepath.Base(path) + " has a wrong byte"
		return b
	})
	return did, err
}
