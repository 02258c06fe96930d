package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"moniker/fsm"
)

const (
	snapshotsKept = 2
	storeDeadline = 5 * time.Second // an operation that takes longer ends the process
	markerKey     = "moniker.store"
)

// Stores is where raft keeps its log, its vote and its snapshots.
type Stores struct {
	Log       raft.LogStore
	Stable    raft.StableStore
	Snapshots raft.SnapshotStore
	Closer    io.Closer // may be nil
	path      string    // of the file that holds the log; empty if there is none
	guards    *guards
}

// size returns how many bytes the file with the log has; -1 if there is none.
func (s Stores) size() int64 {
	if s.path == "" {
		return -1
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return -1
	}
	return info.Size()
}

// Close closes what OpenStores opened.
func (s Stores) Close() error {
	if s.Closer == nil {
		return nil
	}
	return s.Closer.Close()
}

// OpenStores opens the stores in a node's folder. marker says whose they are: a new
// store is marked with it, and unless fresh a store without it is refused, because
// a node that lost its log and its vote must not come back as if it had them.
func OpenStores(dir, marker string, fresh bool, log hclog.Logger) (s Stores, err error) {
	path := filepath.Join(dir, "raft.db")
	switch info, err := os.Stat(path); {
	case errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0:
		if !fresh {
			return Stores{}, lostData(path)
		}
	case err != nil:
		return Stores{}, err
	default:
		if err := inspect(path); err != nil {
			return Stores{}, err
		}
	}
	defer func() {
		if r := recover(); r != nil { // bbolt, on what inspect did not see
			err = damaged(path, r)
		}
	}()
	bolt, err := raftboltdb.New(raftboltdb.Options{
		Path: path,
		BoltOptions: &bbolt.Options{
			Timeout:        time.Second, // a second process on the folder fails at once
			NoFreelistSync: true,
			FreelistType:   bbolt.FreelistMapType,
		},
		MsgpackUseNewTimeFormat: true,
	})
	if err != nil {
		return Stores{}, openError(path, err)
	}
	if err := mark(bolt, path, marker, fresh); err != nil {
		return Stores{}, errors.Join(err, bolt.Close())
	}
	if err := readable(bolt); err != nil {
		return Stores{}, errors.Join(damaged(path, err), bolt.Close())
	}
	snaps, err := raft.NewFileSnapshotStoreWithLogger(dir, snapshotsKept, log)
	if err != nil {
		return Stores{}, errors.Join(fmt.Errorf("open the snapshots in %s: %w", dir, err), bolt.Close())
	}
	return Stores{Log: bolt, Stable: bolt, Snapshots: snaps, Closer: bolt, path: path}, nil
}

func damaged(path string, why any) error {
	return fmt.Errorf("%s is damaged (%v): restore the folder from a backup, or remove the node and let it join anew", path, why)
}

func openError(path string, err error) error {
	if errors.Is(err, bolterrors.ErrTimeout) {
		return fmt.Errorf("%s is in use by another process", path)
	}
	return fmt.Errorf("%s cannot be opened (%w): restore the folder from a backup, or remove the node and let it join anew", path, err)
}

func lostData(path string) error {
	return fmt.Errorf("%s has lost its data: this node has been part of a cluster, and what it voted and stored is gone. Remove the node and let it join anew with an empty folder", path)
}

// mark writes whose store this is into a new one, and holds it against an old one.
func mark(bolt *raftboltdb.BoltStore, path, marker string, fresh bool) error {
	have, err := bolt.Get([]byte(markerKey))
	switch {
	case err != nil && !errors.Is(err, raftboltdb.ErrKeyNotFound):
		return fmt.Errorf("read %s: %w", path, err)
	case len(have) > 0 && string(have) != marker:
		return fmt.Errorf("%s belongs to another node or cluster (%s)", path, have)
	case len(have) > 0:
		return nil
	case !fresh:
		return lostData(path)
	}
	if err := bolt.Set([]byte(markerKey), []byte(marker)); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// readable reads the whole log, so that damage there is told at the start: raft reads
// it too, and panics. There are a few thousand entries.
func readable(bolt *raftboltdb.BoltStore) error {
	first, err := bolt.FirstIndex()
	if err != nil {
		return err
	}
	last, err := bolt.LastIndex()
	if err != nil || last == 0 {
		return err
	}
	for index := first; index <= last; index++ {
		var l raft.Log
		if err := bolt.GetLog(index, &l); err != nil {
			return fmt.Errorf("entry %d: %w", index, err)
		}
		if l.Type != raft.LogCommand {
			continue
		}
		var newer fsm.UnknownKind
		if _, err := fsm.DecodeEntry(l.Data); err != nil && !errors.As(err, &newer) {
			return fmt.Errorf("entry %d: %w", index, err)
		}
	}
	return nil
}

// guards watch the stores: raft notices neither a disk that hangs (#503, #666) nor
// that a node that cannot write keeps winning elections (#614). An operation that
// takes 5 s, or any write that fails, ends the node with a clear last line; the
// others elect one that can.
type guards struct {
	mu      sync.Mutex
	since   map[*byte]operation
	halt    func(error)
	watched atomic.Bool // the node runs: halt ends it
}

type operation struct {
	what string
	at   time.Time
}

// guard puts the watchdog round the stores.
func (s *Stores) guard(halt func(error)) {
	g := &guards{since: map[*byte]operation{}, halt: halt}
	s.guards = g
	s.Log = &guardedLog{s.Log, g}
	s.Snapshots = &guardedSnapshots{s.Snapshots, s.Stable, g}
	s.Stable = &guardedStable{s.Stable, g}
}

// do runs one operation on a store. fatal makes its error end the node.
func (g *guards) do(what string, fatal bool, f func() error) error {
	key := new(byte)
	g.mu.Lock()
	g.since[key] = operation{what, time.Now()}
	g.mu.Unlock()
	err := f()
	g.mu.Lock()
	delete(g.since, key)
	g.mu.Unlock()
	if err != nil && fatal {
		g.halt(fmt.Errorf("the store failed to %s: %w", what, err))
	}
	return err
}

// insist is do for what raft cannot go on without: it panics if its term or its vote
// cannot be written, and that would be the process's last word. So it waits, for as
// long as Run takes to end, which is not long.
func (g *guards) insist(what string, f func() error) error {
	err := g.do(what, true, f)
	if err != nil && g.watched.Load() {
		select {}
	}
	return err
}

// watch looks for operations that take too long, until ctx ends.
func (s *Stores) watch(ctx context.Context) {
	s.guards.watched.Store(true)
	look := time.NewTicker(storeDeadline / 5)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-look.C:
			if what, late := s.guards.late(now); late {
				s.guards.halt(fmt.Errorf("the store has taken over %s to %s: the disk hangs", storeDeadline, what))
			}
		}
	}
}

func (g *guards) late(now time.Time) (string, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, op := range g.since {
		if now.Sub(op.at) > storeDeadline {
			return op.what, true
		}
	}
	return "", false
}

type guardedLog struct {
	raft.LogStore
	g *guards
}

// StoreLog implements raft.LogStore.
func (s *guardedLog) StoreLog(l *raft.Log) error {
	return s.g.do("append to the log", true, func() error { return s.LogStore.StoreLog(l) })
}

// StoreLogs implements raft.LogStore.
func (s *guardedLog) StoreLogs(ls []*raft.Log) error {
	return s.g.do("append to the log", true, func() error { return s.LogStore.StoreLogs(ls) })
}

// DeleteRange implements raft.LogStore.
func (s *guardedLog) DeleteRange(from, to uint64) error {
	return s.g.do("shorten the log", true, func() error { return s.LogStore.DeleteRange(from, to) })
}

// GetLog implements raft.LogStore.
func (s *guardedLog) GetLog(index uint64, l *raft.Log) error {
	return s.g.do("read the log", false, func() error { return s.LogStore.GetLog(index, l) })
}

type guardedStable struct {
	raft.StableStore
	g *guards
}

// Set implements raft.StableStore.
func (s *guardedStable) Set(k, v []byte) error {
	return s.g.insist("write its vote", func() error { return s.StableStore.Set(k, v) })
}

// SetUint64 implements raft.StableStore.
func (s *guardedStable) SetUint64(k []byte, v uint64) error {
	return s.g.insist("write its term", func() error { return s.StableStore.SetUint64(k, v) })
}

type guardedSnapshots struct {
	raft.SnapshotStore
	stable raft.StableStore
	g      *guards
}

// Create implements raft.SnapshotStore. Writing a snapshot may take its time; a
// failure to begin one means that the disk is full or gone.
func (s *guardedSnapshots) Create(v raft.SnapshotVersion, index, term uint64, c raft.Configuration, ci uint64, t raft.Transport) (sink raft.SnapshotSink, err error) {
	err = s.g.do("begin a snapshot", true, func() error {
		sink, err = s.SnapshotStore.Create(v, index, term, c, ci, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &notedSink{sink, index, s.stable, s.g}, nil
}

// startError tells what raft has found in the stores.
func startError(path string, err error) error {
	if strings.Contains(err.Error(), "failed to load any existing snapshots") { // raft has no name for it
		return damaged(filepath.Join(filepath.Dir(path), "snapshots"), err)
	}
	return fmt.Errorf("start raft: %w", err)
}
