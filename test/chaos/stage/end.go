package stage

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
	"go.etcd.io/bbolt"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/test/chaos/record"
)

// Left is what nodes still have of people: how many sessions each, and which names are
// held. It is asked once all people are gone, and had time to be missed.
func (s *Stage) Left(ctx context.Context) (sessions map[string]int, held []string, err error) {
	sessions = map[string]int{}
	members := s.members()
	st, err := members[0].status(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, n := range st.Nodes {
		if n.Sessions != nil {
			sessions[n.Name] = *n.Sessions
		}
	}
	data, err := s.askAny(ctx, nil, "nick", "list", "-o", "json")
	if err != nil {
		return nil, nil, err
	}
	var nicks []struct {
		Nick  string `json:"nick"`
		State string `json:"state"`
	}
	if err := json.Unmarshal(data, &nicks); err != nil {
		return nil, nil, err
	}
	for _, n := range nicks {
		if n.State == "held" {
			held = append(held, n.Nick)
		}
	}
	return sessions, held, nil
}

// End stops a cluster that is whole, and reads what its nodes have on disk: each
// node's own snapshot and log give the state that it had at the index that all had
// reached.
func (s *Stage) End(ctx context.Context) (record.End, error) {
	end := record.End{Applied: map[string]uint64{}, Digest: map[string]string{}}
	index, why := uint64(0), ""
	if poll(ctx, func(ctx context.Context) bool { index, why = s.agreed(ctx); return why == "" }) != nil {
		end.Logs = append(s.complaints(), s.scan()...)
		return end, errors.New("the cluster is not whole: " + why)
	}
	for _, n := range s.members() {
		n.mu.Lock()
		n.holder = "the end"
		n.mu.Unlock()
	}
	for _, err := range s.stopAll() {
		end.Logs = append(end.Logs, err.Error())
	}
	for _, n := range s.members() {
		state, err := autopsy(n.dir, index)
		if err != nil {
			end.Logs = append(end.Logs, fmt.Sprintf("what %s has on disk cannot be read: %v", n.name, err))
			continue
		}
		digest := state.Digest()
		end.Applied[n.name], end.Digest[n.name] = uint64(state.Applied()), hex.EncodeToString(digest[:])
		if err := state.Invariants(); err != nil {
			end.Logs = append(end.Logs, fmt.Sprintf("the state of %s is not sound: %v", n.name, err))
		}
		if end.Final == nil {
			end.Final = spoken(state)
		}
	}
	end.Logs = append(append(end.Logs, s.complaints()...), s.scan()...)
	return end, nil
}

// stopAll stops all nodes at once, as they should be.
func (s *Stage) stopAll() []error {
	var mu sync.Mutex
	var errs []error
	var all sync.WaitGroup
	for _, n := range s.nodes {
		all.Go(func() {
			if err := n.stop(); err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return errs
}

// complaints are what nodes did that no fault asked for.
func (s *Stage) complaints() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.deaths...)
}

// autopsy makes the state of a node that has stopped, as it was at an index.
func autopsy(dir string, at uint64) (*fsm.State, error) {
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
		data, err := io.ReadAll(body)
		body.Close()
		if err != nil {
			continue
		}
		if state, err := fsm.Restore(data); err == nil {
			return state, nil
		}
	}
	return fsm.New(), nil
}

// spoken is every room's history, in order.
func spoken(state *fsm.State) []record.Line {
	lines := []record.Line{}
	for _, room := range state.Rooms().Rooms() {
		for _, m := range state.History().Last(room.Name, math.MaxInt) {
			lines = append(lines, record.Line{Place: room.Name, From: m.Nick, Text: m.Text, Old: true})
		}
	}
	return lines
}

// scan looks for what no log may have, in all that nodes said and logged.
func (s *Stage) scan() []string {
	var found []string
	for _, n := range s.nodes {
		for _, path := range []string{n.said, filepath.Join(n.dir, "log"), filepath.Join(n.dir, "log.old")} {
			data, err := os.ReadFile(path)
			if err != nil {
				continue
			}
			for _, bad := range []string{"panic", "DATA RACE", "fatal error", "has diverged"} {
				const before, after = 200, 3000
				if i := strings.Index(string(data), bad); i >= 0 {
					found = append(found, fmt.Sprintf("%s of %s has %q: %s", filepath.Base(path), n.name, bad, data[max(0, i-before):min(len(data), i+after)]))
					break
				}
			}
		}
	}
	return found
}

// Keep copies nodes' logs to where they stay; with data, their folders as well.
func (s *Stage) Keep(data bool) error {
	var err error
	for _, n := range s.nodes {
		for _, f := range []string{"log", "log.old"} {
			text, e := os.ReadFile(filepath.Join(n.dir, f))
			if e == nil {
				err = errors.Join(err, os.WriteFile(filepath.Join(s.cfg.Logs, n.name+"."+f), text, 0o600))
			}
		}
		os.Remove(filepath.Join(n.dir, ballast))
		if entries, _ := os.ReadDir(n.dir); data && len(entries) > 0 {
			err = errors.Join(err, os.CopyFS(filepath.Join(s.cfg.Logs, n.name), stripped{os.DirFS(n.dir)}))
		}
	}
	return err
}
