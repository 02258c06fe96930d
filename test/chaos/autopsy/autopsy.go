// Package autopsy reads what a node that has stopped has on its disk. The node's own
// program does it, so that what was written is read by the state machine that wrote it,
// whatever that is: of another version, or wrong on purpose. It judges nothing.
package autopsy

import (
	"encoding/hex"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
	"go.etcd.io/bbolt"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/test/chaos/record"
)

// Body is the state of a node that has stopped.
type Body struct {
	Applied uint64        `json:"applied"`
	Digest  string        `json:"digest"`
	Unsound string        `json:"unsound,omitempty"` // the first promise that it breaks
	Final   []record.Line `json:"final"`             // every room's history, in order
}

// Open makes the state of the node whose folder is dir, as it was at an index of the log:
// from its own snapshot and its own log.
func Open(dir string, at uint64) (Body, error) {
	state, err := replay(dir, at)
	if err != nil {
		return Body{}, err
	}
	digest := state.Digest()
	b := Body{Applied: uint64(state.Applied()), Digest: hex.EncodeToString(digest[:]), Final: spoken(state)}
	if err := state.Invariants(); err != nil {
		b.Unsound = err.Error()
	}
	return b, nil
}

func replay(dir string, at uint64) (*fsm.State, error) {
	bolt, err := raftboltdb.New(raftboltdb.Options{
		Path: filepath.Join(dir, "raft.db"), BoltOptions: &bbolt.Options{ReadOnly: true, Timeout: time.Second}, MsgpackUseNewTimeFormat: true,
	})
	if err != nil {
		return nil, err
	}
	defer bolt.Close()
	state, err := snapshotUpTo(dir, at)
	if err != nil {
		return nil, err
	}
	first, err := bolt.FirstIndex()
	if err != nil {
		return nil, err
	}
	from := uint64(state.Applied()) + 1
	if first > from {
		return nil, fmt.Errorf("the log begins at %d, the snapshot ends at %d", first, from-1)
	}
	for i := from; i <= at; i++ {
		var l raft.Log
		if err := bolt.GetLog(i, &l); err != nil {
			return nil, fmt.Errorf("entry %d of %d: %w", i, at, err)
		}
		if l.Type != raft.LogCommand {
			continue
		}
		if _, err := state.Apply(id.Index(l.Index), l.Term, l.Data); err != nil {
			return nil, fmt.Errorf("entry %d: %w", i, err)
		}
	}
	return state, nil
}

// snapshotUpTo is the newest that does not lie beyond an index, or an empty state.
func snapshotUpTo(dir string, at uint64) (*fsm.State, error) {
	snaps, err := raft.NewFileSnapshotStoreWithLogger(dir, 1, hclog.NewNullLogger())
	if err != nil {
		return nil, err
	}
	all, err := snaps.List()
	if err != nil {
		return nil, err
	}
	for _, meta := range all {
		if meta.Index > at {
			continue
		}
		_, body, err := snaps.Open(meta.ID)
		if err != nil {
			continue // damaged on purpose, maybe: the one before it then
		}
		state, err := cluster.ReadSnapshot(body)
		body.Close()
		if err == nil {
			return state, nil
		}
	}
	return fsm.New(), nil
}

func spoken(state *fsm.State) []record.Line {
	lines := []record.Line{}
	for _, room := range state.Rooms().Rooms() {
		for _, m := range state.History().Last(room.Name, math.MaxInt) {
			lines = append(lines, record.Line{Place: room.Name, From: m.Nick, Text: m.Text, Old: true})
		}
	}
	return lines
}
