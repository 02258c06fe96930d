package demo

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"moniker/cmd/moniker/say"
)

const (
	// removedFile lies in the folder of a node that has said of itself, at its end,
	// that it is no member any more. That is final, so it is not asked again; with an
	// empty folder, another of its name may join.
	removedFile = "removed"
	removedWord = "this node was removed from the cluster" // how such a node's last words begin
)

// staysOut is what is said of a node that was removed.
func staysOut(name string) string { return name + " was removed from the cluster; it stays out." }

// absent stands where a node that was removed has no process.
func absent(name string) *process {
	p := &process{name: name, done: make(chan struct{}), standing: standing{told: true, out: true}}
	close(p.done)
	return p
}

// isOut tells, of a node that is not running, whether it was removed.
func isOut(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, removedFile))
	return err == nil
}

// removed tells whether the node has ended because it is no member any more.
func (p *process) removed() bool {
	return p.out || p.ended() && strings.HasPrefix(p.last(), removedWord)
}

// leaveOut remembers that node i was removed.
func (d *demo) leaveOut(i int) error {
	path := d.path(d.plan.Nodes[i].Name, removedFile)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return say.No("", "%s cannot be written.", say.Path(path))
	}
	return nil
}

// epitaph is what is said of a node that has ended by itself. One that was removed is
// left out from now on.
func (d *demo) epitaph(p *process) string {
	if i := slices.Index(d.plan.names(), p.name); p.removed() && d.leaveOut(i) == nil {
		return staysOut(p.name)
	}
	return p.name + " " + p.fate() + "."
}

// takeOut leaves out every node that has ended because it was removed, and says
// whether there are any that were not left out before.
func (d *demo) takeOut() (some bool, err error) {
	for i, p := range d.nodes {
		if p == nil || p.out || !p.removed() {
			continue
		}
		if err := d.leaveOut(i); err != nil {
			return false, err
		}
		p.hangUp()
		d.nodes[i] = absent(p.name)
		some = true
	}
	return some, nil
}

// left is the plan without the nodes that stay out.
func (d *demo) left() plan {
	p := d.plan
	p.Nodes = slices.DeleteFunc(slices.Clone(p.Nodes), func(n place) bool { return isOut(d.path(n.Name)) })
	return p
}

// notices are a line for every node that stays out.
func (d *demo) notices() string {
	var out strings.Builder
	for _, p := range d.nodes {
		if p != nil && p.out {
			fmt.Fprintln(&out, staysOut(p.name))
		}
	}
	return out.String()
}

// gone leaves node i out if p, its process, has ended because it was removed, and
// says so once.
func (c *control) gone(i int, p *process) bool {
	if !p.removed() || c.leaveOut(i) != nil {
		return false
	}
	p.hangUp()
	c.mu.Lock()
	before := c.nodes[i].out
	if !before {
		c.nodes[i] = absent(p.name)
	}
	c.mu.Unlock()
	if !before {
		c.say("%s\n", staysOut(p.name))
	}
	c.poke()
	return true
}
