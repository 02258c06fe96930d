package cluster

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
)

// snapshotKey is where the store remembers up to which entry there is a snapshot. Raft
// shortens the log behind it, so without it what those entries did is known to nobody here.
const snapshotKey = "moniker.snapshot"

// notedSink is a snapshot under way. One that is finished is remembered in the store
// before raft shortens the log.
type notedSink struct {
	raft.SnapshotSink
	index  uint64
	stable raft.StableStore
	g      *guards
}

// Close implements io.Closer: it finishes the snapshot.
func (s *notedSink) Close() error {
	if err := s.SnapshotSink.Close(); err != nil {
		return err
	}
	return s.g.do("note a snapshot", true, func() error { return s.stable.SetUint64([]byte(snapshotKey), s.index) })
}

// whole returns an error unless snapshot and log together hold all that this node has
// ever kept. Raft itself takes the newest snapshot that it can read, whichever that is,
// and panics if the log begins behind it; and if nothing at all is left, it begins as a
// node that never promised anything.
func (s Stores) whole() error {
	broken := func(format string, args ...any) error {
		return damaged(filepath.Join(filepath.Dir(s.path), "snapshots"), fmt.Sprintf(format, args...))
	}
	base, all, err := s.newestReadable()
	if err != nil {
		return fmt.Errorf("list the snapshots: %w", err)
	}
	if all > 0 && base == 0 {
		return broken("none of %d can be read", all)
	}
	first, last, err := s.span()
	if err != nil {
		return fmt.Errorf("read the log: %w", err)
	}
	if last > base && first > base+1 {
		return broken("the log begins at entry %d, and the newest that can be read ends at entry %d", first, base)
	}
	kept, err := s.Stable.GetUint64([]byte(snapshotKey))
	if err != nil && err.Error() != raftboltdb.ErrKeyNotFound.Error() { // raft's own stores have no name for it
		return fmt.Errorf("read the store: %w", err)
	}
	if reach := max(base, last); reach < kept {
		return broken("the one up to entry %d is gone, and what can be read ends at entry %d", kept, reach)
	}
	return nil
}

// newestReadable returns the entry up to which the snapshot goes that raft will take,
// zero if there is none, and how many there are.
func (s Stores) newestReadable() (base uint64, all int, err error) {
	metas, err := s.Snapshots.List()
	if err != nil {
		return 0, 0, err
	}
	for _, m := range metas { // the newest first
		_, source, err := s.Snapshots.Open(m.ID) // which reads all of it, and its checksum
		if err == nil {
			return m.Index, len(metas), source.Close()
		}
	}
	return 0, len(metas), nil
}

func (s Stores) span() (first, last uint64, err error) {
	first, err = s.Log.FirstIndex()
	last, e := s.Log.LastIndex()
	return first, last, errors.Join(err, e)
}
