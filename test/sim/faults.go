package sim

import (
	"context"
	"fmt"
	"time"

	"moniker/cluster"
	"moniker/fsm/member"
)

// HangDisk makes every log entry that the node's present process writes from now on
// wait until release is called; also after the process has ended.
func (n *Node) HangDisk() (release func()) { return n.disk.hang(anything) }

// Admit makes one more node, has through let it in, and starts it. Unlike Join it is
// for times when things are broken: what goes wrong before ctx ends is an error, and
// nobody waits until the node serves. One that was not let in stays in Nodes and never
// runs, as the others may know its name. It must not be called while anything else
// reads or changes Nodes.
func (c *Cluster) Admit(ctx context.Context, through *Node, role member.Role) (*Node, error) {
	node := c.add(fmt.Sprintf("n%d", len(c.Nodes)+1))
	token, cmd, err := cluster.NewToken(role, time.Hour, "")
	if err != nil {
		return node, err
	}
	if err := through.Do(cmd); err != nil {
		return node, err
	}
	_, err = cluster.Join(ctx, c.Net.Host(node.Name), through.addr(), token, node.key,
		cluster.Applicant{Name: node.Name, Peer: node.addr(), SSH: node.Name + ":22"})
	if err != nil {
		return node, err
	}
	node.Start()
	return node, nil
}

// DeleteRange implements raft.LogStore. Were a dead one to shorten the log, whose next
// write then fails, raft would read what is no longer there, and panic.
func (d *disk) DeleteRange(from, to uint64) error {
	if err := d.alive(); err != nil {
		return err
	}
	return d.InmemStore.DeleteRange(from, to)
}
